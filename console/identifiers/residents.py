"""Resident IDs that are right as they stand, told at a glance: what a roster repeats is worked out once."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from console.identifiers.documents import CHECK_CHARACTERS, MAINLAND_PROVINCES, WEIGHTS

MOST_REMEMBERED = 60_000
"""All days since 1900 and more; all regions of the country are some thousand."""


def is_plain(number: str, today: date) -> bool:
    """Whether documents.resident_id() accepts the number as it is: the short way, for the many that are right."""
    try:
        total = _regions[number[:6]] + _days[number[6:14]] + _sequences[number[14:17]]
    except ValueError:
        return False
    return number[17:] == CHECK_CHARACTERS[total % 11] and number[6:14] <= _compact(today)


class _Sums(dict[str, int]):
    """Part of a number → its weighted digits; ValueError when the part alone makes the number wrong."""

    def __init__(self, first: int, length: int, is_right: Callable[[str], bool]) -> None:
        super().__init__()
        self._weights = WEIGHTS[first : first + length]
        self._is_right = is_right

    def __missing__(self, part: str) -> int:
        # int() knows digits of many scripts, and a number of another length has other parts.
        if not (
            part.isascii() and part.isdigit() and len(part) == len(self._weights) and self._is_right(part)
        ):
            raise ValueError(part)
        total = sum(int(digit) * weight for digit, weight in zip(part, self._weights, strict=True))
        if len(self) < MOST_REMEMBERED:
            self[part] = total
        return total


def _is_day(yyyymmdd: str) -> bool:
    return yyyymmdd >= "1900" and bool(date.fromisoformat(yyyymmdd))


_regions = _Sums(0, 6, lambda region: region[:2] in MAINLAND_PROVINCES)
_days = _Sums(6, 8, _is_day)
_sequences = _Sums(14, 3, lambda sequence: sequence != "000")


@lru_cache(maxsize=8)
def _compact(day: date) -> str:
    return day.strftime("%Y%m%d")
