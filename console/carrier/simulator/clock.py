"""The simulated clock: real time times speed plus whatever was skipped, and how times are written."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$")


def real_ms() -> int:
    return int(time.time() * 1000)


@dataclass(frozen=True)
class Clock:
    """A point where simulated and real time were known, and the speed since then."""

    simulated_at: int
    real_at: int
    speed: float = 1.0

    def now(self) -> int:
        """Milliseconds since 1970, simulated."""
        return self.simulated_at + int((real_ms() - self.real_at) * self.speed)

    def advanced(self, milliseconds: int) -> "Clock":
        return Clock(self.now() + milliseconds, real_ms(), self.speed)

    def at_speed(self, speed: float) -> "Clock":
        return Clock(self.now(), real_ms(), speed)

    def real_seconds(self, simulated_ms: float) -> float:
        return simulated_ms / 1000 / self.speed


def duration_ms(text: str) -> int:
    """Read an ISO 8601 duration such as P1D or PT2H30M; ValueError when it is none."""
    match = _DURATION.match(text)
    if match is None or text in ("P", "PT") or text.endswith("T"):
        raise ValueError(f"{text!r} is not a duration like P1D or PT2H")
    days, hours, minutes, seconds = match.groups(default="0")
    return int(timedelta(int(days), float(seconds), 0, 0, int(minutes), int(hours)).total_seconds() * 1000)


def china(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, CHINA)


def rfc3339(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else china(milliseconds).isoformat(timespec="milliseconds")


def from_rfc3339(text: str) -> int:
    """Accept a date or a time; without an offset it is Chinese time. ValueError otherwise."""
    # A plus sign in a query string arrives as a blank.
    moment = datetime.fromisoformat(text.strip().replace(" ", "+"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CHINA)
    return round(moment.astimezone(UTC).timestamp() * 1000)


def month_start(milliseconds: int) -> int:
    first = china(milliseconds).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(first.timestamp() * 1000)


def next_month_start(milliseconds: int) -> int:
    # 32 days after the first is always in the next month.
    return month_start(month_start(milliseconds) + 32 * DAY_MS)


def day_after(milliseconds: int) -> int:
    """The midnight that ends this day; China has no summer time."""
    midnight = china(milliseconds).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(midnight.timestamp() * 1000) + DAY_MS


def months_later(milliseconds: int, months: int) -> int:
    moment = month_start(milliseconds)
    for _ in range(months):
        moment = next_month_start(moment)
    return moment
