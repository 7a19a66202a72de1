"""Invoices from elsewhere are read whatever their format, and what was altered is seen."""

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.invoices import ofd, pdf, reading, xml
from console.invoices.xml import NotAnInvoice
from tests.invoices.samples import item, sample

WRITERS = {"xml": xml.write, "ofd": ofd.write, "pdf": pdf.write}
RED = sample(
    item(-1000, -90),
    red_of="26990000000000000018",
    red_form="99010026110100000001",
    number="26990000000000000026",
)


@pytest.mark.parametrize("format_", WRITERS)
@pytest.mark.parametrize("document", [sample(), RED, sample(item(100, 9))], ids=["blue", "red", "one line"])
def test_every_format_says_the_same(format_, document):
    found = reading.read(WRITERS[format_](document))
    assert found.format == format_
    assert (found.number, found.day) == (document.number, document.issued_at.date())
    assert (found.buyer_tax_number, found.seller_tax_number) == (
        document.buyer.tax_number,
        document.seller.tax_number,
    )
    assert (found.total_fen, found.net_fen, found.tax_fen) == (
        document.total_fen,
        document.net_fen,
        document.tax_fen,
    )
    assert found.red_of == document.red_of
    assert found.wrong == ()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"<TotalTax-includedAmount>19691.37", b"<TotalTax-includedAmount>9691.37", "I_TOTAL"),
        ("壹万玖仟".encode(), "壹万捌仟".encode(), "I_WORDS"),
        (b"<ComTaxAm>900.00", b"<ComTaxAm>990.00", "I_LINE_TAX"),
    ],
)
def test_an_amount_that_was_altered_is_seen(old, new, code):
    content = xml.write(sample())
    assert old in content
    assert code in reading.read(content.replace(old, new, 1)).wrong


def zipped(**files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, content in files.items():
            package.writestr(name.replace("__", "."), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.4",
        b"PK\x03\x04",
        b"hello",
        zipped(a="b"),
        zipped(OFD__xml="<x/>"),
        b"%PDF-1.7\n" + b"\0" * 900,
    ],
    ids=["nothing", "head of a PDF", "head of a ZIP", "text", "a ZIP", "an OFD without XML", "a broken PDF"],
)
def test_what_is_no_invoice_is_refused(content):
    with pytest.raises(NotAnInvoice):
        reading.read(content)


@settings(max_examples=40)
@given(st.sampled_from(list(WRITERS)), st.integers(0, 4000), st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(format_, place, bytes_):
    content = bytearray(WRITERS[format_](sample(item(100, 9))))
    place = min(place, len(content) - 1)
    content[place : place + len(bytes_)] = bytes_
    with suppress(NotAnInvoice):
        reading.read(bytes(content))
