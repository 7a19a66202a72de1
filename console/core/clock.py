"""The time, asked in one place."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Billing cycles, batch numbers and everything a person reads are in Beijing time."""

_stopped: datetime | None = None


def now() -> datetime:
    """The moment, in UTC."""
    return _stopped or datetime.now(UTC)


def today() -> date:
    """The day in Beijing."""
    return now().astimezone(SHANGHAI).date()


def next_cycle(day: date) -> date:
    """The first day of the next billing cycle: cycles are calendar months."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """The clock stands still, for tests of rules that depend on the time."""
    global _stopped
    before, _stopped = _stopped, moment
    try:
        yield
    finally:
        _stopped = before
