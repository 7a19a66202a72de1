"""Files of invoices: the original where there is one, else our rendering; many of them in one ZIP with a list."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from console.core.config import Settings
from console.invoices import issuing, ofd, pdf, queries, reading, xml
from console.invoices.document import Document
from console.invoices.models import Invoice

TYPES = {"pdf": "application/pdf", "ofd": "application/ofd", "xml": "application/xml"}
WRITERS = {"pdf": pdf.write, "ofd": ofd.write, "xml": xml.write}
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
    return f"dzfp_{invoice.number or invoice.serial}_{invoice.buyer_name}_{invoice.period}.{format_}"


def bundle(invoices: Iterable[Invoice], settings: Settings) -> bytes:
    """Three formats of each, a list for Excel, and the SHA-256 of every file."""
    stream = io.BytesIO()
    listed = io.StringIO()
    listed.write("\ufeff")
    writer = csv.writer(listed, lineterminator="\r\n")
    writer.writerow(["发票号码", "开票日期", "账期", "购买方", "不含税", "税额", "价税合计", "状态", "入账"])
    sums: list[str] = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for invoice in invoices:
            for format_ in WRITERS:
                made, called = content(invoice, format_, settings), name(invoice, format_)
                package.writestr(called, made)
                sums.append(f"{hashlib.sha256(made).hexdigest()}  {called}\n")
            writer.writerow(
                [
                    f"'{invoice.number or ''}", f"{invoice.issued_at:%Y-%m-%d}" if invoice.issued_at else "",
                    invoice.period, invoice.buyer_name, xml.amount(invoice.net_fen), xml.amount(invoice.tax_fen),
                    xml.amount(invoice.total_fen), invoice.state, invoice.booked_as or "",
                ]
            )  # fmt: skip
        package.writestr("发票清单.csv", listed.getvalue().encode())
        package.writestr("SHA256SUMS.txt", "".join(sums))
    return stream.getvalue()
