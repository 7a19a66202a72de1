"""Months, who had a line on how many days of one, and sums that are split without losing a 分."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DUE_DAY = 25
"""Of the month after: until then a bill is to be paid (operator's contract)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of a charge belongs; None where nobody knows."""

    employee_id: int | None = None
    department: str | None = None
    cost_center: str | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Placed:
    """From `since` on, until the next one."""

    since: date
    place: Place


def is_period(text: str) -> bool:
    try:
        first_day(text)
    except ValueError:
        return False
    return True


def first_day(period: str) -> date:
    """Of a month written 2026-10. Raises ValueError for anything else."""
    if len(period) != 7:
        raise ValueError(period)
    return date.fromisoformat(f"{period}-01")


def last_day(period: str) -> date:
    first = first_day(period)
    return first.replace(day=monthrange(first.year, first.month)[1])


def period_of(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


def months_before(period: str, months: int) -> str:
    """`months` may be negative, for months after."""
    first = first_day(period)
    year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
    return f"{year:04}-{month + 1:02}"


def periods(first: str, last: str) -> list[str]:
    """From the one month to the other, both with it; none when they are in the wrong order."""
    found = []
    while first <= last:
        found.append(first)
        first = months_before(first, -1)
    return found


def due_day(period: str) -> date:
    return first_day(months_before(period, -1)).replace(day=DUE_DAY)


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of `total` in proportion to `weights`, by largest remainder; of equal remainders the first one.

    Their sum is `total`, whatever its sign. Without any weight nobody gets anything.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    sign, rest = (-1, -total) if total < 0 else (1, total)
    parts = [rest * weight // whole for weight in weights]
    behind = sorted(range(len(weights)), key=lambda i: -(rest * weights[i] % whole))
    for i in behind[: rest - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def covered(amounts: Sequence[int], invoiced: int) -> list[int]:
    """How much of each part is on an invoice, when so much of the whole is. Never more than the part.

    A charge that was corrected to less than what was invoiced is covered wholly; the excess is for a red letter.
    """
    whole = sum(amounts)
    if not invoiced or (whole < 0) != (invoiced < 0):
        return [0] * len(amounts)
    if abs(invoiced) >= abs(whole):
        return list(amounts)
    return shares(invoiced, [abs(amount) for amount in amounts])


def stretches(placed: Sequence[Placed], first: date, last: date) -> list[tuple[date, date, Place]]:
    """Who had it from when to when between these days, all included.

    What is known first counts for the time before as well: books begin some day.
    """
    known = sorted(placed, key=lambda one: one.since) or [Placed(first, NOWHERE)]
    found = []
    for i, one in enumerate(known):
        begins = first if i == 0 else max(first, one.since)
        ends = last if i + 1 == len(known) else min(last, known[i + 1].since - timedelta(days=1))
        if begins <= ends:
            found.append((begins, ends, one.place))
    return found


def days_at(placed: Sequence[Placed], first: date, last: date) -> list[tuple[Place, int]]:
    """Who had it on how many of these days, both included."""
    days: dict[Place, int] = {}
    for begins, ends, place in stretches(placed, first, last):
        days[place] = days.get(place, 0) + (ends - begins).days + 1
    return list(days.items())


def allocate(amount_fen: int, placed: Sequence[Placed], first: date, last: date) -> list[tuple[Place, int]]:
    """The parts of a charge by the days of its service; their sum is the charge."""
    at = days_at(placed, first, last)
    if len(at) == 1:
        return [(at[0][0], amount_fen)]
    return list(
        zip([place for place, _days in at], shares(amount_fen, [days for _place, days in at]), strict=True)
    )


@dataclass(frozen=True, slots=True)
class Share:
    """So many percent are borne there; None keeps what the charge has."""

    percent: int
    department: str | None = None
    cost_center: str | None = None


def shared(
    parts: Sequence[tuple[Place, int]], of_line: bool, sharing: Mapping[str, Sequence[Share]]
) -> list[tuple[Place, int]]:
    """Parts of a charge, those of a source of `sharing` split among who bears them; their sum stays what it was.

    A source is a cost centre, or "" for what belongs to no line. What a share receives is not shared a second time.
    """
    found: dict[Place, int] = {}
    for place, amount in parts:
        wanted = sharing.get((place.cost_center or "?") if of_line else "") or (Share(100),)
        amounts = shares(amount, [one.percent for one in wanted])
        for one, part in zip(wanted, amounts, strict=True):
            bears = Place(
                place.employee_id, one.department or place.department, one.cost_center or place.cost_center
            )
            found[bears] = found.get(bears, 0) + part
    return [(place, part) for place, part in found.items() if part] or list(found.items())[:1]


def corrected(placed: Sequence[Placed], first: date, last: date, place: Place) -> list[Placed]:
    """The same history with `place` from `first` to `last`, both included; before and after it is as it was."""
    day_before, day_after = first - timedelta(days=1), last + timedelta(days=1)
    known = sorted(placed, key=lambda one: one.since) or [Placed(day_before, NOWHERE)]
    known[0] = Placed(min(known[0].since, day_before), known[0].place)
    resumed = next((one for one in reversed(known) if one.since <= day_after), known[0])
    return _joined(
        [
            *(one for one in known if one.since < first),
            Placed(first, place),
            Placed(day_after, resumed.place),
            *(one for one in known if one.since > day_after),
        ]
    )


LONGEST_CORRECTION = timedelta(days=3 * 366)


def may_be_corrected(first: date, last: date, today: date) -> bool:
    """A stretch in order, of the last three years and at most a month ahead: nobody corrects more by hand."""
    return today - LONGEST_CORRECTION <= first <= last <= today + timedelta(days=31)


def may_be_shared_since(period: str, today: date) -> bool:
    """A month of the last three years or of the next one."""
    now = period_of(today)
    return is_period(period) and months_before(now, 36) <= period <= months_before(now, -12)


def _joined(placed: Sequence[Placed]) -> list[Placed]:
    """Without steps that change nothing."""
    kept: list[Placed] = []
    for one in placed:
        if not kept or kept[-1].place != one.place:
            kept.append(one)
    return kept


def number_of(period: str) -> int:
    """2026-10 as 202610, for jobs, whose arguments are numbers."""
    return int(period.replace("-", ""))


def of_number(number: int) -> str:
    return f"{number // 100:04}-{number % 100:02}"
