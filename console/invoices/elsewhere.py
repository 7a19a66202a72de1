"""Invoices that were issued at a counter or by somebody else: read from a file, checked, matched, shown once."""

from datetime import datetime, time

from sqlalchemy import select

from console.core import clock, permissions
from console.core.clock import SHANGHAI
from console.core.config import Settings
from console.core.db import insert_many, session
from console.core.errors import Conflict
from console.core.permissions import Permission
from console.expenses import queries as months
from console.expenses import rules as calendar
from console.expenses.states import StatementState
from console.invoices import applying, covering, issuing, reading, rules, titles
from console.invoices.models import Invoice, InvoiceLine
from console.invoices.reading import Foreign
from console.invoices.states import InvoiceState

COUNTER = "counter"


def read(content: bytes) -> Foreign:
    """Before the transaction: it takes a while. Raises Conflict E_FILE_NOT_INVOICE, with why."""
    try:
        return reading.read(content)
    except reading.NotAnInvoice as error:
        raise Conflict("E_FILE_NOT_INVOICE", why=error.code) from error


def take_in(
    role: str, user_id: int, content: bytes, period: str, settings: Settings, found: Foreign | None = None
) -> Invoice:
    """The invoice of the file as one of ours, covering what its amount covers of the month.

    Raises Conflict with what is wrong: E_FILE_NOT_INVOICE, E_FILE_ALTERED, E_FILE_OTHER_BUYER, E_FILE_OTHER_SELLER,
    E_FILE_KNOWN (shown already), E_FILE_RED (red letters come with their forms), E_FILE_AMOUNT (it covers more than
    what the month has left).
    """
    permissions.check(role, Permission.INVOICES_ISSUE)
    return enter(user_id, content, period, settings, found or read(content))


def enter(user_id: int | None, content: bytes, period: str, settings: Settings, found: Foreign) -> Invoice:
    """The same for whoever is let in already; nobody's when the platform told of it."""
    _check(found, settings)
    plan = rules.plan(covering.open_parts(period, "company", "", lock=True)) if _closed(period) else None
    if plan is None or found.total_fen > plan.total_fen:
        raise Conflict("E_FILE_AMOUNT", period=period)
    invoice = Invoice(
        serial=applying.new_serial(), number=found.number, state=InvoiceState.ISSUED.value, kind=found.kind.value,
        channel=COUNTER, period=period, last_period=period, scope="company", scope_key="",
        buyer_name=found.buyer_name or _own_name(found), buyer_tax_number=found.buyer_tax_number,
        seller_name=found.seller_name or settings.seller_name, seller_tax_number=found.seller_tax_number,
        buyer_details=applying.details_of(found.document.buyer) if found.document else None,
        drawer=found.document.drawer if found.document else "", remark="", net_fen=found.net_fen, tax_fen=found.tax_fen,
        total_fen=found.total_fen, requested_by=user_id, requested_at=clock.now(), next_poll_at=clock.now(),
        issued_at=datetime.combine(found.day, time(12), SHANGHAI),
    )  # fmt: skip
    session.add(invoice)
    session.flush()
    _lines(invoice, found)
    covering.hold(invoice.id, _covered(plan, found.total_fen))
    issuing.keep(invoice, dict(found.originals) or {found.format: content})
    return invoice


def _check(found: Foreign, settings: Settings) -> None:
    if found.wrong:
        raise Conflict("E_FILE_ALTERED", codes=found.wrong)
    if found.buyer_tax_number != applying.of_company().uscc and not _own_title(found.buyer_tax_number):
        raise Conflict("E_FILE_OTHER_BUYER")
    if found.seller_tax_number != settings.seller_tax_number:
        raise Conflict("E_FILE_OTHER_SELLER")
    if found.red_of or found.total_fen <= 0:
        raise Conflict("E_FILE_RED")
    if session.scalar(select(Invoice.id).where(Invoice.number == found.number)):
        raise Conflict("E_FILE_KNOWN", number=found.number)


def _own_title(tax_number: str) -> bool:

    return any(one.tax_number == tax_number for one in titles.all_of_them())


def _own_name(found: Foreign) -> str:
    return str(applying.of_company().name)


def _closed(period: str) -> bool:
    statement = months.in_force(period) if calendar.is_period(period) else None
    return statement is not None and statement.state == StatementState.CLOSED


def _covered(plan: rules.Plan, total_fen: int) -> list[rules.Open]:
    """So many 分 of what is open, line by line; the last one in part."""
    parts, left = [], total_fen
    ordered = sorted(
        (part for line in plan.lines for part in line.parts),
        key=lambda part: (part.left_fen > 0, part.allocation_id),
    )
    for part in ordered:
        take = part.left_fen if part.left_fen < 0 else min(part.left_fen, left)
        if take:
            parts.append(
                rules.Open(
                    part.allocation_id, take, part.tax_class, part.service_from, part.paid_by, part.prepaid
                )
            )
            left -= take
    return parts


def _lines(invoice: Invoice, found: Foreign) -> None:
    items = found.document.items if found.document else ()
    rows = [
        {
            "invoice_id": invoice.id, "place": place, "name": item.name[:90], "short_name": item.short_name[:40],
            "code": item.code[:19], "percent": item.percent, "net_fen": item.net_fen, "tax_fen": item.tax_fen,
            "discount": item.discount,
        }
        for place, item in enumerate(items, start=1)
    ]  # fmt: skip
    if not rows:  # a PDF says its sums; its lines are in the file itself
        rows = [
            {
                "invoice_id": invoice.id, "place": 1, "name": "电信服务费", "short_name": "电信服务",
                "code": "3030000000000000000", "percent": round(found.tax_fen * 100 / found.net_fen) if found.net_fen else 0,
                "net_fen": found.net_fen, "tax_fen": found.tax_fen, "discount": False,
            }
        ]  # fmt: skip
    insert_many(InvoiceLine, rows)
