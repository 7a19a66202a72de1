"""When the operator is closed: a few minutes every night, and for the books on the first of a month."""

from dataclasses import dataclass
from datetime import timedelta

from console.carrier.simulator.clock import DAY_MS, china, rfc3339
from console.carrier.simulator.settings import Settings

NIGHTLY_MINUTES = 20
FREEZE_HOURS = 6
FROZEN_TYPES = frozenset({"TRANSFER", "TERMINATE", "CHANGE_PLAN"})
_DAYS_ANNOUNCED = 32


@dataclass(frozen=True)
class Window:
    code: str
    begins: int
    ends: int

    def holds(self, now: int) -> bool:
        return self.begins <= now < self.ends


def _windows(day_ms: int) -> list[Window]:
    midnight = china(day_ms).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = int(midnight.timestamp() * 1000)
    nightly = begins + int(timedelta(minutes=NIGHTLY_MINUTES).total_seconds() * 1000)
    windows = [Window("MAINTENANCE", begins, nightly)]
    if midnight.day == 1:
        freeze = begins + int(timedelta(hours=FREEZE_HOURS).total_seconds() * 1000)
        windows.append(Window("BILLING_FREEZE", begins, freeze))
    return windows


def in_the_way(settings: Settings, now: int, order_type: str) -> Window | None:
    if settings.maintenance_now:
        return Window("MAINTENANCE", now, now + 60_000)
    if not settings.maintenance_windows:
        return None
    for window in _windows(now):
        concerned = window.code == "MAINTENANCE" or order_type in FROZEN_TYPES
        if concerned and window.holds(now):
            return window
    return None


def announced(settings: Settings, now: int) -> list[dict[str, object]]:
    """The window that holds or comes next, of each kind."""
    if settings.maintenance_now:
        return [_shown(Window("MAINTENANCE", now, now + 60_000))]
    if not settings.maintenance_windows:
        return []
    coming: dict[str, Window] = {}
    for day in range(_DAYS_ANNOUNCED):
        for window in _windows(now + day * DAY_MS):
            if window.ends > now:
                coming.setdefault(window.code, window)
    return [_shown(window) for window in coming.values()]


def _shown(window: Window) -> dict[str, object]:
    scope = sorted(FROZEN_TYPES) if window.code == "BILLING_FREEZE" else ["ORDERS"]
    return {
        "code": window.code,
        "from": rfc3339(window.begins),
        "to": rfc3339(window.ends),
        "scope": scope,
    }
