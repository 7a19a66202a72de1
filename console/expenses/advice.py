"""Advice as it is read: what is promised for which line, what was done about it, and what came of it a month later."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from console.bulk.models import Batch
from console.bulk.states import BatchState
from console.core import lookups
from console.core.db import session
from console.expenses import advising, queries, rules, terms, using
from console.expenses.advising import Subject
from console.expenses.items import BillItem
from console.expenses.measured import Advice
from console.expenses.models import Charge, Statement, Watched

USE = (BillItem.RENT.value, BillItem.VOICE.value, BillItem.DATA.value, BillItem.MESSAGES.value)
"""What depends on the plan."""


@dataclass(frozen=True)
class Came:
    """In a month on the new plan: what the old one would have cost, and what the operator billed, in 分."""

    period: str
    would_be_fen: int
    billed_fen: int

    @property
    def saved_fen(self) -> int:
        return self.would_be_fen - self.billed_fen


def newest() -> Watched | None:
    """The latest month for which advice was made, with its sums."""
    wanted = select(Watched).where(Watched.code == "ADVISED").order_by(Watched.period.desc()).limit(1)
    return session.scalars(wanted).first()


def is_open() -> ColumnElement[bool]:
    """Nothing has been done about it, or the batch that was made of it came to nothing."""
    ended = select(Batch.id).where(
        Batch.state.in_((BatchState.REFUSED, BatchState.WITHDRAWN, BatchState.EXPIRED))
    )
    return or_(Advice.batch_id.is_(None), Advice.batch_id.in_(ended))


def open_advice(limit: int, offset: int) -> list[Advice]:
    """The largest saving first."""
    wanted = select(Advice).where(is_open())
    wanted = wanted.order_by((Advice.before_fen - Advice.after_fen).desc(), Advice.id)
    return list(session.scalars(wanted.limit(limit).offset(offset)))


def open_sums() -> tuple[int, int]:
    """(lines, 分 a month) of what could be saved."""
    wanted = select(func.count(Advice.id), func.coalesce(func.sum(Advice.before_fen - Advice.after_fen), 0))
    count, fen = session.execute(wanted.where(is_open())).one()
    return count, int(fen)


def acted(limit: int) -> list[Advice]:
    wanted = select(Advice).where(~is_open())
    return list(session.scalars(wanted.order_by(Advice.asked_at.desc(), Advice.id).limit(limit)))


def came(advice: Sequence[Advice]) -> dict[int, Came]:
    """Advice → the latest month that was billed wholly on the advised plan, if there is one."""
    catalogue = terms.sold()
    histories = terms.of_lines({one.line_id for one in advice})
    statements = queries.all_in_force()
    wanted: dict[str, list[tuple[Advice, terms.Had]]] = defaultdict(list)
    for one in advice:
        advised = catalogue.by_id[one.advised_id].code
        history = histories.get(one.line_id, [])
        had = history[-1] if history else None
        since = next((h.since for h in history if catalogue.by_id[h.plan_id].code == advised), None)
        on_it = had is not None and catalogue.by_id[had.plan_id].code == advised
        fits = (
            s.period
            for s in statements
            if since and s.period > one.period and rules.first_day(s.period) >= since
        )
        if had and on_it and (period := next(fits, None)):
            wanted[period].append((one, had))
    found: dict[int, Came] = {}
    for statement in statements:
        found |= _came(statement, wanted.get(statement.period, ()), catalogue)
    return found


def _came(
    statement: Statement, wanted: Sequence[tuple[Advice, terms.Had]], catalogue: terms.Sold
) -> dict[int, Came]:
    if not wanted:
        return {}
    period = statement.period
    used = using.months([period])
    billed = _billed(statement, [one.line_id for one, _had in wanted])
    found = {}
    for one, had in wanted:
        if period not in used.get(one.line_id, {}) or one.line_id not in billed:
            continue
        products = [catalogue.on(code, rules.first_day(period)) for code in had.products]
        extras = [product for product in products if product]
        subject = Subject(one.line_id, catalogue.by_id[one.plan_id], extras, used[one.line_id], ())
        would_be = sum(
            fee.amount_fen for fee in advising.bill(subject, subject.plan, period) if fee.item in USE
        )
        found[one.id] = Came(period, would_be, billed[one.line_id])
    return found


def _billed(statement: Statement, lines: Sequence[int]) -> dict[int, int]:
    wanted = (
        select(Charge.line_id, func.sum(Charge.amount_fen))
        .where(Charge.at(statement.period, statement.version), Charge.item.in_(USE))
        .group_by(Charge.line_id)
    )
    return {line: int(fen) for line, fen in lookups.rows(wanted, Charge.line_id, set(lines))}


def names(advice: Sequence[Advice]) -> dict[int, Any]:
    """Version of a plan → the product."""
    catalogue = terms.sold()
    return {id_: catalogue.by_id[id_] for one in advice for id_ in (one.plan_id, one.advised_id)}
