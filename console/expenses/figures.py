"""The month in figures: sums by department, cost centre, person, line and kind of charge; trend; what changed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from console.core.db import session
from console.expenses.items import BillItem, PaidBy
from console.expenses.models import Allocation, Charge, Statement
from console.expenses.queries import IN_FORCE
from console.sims.models import Line

COLUMNS: dict[str, Collection[BillItem]] = {
    "plan": (BillItem.RENT,),
    "data": (BillItem.DATA,),
    "calls": (BillItem.VOICE, BillItem.MESSAGES),
    "services": (BillItem.OWN_VAS, BillItem.THIRD_PARTY),
    "other": (BillItem.OTHER, BillItem.DISCOUNT),
}
"""The bill's eight headings, in the five columns that fit on a page. Their sum is the total."""
BY: dict[str, Any] = {
    "department": Allocation.department,
    "cost_center": Allocation.cost_center,
    "employee": Allocation.employee_id,
    "line": Charge.line_id,
    "item": Charge.item,
    "product": Charge.name,
}


@dataclass(frozen=True)
class Sums:
    """In 分: what each column adds up to, everything, and what the company pays of it; lines that have a part in it."""

    key: Any
    columns: dict[str, int]
    total_fen: int
    company_fen: int
    lines: int


def _sum(condition: Any = None) -> Any:
    amount = Allocation.amount_fen if condition is None else case((condition, Allocation.amount_fen), else_=0)
    return func.coalesce(func.sum(amount), 0)


def _measures() -> list[Any]:
    return [
        *(_sum(Charge.item.in_(items)).label(name) for name, items in COLUMNS.items()),
        _sum().label("total"),
        _sum(Charge.paid_by == PaidBy.COMPANY.value).label("company"),
        func.count(Charge.line_id.distinct()).label("lines"),
    ]


def _of(statement: Statement, *columns: Any, where: dict[str, Any] | None = None) -> Select[Any]:
    wanted = (
        select(*columns, *_measures())
        .select_from(Allocation)
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(Allocation.at(statement.period, statement.version))
    )
    return wanted.where(*narrowed(where or {}))


def narrowed(where: dict[str, Any]) -> list[ColumnElement[bool]]:
    """Conditions for what was asked: a department with all below it; "" for what belongs to nobody."""
    found: list[ColumnElement[bool]] = []
    for name, value in where.items():
        column = BY[name]
        if value == "":
            found.append(column.is_(None))
        elif name == "department":
            found.append(or_(column == value, column.startswith(f"{value}/", autoescape=True)))
        else:
            found.append(column == value)
    return found


def _sums(row: Any, key: Any = None) -> Sums:
    return Sums(
        key, {name: int(getattr(row, name)) for name in COLUMNS}, int(row.total), int(row.company), row.lines
    )


def total(statement: Statement, where: dict[str, Any] | None = None) -> Sums:
    return _sums(session.execute(_of(statement, where=where)).one())


def grouped(
    statement: Statement,
    by: str,
    where: dict[str, Any] | None = None,
    limit: int | None = None,
    offset: int = 0,
    only: Collection[Any] | None = None,
) -> list[Sums]:
    """One for each department, cost centre, … of which something was charged, the most expensive first.

    `only`: for these keys, None among them for what belongs to nobody.
    """
    column = BY[by]
    wanted = _of(statement, column.label("key"), where=where).group_by(column)
    if only is not None:
        named = [key for key in only if key is not None]
        wanted = wanted.where(or_(column.in_(named), column.is_(None) if None in only else column.in_(())))
    wanted = wanted.order_by(_sum().desc(), column).limit(limit).offset(offset)
    return [_sums(row, row.key) for row in session.execute(wanted)]


def groups(statement: Statement, by: str, where: dict[str, Any] | None = None) -> int:
    """How many there are; what belongs to nobody counts as one."""
    column = BY[by]
    wanted = (
        select(column)
        .select_from(Allocation)
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(Allocation.at(statement.period, statement.version), *narrowed(where or {}))
        .group_by(column)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(wanted)) or 0


def trend(periods: Collection[str]) -> dict[str, Sums]:
    """Month → its sums, of the versions in force; months without a statement are absent. One query."""
    wanted = (
        select(Statement.period.label("key"), *_measures())
        .select_from(Statement)
        .join(
            Allocation,
            and_(
                Allocation.company_id == Statement.company_id,
                Allocation.period == Statement.period,
                Allocation.from_version <= Statement.version,
                or_(Allocation.to_version.is_(None), Allocation.to_version >= Statement.version),
            ),
        )
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(Statement.state.in_(IN_FORCE), Statement.period.in_(periods))
        .group_by(Statement.period)
    )
    return {row.key: _sums(row, row.key) for row in session.execute(wanted)}


def movers(now: Statement, before: Statement, limit: int) -> list[tuple[str | None, int, int]]:
    """(department, this month, the month before) in 分, those that changed most first."""
    this = {one.key: one.total_fen for one in grouped(now, "department")}
    last = {one.key: one.total_fen for one in grouped(before, "department")}
    both = [(key, this.get(key, 0), last.get(key, 0)) for key in this.keys() | last.keys()]
    moved = [one for one in both if one[1] != one[2]]
    return sorted(moved, key=lambda one: (-abs(one[1] - one[2]), one[0] or ""))[:limit]


def difference(period: str, version: int) -> list[tuple[str | None, str | None, int, int]]:
    """(department, cost centre, before, after) in 分 of what this version says otherwise than the one before it."""
    after = case((Allocation.from_version == version, Allocation.amount_fen), else_=0)
    before = case((Allocation.to_version == version - 1, Allocation.amount_fen), else_=0)
    columns = (Allocation.department, Allocation.cost_center)
    wanted = (
        select(*columns, func.sum(before), func.sum(after))
        .where(
            Allocation.period == period,
            or_(Allocation.from_version == version, Allocation.to_version == version - 1),
        )
        .group_by(*columns)
        .order_by(*columns)
    )
    return [(d, c, int(old), int(new)) for d, c, old, new in session.execute(wanted)]


def charges(
    statement: Statement, where: dict[str, Any], limit: int, offset: int
) -> list[tuple[Charge, Allocation, Line | None]]:
    """The rows behind a sum, by line and heading."""
    wanted = (
        select(Charge, Allocation, Line)
        .join(Allocation, Allocation.charge_id == Charge.id)
        .outerjoin(Line, Line.id == Charge.line_id)
        .where(Allocation.at(statement.period, statement.version), *narrowed(where))
        .order_by(Charge.line_id, Charge.item, Charge.id, Allocation.id)
        .limit(limit)
        .offset(offset)
    )
    return [(charge, part, line) for charge, part, line in session.execute(wanted)]


def charge_count(statement: Statement, where: dict[str, Any]) -> int:
    wanted = (
        select(func.count(Allocation.id))
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(Allocation.at(statement.period, statement.version), *narrowed(where))
    )
    return session.scalar(wanted) or 0
