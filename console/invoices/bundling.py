"""Files of invoices: the original where there is one, else our rendering; many of them in one ZIP with a list."""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from console.core.clock import SHANGHAI
from console.core.config import Settings
from console.expenses.documents import plain
from console.invoices import booking, issuing, ofd, pdf, queries, reading, xml
from console.invoices.document import Document
from console.invoices.models import Invoice

TYPES = {"pdf": "application/pdf", "ofd": "application/ofd", "xml": "application/xml"}
WRITERS = {"pdf": pdf.write, "ofd": ofd.write, "xml": xml.write}
_OF_PATHS = re.compile(r'[\x00-\x1f/\\:*?"<>|]|\.\.')
MOST = 500
"""Invoices in one ZIP."""


def content(invoice: Invoice, format_: str, settings: Settings) -> bytes:
    """An original is never replaced by what we draw; what we draw without a real platform says 样张."""
    kept = queries.original(invoice.id, format_)
    if kept is not None:
        return kept.content
    return WRITERS[format_](_document(invoice, settings))


def _document(invoice: Invoice, settings: Settings) -> Document:
    """As an original of another format says it: units, quantities and rates in words are not in our lines."""
    genuine = settings.tax_genuine and bool(invoice.number)
    for format_ in reading.TRUST:
        if kept := queries.original(invoice.id, format_):
            with suppress(reading.NotAnInvoice):
                if found := reading.read(kept.content).document:
                    return replace(found, genuine=genuine)
    return issuing.document(invoice, genuine=genuine)


def name(invoice: Invoice, format_: str) -> str:
    """No place in a folder: whoever unpacks it gets this name and nothing beside it."""
    buyer = _OF_PATHS.sub("_", invoice.buyer_name)
    return f"dzfp_{invoice.number or invoice.serial}_{buyer}_{_months(invoice)}.{format_}"


def _months(invoice: Invoice) -> str:
    return "_".join(dict.fromkeys((invoice.period, invoice.last_period)))


def _day(moment: datetime | None) -> str:
    """In China, where the invoice says it as well."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d}" if moment else ""


def bundle(
    invoices: Sequence[Invoice], settings: Settings, progress: Callable[[int], object] = lambda _done: None
) -> bytes:
    """Three formats of each, vouchers of those that are not in the books yet, a list, and the SHA-256 of every file."""
    stream = io.BytesIO()
    sums: list[str] = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:

        def put(called: str, made: bytes) -> None:
            package.writestr(called, made)
            sums.append(f"{hashlib.sha256(made).hexdigest()}  {called}\n")

        for done, invoice in enumerate(invoices, start=1):
            for format_ in WRITERS:
                put(name(invoice, format_), content(invoice, format_, settings))
            progress(done)
        if vouchers := booking.of_invoices([one for one in invoices if one.booked_at is None]):
            for called, _type, write in booking.WRITERS.values():
                put(called, write(vouchers))
        put("发票清单.csv", _list(invoices))
        package.writestr("SHA256SUMS.txt", "".join(sums))
    return stream.getvalue()


def _list(invoices: Iterable[Invoice]) -> bytes:
    """For Excel: with its mark of UTF-8 at the beginning, and without anything that it would take for a formula."""
    listed = io.StringIO()
    listed.write("\ufeff")
    writer = csv.writer(listed, lineterminator="\r\n")
    writer.writerow(["发票号码", "开票日期", "账期", "购买方", "不含税", "税额", "价税合计", "状态", "入账"])
    for invoice in invoices:
        writer.writerow(
            [
                f"'{invoice.number or ''}", _day(invoice.issued_at),
                _months(invoice), plain(invoice.buyer_name), xml.amount(invoice.net_fen), xml.amount(invoice.tax_fen),
                xml.amount(invoice.total_fen), invoice.state, plain(invoice.booked_as),
            ]
        )  # fmt: skip
    return listed.getvalue().encode()
