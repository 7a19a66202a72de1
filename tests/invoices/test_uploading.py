"""A file from a counter comes by the page: taken in, or a sentence says why not."""

from dataclasses import replace
from io import BytesIO

import pytest

from console.invoices import pdf, reading, xml
from tests.expenses.months import PERIOD
from tests.invoices.samples import item, sample
from tests.invoices.test_elsewhere import issued_elsewhere


def sent(sign_in, content, name="发票.pdf"):
    answer = sign_in("fay").post(
        "/invoices/upload",
        {"file": (BytesIO(content), name), "period": PERIOD},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "这个文件不是数电票"),
        (b"%PDF-1.7 and no more", "文件损坏或不完整"),
        (b"PK\x03\x04", "文件损坏或不完整"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><EInvoice>&a;</EInvoice>", "不允许的 XML 定义"),
        (xml.write(sample(item(1000, 900))), "没有收下：有一行的税额不等于金额乘税率。"),
        (xml.write(sample()).replace(b">18081.99<", b">18081.98<", 1), "各行加起来不等于合计；金额加税额不等于价税合计"),
    ],
)  # fmt: skip
def test_what_is_not_taken_in_is_told_why(platform, sign_in, content, told):
    assert told in sent(sign_in, content)
    assert platform.invoices() == []


def test_a_pdf_is_taken_in_with_all_its_lines(platform, sign_in):
    page = sent(sign_in, pdf.write(issued_elsewhere(10000, 900)))
    assert "发票已收下，并和账单对上" in page
    assert "移动数据流量费" in page


def test_what_is_drawn_of_it_says_all_that_the_original_says(platform, sign_in):
    original = issued_elsewhere(10000, 900)
    line = replace(original.items[0], unit="户", quantity="2", price="50", spec="5G 融合")
    original = replace(
        original,
        items=(line, replace(line, net_fen=100, tax_fen=0, price="0.5", percent=0, told_rate="不征税")),
    )
    sent(sign_in, xml.write(original), "发票.xml")
    (taken,) = platform.invoices()
    drawn = sign_in("fay").get(f"/invoices/{taken.id}/file.pdf").get_data()
    assert reading.read(drawn).document.items == original.items
