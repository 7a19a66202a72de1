"""An application for an invoice: what of a statement is still to be invoiced, and the intent to do it."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from console.accounts.models import Company
from console.core import acting, clock, permissions, queue
from console.core.clock import SHANGHAI
from console.core.config import Settings
from console.core.db import insert_many, session, update_many
from console.core.errors import Conflict, NotFound
from console.core.permissions import Permission
from console.core.queue import Job
from console.expenses import queries as months
from console.expenses import taxes
from console.expenses.models import Allocation, Charge
from console.expenses.rules import shares as spread
from console.expenses.states import StatementState
from console.invoices import rules
from console.invoices.document import Kind
from console.invoices.models import Invoice, InvoiceLine, InvoiceShare, InvoiceTitle
from console.invoices.rules import Open, Plan
from console.invoices.states import InvoiceState

SCOPES = ("company", "department", "cost_center")


def open_parts(period: str, scope: str, key: str, *, lock: bool = False) -> list[Open]:
    """What of the month's statement in force is on no invoice yet. Raises Conflict E_INVOICE_NOT_CLOSED.

    With `lock` nobody else can plan the same parts, or restate the month, before the transaction ends; raises Conflict
    E_STATEMENT_BUSY while it is being restated: what the new version replaces would be invoiced once more with it.
    """
    if lock and any(one.state == StatementState.DRAFT for one in months.hold(period)):
        raise Conflict("E_STATEMENT_BUSY", period=period)
    statement = months.in_force(period)
    if statement is None or statement.state != StatementState.CLOSED:
        raise Conflict("E_INVOICE_NOT_CLOSED", period=period)
    wanted = (
        select(Allocation, Charge)
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(
            Allocation.at(period, statement.version),
            Allocation.amount_fen != Allocation.invoiced_fen,
            *_within(scope, key),
        )
        .order_by(Allocation.id)
    )
    if lock:
        wanted = wanted.with_for_update(of=Allocation)
    return [
        Open(
            part.id, part.amount_fen - part.invoiced_fen, charge.tax_class, charge.service_from, charge.paid_by,
            charge.prepaid,
        )
        for part, charge in session.execute(wanted)
    ]  # fmt: skip


def _within(scope: str, key: str) -> list[ColumnElement[bool]]:
    if scope == "company":
        return []
    if scope == "cost_center":
        return [Allocation.cost_center == key]
    return [or_(Allocation.department == key, Allocation.department.startswith(f"{key}/", autoescape=True))]


def title_for(scope: str, key: str) -> InvoiceTitle | None:
    """The department's own, that of one above it, or the company's."""
    titles = {one.department: one for one in session.scalars(select(InvoiceTitle))}
    path = key if scope == "department" else ""
    while path and path not in titles:
        path = path.rpartition("/")[0]
    return titles.get(path)


def shown_digest(plan: Plan) -> str:
    """What a person has seen: pressing the button means exactly this."""
    return f"{plan.net_fen}.{plan.tax_fen}.{len(plan.lines)}"


def apply(
    role: str, user_id: int, period: str, scope: str, key: str, shown: str, remark: str, settings: Settings
) -> Invoice:
    """Write down the intent, and take hold of what it covers: the database refuses to cover anything twice.

    Raises Conflict: E_INVOICE_NOT_CLOSED, E_INVOICE_TITLE (there is none), E_INVOICE_NOTHING (all of it is on
    invoices already), E_INVOICE_CHANGED (it is not what was shown).
    """
    permissions.check(role, Permission.INVOICES_ISSUE)
    title = title_for(scope, key)
    if title is None:
        raise Conflict("E_INVOICE_TITLE")
    plan = rules.plan(open_parts(period, scope, key, lock=True))
    if not plan.lines:
        raise Conflict("E_INVOICE_NOTHING", period=period)
    if shown_digest(plan) != shown:
        raise Conflict("E_INVOICE_CHANGED")
    invoice = Invoice(
        serial=new_serial(), kind=Kind(title.kind).value, period=period, scope=scope, scope_key=key,
        buyer_name=title.name, buyer_tax_number=title.tax_number, seller_name=settings.seller_name,
        seller_tax_number=settings.seller_tax_number, drawer=settings.tax_drawer, remark=remark,
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
    parts = [part for line in plan.lines for part in line.parts]
    hold(invoice.id, parts)


def hold(invoice_id: int, parts: Sequence[Open]) -> None:
    """These parts of charges are on this invoice now, wholly."""
    insert_many(
        InvoiceShare,
        [
            {"invoice_id": invoice_id, "allocation_id": one.allocation_id, "amount_fen": one.left_fen}
            for one in parts
        ],
    )
    held = {one.allocation_id: one.left_fen for one in parts}
    _move(held)


def _move(by: dict[int, int]) -> None:
    """Allocation → by how much more of it is invoiced now, or less. The CHECK of the table has the last word."""
    wanted = (
        select(Allocation.id, Allocation.invoiced_fen).where(Allocation.id.in_(by)).order_by(Allocation.id)
    )
    rows = [
        {"id": id_, "invoiced_fen": invoiced + by[id_]}
        for id_, invoiced in session.execute(wanted.with_for_update())
    ]
    update_many(Allocation, rows)


def let_go(invoice: Invoice, amount_fen: int | None = None, line: InvoiceLine | None = None) -> None:
    """What the invoice covers can be invoiced again: all that is left of it, or so many 分 of the line's charges.

    Its shares are less by as much: what another invoice took meanwhile is not let go a second time. Parts that a
    restatement has replaced are followed to those that took their place.
    """
    months.hold(invoice.period)
    shares = _shares(invoice.id)
    successors = _successors([one.allocation_id for one, _charge in shares])
    held = {one.id: _still_held(one.amount_fen, successors[one.allocation_id]) for one, _charge in shares}
    if amount_fen is not None:
        held = _of_line(amount_fen, line, {one.id: (held[one.id], charge) for one, charge in shares})
    by: dict[int, int] = {}
    for share, _charge in shares:
        fen = held.get(share.id)
        if not fen:
            continue
        share.amount_fen -= fen
        for successor, invoiced in successors[share.allocation_id]:
            left = invoiced + by.get(successor, 0)
            part = min(fen, left) if fen > 0 else max(fen, left)
            by[successor] = by.get(successor, 0) - part
            fen -= part
    _move({allocation: fen for allocation, fen in by.items() if fen})


def _shares(invoice_id: int) -> list[tuple[InvoiceShare, Charge]]:
    wanted = (
        select(InvoiceShare, Charge)
        .join(Allocation, Allocation.id == InvoiceShare.allocation_id)
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(InvoiceShare.invoice_id == invoice_id)
        .order_by(InvoiceShare.id)
    )
    return [(share, charge) for share, charge in session.execute(wanted)]


def _of_line(
    amount_fen: int, line: InvoiceLine | None, held: dict[int, tuple[int, Charge]]
) -> dict[int, int]:
    """Share → 分 to let go: of the charges that stand in the line. A line of somebody else's invoice has none of ours."""
    charged = {share: (fen, charge) for share, (fen, charge) in held.items() if fen > 0}
    own = {share: fen for share, (fen, charge) in charged.items() if line and _stands_in(charge, line)}
    if sum(own.values()) < amount_fen:
        own = {share: fen for share, (fen, _charge) in charged.items()}
    return dict(zip(own, spread(amount_fen, list(own.values())), strict=True))


def _stands_in(charge: Charge, line: InvoiceLine) -> bool:
    held = taxes.rule(charge.tax_class, charge.service_from)
    return (held.name, held.code, held.percent) == (line.name, line.code, line.percent)


def _still_held(amount_fen: int, successors: Sequence[tuple[int, int]]) -> int:
    """Of a share; never more than the charge says is invoiced."""
    invoiced = sum(fen for _allocation, fen in successors)
    return min(amount_fen, invoiced) if amount_fen > 0 else max(amount_fen, invoiced)


def _successors(allocations: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """Allocation → (the ones in force of the same bill line, how much of each is invoiced). One query."""
    origin = (
        select(Allocation.id, Allocation.period, Charge.operator_line)
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(Allocation.id.in_(allocations))
        .subquery()
    )
    wanted = (
        select(origin.c.id, Allocation.id, Allocation.invoiced_fen)
        .join(Charge, (Charge.operator_line == origin.c.operator_line) & (Charge.period == origin.c.period))
        .join(Allocation, Allocation.charge_id == Charge.id)
        .where(Allocation.to_version.is_(None))
        .order_by(origin.c.id, Allocation.id != origin.c.id, Allocation.id)
    )
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for old, new, invoiced in session.execute(wanted):
        found[old].append((new, invoiced))
    return found


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
    plan = rules.plan(
        [
            one
            for one in open_parts(failed.period, failed.scope, failed.scope_key, lock=True)
            if one.allocation_id in wanted
        ]
    )
    if not plan.lines or title is None:
        raise Conflict("E_INVOICE_NOTHING", period=failed.period)
    copied: dict[str, Any] = {
        name: getattr(failed, name)
        for name in ("period", "scope", "scope_key", "seller_name", "seller_tax_number", "drawer", "remark")
    }
    invoice = Invoice(
        **copied, serial=new_serial(), kind=title.kind, buyer_name=title.name, buyer_tax_number=title.tax_number,
        net_fen=plan.net_fen, tax_fen=plan.tax_fen, total_fen=plan.total_fen, retry_of_id=failed.id,
        requested_by=user_id, requested_at=clock.now(), next_poll_at=clock.now(),
    )  # fmt: skip
    session.add(invoice)
    session.flush()
    _write(invoice, plan)
    queue.enqueue(Job.ISSUE_INVOICES, acting.company())
    return invoice
