"""Invoices from elsewhere are read whatever their format, and what was altered is seen."""

import io
import zipfile
from contextlib import suppress
from dataclasses import replace
from itertools import groupby

import pypdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from console.invoices import ofd, pdf, reading, reading_ofd, reading_pdf, seeing, xml
from console.invoices.document import Kind
from console.invoices.doubting import NotAnInvoice
from tests.invoices.samples import item, sample

WRITERS = {"xml": xml.write, "ofd": ofd.write, "pdf": pdf.write}
RED = sample(
    item(-1000, -90),
    red_of="26990000000000000018",
    red_form="99010026110100000001",
    number="26990000000000000026",
)
FULL = sample(
    item(1000000, 90000, unit="户", quantity="50", price="200", spec="5G 融合"),
    item(-100000, -9000, discount=True),
    item(1234567, 74074, name="企业视讯与会议管理平台的使用及其维护服务费（按月）", percent=6),
    item(5000, 0, name="预付卡充值", percent=0, told_rate="不征税"),
    item(9900, 149, name="按百分之一点五", percent=1, told_rate="1.5%"),
    kind=Kind.SPECIAL,
    buyer=replace(sample().buyer, name="澄湖样例𠮷䶮制造有限公司"),
    remark="账期：2026年10月；合同编号：XY-2026-001，本发票包含若干号码的费用，详见月账单附件；" * 3,
)
LONG = sample(*[item(i * 100, i * 9, name=f"第{i}项服务费", unit="户") for i in range(1, 101)])


def without_attachment(format_: str, content: bytes) -> bytes:
    """As other programs write them."""
    if format_ == "ofd":
        parts = unzipped(content)
        del parts["Doc_0/Attachs/original_invoice.xml"]
        return zipped(parts)
    writer = pypdf.PdfWriter(io.BytesIO(content))
    del writer.root_object["/Names"]
    return saved(writer)


def saved(writer: pypdf.PdfWriter) -> bytes:
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def zipped(parts: dict[str, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return stream.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(NotAnInvoice) as caught:
        reading.read(content)
    return caught.value.code


@pytest.mark.parametrize("format_", WRITERS)
@pytest.mark.parametrize(
    "document", [sample(), RED, FULL, LONG], ids=["blue", "red", "every kind of line", "four pages"]
)
def test_every_format_says_the_same(format_, document):
    found = reading.read(WRITERS[format_](document))
    assert (found.format, found.document, found.wrong) == (format_, document, ())
    assert (found.number, found.day, found.kind) == (
        document.number,
        document.issued_at.date(),
        document.kind,
    )
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


@pytest.mark.parametrize("format_", ["ofd", "pdf"])
@pytest.mark.parametrize(
    "document", [sample(), RED, FULL, LONG], ids=["blue", "red", "every kind of line", "four pages"]
)
def test_without_an_xml_inside_the_page_itself_is_understood(format_, document):
    found = reading.read(without_attachment(format_, WRITERS[format_](document)))
    assert found.wrong == ()
    assert found.document is not None
    bare = tuple(replace(one, code="") for one in document.items)
    day = document.issued_at.replace(hour=0, minute=0, second=0)
    assert found.document == replace(document, items=bare, issued_at=day)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text("合计小价税备注费服务AB12*", min_size=1, max_size=60),
            st.integers(1, 10**11),
            st.sampled_from(["", "户", "GB"]),
        ),
        min_size=1,
        max_size=45,
    )
)
def test_no_name_of_an_item_confuses_the_reader_of_pages(lines):
    items = tuple(
        replace(item(net, (net * 9 + 50) // 100, name=f"甲{name}", unit=unit), code="")
        for name, net, unit in lines
    )
    found = reading.read(without_attachment("ofd", ofd.write(sample(*items))))
    assert (found.document.items, found.wrong) == (items, ())


@pytest.mark.parametrize("format_", ["ofd", "pdf"])
def test_nothing_that_is_long_is_cut_off(format_):
    document = sample(
        item(100, 9, name="很长的名称" * 40, spec="很长的规格型号" * 4),
        buyer=replace(sample().buyer, name="名称极长的样例集团股份有限公司" * 6),
        remark="一段很长的备注，" * 56,
        drawer="名字很长的开票员" * 5,
    )
    found = reading.read(without_attachment(format_, WRITERS[format_](document))).document
    assert (found.items[0].name, found.items[0].spec) == (document.items[0].name, document.items[0].spec)
    assert (found.buyer, found.remark, found.drawer) == (document.buyer, document.remark, document.drawer)


@pytest.mark.parametrize(("scale", "right", "up"), [(1.0, 0, 400), (0.7, 60, 500), (1.3, 0, 0)])
def test_a_page_that_was_printed_on_another_paper_is_understood(scale, right, up):
    page = pypdf.PdfReader(io.BytesIO(without_attachment("pdf", pdf.write(FULL)))).pages[0]
    writer = pypdf.PdfWriter()
    paper = writer.add_blank_page(800, 1000)
    paper.merge_transformed_page(page, pypdf.Transformation().scale(scale).translate(right, up))
    found = reading.read(saved(writer))
    assert (found.wrong, found.total_fen, found.buyer_name) == ((), FULL.total_fen, FULL.buyer.name)
    assert [one.net_fen for one in found.document.items] == [one.net_fen for one in FULL.items]


def test_a_day_that_there_is_not_is_no_invoice():
    parts = unzipped(without_attachment("ofd", ofd.write(sample())))
    page = parts["Doc_0/Pages/Page_0/Content.xml"].decode().replace("2026年10月31日", "2026年13月41日")
    assert refusal(zipped(parts | {"Doc_0/Pages/Page_0/Content.xml": page})) == "I_NOT_AN_INVOICE"


def as_the_platform_writes(content: bytes) -> bytes:
    """Labels in a template, steps from letter to letter counted, paths from the top of the package, no XML inside."""
    parts = unzipped(content)
    del parts["Doc_0/Attachs/original_invoice.xml"]
    page = etree.fromstring(parts["Doc_0/Pages/Page_0/Content.xml"])
    template = etree.fromstring(
        f'<ofd:Page {ofd.NS}><ofd:Content><ofd:Layer ID="9"/></ofd:Content></ofd:Page>'.encode()
    )
    layer = template.find(f".//{reading_ofd.NS}Layer")
    for text in page.findall(f".//{reading_ofd.NS}TextObject"):
        code = text.find(f"{reading_ofd.NS}TextCode")
        steps = [(step, len(list(run))) for step, run in groupby(code.get("DeltaX", "").split())]
        code.set("DeltaX", " ".join(f"g {count} {step}" if count > 1 else step for step, count in steps))
        if text.find(f"{reading_ofd.NS}FillColor").get("Value") == "128 0 0":
            layer.append(text)
    page.insert(0, etree.Element(f"{reading_ofd.NS}Template", TemplateID="1", ZOrder="Background"))
    entry = parts["Doc_0/Document.xml"].decode()
    entry = entry.replace('BaseLoc="Pages', 'BaseLoc="/Doc_0/Pages').replace(
        "</ofd:CommonData>", '<ofd:TemplatePage ID="1" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData>'
    )
    return zipped(
        parts
        | {
            "Doc_0/Document.xml": entry,
            "Doc_0/Pages/Page_0/Content.xml": etree.tostring(page),
            "Doc_0/Tpls/Tpl_0/Content.xml": etree.tostring(template),
        }
    )


def test_an_ofd_built_as_the_platform_builds_it_is_understood():
    found = reading.read(as_the_platform_writes(ofd.write(FULL)))
    assert (found.wrong, found.buyer_name, found.total_fen) == ((), FULL.buyer.name, FULL.total_fen)
    assert found.document.items == tuple(replace(one, code="") for one in FULL.items)


def test_columns_may_stand_a_little_elsewhere():
    """Issuing systems differ by some millimetres."""
    with zipfile.ZipFile(io.BytesIO(ofd.write(FULL))) as package:
        (letters,) = reading_ofd._pages(reading_ofd._Package(package), "Doc_0/Document.xml")
    moved = [
        (x + (3 if 128 < x < 154 else 1.5 if 154 < x < 180 else -2 if x > 180 else 0), y, letter, half)
        if 57 < y < 89
        else (x, y, letter, half)
        for x, y, letter, half in letters
    ]
    document, _stated = seeing.see([moved])
    assert document.items == tuple(replace(one, code="") for one in FULL.items)


def together(**files: bytes) -> bytes:
    """As the tax platform gives them: the XML in a ZIP inside."""
    inner = zipped({"dzfp.xml": files.pop("xml")}) if "xml" in files else None
    outer = {f"dzfp.{name}": content for name, content in files.items()}
    return zipped(outer | ({"dzfp_xml.zip": inner} if inner else {}))


def test_the_zip_of_the_platform_is_one_invoice_and_every_original_is_kept():
    files = {name: write(FULL) for name, write in WRITERS.items()}
    found = reading.read(together(**files))
    assert (found.format, found.document, found.wrong) == ("xml", FULL, ())
    assert dict(found.originals) == files


def test_what_is_in_one_zip_has_to_say_the_same():
    dearer = pdf.write(sample(item(1000, 90)))
    assert reading.read(together(xml=xml.write(sample()), pdf=dearer)).wrong == ("I_PRINTED",)
    assert refusal(together(xml=xml.write(sample()), pdf=pdf.write(RED))) == "I_SEVERAL"
    assert refusal(together(pdf=b"hello")) == "I_DAMAGED"
    assert (
        refusal(zipped({"a.zip": zipped({"b.zip": zipped({"c.xml": xml.write(sample())})})}))
        == "I_NOT_AN_INVOICE"
    )


def picture_of(content: bytes) -> bytes:
    """What a scanner makes of the page."""
    image = pypdfium2.PdfDocument(content)[0].render(scale=2.5).to_pil().convert("L")
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(595, 842))
    canvas.drawImage(ImageReader(image), 10, 400, 575, 383)
    canvas.save()
    return stream.getvalue()


def test_of_a_scanned_invoice_its_code_is_read_and_nothing_is_guessed():
    found = reading.read(picture_of(pdf.write(sample())))
    assert (found.number, found.day) == (sample().number, sample().issued_at.date())
    assert (found.total_fen, found.wrong, found.document) == (sample().total_fen, ("I_ONLY_CODE",), None)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<TotalTax-includedAmount>19691.37", "<TotalTax-includedAmount>9691.37", "I_TOTAL"),
        ("<TotalAmWithoutTax>18081.99", "<TotalAmWithoutTax>18081.98", "I_SUMS"),
        ("<TotalTaxAm>1609.38", "<TotalTaxAm>1709.38", "I_SUMS"),
        ("<TotaltaxIncludedAmount>10900.00", "<TotaltaxIncludedAmount>10800.00", "I_SUMS"),
        ("壹万玖仟", "壹万捌仟", "I_WORDS"),
        ("<ComTaxAm>900.00", "<ComTaxAm>990.00", "I_LINE_TAX"),
        ("<Quantity>50<", "<Quantity>51<", "I_LINE_PRICE"),
        ("<EIid>26990000000000000018", "<EIid>26990000000000000019", "I_NUMBERS"),
    ],
)
def test_an_amount_that_was_altered_is_seen(old, new, code):
    content = xml.write(sample()).decode()
    assert old in content
    assert code in reading.read(content.replace(old, new, 1).encode()).wrong


def test_a_page_that_shows_another_sum_than_its_code_is_seen():
    """Somebody raised a line and all sums; the code is still the old one."""
    dearer = sample(item(1_000_000, 90_000))
    page = pypdf.PdfReader(io.BytesIO(without_attachment("pdf", pdf.write(dearer))))
    honest = pypdf.PdfReader(io.BytesIO(pdf.write(sample(item(1000, 90))))).pages[0]
    writer = pypdf.PdfWriter()
    paper = writer.add_page(page.pages[0])
    cover = io.BytesIO()
    canvas = Canvas(cover, pagesize=(595, 397))
    canvas.setFillGray(1)
    canvas.rect(16, 320, 62, 62, stroke=0, fill=1)
    canvas.save()
    paper.merge_page(pypdf.PdfReader(cover).pages[0])
    code = pypdfium2.PdfDocument(saved_page(honest))[0].render(scale=4).to_pil().crop((60, 50, 310, 310))
    stamp = io.BytesIO()
    canvas = Canvas(stamp, pagesize=(595, 397))
    canvas.drawImage(ImageReader(code), 15, 397 - 77.5, 62.5, 65)
    canvas.save()
    paper.merge_page(pypdf.PdfReader(stamp).pages[0])
    found = reading.read(saved(writer))
    assert (found.total_fen, found.wrong) == (1_090_000, ("I_CODE",))


def saved_page(page) -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_page(page)
    return saved(writer)


@pytest.mark.parametrize("format_", ["ofd", "pdf"])
def test_a_page_that_says_otherwise_than_the_xml_inside_is_seen(format_):
    cheap, dear = sample(item(1000, 90)), sample(item(100_000, 9_000))
    if format_ == "ofd":
        parts = unzipped(ofd.write(cheap))
        content = zipped(parts | {"Doc_0/Attachs/original_invoice.xml": xml.write(dear)})
    else:
        writer = pypdf.PdfWriter(io.BytesIO(without_attachment("pdf", pdf.write(cheap))))
        writer.add_attachment("dzfp.xml", xml.write(dear))
        content = saved(writer)
    assert "I_PRINTED" in reading.read(content).wrong


@pytest.mark.parametrize("name", ["发票号码", "合计金额", "销售方纳税人识别号"])
def test_an_ofd_that_tells_machines_otherwise_is_seen(name):
    parts = unzipped(ofd.write(sample()))
    entry = parts["OFD.xml"].decode()
    start = entry.index(f'"{name}">') + len(name) + 3
    end = entry.index("<", start)
    for content in (zipped(parts), zipped(parts | {"OFD.xml": entry[:start] + "1.00" + entry[end:]})):
        wrong = reading.read(content).wrong
        assert wrong == (() if content == zipped(parts) else ("I_PRINTED",))


VARIANTS = {
    "rates with six digits": ("<TaxRate>0.09<", "<TaxRate>0.090000<"),
    "rates as per cent": ("<TaxRate>0.09<", "<TaxRate>9%<"),
    "sums with six digits": ("<Amount>10000.00<", "<Amount>10000.000000<"),
    "a day without a time": ("<IssueTime>2026-10-31 10:11:12<", "<IssueTime>2026-10-31<"),
    "the word for yuan": ("贰圆", "贰元"),
    "no address at all": ("<SellerAddr/>", ""),
    "another version": (">0.33<", ">0.35<"),
    "a part that nobody knows": ("</EInvoiceData>", "</EInvoiceData><ptbh>123</ptbh><Neu><a/></Neu>"),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_what_other_systems_write_otherwise_means_the_same(name):
    content = xml.write(sample(item(1_000_000, 90_000), item(200, 18))).decode()
    old, new = VARIANTS[name]
    found = reading.read(content.replace(old, new).encode())
    assert (found.wrong, found.total_fen) == ((), 1_090_218)


def test_lines_with_parts_of_a_cent_may_differ_from_the_sums_by_as_much():
    content = xml.write(sample(item(33, 3), item(33, 3), item(33, 3))).decode()
    content = content.replace(">0.33<", ">0.333333<").replace(
        "TotalAmWithoutTax>0.99", "TotalAmWithoutTax>1.00"
    )
    content = content.replace("TotalTax-includedAmount>1.08", "TotalTax-includedAmount>1.09").replace(
        "壹圆零捌分", "壹圆零玖分"
    )
    content = content.replace("<Version>0.333333<", "<Version>0.33<")
    assert reading.read(content.encode()).wrong == ()


def test_a_red_one_of_which_nobody_says_what_it_reverses_is_seen():
    content = xml.write(RED).decode()
    start, end = content.index("<RedEInvoice>"), content.index("</RedEInvoice>") + 14
    content = (content[:start] + content[end:]).replace("被红冲蓝字", "")
    assert reading.read(content.encode()).wrong == ("I_RED_OF",)


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>"""


def encrypted_pdf() -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(pdf.write(sample())))
    writer.encrypt("geheim", algorithm="AES-128")
    return saved(writer)


def locked_zip() -> bytes:
    content = bytearray(zipped({"OFD.xml": "<x/>"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def blank_pdf() -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.drawString(100, 100, "Invoice? No.")
    canvas.save()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "I_NOT_AN_INVOICE"),
        (lambda: b"<html/>", "I_NOT_AN_INVOICE"),
        (lambda: b"hello", "I_DAMAGED"),
        (lambda: b"<EInvoice><Header/></EInvoice>", "I_DAMAGED"),
        (lambda: b"%PDF-1.4", "I_DAMAGED"),
        (lambda: b"%PDF-1.7\n" + b"\0" * 900, "I_DAMAGED"),
        (lambda: b"PK\x03\x04", "I_DAMAGED"),
        (lambda: zipped({"a": "b"}), "I_NOT_AN_INVOICE"),
        (lambda: zipped({"OFD.xml": "<x/>"}), "I_NOT_AN_INVOICE"),
        (lambda: zipped({"OFD.xml": BOMB + "<x>&b;</x>"}), "I_ENTITIES"),
        (lambda: (BOMB + "<EInvoice><Header><EIid>&b;</EIid></Header></EInvoice>").encode(), "I_ENTITIES"),
        (lambda: zipped({"OFD.xml": b" " * 31 * 2**20}), "I_ZIP_BOMB"),
        (lambda: zipped({"a.xml": b" " * 11 * 2**20}), "I_ZIP_BOMB"),
        (lambda: zipped({f"{n}": "" for n in range(2001)}), "I_ZIP_BOMB"),
        (locked_zip, "I_ENCRYPTED"),
        (encrypted_pdf, "I_ENCRYPTED"),
        (blank_pdf, "I_NOTHING_TO_READ"),
        (lambda: b"<EInvoice>" + b" " * 11 * 2**20, "I_TOO_LARGE"),
        (lambda: xml.write(sample()).replace(b">10000.00<", b">1E+9999999<"), "I_DAMAGED"),
        (lambda: xml.write(sample()).replace(b">50<", b">5" + b"0" * 99 + b"<"), "I_DAMAGED"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(make, code):
    assert refusal(make()) == code


def test_a_file_that_brings_the_reader_down_is_damaged_and_no_more(monkeypatch, tmp_path):
    program = tmp_path / "falls.py"
    program.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(reading_pdf, "PROGRAM", program)
    assert refusal(pdf.write(sample())) == "I_DAMAGED"


def test_the_program_that_opens_a_pdf_is_told_no_secrets(monkeypatch, tmp_path):
    monkeypatch.setenv("CONSOLE_SECRET", "geheim")
    program = tmp_path / "looks.py"
    told = "{'refused': 'I_' + ('SECRET' if 'CONSOLE_SECRET' in os.environ else 'NOTHING')}"
    program.write_text(f"import json, os; print(json.dumps({told}))")
    monkeypatch.setattr(reading_pdf, "PROGRAM", program)
    assert refusal(pdf.write(sample())) == "I_NOTHING"


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["xml", "ofd"]), st.integers(0, 4000), st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(format_, place, bytes_):
    content = bytearray(WRITERS[format_](sample(item(100, 9))))
    place = min(place, len(content) - 1)
    content[place : place + len(bytes_)] = bytes_
    with suppress(NotAnInvoice):
        reading.read(bytes(content))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 40_000), st.binary(min_size=1, max_size=8))
def test_a_damaged_pdf_is_read_or_refused_and_nothing_else(place, bytes_):
    content = bytearray(pdf.write(sample(item(100, 9))))
    place %= len(content)
    content[place : place + len(bytes_)] = bytes_
    with suppress(NotAnInvoice):
        reading.read(bytes(content))
