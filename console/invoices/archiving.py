"""The archive of originals: what is kept until when, and whether each is still what it was when it came."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from console.core.db import session
from console.invoices.models import Invoice, InvoiceFile


@dataclass(frozen=True, slots=True)
class Kept:
    """An original. `intact` is computed anew from the content, each time it is asked for."""

    invoice: Invoice
    format: str
    sha256: str
    size: int
    kept_until: date
    intact: bool


@dataclass(frozen=True, slots=True)
class Stock:
    """`without`: invoices in force whose original has not come, so that what is handed out is our own rendering."""

    files: int
    invoices: int
    until: date | None
    without: int


def stock(in_force: Sequence[str]) -> Stock:
    wanted = select(
        func.count(InvoiceFile.id), func.count(InvoiceFile.invoice_id.distinct()), func.min(InvoiceFile.kept_until)
    )  # fmt: skip
    files, invoices, until = session.execute(wanted).one()
    kept = select(InvoiceFile.invoice_id)
    without = select(func.count(Invoice.id)).where(Invoice.state.in_(in_force), Invoice.id.not_in(kept))
    return Stock(files, invoices, until, session.scalar(without) or 0)


def page(limit: int, offset: int) -> list[Kept]:
    """The latest first, opened and hashed again."""
    wanted = (
        select(InvoiceFile, Invoice)
        .join(Invoice, Invoice.id == InvoiceFile.invoice_id)
        .options(undefer(InvoiceFile.content))
        .order_by(InvoiceFile.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        Kept(
            invoice, file.format, file.sha256, len(file.content), file.kept_until,
            hashlib.sha256(file.content).hexdigest() == file.sha256,
        )
        for file, invoice in session.execute(wanted)
    ]  # fmt: skip


def sums() -> Iterable[str]:
    """Lines as sha256sum reads them, of everything that is kept."""
    wanted = (
        select(InvoiceFile.sha256, InvoiceFile.format, Invoice.number, Invoice.serial)
        .join(Invoice, Invoice.id == InvoiceFile.invoice_id)
        .order_by(InvoiceFile.id)
    )
    return [
        f"{sha256}  dzfp_{number or serial}.{format_}\n"
        for sha256, format_, number, serial in session.execute(wanted)
    ]
