"""Four ways to the same sum of a month: roster, lines, statement and invoices; and whatever keeps them apart."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, literal, select

from console.core.clock import SHANGHAI
from console.core.db import session
from console.expenses import queries as months
from console.expenses import rules
from console.expenses.models import Allocation, Charge, Statement
from console.identifiers import numbers
from console.invoices import queries
from console.sims.models import Line, PhoneNumber
from console.sims.states import LineState

BILLED_EVERY_MONTH = (LineState.ACTIVE.value, LineState.SUSPENDED.value)


class Gap(StrEnum):
    """What keeps two of the four apart."""

    NOBODY = "nobody"
    """A line is billed, and nobody in the roster, no department and no cost centre had it."""
    PARTS = "parts"
    """The parts of a charge are not the charge."""
    HEAD = "head"
    """The statement says another sum than its charges."""
    INVOICES = "invoices"
    """The invoices in force are not what the statement says is invoiced."""
    OVER = "over"
    """More of a charge stands on invoices than it is since it was corrected: a red letter is due."""
    NOT_BILLED = "not_billed"
    """A line was in use the whole month and is not on the bill. No money differs, yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """One reason. `msisdn` is masked; in 分."""

    gap: Gap
    line_id: int | None
    msisdn: str | None
    name: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class FourWays:
    """The month, four times, in 分. They agree when there is no row."""

    statement: Statement
    roster_fen: int
    lines_fen: int
    shared_fen: int
    """Of it what belongs to no line of ours: shared products, or a number that is not in the books."""
    statement_fen: int
    invoices_fen: int
    invoiced_fen: int
    open_fen: int
    never_fen: int
    rows: list[Row]

    @property
    def difference_fen(self) -> int:
        sums = (self.roster_fen, self.lines_fen, self.statement_fen, self.invoices_fen)
        return max(sums) - min(sums)


def of_month(period: str) -> FourWays | None:
    """None as long as there is no statement. Six queries, however many lines there are."""
    found = queries.agreement(period)
    if found is None:
        return None
    statement = found.statement
    charged, shared = _charged(statement)
    allocated = _sum(select(func.sum(Allocation.amount_fen)).where(Allocation.at(period, statement.version)))
    nobody = _rows(Gap.NOBODY, _of_nobody(statement))
    rows = [*nobody, *_rows(Gap.PARTS, _torn(statement)), *_rows(Gap.NOT_BILLED, _not_billed(statement))]
    if statement.total_fen != charged:
        rows.append(Row(Gap.HEAD, None, None, "", statement.total_fen - charged))
    rows += _rows(Gap.OVER, _over(statement))
    if rest := found.difference_fen - found.over_fen:
        rows.append(Row(Gap.INVOICES, None, None, "", rest))
    return FourWays(
        statement,
        roster_fen=allocated - sum(row.amount_fen for row in nobody),
        lines_fen=charged,
        shared_fen=shared,
        statement_fen=statement.total_fen,
        invoices_fen=found.invoiced_fen + found.open_fen + found.never_fen,
        invoiced_fen=found.invoiced_fen,
        open_fen=found.open_fen,
        never_fen=found.never_fen,
        rows=rows,
    )


TOLD = {
    Gap.NOBODY: "有费用，没有归属", Gap.PARTS: "分摊与费用不等", Gap.HEAD: "账单合计与明细不等",
    Gap.INVOICES: "发票与已开票金额不等", Gap.OVER: "更正后多开，待红冲", Gap.NOT_BILLED: "整月在用，账单上没有",
}  # fmt: skip


def told(found: FourWays) -> list[str]:
    """As lines of text: the sums, then 差异 0.00 or the rows."""
    sums = (
        ("花名册", found.roster_fen), ("号码", found.lines_fen), ("月账单", found.statement_fen),
        ("发票", found.invoices_fen),
    )  # fmt: skip
    lines = [f"{name}\t{fen / 100:.2f}" for name, fen in sums]
    lines.append(f"差异\t{found.difference_fen / 100:.2f}")
    rows = [
        f"{TOLD[row.gap]}\t{row.msisdn or '--'}\t{row.name or '--'}\t{row.amount_fen / 100:.2f}"
        for row in found.rows
    ]
    return lines + rows


def newest() -> str | None:
    """The month that people ask about."""
    found = months.all_in_force()
    return found[0].period if found else None


def _charged(statement: Statement) -> tuple[int, int]:
    """(everything, what belongs to no line)"""
    charged = func.sum(Charge.amount_fen)
    wanted = select(charged, charged.filter(Charge.line_id.is_(None))).where(
        Charge.at(statement.period, statement.version)
    )
    every, shared = session.execute(wanted).one()
    return int(every or 0), int(shared or 0)


def _sum(wanted: Select[Any]) -> int:
    return int(session.scalar(wanted) or 0)


def _rows(gap: Gap, wanted: Select[*tuple[Any, ...]]) -> list[Row]:
    return [
        Row(gap, line, numbers.mask(msisdn) if msisdn else None, name, int(amount))
        for line, msisdn, name, amount in session.execute(wanted)
    ]


def _of_nobody(statement: Statement) -> Select[*tuple[Any, ...]]:
    """Line by line what is charged for it on days on which it was nobody's."""
    sums = (
        select(Charge.line_id, func.sum(Allocation.amount_fen).label("fen"))
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(
            Allocation.at(statement.period, statement.version),
            Charge.line_id.is_not(None),
            Allocation.employee_id.is_(None),
            Allocation.department.is_(None),
            Allocation.cost_center.is_(None),
        )
        .group_by(Charge.line_id)
        .subquery()
    )
    return (
        select(Line.id, PhoneNumber.msisdn, literal(""), sums.c.fen)
        .join(sums, sums.c.line_id == Line.id)
        .join(PhoneNumber, PhoneNumber.id == Line.number_id)
        .order_by(Line.id)
    )


def _torn(statement: Statement) -> Select[*tuple[Any, ...]]:
    """Charges that their parts do not add up to, by how much more they are."""
    parts = (
        select(Allocation.charge_id, func.sum(Allocation.amount_fen).label("fen"))
        .where(Allocation.at(statement.period, statement.version))
        .group_by(Allocation.charge_id)
        .subquery()
    )
    missing = Charge.amount_fen - func.coalesce(parts.c.fen, 0)
    return (
        select(Charge.line_id, PhoneNumber.msisdn, Charge.name, missing)
        .outerjoin(parts, parts.c.charge_id == Charge.id)
        .outerjoin(Line, Line.id == Charge.line_id)
        .outerjoin(PhoneNumber, PhoneNumber.id == Line.number_id)
        .where(Charge.at(statement.period, statement.version), missing != 0)
        .order_by(Charge.id)
    )


def _over(statement: Statement) -> Select[*tuple[Any, ...]]:
    """Charges of which more was invoiced than they are now."""
    return (
        select(Charge.line_id, PhoneNumber.msisdn, Charge.name, Charge.over_fen)
        .outerjoin(Line, Line.id == Charge.line_id)
        .outerjoin(PhoneNumber, PhoneNumber.id == Line.number_id)
        .where(Charge.at(statement.period, statement.version), Charge.over_fen != 0)
        .order_by(Charge.id)
    )


def _not_billed(statement: Statement) -> Select[*tuple[Any, ...]]:
    """Lines in use since before the month began, without a charge in it."""
    first = datetime.combine(rules.first_day(statement.period), datetime.min.time(), SHANGHAI)
    billed = select(Charge.line_id).where(
        Charge.at(statement.period, statement.version), Charge.line_id.is_not(None)
    )
    return (
        select(Line.id, PhoneNumber.msisdn, literal(""), literal(0))
        .join(PhoneNumber, PhoneNumber.id == Line.number_id)
        .where(Line.state.in_(BILLED_EVERY_MONTH), Line.active_at < first, Line.id.not_in(billed))
        .order_by(Line.id)
    )
