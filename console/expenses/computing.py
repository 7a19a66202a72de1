"""Our own computation of a month, line by line, out of what lines had and used. No bill is looked at."""

from collections.abc import Collection

from console.core import clock
from console.expenses import once, rules, terms, using
from console.expenses.rated import Month, Rated, Usage
from console.expenses.rating import rate_month

POOL_MEMBER = "POOL_MEMBER"


def of_month(period: str, lines: Collection[int] | None = None) -> dict[int, tuple[Rated, ...]]:
    """Line → its charges, for every line whose history is known for the month. Five queries, however many lines."""
    last, today = rules.last_day(period), clock.today()
    histories = terms.of_lines(lines if lines is not None else terms.all_lines(last))
    used = using.months([period])
    catalogue = terms.sold()
    bought = once.of_month(period, catalogue)
    found = {}
    for line, history in histories.items():
        if history[0].since > last:
            continue
        paid = bought.get(line, once.Bought())
        month = Month(
            period,
            [*terms.held(history, catalogue), *paid.packs],
            used.get(line, {}).get(period, Usage()),
            terms.suspended(history, today),
            paid.fees,
            in_pool=POOL_MEMBER in history[-1].products,
        )
        found[line] = rate_month(month).charges
    return found


def counted(period: str) -> set[int]:
    """Lines whose usage of the month is known."""
    return set(using.months([period]))
