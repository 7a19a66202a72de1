"""Red letters: the form that both sides agree to within 72 hours, and the red invoice that follows from it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from console.core import acting, clock, permissions, queue
from console.core.db import insert_many, session
from console.core.errors import Conflict, NotFound, WrongState
from console.core.permissions import Permission
from console.core.queue import Job
from console.expenses import taxes
from console.invoices import applying, covering, issuing, rules
from console.invoices.document import Item
from console.invoices.gateway import RedTold
from console.invoices.models import Invoice, InvoiceLine, RedForm
from console.invoices.states import InvoiceState, RedState
from console.notices import actions as notices

OPEN = (RedState.PLACED, RedState.UNKNOWN, RedState.WAITING, RedState.READY)
REVERSIBLE = (InvoiceState.ISSUED, InvoiceState.PARTLY_RED)


def ask(
    role: str,
    user_id: int,
    invoice_id: int,
    reason: str,
    place: int | None = None,
    amount_fen: int | None = None,
) -> RedForm:
    """A form for the whole of what is left, or for so many 分 (VAT included) of one line.

    Raises Conflict: E_RED_STATE, E_RED_REASON, E_RED_OPEN (another form is under way), E_RED_PARTIAL (only of what is
    booked, and not for a mistake), E_RED_AMOUNT (more than is left).
    """
    permissions.check(role, Permission.INVOICES_ISSUE)
    invoice = applying.get(invoice_id, lock=True)
    if invoice.state not in REVERSIBLE or invoice.total_fen <= 0:
        raise Conflict("E_RED_STATE")
    if reason not in rules.REASONS:
        raise Conflict("E_RED_REASON")
    if session.scalar(
        select(RedForm.id).where(RedForm.invoice_id == invoice_id, RedForm.state.in_(OPEN)).limit(1)
    ):
        raise Conflict("E_RED_OPEN")
    left = invoice.total_fen - invoice.red_fen
    line = _line(invoice, place) if place is not None else None
    most = _left_of(invoice, line) if line else left
    amount_fen = most if amount_fen is None else amount_fen
    if not 0 < amount_fen <= most:
        raise Conflict("E_RED_AMOUNT")
    partial = amount_fen < left
    if partial and not rules.may_be_partial(reason, booked=invoice.booked_at is not None):
        raise Conflict("E_RED_PARTIAL")
    net, tax = _amounts(invoice, line, amount_fen if partial else None)
    form = RedForm(
        invoice_id=invoice.id, reason=reason, net_fen=-net, tax_fen=-tax, partial=partial,
        line_place=place if partial else None, asked_by=user_id, asked_at=clock.now(), next_poll_at=clock.now(),
        ends_at=clock.now() + rules.RED_HOURS,
    )  # fmt: skip
    session.add(form)
    session.flush()
    queue.enqueue(Job.ISSUE_INVOICES, acting.company())
    return form


def _amounts(invoice: Invoice, line: InvoiceLine | None, amount_fen: int | None) -> tuple[int, int]:
    """(net, VAT) to be reversed: all that is left, or of one line at its own rate."""
    if amount_fen is None:
        gone = _gone(invoice.id)
        return invoice.net_fen + sum(one.net_fen for one in gone), invoice.tax_fen + sum(
            one.tax_fen for one in gone
        )
    if line is None:
        raise Conflict("E_RED_AMOUNT")
    return taxes.split(amount_fen, line.percent)


def _line(invoice: Invoice, place: int) -> InvoiceLine:
    found = next((one for one in invoice.lines if one.place == place and not one.discount), None)
    if found is None:
        raise Conflict("E_RED_AMOUNT")
    return found


def _left_of(invoice: Invoice, line: InvoiceLine) -> int:
    """Of a line with its discount, VAT included."""
    below = [one for one in invoice.lines if one.place == line.place + 1 and one.discount]
    taken = [one.net_fen + one.tax_fen for one in _gone(invoice.id) if one.line_place == line.place]
    return sum(one.net_fen + one.tax_fen for one in (line, *below)) + sum(taken)


def _gone(invoice_id: int) -> list[RedForm]:
    """What was reversed already, in negative amounts."""
    wanted = select(RedForm).where(RedForm.invoice_id == invoice_id, RedForm.state == RedState.RED_ISSUED)
    return list(session.scalars(wanted))


def claim() -> list[int]:
    now = clock.now()
    wanted = (
        select(RedForm)
        .where(RedForm.state.in_(OPEN), RedForm.next_poll_at <= now)
        .order_by(RedForm.id)
        .limit(issuing.AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    found = list(session.scalars(wanted))
    for one in found:
        one.next_poll_at = now + issuing.LEASE
    return [one.id for one in found]


def due(now: datetime) -> Select[Any]:
    """Companies that have forms to be looked after, for the clock."""
    return select(RedForm.company_id).where(RedForm.state.in_(OPEN), RedForm.next_poll_at <= now).distinct()


def request(form: RedForm, invoice: Invoice) -> dict[str, Any]:
    """What is sent to the platform, with a key by which it knows a second sending."""
    lines = []
    if line := _line_of(form):
        lines = [Item(line.name, line.short_name, line.code, line.percent, form.net_fen, form.tax_fen)]
    return {
        "key": f"R{form.id:06}{invoice.serial[-13:]}",
        "number": invoice.number,
        "reason": form.reason,
        "booked": invoice.booked_at is not None,
        "lines": lines,
    }


def hear(form_id: int, told: RedTold) -> RedForm:
    """What the platform said of the form; an issued red invoice is entered, and what it reverses is let go."""
    form = session.get_one(RedForm, form_id, with_for_update=True)
    if form.state not in OPEN:
        return form
    form.platform_id = told.platform_id or form.platform_id
    form.platform_no = told.platform_no or form.platform_no
    form.error_text = told.text or None
    form.polls += 1
    form.next_poll_at = clock.now() + rules.next_poll(form.polls - 1)
    if told.state.value == form.state or (told.state is RedState.UNKNOWN and form.state != RedState.PLACED):
        return form
    try:
        form.state = told.state
    except WrongState:
        return form
    if told.state is RedState.RED_ISSUED:
        _enter(form, told)
    if told.state in (RedState.RED_ISSUED, RedState.REJECTED, RedState.EXPIRED, RedState.FAILED):
        code = "RED_ISSUED" if told.state is RedState.RED_ISSUED else "RED_ENDED"
        invoice = session.get_one(Invoice, form.invoice_id)
        notices.tell(
            form.asked_by, code, title=invoice.number or "", reason=form.error_text or "", invoice=invoice.id
        )
    return form


def _enter(form: RedForm, told: RedTold) -> None:
    """The red invoice as one of its own; the blue one knows how much of it is gone."""
    blue = applying.get(form.invoice_id, lock=True)
    total = form.net_fen + form.tax_fen
    red = Invoice(
        serial=f"R{form.id:06}{blue.serial[-12:]}", number=told.number, kind=blue.kind, period=blue.period,
        last_period=blue.last_period,
        scope=blue.scope, scope_key=blue.scope_key, buyer_name=blue.buyer_name, buyer_tax_number=blue.buyer_tax_number,
        buyer_details=blue.buyer_details,
        seller_name=blue.seller_name, seller_tax_number=blue.seller_tax_number, drawer=blue.drawer, remark="",
        net_fen=form.net_fen, tax_fen=form.tax_fen, total_fen=total, red_of_id=blue.id,
        platform_serial=form.platform_no, requested_by=form.asked_by, requested_at=form.asked_at,
        issued_at=clock.now(), next_poll_at=clock.now(), state=InvoiceState.ISSUED.value, originals_due=True,
    )  # fmt: skip
    session.add(red)
    session.flush()
    form.red_invoice_id = red.id
    _lines(form, blue, red)
    blue.red_fen -= total
    whole = blue.red_fen >= blue.total_fen
    covering.note_reversed(red.id, covering.let_go(blue, None if whole else -total, _line_of(form)))
    blue.state = InvoiceState.FULLY_RED if whole else InvoiceState.PARTLY_RED


def _line_of(form: RedForm) -> InvoiceLine | None:
    """Of a partial one: the line that is reduced."""
    wanted = select(InvoiceLine).where(
        InvoiceLine.invoice_id == form.invoice_id, InvoiceLine.place == form.line_place
    )
    return session.scalars(wanted).one_or_none()


def _lines(form: RedForm, blue: Invoice, red: Invoice) -> None:
    """Discounts are netted in: a red invoice has ordinary lines only."""
    lines = list(
        session.scalars(
            select(InvoiceLine).where(InvoiceLine.invoice_id == blue.id).order_by(InvoiceLine.place)
        )
    )
    gone = [one for one in _gone(blue.id) if one.id != form.id]
    rows: list[dict[str, Any]] = []
    for place, line in enumerate(lines):
        if line.discount or (form.partial and line.place != form.line_place):
            continue
        below = lines[place + 1] if place + 1 < len(lines) and lines[place + 1].discount else None
        taken = [one for one in gone if one.line_place == line.place]
        net = line.net_fen + (below.net_fen if below else 0) + sum(one.net_fen for one in taken)
        tax = line.tax_fen + (below.tax_fen if below else 0) + sum(one.tax_fen for one in taken)
        if not form.partial and not (net or tax):
            continue  # earlier red letters took all of it
        rows.append(
            {
                "invoice_id": red.id, "place": len(rows) + 1, "name": line.name, "short_name": line.short_name,
                "code": line.code, "percent": line.percent, "discount": False,
                "net_fen": form.net_fen if form.partial else -net, "tax_fen": form.tax_fen if form.partial else -tax,
            }
        )  # fmt: skip
    insert_many(InvoiceLine, rows)


def answer(role: str, form_id: int, action: str) -> None:
    """Our side's word, written down first and then told to the platform. Raises Conflict E_RED_STATE."""
    permissions.check(role, Permission.INVOICES_ISSUE)
    form = get(form_id, lock=True)
    if form.state != RedState.WAITING:
        raise Conflict("E_RED_STATE")
    form.answer, form.next_poll_at = action, clock.now()
    queue.enqueue(Job.ISSUE_INVOICES, acting.company())


def get(form_id: int, *, lock: bool = False) -> RedForm:
    found = session.get(RedForm, form_id, with_for_update=lock)
    if found is None:
        raise NotFound
    return found
