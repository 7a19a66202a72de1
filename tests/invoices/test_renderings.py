"""One invoice in three formats, read back by programs written elsewhere; all of them say the same."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import ofdkit
import pdfplumber
import pypdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image, ImageOps

from console.invoices import ofd, pdf, xml
from console.invoices.document import Kind, crc, problems, qr_text, read_qr
from console.invoices.in_words import read as read_words
from tests.invoices.samples import item, sample

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parents[1] / "vectors" / "einvoice_observed.xsd"))
RED = sample(
    item(-1000, -90),
    number="26990000000000000026",
    red_of="26990000000000000018",
    red_form="99010026110100000001",
)


@pytest.mark.parametrize(
    "genuine",
    [
        "01,32,,26427000000375586818,10.70,20260430,,FAFB", "01,32,,24312000000136634917,0.01,20240514,,1DD6",
        "01,31,,26442000004359167806,1705400.00,20260421,,8EEF", "01,31,,24312000000358032546,633.00,20241118,,16C0",
    ],
)  # fmt: skip
def test_codes_of_genuine_invoices_agree_with_their_check(genuine):
    assert read_qr(genuine)
    assert read_qr(genuine.replace(".", ".1", 1)) is None, "an amount that was altered"
    assert crc("123456789") == "FEE8"


def test_the_code_says_number_total_and_day():
    found = read_qr(qr_text(sample()))
    assert (found.number, found.total_fen, found.day) == (
        "26990000000000000018",
        sample().total_fen,
        "20261031",
    )


@pytest.mark.parametrize(
    "document", [sample(), RED, sample(kind=Kind.SPECIAL)], ids=["blue", "red", "special"]
)
def test_the_xml_keeps_to_the_layout_and_is_read_back_equal(document):
    content = xml.write(document)
    SCHEMA.assertValid(etree.fromstring(content))
    again, stated = xml.read(content)
    assert stated.total_fen == document.total_fen == read_words(stated.words)
    assert (stated.net_fen, stated.tax_fen) == (document.net_fen, document.tax_fen)
    assert again == document
    assert problems(document) == []


@pytest.mark.parametrize(
    "document",
    [sample(), RED, sample(*[item(i * 100, i * 9) for i in range(1, 41)])],
    ids=["few", "red", "forty lines"],
)
def test_the_pdf_is_read_alike_by_two_programs(document):
    content = pdf.write(document)
    texts = [
        "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages),
        "\n".join(page.extract_text() for page in pdfplumber.open(io.BytesIO(content)).pages),
    ]
    for text in texts:
        flat = re.sub(r"\s", "", text)
        assert document.number in flat and document.buyer.tax_number in flat
        assert xml.amount(document.total_fen) in flat and xml.amount(document.tax_fen) in flat
        assert "澄湖样例制造有限公司" in flat and "电子发票（普通发票）" in flat
        for one in document.items:
            assert xml.amount(one.net_fen) in flat
    assert "样张" in texts[0], "what did not come from the tax platform says so"


def test_a_genuine_one_has_no_sample_across_it_but_a_number_of_nobody_always_has():
    for number, across in (("24440000000000000018", False), (sample().number, True)):
        document = sample(number=number, genuine=True)
        assert ("样张" in pypdf.PdfReader(io.BytesIO(pdf.write(document))).pages[0].extract_text()) is across
        assert ("样张" in ofdkit.extract_text(ofd.write(document))) is across


@pytest.mark.parametrize(
    "document",
    [sample(), RED, sample(*[item(i * 100, i * 9) for i in range(1, 41)])],
    ids=["few", "red", "forty lines"],
)
def test_the_ofd_is_read_by_another_program(document):
    found = ofdkit.extract_invoice(ofd.write(document))
    assert found.invoice_number == document.number
    assert (found.buyer.name, found.buyer.tax_id) == (document.buyer.name, document.buyer.tax_number)
    assert (found.seller.name, found.seller.tax_id) == (document.seller.name, document.seller.tax_number)
    assert [fen(one) for one in (found.amount_without_tax, found.tax_amount, found.total_amount)] == [
        document.net_fen, document.tax_fen, document.total_fen
    ]  # fmt: skip
    assert [(one.name, fen(one.amount), fen(one.tax_amount)) for one in found.items] == [
        (one.printed_name, one.net_fen, one.tax_fen) for one in document.items
    ]


def fen(amount):
    return round(float(str(amount).replace("¥", "")) * 100)


def test_the_ofd_carries_the_xml_and_is_the_same_bytes_twice():
    one, two = ofd.write(sample()), ofd.write(sample())
    assert one == two
    package = zipfile.ZipFile(io.BytesIO(one))
    assert xml.read(package.read("Doc_0/Attachs/original_invoice.xml"))[0].number == sample().number
    for name in package.namelist():
        if name.endswith(".xml"):
            etree.fromstring(package.read(name))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (sample(number="2699"), "I_NUMBER"),
        (sample(item(1000, 95)), "I_LINE_TAX"),
        (sample(item(-1000, -90)), "I_SIGN"),
        (sample(item(1000, 90), item(-2000, -180, discount=True)), "I_DISCOUNT"),
        (sample(item(-100, -9, discount=True), item(1000, 90)), "I_DISCOUNT"),
        (sample(remark="长" * 201), "I_TOO_LONG"),
        (sample(kind=Kind.SPECIAL, buyer=replace(sample().buyer, tax_number="")), "I_BUYER"),
        (replace(RED, items=(item(1000, 90),)), "I_SIGN"),
    ],
)
def test_what_the_platform_would_refuse_is_seen_before(wrong, code):
    assert code in problems(wrong)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<EInvoice><Header><EIid>&b;</EIid></Header></EInvoice>"""


@pytest.mark.parametrize(
    "content", [b"", b"<html/>", b"PK\x03\x04", BOMB, b"<EInvoice/>", b"<EInvoice><Header/></EInvoice>"]
)
def test_what_is_no_invoice_is_refused(content):
    with pytest.raises(xml.NotAnInvoice):
        xml.read(content)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.sampled_from([6, 9, 13])), min_size=1, max_size=60),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30),
)
def test_any_invoice_survives_all_three(lines, remark):
    items = tuple(item(net, (net * percent + 50) // 100, percent=percent) for net, percent in lines)
    document = sample(*items, remark=remark.strip())
    again, stated = xml.read(xml.write(document))
    assert (again.items, stated.total_fen) == (items, document.total_fen)
    assert pdf.write(document).startswith(b"%PDF")
    assert zipfile.ZipFile(io.BytesIO(ofd.write(document))).testzip() is None


def test_the_code_in_pdf_and_ofd_is_read_by_another_program():
    drawn = zipfile.ZipFile(io.BytesIO(ofd.write(RED))).read("Doc_0/Res/qr.png")
    picture = Image.open(io.BytesIO(drawn)).convert("L")
    page = pypdfium2.PdfDocument(pdf.write(RED))[0].render(scale=3).to_pil().convert("L")
    framed = ImageOps.expand(picture, 40, 255)
    assert [zxingcpp.read_barcode(one).text for one in (framed, page)] == [qr_text(RED)] * 2
