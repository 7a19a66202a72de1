"""Reads of invoices: lists, files, and whether statement and invoices agree."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from console.core.db import session
from console.expenses import queries as months
from console.expenses.models import Allocation, Charge, Statement
from console.identifiers import amounts
from console.invoices.models import Invoice, InvoiceFile, InvoiceLine, InvoiceShare, RedForm
from console.invoices.states import InvoiceState

IN_FORCE = (InvoiceState.ISSUED.value, InvoiceState.PARTLY_RED.value, InvoiceState.FULLY_RED.value)


MOST_FEN = 10**14
"""What no invoice reaches, and every column holds."""


def _matching(asked: dict[str, str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.get("q"):
        text, fen = asked["q"], amounts.fen(asked["q"])
        found.append(
            or_(
                *([] if fen is None or fen > MOST_FEN else [Invoice.total_fen.in_((fen, -fen))]),
                Invoice.number.contains(text, autoescape=True),
                Invoice.buyer_name.contains(text, autoescape=True),
                Invoice.scope_key.contains(text, autoescape=True),
                Invoice.serial == text,
            )
        )
    if asked.get("state"):
        found.append(Invoice.state == asked["state"])
    if asked.get("period"):
        found.append(_covers(asked["period"]))
    if asked.get("booked"):
        found.append(
            Invoice.booked_at.is_not(None) if asked["booked"] == "yes" else Invoice.booked_at.is_(None)
        )
    return found


def _covers(period: str) -> ColumnElement[bool]:
    return (Invoice.period <= period) & (Invoice.last_period >= period)


def listed(asked: dict[str, str], limit: int, offset: int) -> list[Invoice]:
    """The latest first."""
    wanted = select(Invoice).where(*_matching(asked)).order_by(Invoice.id.desc()).limit(limit).offset(offset)
    return list(session.scalars(wanted))


def count(asked: dict[str, str]) -> int:
    return session.scalar(select(func.count(Invoice.id)).where(*_matching(asked))) or 0


def of_months(first: str, last: str) -> list[Invoice]:
    """All that cover one of these months, the latest first."""
    wanted = select(Invoice).where(Invoice.period <= last, Invoice.last_period >= first)
    return list(session.scalars(wanted.order_by(Invoice.id.desc())))


def lines(invoice_id: int) -> list[InvoiceLine]:
    return list(
        session.scalars(
            select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.place)
        )
    )


def original(invoice_id: int, format_: str) -> InvoiceFile | None:
    return session.scalars(
        select(InvoiceFile).where(InvoiceFile.invoice_id == invoice_id, InvoiceFile.format == format_)
    ).one_or_none()


def files(invoice_id: int) -> list[InvoiceFile]:
    return list(session.scalars(select(InvoiceFile).where(InvoiceFile.invoice_id == invoice_id)))


def forms(invoice_id: int) -> list[RedForm]:
    wanted = select(RedForm).where(RedForm.invoice_id == invoice_id).order_by(RedForm.id.desc())
    return list(session.scalars(wanted))


@dataclass(frozen=True)
class Agreement:
    """Statement beside invoices of one month, in 分. `difference_fen` is 0, or money is missing somewhere.

    `covered_fen` is what charges say is invoiced, `invoiced_fen` what the invoices in force add up to, reds deducted;
    `open_fen` is still to be invoiced, `never_fen` never will be (paid by persons, sold by others, paid in before).
    """

    statement: Statement
    invoiced_fen: int
    covered_fen: int
    open_fen: int
    never_fen: int
    over_fen: int = 0
    """Of the difference: what invoices have beyond charges that were corrected to less. A red letter takes it back."""

    @property
    def difference_fen(self) -> int:
        return self.invoiced_fen - self.covered_fen


def agreement(period: str) -> Agreement | None:
    """None as long as there is no statement."""
    statement = months.in_force(period)
    if statement is None:
        return None
    never = (Charge.paid_by == "person") | (Charge.tax_class == "NONE") | Charge.prepaid
    wanted = (
        select(
            func.coalesce(func.sum(Allocation.invoiced_fen), 0),
            func.coalesce(func.sum(Allocation.amount_fen - Allocation.invoiced_fen).filter(~never), 0),
            func.coalesce(func.sum(Allocation.amount_fen).filter(never), 0),
        )
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(Allocation.at(period, statement.version))
    )
    covered, open_, left_out = (int(value) for value in session.execute(wanted).one())
    over = select(func.coalesce(func.sum(Charge.over_fen), 0)).where(Charge.at(period, statement.version))
    beyond = int(session.scalar(over) or 0)
    return Agreement(statement, _invoiced(period), covered, open_, left_out, beyond)


def _invoiced(period: str) -> int:
    """What the invoices of a month add up to, reds deducted. Of one over several months what it covers of this one.

    Should the parts of such an invoice not be its total, the rest counts in its last month: no 分 gets lost.
    """
    count = Invoice.state != InvoiceState.FAILED.value
    alone = select(func.sum(Invoice.total_fen)).where(
        count, Invoice.period == period, Invoice.last_period == period
    )
    several = (
        select(
            func.sum(InvoiceShare.amount_fen).filter(Allocation.period == period),
            func.sum(InvoiceShare.amount_fen),
            Invoice.total_fen - Invoice.red_fen,
            Invoice.last_period,
        )
        .join(InvoiceShare, InvoiceShare.invoice_id == Invoice.id)
        .join(Allocation, Allocation.id == InvoiceShare.allocation_id)
        .where(count, _covers(period), Invoice.period != Invoice.last_period, Invoice.red_of_id.is_(None))
        .group_by(Invoice.id)
    )
    found = int(session.scalar(alone) or 0)
    for here, everywhere, total, last in session.execute(several):
        found += int(here or 0) + (int(total) - int(everywhere) if last == period else 0)
    return found


def exists(**facts: Any) -> bool:
    return session.scalar(select(Invoice.id).filter_by(**facts).limit(1)) is not None
