"""When a figure is worth a word: budgets, charges that jump, lines that nobody uses, data and pools that run out. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date

from console.expenses.rated import Usage

LEVELS = (50, 70, 90, 100)
"""Percent of a budget."""
TIMES = 5
"""电信条例 art. 34: a charge above five times the mean of the three months before has to be pointed out."""
MONTHS = 3
LEAST_FEN = 1_000
"""A jump below ten yuan is nobody's worry."""


DATA_LEVELS = (80, 100)
"""Percent of a line's data."""
DAYS_OF_PACE = 5
"""So many days tell how fast a pool is used."""


def data_levels(used_kb: int, may_kb: int) -> list[int]:
    return [level for level in DATA_LEVELS if may_kb > 0 and used_kb * 100 >= may_kb * level]


def runs_out(used_kb: int, size_kb: int, through: date, last: date) -> date | None:
    """The day on which a pool is empty when it is used on as up to `through`; None: not before the month ends.

    `last` is the last day of the month. One that is empty already ran out on `through`.
    """
    if size_kb <= 0 or used_kb >= size_kb:
        return through if used_kb else None
    if through.day < DAYS_OF_PACE or not used_kb:
        return None
    day = -(-size_kb * through.day // used_kb)
    return through.replace(day=day) if day <= last.day else None


def levels_reached(spent_fen: int, budget_fen: int) -> list[int]:
    return [level for level in LEVELS if budget_fen > 0 and spent_fen * 100 >= budget_fen * level]


def jumped(now_fen: int, before: Sequence[int]) -> bool:
    """`before`: the three months before; fewer say nothing."""
    if len(before) < MONTHS or now_fen < LEAST_FEN:
        return False
    return now_fen * MONTHS > TIMES * sum(before[-MONTHS:])


def unused_days(usage: Mapping[str, Usage], periods: Sequence[str]) -> int:
    """90 or 60 when nothing was used in the last three or two of these months, which have to be known; else 0."""
    silent = 0
    for period in reversed(periods):
        one = usage.get(period)
        if one is None or one != Usage():
            break
        silent += 1
    return {2: 60}.get(silent, 90 if silent >= MONTHS else 0)
