"""Taking times, of a block, of a function inside somebody else's run, and of the statements that a block sends."""

import resource
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
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


@dataclass
class Spent:
    """Seconds of the clock and of the processor; those of child processes count, ended or not."""

    wall: float = 0.0
    cpu: float = 0.0

    @classmethod
    def middle(cls, runs: Iterable["Spent"]) -> "Spent":
        found = list(runs)
        return cls(median(run.wall for run in found), median(run.cpu for run in found))


@contextmanager
def spending() -> Iterator[Spent]:
    """Its seconds are there when the block has ended."""
    spent, cpu, wall = Spent(), _processor(), time.perf_counter()
    try:
        yield spent
    finally:
        spent.wall, spent.cpu = time.perf_counter() - wall, _processor() - cpu


def _processor() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(map(_running, children()))


def children() -> list[str]:
    return [
        pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()
    ]


def _running(pid: str) -> float:
    """A child's threads by the scheduler's own count, in nanoseconds: /proc/…/stat counts in hundredths."""
    try:
        tasks = [task / "schedstat" for task in Path(f"/proc/{pid}/task").iterdir()]
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
    except OSError:  # it has just ended
        return 0.0


def status(name: str) -> int:
    """Kilobytes. VmHWM is the peak; ru_maxrss would begin with what the parent had before the exec."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def once(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def middle(work: Callable[[], Any], times: int) -> float:
    """The median, after one run that does not count."""
    work()
    return median(once(work) for _ in range(times))
