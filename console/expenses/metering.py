"""What is counted and from which allowance it is taken: minutes, parts of a message, kilobytes, buckets in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

KB_OF_A_MB = 1024
KB_OF_A_GB = 1024 * 1024


def minutes(seconds: int) -> int:
    """Of one call: a minute that has begun is a whole one."""
    return -(-seconds // 60)


def segments(text: str) -> int:
    """Messages that a text is billed as: 70 characters each (67 when there are several), 160 (153) if all are ASCII.

    A character outside the basic plane counts twice, as on the air.
    """
    single, joined, length = (160, 153, len(text)) if text.isascii() else (70, 67, _utf16(text))
    return (1 if length else 0) if length <= single else -(-length // joined)


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def kilobytes(used: int) -> int:
    """Of bytes, for a month and a bucket: a kilobyte that has begun is a whole one."""
    return -(-used // 1024)


def priced(quantity: int, fen: int, per: int = 1) -> int:
    """`quantity` at `fen` for each `per`, rounded half up to whole 分, once."""
    return (2 * quantity * fen + per) // (2 * per)


class Source(StrEnum):
    GROUP_PAID = "group_paid"
    PACK = "addon_day"
    """Valid for hours or days."""
    CARRY_OVER = "carry_over"
    ADDON = "addon_month"
    PLAN = "plan"
    POOL = "pool"
    DIRECTED = "directed"


PRIORITY: Mapping[str, int] = {
    Source.GROUP_PAID: 10,
    Source.PACK: 20,
    Source.CARRY_OVER: 30,
    Source.ADDON: 40,
    Source.PLAN: 50,
    Source.POOL: 60,
}
"""Which is used up first. Of equal ones that which expires first, then the one that was bought first."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Kilobytes that may be used. `app` is what a directed bucket is for: nothing else is taken from it."""

    source: str
    kb: int
    id: int = 0
    expires: date = date.max
    app: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken from each bucket, and what was left uncovered, in kilobytes."""

    of: tuple[tuple[Bucket, int], ...]
    over_kb: int

    def by_source(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for bucket, kb in self.of:
            found[bucket.source] = found.get(bucket.source, 0) + kb
        return found


@dataclass(frozen=True, slots=True)
class Data:
    """Kilobytes of a month. `directed` is what went to applications that directed buckets are sold for."""

    general_kb: int = 0
    directed: Mapping[str, int] = field(default_factory=dict)


def consume(used: Data, buckets: Iterable[Bucket], priority: Mapping[str, int] = PRIORITY) -> Taken:
    """Directed use takes from its own bucket, and what does not fit counts as general use."""
    buckets = list(buckets)
    taken: list[tuple[Bucket, int]] = []
    left = used.general_kb
    for app in sorted(used.directed):
        left += _take(used.directed[app], _in_order(_directed(buckets, app), {}), taken)
    general = [bucket for bucket in buckets if bucket.source in priority]
    over = _take(left, _in_order(general, priority), taken)
    return Taken(tuple(taken), over)


def _directed(buckets: Sequence[Bucket], app: str) -> list[Bucket]:
    return [one for one in buckets if one.source == Source.DIRECTED and one.app == app]


def _in_order(buckets: list[Bucket], priority: Mapping[str, int]) -> list[Bucket]:
    return sorted(buckets, key=lambda one: (priority.get(one.source, 0), one.expires, one.id))


def _take(wanted: int, buckets: list[Bucket], taken: list[tuple[Bucket, int]]) -> int:
    """What is not covered."""
    for bucket in buckets:
        kb = min(wanted, bucket.kb)
        if kb:
            taken.append((bucket, kb))
            wanted -= kb
    return wanted
