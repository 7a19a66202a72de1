"""From the intent to the invoice: what is due, what the platform said of it, and what follows from that."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from console.core import acting, clock, permissions, queue
from console.core.db import session
from console.core.errors import Conflict, WrongState
from console.core.permissions import Permission
from console.invoices import applying, covering, messages, queries, rules
from console.invoices.document import Document, Item, Kind, Party, problems
from console.invoices.gateway import Told
from console.invoices.models import Invoice, InvoiceFile, InvoiceLine, InvoiceTitle
from console.invoices.states import InvoiceState
from console.notices import actions as notices

OPEN = (
    InvoiceState.PLACED, InvoiceState.UNKNOWN, InvoiceState.ISSUING, InvoiceState.NEEDS_HUMAN, InvoiceState.SIGN_FAILED,
)  # fmt: skip
LEASE = timedelta(seconds=60)
"""Nobody else looks at an invoice for so long once somebody has begun to."""
AT_ONCE = 20
UNKNOWN_TWICE = 2
"""So often the platform has to say that it never heard of a serial, before the same one is sent again."""
FETCHED_FOR = timedelta(days=30)
YEARS_KEPT = 5
NO_QUOTA = "E9500"
"""The seller may not invoice more this month."""


def claim() -> list[int]:
    """Invoices that are due, put off so that nobody else takes them meanwhile. The serial guards what time does not."""
    now = clock.now()
    wanted = (
        select(Invoice)
        .where(Invoice.state.in_(OPEN), Invoice.next_poll_at <= now, Invoice.red_of_id.is_(None))
        .order_by(Invoice.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    found = list(session.scalars(wanted))
    for one in found:
        one.next_poll_at = now + LEASE
    return [one.id for one in found]


def claim_bare() -> list[int]:
    """Issued invoices of which originals have not come, put off for longer each time; some weeks later they are given up."""
    now = clock.now()
    wanted = select(Invoice).where(_is_bare(now)).order_by(Invoice.id).limit(AT_ONCE)
    found = list(session.scalars(wanted.with_for_update(skip_locked=True)))
    for one in found:
        one.polls += 1
        one.next_poll_at = now + rules.next_fetch(one.polls)
        one.originals_due = one.issued_at is not None and one.issued_at > now - FETCHED_FOR
    return [one.id for one in found if one.originals_due]


def _is_bare(now: datetime) -> ColumnElement[bool]:
    return and_(Invoice.originals_due, Invoice.next_poll_at <= now, Invoice.state.in_(queries.IN_FORCE))


def due(now: datetime) -> Select[Any]:
    """Companies that have invoices to be looked after, for the clock."""
    undecided = and_(Invoice.state.in_(OPEN), Invoice.next_poll_at <= now, Invoice.red_of_id.is_(None))
    return select(Invoice.company_id).where(or_(undecided, _is_bare(now))).distinct()


def hint(serial: str) -> bool:
    """Somebody says that there is news of this invoice: it is asked about now, and not sooner than a moment after last time."""
    now = clock.now()
    invoice = session.scalars(
        select(Invoice).where(Invoice.serial == serial, Invoice.state.in_(OPEN)).with_for_update()
    ).one_or_none()
    if invoice is None or invoice.state == InvoiceState.PLACED or invoice.next_poll_at <= now:
        return False
    invoice.next_poll_at = now
    queue.enqueue(queue.Job.ISSUE_INVOICES, acting.company())
    return True


def look_now(role: str, invoice_id: int) -> None:
    """Somebody says that he has done his part with the platform: it is asked at once. Raises Conflict E_INVOICE_STATE."""
    permissions.check(role, Permission.INVOICES_ISSUE)
    invoice = applying.get(invoice_id, lock=True)
    if invoice.state not in (InvoiceState.NEEDS_HUMAN, InvoiceState.UNKNOWN, InvoiceState.ISSUING):
        raise Conflict("E_INVOICE_STATE")
    invoice.next_poll_at = clock.now()
    queue.enqueue(queue.Job.ISSUE_INVOICES, acting.company())


def refused(made: Document) -> Told | None:
    """What the platform's checks and our own stricter ones would refuse, before a byte leaves."""
    found = problems(made)
    return Told(InvoiceState.FAILED, code=found[0], text=messages.wrong(found)) if found else None


def begin(invoice_id: int) -> None:
    """Bytes are about to leave: from here on the platform may have heard of it, and only it knows."""
    invoice = applying.get(invoice_id, lock=True)
    if invoice.state == InvoiceState.PLACED:
        invoice.state = InvoiceState.UNKNOWN


def document(invoice: Invoice, *, genuine: bool) -> Document:
    """The invoice as its renderings say it."""
    lines = session.scalars(
        select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(InvoiceLine.place)
    ).all()
    details = invoice.buyer_details
    if details is None and (title := _title(invoice)):
        details = applying.details_of(title)
    buyer = Party(invoice.buyer_name, invoice.buyer_tax_number, **details or {})
    red_of = session.get(Invoice, invoice.red_of_id) if invoice.red_of_id else None
    return Document(
        number=invoice.number or "0" * 20,
        kind=Kind(invoice.kind),
        issued_at=(invoice.issued_at or invoice.requested_at)
        .astimezone(clock.SHANGHAI)
        .replace(tzinfo=None, microsecond=0),
        seller=Party(invoice.seller_name, invoice.seller_tax_number),
        buyer=buyer,
        items=tuple(
            Item(
                one.name,
                one.short_name,
                one.code,
                one.percent,
                one.net_fen,
                one.tax_fen,
                discount=one.discount,
            )
            for one in lines
        ),
        drawer=invoice.drawer,
        remark=invoice.remark,
        red_of=(red_of.number or "") if red_of else "",
        red_form=(invoice.platform_serial or "") if red_of else "",
        genuine=genuine,
    )


def _title(invoice: Invoice) -> InvoiceTitle | None:
    """Of an invoice that did not keep it, whose address it is: of its own scope if that is the same buyer, else any of his."""
    own = applying.title_for(invoice.scope, invoice.scope_key)
    if own and (own.name, own.tax_number) == (invoice.buyer_name, invoice.buyer_tax_number):
        return own
    wanted = select(InvoiceTitle).where(
        InvoiceTitle.name == invoice.buyer_name, InvoiceTitle.tax_number == invoice.buyer_tax_number
    )
    return session.scalars(wanted.order_by(InvoiceTitle.id).limit(1)).first()


def hear(invoice_id: int, told: Told) -> Invoice:
    """What the platform said of this invoice. An amount that is not ours is not believed.

    UNKNOWN is asked about; when the platform has never heard of the serial, twice and some time apart, the same
    serial is sent again. FAILED lets go of what the invoice covers.
    """
    invoice = applying.get(invoice_id, lock=True)
    if invoice.state not in OPEN:
        return invoice
    invoice.platform_serial = told.platform_serial or invoice.platform_serial
    invoice.error_code, invoice.error_text = told.code or None, told.text or None
    invoice.polls += 1
    invoice.next_poll_at = clock.now() + rules.next_poll(invoice.polls - 1)
    state = told.state
    if told.again:
        state = InvoiceState.PLACED  # it refused to listen: nothing was done
    if not told.known:
        state = InvoiceState.PLACED if invoice.polls >= UNKNOWN_TWICE else InvoiceState.UNKNOWN
    if state is InvoiceState.ISSUED and told.total_fen != invoice.total_fen:
        state, invoice.error_code = InvoiceState.UNKNOWN, "AMOUNT"
    if state is InvoiceState.ISSUED and queries.exists(number=told.number):
        state, invoice.error_code = InvoiceState.UNKNOWN, "NUMBER"  # somebody uploaded it, or it is not ours
    if state is InvoiceState.UNKNOWN and invoice.state in (
        InvoiceState.ISSUING,
        InvoiceState.SIGN_FAILED,
        InvoiceState.NEEDS_HUMAN,
    ):
        return invoice  # the question was not answered; what is known stays
    if state.value != invoice.state:
        _become(invoice, state, told)
    return invoice


def _become(invoice: Invoice, state: InvoiceState, told: Told) -> None:
    try:
        invoice.state = state
    except WrongState:
        return  # old news
    invoice.polls = 0 if state is not InvoiceState.PLACED else invoice.polls
    if state is InvoiceState.ISSUED:
        invoice.number, invoice.issued_at = told.number, told.issued_at or clock.now()
        invoice.originals_due = True
        _tell(invoice, "INVOICE_ISSUED")
    elif state is InvoiceState.FAILED:
        covering.let_go(invoice)
        _tell(invoice, "INVOICE_FAILED")


def _tell(invoice: Invoice, code: str) -> None:
    if invoice.requested_by:
        notices.tell(
            invoice.requested_by, code, title=rules.months(invoice.period, invoice.last_period), sum=f"{invoice.total_fen / 100:,.2f}",
            reason=invoice.error_text or "", invoice=invoice.id,
        )  # fmt: skip


def keep(invoice: Invoice, files: dict[str, bytes], named: Collection[str] = ()) -> None:
    """Originals, as they came. One that is there already is never replaced.

    `named` are the formats that the platform has: until all of them are there it is asked again.
    """
    known = set(session.scalars(select(InvoiceFile.format).where(InvoiceFile.invoice_id == invoice.id)))
    today = clock.today()
    for format_, content in files.items():
        if format_ not in known and content:
            session.add(
                InvoiceFile(
                    invoice_id=invoice.id, format=format_, content=content,
                    sha256=hashlib.sha256(content).hexdigest(),
                    kept_until=today.replace(year=today.year + YEARS_KEPT, day=min(today.day, 28)),
                    created_at=clock.now(),
                )
            )  # fmt: skip
    if known | files.keys() >= {*named}:
        invoice.originals_due = False
