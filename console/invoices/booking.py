"""What an invoice becomes in the books: 借 expense of each department and input VAT, 贷 payable, its number with each entry."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from console.core import clock, permissions
from console.core.clock import SHANGHAI
from console.core.db import session
from console.core.errors import Conflict
from console.core.permissions import Permission
from console.expenses import accounts, documents, taxes, vouchers
from console.expenses.models import Allocation, Charge
from console.expenses.rules import shares as spread
from console.expenses.vouchers import LONGEST_SUMMARY, NAMES, Accounts, Entry, Voucher
from console.invoices import applying, queries
from console.invoices.document import Kind
from console.invoices.models import Invoice, InvoiceShare

Bearer = tuple[str, str]
"""(department, cost centre)"""
Borne = dict[Bearer, list[tuple[int, int]]]
"""Who bears it → (分 with VAT, VAT of it by the rate of its day)"""


def book(role: str, invoice_id: int, voucher: str) -> None:
    """Entered in the books as this voucher; an empty one takes the mark back. Raises Conflict E_INVOICE_STATE."""
    permissions.check(role, Permission.INVOICES_ISSUE)
    invoice = applying.get(invoice_id, lock=True)
    if invoice.state not in queries.IN_FORCE:
        raise Conflict("E_INVOICE_STATE")
    invoice.booked_as = voucher or None
    invoice.booked_at = clock.now() if voucher else None


def of_invoices(invoices: Sequence[Invoice]) -> list[Voucher]:
    """One each, red ones in negative amounts, dated on its day, numbered as they stand here. Two queries.

    Left out is what was never issued, and of which nobody knows any more who bears it: what was reversed in part
    before red letters had shares of their own.
    """
    issued = [one for one in invoices if one.state in queries.IN_FORCE]
    borne = _borne([one.id for one in issued])
    chart = accounts.of_company()
    borne |= {one.id: _fitted(borne[one.id], one.total_fen) for one in issued if one.red_of_id}
    entered = [one for one in issued if _sum(borne[one.id]) == one.total_fen]
    return [_voucher(one, borne[one.id], chart, number) for number, one in enumerate(entered, start=1)]


def _sum(borne: Borne) -> int:
    return sum(fen for parts in borne.values() for fen, _tax in parts)


def _fitted(borne: Borne, total_fen: int) -> Borne:
    """A red letter may take more than charges still say is invoiced, once they were corrected: the rest in proportion."""
    if _sum(borne) == total_fen:
        return borne
    parts = [(who, fen, tax) for who, parts in borne.items() for fen, tax in parts]
    fitted: Borne = defaultdict(list)
    for (who, _fen, tax), fen in zip(
        parts, spread(total_fen, [abs(fen) for _who, fen, _tax in parts]), strict=True
    ):
        fitted[who].append((fen, tax))
    return fitted


def _borne(invoices: Sequence[int]) -> dict[int, Borne]:
    """Invoice → who bears it, as it was issued: what red letters took of it since counts as well."""
    sums: dict[tuple[int, str, str, str, date], int] = defaultdict(int)
    for whose, sign, here in (
        (Invoice.id, 1, Invoice.id.in_(invoices)),
        (Invoice.red_of_id, -1, Invoice.red_of_id.in_(invoices)),
    ):
        for invoice, department, center, tax_class, day, fen in session.execute(_shares(whose, here)):
            sums[invoice, department or "", center or "", tax_class, day] += sign * int(fen)
    found: dict[int, Borne] = defaultdict(lambda: defaultdict(list))
    for (invoice, department, center, tax_class, day), fen in sorted(sums.items()):
        percent = taxes.rule(tax_class, day).percent or 0
        found[invoice][department, center].append((fen, taxes.split(fen, percent)[1]))
    return found


def _shares(whose: Any, here: ColumnElement[bool]) -> Select[Any]:
    facts = (whose, Allocation.department, Allocation.cost_center, Charge.tax_class, Charge.service_from)
    return (
        select(*facts, func.sum(InvoiceShare.amount_fen))
        .join(InvoiceShare, InvoiceShare.invoice_id == Invoice.id)
        .join(Allocation, Allocation.id == InvoiceShare.allocation_id)
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(here)
        .group_by(*facts)
    )


def _voucher(invoice: Invoice, borne: Borne, chart: Accounts, number: int) -> Voucher:
    """The VAT is the invoice's own, to the 分: it is spread over who bears it as their rates say."""
    day = _day(invoice)
    supplier = chart.supplier or invoice.seller_name
    does = "红字冲减" if invoice.red_of_id else "支付"
    about = f"{does}{supplier}{_months(invoice)}通讯费"
    ticket = invoice.number or ""
    whole = {who: sum(fen for fen, _tax in parts) for who, parts in borne.items()}
    deducted = dict.fromkeys(borne, 0)
    if chart.deductible and invoice.kind == Kind.SPECIAL:
        weights = [abs(sum(tax for _fen, tax in parts)) for parts in borne.values()]
        spread_ = spread(invoice.tax_fen, weights if sum(weights) else [*map(abs, whole.values())])
        deducted = dict(zip(borne, spread_, strict=True))
    vat = sum(deducted.values())
    entries = [
        _entry(f"{about}（{department or '未分摊'}）", ticket, chart.of(department), fen - deducted[department, center], 0,
               department=department, cost_center=center)
        for (department, center), fen in whole.items()
        if fen - deducted[department, center]
    ]  # fmt: skip
    if vat:
        entries.append(_entry(about, ticket, chart.input_vat, vat, 0))
    entries.append(_entry(about, ticket, chart.payable, 0, sum(whole.values()), supplier=chart.supplier))
    return Voucher(day, "记", number, entries)


def _entry(about: str, ticket: str, account: str, debit_fen: int, credit_fen: int, **aid: str) -> Entry:
    """The last digits of the invoice's number stand in the summary, however long that is."""
    ending = f"发票{ticket[-8:]}"
    summary = about[: LONGEST_SUMMARY - len(ending)] + ending
    return Entry(summary, account, NAMES.get(account, ""), debit_fen, credit_fen, ticket=ticket, **aid)


def _months(invoice: Invoice) -> str:
    first, last = (f"{one[:4]}年{one[5:]}月" for one in (invoice.period, invoice.last_period))
    return first if first == last else f"{first}至{last}"


def _day(invoice: Invoice) -> date:
    return (invoice.issued_at or invoice.requested_at).astimezone(SHANGHAI).date()


def _kingdee(made: Sequence[Voucher]) -> bytes:
    return documents.kingdee("发票凭证", made)


WRITERS: dict[str, tuple[str, str, Callable[[Sequence[Voucher]], bytes]]] = {
    "kingdee": ("发票-金蝶凭证.xlsx", documents.KINDS["kingdee"].type, _kingdee),
    "yonyou": ("发票-用友凭证.txt", documents.KINDS["yonyou"].type, vouchers.yonyou),
}
"""Program → (name of the file, its type, how it is written)."""
