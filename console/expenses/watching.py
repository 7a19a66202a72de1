"""What is noticed of a month, each once: budgets reached, charges five times the usual, lines without use."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from console.core import clock
from console.core.db import session
from console.core.permissions import Permission
from console.expenses import alarms, computing, figures, queries, rules, running, using
from console.expenses.items import BillItem
from console.expenses.models import Budget, Charge, Statement, Watched
from console.notices import actions as notices

NOT_SHOWN = ("BILL_COMPARED", "BILL_UNREADABLE", "ADVISED")
"""Noted for the jobs, that they do it once; their pages are others."""


def budgets(period: str) -> list[Budget]:
    """In force in this month: of each scope the latest that has begun; those of 0 were taken back."""
    found: dict[tuple[str, str], Budget] = {}
    wanted = select(Budget).where(Budget.since <= period).order_by(Budget.since)
    for one in session.scalars(wanted):
        found[(one.scope, one.key)] = one
    return sorted((one for one in found.values() if one.amount_fen), key=lambda one: (one.scope, one.key))


def spent(statement: Statement, budget: Budget) -> int:
    """What counts against the budget, in 分: what the company pays."""
    where = {} if budget.scope == "company" else {budget.scope: budget.key}
    return figures.total(statement, where).company_fen


def look(statement: Statement) -> int:
    """After a version of the statement is complete: note what is new in it, and tell who closes months; how many."""
    period = statement.period
    found: list[tuple[str, str, dict[str, Any]]] = []
    for budget in budgets(period):
        fen = spent(statement, budget)
        for level in alarms.levels_reached(fen, budget.amount_fen):
            found.append(
                (
                    f"BUDGET_{level}",
                    f"{budget.scope}:{budget.key}",
                    {"spent": fen, "budget": budget.amount_fen},
                )
            )
    found += _jumps(statement)
    found += _unused(period)
    return _note(period, found)


def _jumps(statement: Statement) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """Lines that cost more than five times the mean of their three months before."""
    before = [rules.months_before(statement.period, back) for back in range(alarms.MONTHS, 0, -1)]
    known = {one.period: one for one in queries.all_in_force()}
    if not all(period in known for period in before):
        return []
    history: dict[int, list[int]] = {}
    for period in before:
        sums = _by_line(known[period])
        for line in sums:
            history.setdefault(line, []).append(sums[line])
    return [
        ("JUMP", f"line:{line}", {"now": fen, "mean": round(sum(history[line]) / alarms.MONTHS)})
        for line, fen in _by_line(statement).items()
        if alarms.jumped(fen, history.get(line, ()))
    ]


def _by_line(statement: Statement) -> dict[int, int]:
    wanted = (
        select(Charge.line_id, func.sum(Charge.amount_fen))
        .where(Charge.at(statement.period, statement.version), Charge.line_id.is_not(None))
        .group_by(Charge.line_id)
    )
    return {line: int(fen) for line, fen in session.execute(wanted) if line is not None}


def _unused(period: str) -> Iterable[tuple[str, str, dict[str, Any]]]:
    periods = [rules.months_before(period, back) for back in range(alarms.MONTHS - 1, -1, -1)]
    for line, months in using.months(periods).items():
        days = alarms.unused_days(months, periods)
        if days:
            yield f"UNUSED_{days}", f"line:{line}", {"days": days}


@dataclass(frozen=True)
class Projection:
    """The present month as it will be, in 分: fees of what lines have now, and the mean of three months beyond them."""

    fixed_fen: int
    beyond_fen: int
    months: int

    @property
    def total_fen(self) -> int:
        return self.fixed_fen + self.beyond_fen


FIXED = (BillItem.RENT, BillItem.OWN_VAS)


def project(period: str) -> Projection:
    """Usage of a month is counted when it has ended: what lies beyond the plans is taken from the months before."""
    fixed = sum(
        one.amount_fen
        for charges in computing.of_month(period).values()
        for one in charges
        if one.item in FIXED
    )
    before = [one for one in queries.all_in_force() if one.period < period][: alarms.MONTHS]
    beyond = sum(one.total_fen - _fixed(one) for one in before)
    return Projection(fixed, round(beyond / len(before)) if before else 0, len(before))


def _fixed(statement: Statement) -> int:
    sums = {one.key: one.total_fen for one in figures.grouped(statement, "item")}
    return sum(sums.get(item.value, 0) for item in FIXED)


def look_ahead(period: str) -> int:
    """In the present month: the company's budget as it will be when the month has ended."""
    future = project(period)
    found: list[tuple[str, str, dict[str, Any]]] = []
    for budget in budgets(period):
        if budget.scope == "company":
            for level in alarms.levels_reached(future.total_fen, budget.amount_fen):
                facts = {"spent": future.total_fen, "budget": budget.amount_fen}
                found.append((f"PROJECTED_{level}", "company:", facts))
    return _note(period, found)


def look_at_usage(period: str) -> int:
    """In the present month: lines at 80 and 100 % of their data, and pools that end before the month does."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    for one in running.near(period):
        code = "LIMIT" if one.limited else "DATA"
        found += [
            (
                f"{code}_{level}",
                f"line:{one.line_id}",
                {"used": one.used_kb, "may": one.may_kb, "then": one.action},
            )
            for level in alarms.data_levels(one.used_kb, one.may_kb)
        ]
    for pool in running.pools(period):
        empty = alarms.runs_out(pool.used_kb, pool.size_kb, pool.through, rules.last_day(period))
        if empty:
            facts = {"used": pool.used_kb, "may": pool.size_kb, "day": empty.isoformat()}
            found.append(("POOL_OUT", f"pool:{pool.code}", facts))
    return _note(period, found)


def _note(period: str, found: list[tuple[str, str, dict[str, Any]]]) -> int:
    known = {
        (code, subject)
        for code, subject in session.execute(
            select(Watched.code, Watched.subject).where(Watched.period == period)
        )
    }
    new = [one for one in found if one[:2] not in known]
    now = clock.now()
    session.add_all(
        Watched(period=period, code=code, subject=subject, values=values, noticed_at=now)
        for code, subject, values in new
    )
    if new:
        notices.tell_all(Permission.STATEMENTS_CLOSE, "WATCHED", title=period, n=len(new))
    return len(new)


def noticed(period: str) -> list[Watched]:
    """The gravest first: budgets, jumps, then the rest; of a line's data only how far it has come."""
    wanted = (
        select(Watched).where(Watched.period == period, Watched.code.not_in(NOT_SHOWN)).order_by(Watched.id)
    )
    noted = list(session.scalars(wanted))
    full = {(one.code[:-4], one.subject) for one in noted if one.code in ("LIMIT_100", "DATA_100")}
    found = [one for one in noted if one.code[-3:] != "_80" or (one.code[:-3], one.subject) not in full]
    order = {"BUDGET": 0, "PROJECTED": 0, "POOL": 1, "LIMIT": 1, "JUMP": 1, "DATA": 2, "UNUSED": 3}
    return sorted(
        found, key=lambda one: (order.get(one.code.split("_")[0], 9), -_level(one.code), one.subject)
    )


def _level(code: str) -> int:
    text = code.rpartition("_")[2]
    return int(text) if text.isdecimal() else 0
