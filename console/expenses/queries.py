"""Reads of the month: which version is in force, what it adds up to."""

from sqlalchemy import case, func, select

from console.core.db import session
from console.expenses.items import PaidBy
from console.expenses.models import Charge, Statement
from console.expenses.states import StatementState

IN_FORCE = (StatementState.OPEN.value, StatementState.CLOSED.value)


def newest(period: str) -> Statement | None:
    return session.scalars(
        select(Statement).where(Statement.period == period).order_by(Statement.version.desc()).limit(1)
    ).first()


def hold(period: str) -> list[Statement]:
    """All versions of the month, as they are now, locked: its charges are restated or invoiced, and never both at once."""
    wanted = select(Statement).where(Statement.period == period).order_by(Statement.id)
    session.scalars(wanted.with_for_update(key_share=True)).all()
    # Who waited for the lock does not see a version that was added meanwhile: read again.
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def in_force(period: str) -> Statement | None:
    """The version that counts: complete, and not restated."""
    return session.scalars(
        select(Statement).where(Statement.period == period, Statement.state.in_(IN_FORCE))
    ).one_or_none()


def versions(period: str) -> list[Statement]:
    """Of this month, the newest first; without the draft."""
    wanted = select(Statement).where(Statement.period == period, Statement.state != StatementState.DRAFT)
    return list(session.scalars(wanted.order_by(Statement.version.desc())))


def all_in_force() -> list[Statement]:
    """Of every month, the latest first."""
    wanted = select(Statement).where(Statement.state.in_(IN_FORCE)).order_by(Statement.period.desc())
    return list(session.scalars(wanted))


def totals(period: str, version: int) -> tuple[int, int, int]:
    """(everything, what the company pays, lines) in 分."""
    company = case((Charge.paid_by == PaidBy.COMPANY.value, Charge.amount_fen), else_=0)
    wanted = select(
        func.coalesce(func.sum(Charge.amount_fen), 0),
        func.coalesce(func.sum(company), 0),
        func.count(Charge.line_id.distinct()),
    ).where(Charge.at(period, version))
    total, paid, lines = session.execute(wanted).one()
    return int(total), int(paid), lines
