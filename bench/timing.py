"""Taking times, of a block, of a function inside somebody else's run, and of the statements that a block sends."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, event


@dataclass
class Clock:
    """Seconds by name; what is timed twice is added up."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    @contextmanager
    def inside(self, **places: tuple[Any, str]) -> Iterator[None]:
        """While a real job runs: name → (module, function) whose share of it is wanted."""
        with ExitStack() as stack:
            for name, (module, function) in places.items():
                stack.enter_context(
                    patch.object(module, function, self._timed(name, getattr(module, function)))
                )
            yield

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            with self.of(name):
                return function(*arguments, **named)

        return run


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The SQL that goes to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def once(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def middle(work: Callable[[], Any], times: int) -> float:
    """The median, after one run that does not count."""
    work()
    return median(once(work) for _ in range(times))
