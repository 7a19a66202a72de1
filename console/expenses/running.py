"""The month that has not ended: what its lines and pools have used so far, and which of them come near their limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select

from console.core.db import insert_many, session
from console.expenses import rules, terms
from console.expenses.measured import Pool, UsageDay, UsageMonth
from console.expenses.metering import KB_OF_A_MB
from console.expenses.using import RUNNING
from console.sims.models import Line


@dataclass(frozen=True, slots=True)
class Near:
    """A line beside what it may use, in KB: the limit that somebody set for it, else what its products contain."""

    line_id: int
    used_kb: int
    may_kb: int
    limited: bool
    action: str | None = None
    """CUT or THROTTLE, what happens at a limit."""

    @property
    def percent(self) -> int:
        return self.used_kb * 100 // self.may_kb


def keep_days(period: str, daily_kb: Mapping[int, int]) -> None:
    """All lines together, day of the month → KB; in place of what was known of this month."""
    first, last = rules.first_day(period), rules.last_day(period)
    session.execute(delete(UsageDay).where(UsageDay.day.between(first, last)))
    insert_many(
        UsageDay, [{"day": first.replace(day=day), "data_kb": kb} for day, kb in sorted(daily_kb.items())]
    )


def keep_pools(told: Sequence[Mapping[str, Any]], through: date) -> None:
    session.execute(delete(Pool))
    insert_many(
        Pool,
        [
            {
                "code": str(one["poolId"]),
                "size_kb": int(one["sizeMb"]) * KB_OF_A_MB,
                "members": int(one["members"]),
                "used_kb": int(one["usedKb"]),
                "through": through,
            }
            for one in told
        ],
    )


def days(period: str) -> dict[date, int]:
    """Day → KB of all lines, as far as it is counted."""
    wanted = select(UsageDay.day, UsageDay.data_kb).where(
        UsageDay.day.between(rules.first_day(period), rules.last_day(period))
    )
    return {day: int(kb) for day, kb in session.execute(wanted.order_by(UsageDay.day))}


def pools(period: str) -> list[Pool]:
    """Those whose count is of this month."""
    found = session.scalars(select(Pool).order_by(Pool.code))
    return [one for one in found if rules.period_of(one.through) == period]


def near(period: str) -> list[Near]:
    """Lines whose data of the month is limited or contained in what they have, the nearest to it first. Four queries."""
    wanted = (
        select(Line.id, Line.limit_mb, Line.limit_action, UsageMonth.data_kb)
        .join(UsageMonth, UsageMonth.line_id == Line.id)
        .where(UsageMonth.period == period, UsageMonth.version == RUNNING)
    )
    rows = session.execute(wanted).all()
    contained = _contained(period, [line for line, *_rest in rows])
    found = []
    for line, limit_mb, action, used in rows:
        if limit_mb:
            found.append(Near(line, int(used), limit_mb * KB_OF_A_MB, True, action))
        elif contained.get(line):
            found.append(Near(line, int(used), contained[line], False))
    return sorted(found, key=lambda one: (-one.used_kb * 100 // one.may_kb, one.line_id))


def _contained(period: str, lines: Sequence[int]) -> dict[int, int]:
    """Line → KB that its plan and products contain; lines in a pool have that as well and are left out."""
    last, catalogue = rules.last_day(period), terms.sold()
    found = {}
    for line, history in terms.of_lines(lines).items():
        if "POOL_MEMBER" in history[-1].products:
            continue
        held = [one for one in terms.held(history, catalogue) if one.until is None and one.since <= last]
        found[line] = sum(one.product.data_mb for one in held) * KB_OF_A_MB
    return found


def lines_counted(period: str) -> int:
    wanted = select(func.count(UsageMonth.id)).where(
        UsageMonth.period == period, UsageMonth.version == RUNNING
    )
    return session.scalar(wanted) or 0
