"""What finance does with an invoice that exists: book it."""

from console.core import clock, permissions
from console.core.errors import Conflict
from console.core.permissions import Permission
from console.invoices import applying
from console.invoices.states import InvoiceState


def book(role: str, invoice_id: int, voucher: str) -> None:
    """Entered in the books as this voucher; an empty one takes the mark back. Raises Conflict E_INVOICE_STATE."""
    permissions.check(role, Permission.INVOICES_ISSUE)
    invoice = applying.get(invoice_id, lock=True)
    if invoice.state not in (InvoiceState.ISSUED, InvoiceState.PARTLY_RED):
        raise Conflict("E_INVOICE_STATE")
    invoice.booked_as = voucher or None
    invoice.booked_at = clock.now() if voucher else None
