"""On whose behalf the code runs: company, person, task and batch.

Pages and jobs enter `acting(...)`; the session, the audit trail and the queue read it. Without it no
query runs at all, so that forgetting it is an error on the first try and never a leak.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

ALL_COMPANIES = "*"


class NobodyActing(RuntimeError):
    """Code reached for the database outside `acting(...)`."""


@dataclass(frozen=True)
class Actor:
    """Who does it. `user_id` is None for the console itself and for the operator."""

    name: str
    user_id: int | None = None
    address: str = ""


CONSOLE = Actor("系统")
OPERATOR = Actor("运营商")


@dataclass(frozen=True)
class Acting:
    company: int | None
    actor: Actor
    task: str
    batch: int | None = None
    scope: object = field(default_factory=object)

    @property
    def reach(self) -> str:
        """What PostgreSQL is told: the company's id, or `*` for the few tasks of the platform."""
        return ALL_COMPANIES if self.company is None else str(self.company)


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)
_leaving: list[Callable[[], object]] = []


def current() -> Acting:
    found = _acting.get()
    if found is None:
        raise NobodyActing("nobody is acting: enter acting(company, actor, task) first")
    return found


def company() -> int:
    """The company that is acted for; the platform has none."""
    found = current().company
    if found is None:
        raise NobodyActing(f"the platform task {current().task!r} acts for no single company")
    return found


def scope() -> object:
    return current().scope


def when_leaving(callback: Callable[[], object]) -> None:
    """Called once at start-up by the session, which must not outlive the company it was opened for."""
    _leaving.append(callback)


@contextmanager
def acting(company: int, actor: Actor, task: str, batch: int | None = None) -> Iterator[Acting]:
    """Everything inside sees this company only and is signed with this actor."""
    with _entered(Acting(company, actor, task, batch)) as entered:
        yield entered


@contextmanager
def platform(task: str) -> Iterator[Acting]:
    """See every company. Only for the modules named in tests/house/test_tenancy_rules.py."""
    with _entered(Acting(None, CONSOLE, task)) as entered:
        yield entered


@contextmanager
def on_batch(batch: int | None) -> Iterator[None]:
    """Changes inside are recorded as belonging to this batch; the session stays the same."""
    token = _acting.set(replace(current(), batch=batch))
    try:
        yield
    finally:
        _acting.reset(token)


@contextmanager
def _entered(who: Acting) -> Iterator[Acting]:
    token = _acting.set(who)
    try:
        yield who
    finally:
        for callback in _leaving:
            callback()
        _acting.reset(token)
