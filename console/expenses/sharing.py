"""Who bears what together: rules that share the charges of a cost centre, or of no line, and the months they hold for."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from console.core.db import insert_many, session
from console.expenses.models import CostShare, Placement
from console.expenses.rules import Share

MOST = 20
"""Parts of a rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`ended`: from that month on nothing is shared."""

    source: str
    since: str
    parts: tuple[Share, ...]

    @property
    def ended(self) -> bool:
        return self.parts == (Share(100),)


def all_of_them() -> list[Rule]:
    """By source, the latest first."""
    found: dict[tuple[str, str], list[Share]] = defaultdict(list)
    for one in session.scalars(
        select(CostShare).order_by(CostShare.source, CostShare.since.desc(), CostShare.id)
    ):
        found[one.source, one.since].append(Share(one.percent, one.department, one.cost_center))
    return [Rule(source, since, tuple(parts)) for (source, since), parts in found.items()]


def in_force(period: str) -> dict[str, tuple[Share, ...]]:
    """Source → who bears it in this month."""
    found: dict[str, Rule] = {}
    for one in all_of_them():
        if one.since <= period:
            found.setdefault(one.source, one)
    return {source: one.parts for source, one in found.items() if not one.ended}


def keep(source: str, since: str, parts: Sequence[Share]) -> None:
    """From the month `since` on, in place of what was said for that month before."""
    session.execute(delete(CostShare).where(CostShare.source == source, CostShare.since == since))
    insert_many(
        CostShare,
        [
            {
                "source": source, "since": since, "department": one.department, "cost_center": one.cost_center,
                "percent": one.percent,
            }
            for one in parts or (Share(100),)
        ],
    )  # fmt: skip


def lines_of(source: str) -> list[int]:
    """Lines that were on this cost centre at any time."""
    return list(session.scalars(select(Placement.line_id).where(Placement.cost_center == source).distinct()))


def problem(source: str, parts: Sequence[Share]) -> str | None:
    """Code of what is wrong with a rule: parts (too many), target (a part without one, or to the source), percent."""
    if len(parts) > MOST:
        return "parts"
    if any(not (one.department or one.cost_center) or one.cost_center == source for one in parts):
        return "target"
    if any(not 1 <= one.percent <= 100 for one in parts) or (
        parts and sum(one.percent for one in parts) != 100
    ):
        return "percent"
    return None
