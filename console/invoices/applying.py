"""An application for an invoice: what of a statement is still to be invoiced, and the intent to do it."""

import secrets
from typing import Any

from sqlalchemy import select

from console.accounts.models import Company
from console.core import acting, clock, permissions, queue
from console.core.clock import SHANGHAI
from console.core.config import Settings
from console.core.db import insert_many, session
from console.core.errors import Conflict, NotFound
from console.core.permissions import Permission
from console.core.queue import Job
from console.invoices import covering, rules
from console.invoices.document import Kind, Party
from console.invoices.models import Invoice, InvoiceLine, InvoiceShare, InvoiceTitle
from console.invoices.rules import Plan
from console.invoices.states import InvoiceState

DETAILS = ("address", "phone", "bank", "bank_account")
SCOPES = ("company", "department", "cost_center")


def title_for(scope: str, key: str) -> InvoiceTitle | None:
    """The department's own, that of one above it, or the company's."""
    titles = {one.department: one for one in session.scalars(select(InvoiceTitle))}
    path = key if scope == "department" else ""
    while path and path not in titles:
        path = path.rpartition("/")[0]
    return titles.get(path)


def details_of(buyer: InvoiceTitle | Party) -> dict[str, str]:
    """What stays with the invoice when the title is changed later."""
    return {name: getattr(buyer, name) for name in DETAILS}


def shown_digest(plan: Plan) -> str:
    """What a person has seen: pressing the button means exactly this."""
    return f"{plan.net_fen}.{plan.tax_fen}.{len(plan.lines)}"


def apply(
    role: str,
    user_id: int,
    period: str,
    scope: str,
    key: str,
    shown: str,
    remark: str,
    settings: Settings,
    last: str = "",
) -> Invoice:
    """Write down the intent, and take hold of what it covers: the database refuses to cover anything twice.

    One month, or all of them up to the `last` one. Raises Conflict: E_INVOICE_NOT_CLOSED, E_INVOICE_TITLE (there is
    none), E_INVOICE_NOTHING (all of it is on invoices already), E_INVOICE_CHANGED (it is not what was shown).
    """  # fmt: skip
    permissions.check(role, Permission.INVOICES_ISSUE)
    title = title_for(scope, key)
    if title is None:
        raise Conflict("E_INVOICE_TITLE")
    plan = rules.plan(covering.open_parts(period, scope, key, last=last, lock=True))
    if not plan.lines:
        raise Conflict("E_INVOICE_NOTHING", period=period)
    if shown_digest(plan) != shown:
        raise Conflict("E_INVOICE_CHANGED")
    invoice = Invoice(
        serial=new_serial(), kind=Kind(title.kind).value, period=period, last_period=last or period, scope=scope, scope_key=key,
        buyer_name=title.name, buyer_tax_number=title.tax_number, buyer_details=details_of(title),
        seller_name=settings.seller_name, seller_tax_number=settings.seller_tax_number, drawer=settings.tax_drawer, remark=remark,
        net_fen=plan.net_fen, tax_fen=plan.tax_fen, total_fen=plan.total_fen, requested_by=user_id,
        requested_at=clock.now(), next_poll_at=clock.now(),
    )  # fmt: skip
    session.add(invoice)
    session.flush()
    _write(invoice, plan)
    queue.enqueue(Job.ISSUE_INVOICES, acting.company())
    return invoice


def _write(invoice: Invoice, plan: Plan) -> None:
    insert_many(
        InvoiceLine,
        [
            {
                "invoice_id": invoice.id,
                "place": place,
                "name": line.name,
                "short_name": line.short_name,
                "code": line.code,
                "percent": line.percent,
                "net_fen": line.net_fen,
                "tax_fen": line.tax_fen,
                "discount": line.discount,
            }
            for place, line in enumerate(plan.lines, start=1)
        ],
    )
    covering.hold(invoice.id, [part for line in plan.lines for part in line.parts])


def new_serial() -> str:
    """Company, day and six random characters, 20 at most: what every channel takes. Unique in the database as well."""
    day = clock.now().astimezone(SHANGHAI)
    alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    return f"{acting.company():05}{day:%y%m%d}" + "".join(secrets.choice(alphabet) for _ in range(8))


def of_company() -> Company:
    return session.get_one(Company, acting.company())


def get(invoice_id: int, *, lock: bool = False) -> Invoice:
    found = session.get(Invoice, invoice_id, with_for_update=lock)
    if found is None:
        raise NotFound
    return found


def again(role: str, user_id: int, invoice_id: int) -> Invoice:
    """A failed invoice once more, as another intent with a serial of its own. What it covers is taken hold of again."""
    permissions.check(role, Permission.INVOICES_ISSUE)
    failed = get(invoice_id, lock=True)
    if failed.state != InvoiceState.FAILED:
        raise Conflict("E_INVOICE_STATE")
    title = title_for(failed.scope, failed.scope_key)
    wanted = {
        one.allocation_id
        for one in session.scalars(select(InvoiceShare).where(InvoiceShare.invoice_id == failed.id))
    }
    left = covering.open_parts(
        failed.period, failed.scope, failed.scope_key, last=failed.last_period, lock=True
    )
    plan = rules.plan([one for one in left if one.allocation_id in wanted])
    if not plan.lines or title is None:
        raise Conflict("E_INVOICE_NOTHING", period=failed.period)
    copied: dict[str, Any] = {
        name: getattr(failed, name)
        for name in (
            "period",
            "last_period",
            "scope",
            "scope_key",
            "seller_name",
            "seller_tax_number",
            "drawer",
            "remark",
        )
    }
    invoice = Invoice(
        **copied, serial=new_serial(), kind=title.kind, buyer_name=title.name, buyer_tax_number=title.tax_number,
        buyer_details=details_of(title), net_fen=plan.net_fen, tax_fen=plan.tax_fen, total_fen=plan.total_fen, retry_of_id=failed.id,
        requested_by=user_id, requested_at=clock.now(), next_poll_at=clock.now(),
    )  # fmt: skip
    session.add(invoice)
    session.flush()
    _write(invoice, plan)
    queue.enqueue(Job.ISSUE_INVOICES, acting.company())
    return invoice
