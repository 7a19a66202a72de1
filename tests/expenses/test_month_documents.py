"""The month's documents, opened again by other programs and added up again."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import date, timedelta
from itertools import pairwise

import openpyxl
import pdfplumber
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from console.core import acting, clock, fonts, leases
from console.core.db import session, transaction
from console.expenses import book, packing, vouchers
from console.expenses.book import Book, Row
from console.expenses.models import MonthPack
from console.expenses.vouchers import Accounts
from jobs import delivery
from tests.expenses.months import PERIOD, billed, take_in
from tests.hired import hire, numbers_of

HEAD = Book("青岚示例商贸有限公司", "2026-10", 2, "closed", 0, 0, 3, 3)
URL = f"/statements/{PERIOD}/download"


@pytest.fixture
def fay(people, sign_in):
    """Finance of a company with a bill in every heading, and a name that would be a formula."""
    hired = hire(people, "ann", lines=4, active=4)
    numbers = numbers_of(people, hired.lines)
    bill = [billed(i, 5900 + i, number) for i, number in enumerate(numbers)]
    bill += [
        billed(10, 1234, numbers[0], item="DATA", tax_class="DATA", name="=1+1 流量"),
        billed(11, 600, numbers[1], item="OWN_VAS", tax_class="OTHER_VAS", name="企业彩铃"),
        billed(12, 1500, numbers[2], item="THIRD_PARTY", tax_class="NONE", name="视频会员", paid_by="person"),
        billed(13, -1000, numbers[3], item="DISCOUNT", name="优惠"),
        billed(14, 777, None, name="流量池"),
    ]
    take_in(people, "ann", bill)
    return sign_in("fay")


TOTAL = 4 * 5900 + 6 + 1234 + 600 + 1500 - 1000 + 777


def downloaded(browser, kind):
    answer = browser.get(f"{URL}/{kind}")
    assert answer.status_code == 200, answer.text
    return answer.data


def test_the_workbook_adds_up_on_every_sheet(fay):
    content = downloaded(fay, "xlsx")
    opened = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert opened.sheet_names == ["封面", "按部门", "按成本中心", "按员工", "按号码", "税额", "明细"]
    for name in opened.sheet_names[1:]:
        rows = opened.get_sheet_by_name(name).to_python()
        place = rows[1].index("含税金额" if name == "税额" else "金额（元）" if name == "明细" else "合计")
        assert round(sum(row[place] for row in rows[2:-1]) * 100) == TOTAL, name
        assert round(rows[-1][place] * 100) == TOTAL, "the subtotal that stands there before Excel counts"


def test_subtotals_are_formulas_and_headings_stay(fay):
    sheet = openpyxl.load_workbook(io.BytesIO(downloaded(fay, "xlsx")))["明细"]
    assert sheet.freeze_panes == "B3"
    assert sheet.auto_filter.ref.startswith("A2:L")
    assert str(sheet.cell(sheet.max_row, 11).value).startswith("=SUBTOTAL(9,K3:K")
    assert sheet.print_title_rows == "$1:$2"
    texts = [row[6].value for row in sheet.iter_rows(min_row=3)]
    assert "=1+1 流量" in texts
    assert all(row[6].data_type == "s" for row in sheet.iter_rows(min_row=3)), (
        "what looks like a formula is text"
    )


def test_the_pdf_says_the_same_to_two_readers(fay):
    content = downloaded(fay, "pdf")
    read = {
        "pypdf": "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages),
        "pdfplumber": "\n".join(page.extract_text() for page in pdfplumber.open(io.BytesIO(content)).pages),
    }
    total = f"{TOTAL / 100:.2f}"
    for reader, text in read.items():
        assert "月账单" in text and "研发中心/平台组" in text, reader
        assert text.count(total) >= 2, reader
    assert pypdf.PdfReader(io.BytesIO(content)).pages[0]["/Resources"]["/Font"], "the font is in the file"


def test_many_pages_carry_their_sums(app):
    rows = [
        Row(i, "199 **** 0001", 1, "QL1", "沈星阑", "销售部", "CC100", "RENT", "月费", date(2026, 10, 1),
            date(2026, 10, 31), 100, "company", "VOICE", 9)
        for i in range(300)
    ]  # fmt: skip
    from console.expenses import printing

    with app.test_request_context():
        content = printing.write(HEAD, lambda: iter(rows))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    assert len(pages) > 6
    for number, page in enumerate(pages, start=1):
        assert f"第 {number} 页，共" in page and f"{len(pages)} 页" in page
    for before, after in pairwise(pages[1:-1]):
        assert "转下页" in before and "承前页" in after
    assert "300.00" in pages[-1]


def test_a_character_that_the_font_lacks_is_marked_and_breaks_nothing():
    assert fonts.writable("䶮㛃喆 Ａ") == "䶮㛃喆 Ａ"
    assert fonts.writable("\U000e0041")[0] == fonts.INSTEAD


def test_the_csv_opens_in_excel_and_runs_nothing(fay):
    text = downloaded(fay, "csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert round(sum(float(row[10]) for row in rows[1:]) * 100) == TOTAL
    assert any(row[7] == "'=1+1 流量" for row in rows)
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_the_voucher_is_balanced_and_has_the_vat_of_the_invoice(fay):
    lines = downloaded(fay, "yonyou").decode("gb18030").splitlines()
    assert lines[0] == "填制凭证,V800"
    entries = [line.split(",") for line in lines[1:]]
    debit, credit = (round(sum(float(one[place]) for one in entries) * 100) for place in (6, 7))
    assert debit == credit == TOTAL - 1500, "what a person pays is not in the company's books"
    vat = round(sum(float(one[6]) for one in entries if one[5] == "22210101") * 100)
    nine, six = 4 * 5900 + 6 + 777, 600
    assert vat == round(nine * 9 / 109) - round(1000 * 9 / 109) + round(1234 * 9 / 109) + round(six * 6 / 106)
    opened = CalamineWorkbook.from_filelike(io.BytesIO(downloaded(fay, "kingdee")))
    rows = opened.get_sheet_by_name("凭证").to_python()
    assert round(sum(row[8] or 0 for row in rows[2:]) * 100) == debit


def test_accounts_are_the_companys_own(fay, people):
    form = {
        "expense": "6602.01",
        "department": ["研发中心", "研发中心/平台组"],
        "account": ["5301", ""],
        "deductible": "no",
    }
    assert fay.post("/statements/accounts/save", form).status_code == 302
    entries = [line.split(",") for line in downloaded(fay, "yonyou").decode("gb18030").splitlines()[1:]]
    assert {one[5] for one in entries} == {"5301", "6602.01", "2202"}
    assert "5301" in fay.get("/statements/accounts").text


def test_the_pack_is_made_by_a_job_and_holds_all_of_it_with_its_hashes(fay, people, work):
    page = f"/statements/{PERIOD}/pack"
    assert "还没有生成" in fay.get(page).text
    assert fay.post(f"{page}/ask", {"version": "1"}).headers["Location"].endswith(f"{page}?version=1")
    waiting = fay.get(page, headers={"HX-Request": "true"}).text
    assert "正在生成" in waiting and "<html" not in waiting
    assert fay.get(f"{page}/file").status_code == 404
    fay.post(f"{page}/ask", {"version": "1"})
    work()
    content = fay.get(f"{page}/file").data
    assert hashlib.sha256(content).hexdigest() in fay.get(page).text
    assert content == fay.get(f"{page}/file").data, "what was made is kept"
    pack = zipfile.ZipFile(io.BytesIO(content))
    manifest = json.loads(pack.read("manifest.json"))
    assert len(manifest["files"]) == 5
    for name, facts in manifest["files"].items():
        assert hashlib.sha256(pack.read(name)).hexdigest() == facts["sha256"]
    assert pack.read("manifest.txt").decode().count("\n") == 5
    assert not any(
        number.encode() in pack.read(one) for number in numbers_of(people, [1]) for one in pack.namelist()
    )
    with people.as_("fay"):
        assert len(list(session.scalars(select(MonthPack)))) == 1, "pressed twice, made once"


def test_a_pack_whose_worker_died_is_made_by_the_next_one(fay, people, work):
    fay.post(f"/statements/{PERIOD}/pack/ask", {"version": "1"})
    with people.as_("fay"), transaction():
        lost = packing.start(1)
        assert lost is not None and packing.start(1) is None, "one at a time"
    later = clock.now() + 2 * leases.LEASE
    with acting.platform("test"):
        assert not session.execute(packing.due(clock.now())).all()
        assert [pack for _company, pack in session.execute(packing.due(later))] == [1]
    with people.as_("fay"), transaction():
        session.execute(update(MonthPack).values(lease_until=clock.now() - leases.LEASE))
    work()
    assert fay.get(f"/statements/{PERIOD}/pack/file").status_code == 200
    with people.as_("fay"), transaction():
        assert not packing.keep(lost, b"late"), "who lost the lease keeps nothing"


def test_a_pack_that_cannot_be_made_is_given_up_and_tried_again_by_a_press(fay, people, work, monkeypatch):
    def breaks(_task):
        raise RuntimeError("no such font")

    monkeypatch.setattr(packing, "make", breaks)
    fay.post(f"/statements/{PERIOD}/pack/ask", {"version": "1"})
    later, tries = clock.now(), 0
    for _hour in range(20):
        later += timedelta(hours=1)
        with clock.stopped_at(later):
            with people.as_("fay"):
                tries += len(session.execute(packing.due(later)).all())
            delivery.make_pack(people.acme, 1)
    assert tries == leases.MOST_TRIES
    assert "试了 5 次都没有成功" in fay.get(f"/statements/{PERIOD}/pack").text
    monkeypatch.undo()
    fay.post(f"/statements/{PERIOD}/pack/ask", {"version": "1"})
    work()
    assert fay.get(f"/statements/{PERIOD}/pack/file").status_code == 200


def test_nobody_else_has_the_pack(fay, sign_in, work):
    fay.post(f"/statements/{PERIOD}/pack/ask", {"version": "1"})
    work()
    assert sign_in("hal").get(f"/statements/{PERIOD}/pack/file").status_code == 403
    assert sign_in("bo").get(f"/statements/{PERIOD}/pack/file").status_code == 404
    assert fay.post("/statements/2026-13/pack/ask", {"version": "1"}).status_code == 404
    assert fay.post(f"/statements/{PERIOD}/pack/ask", {"version": "9"}).status_code == 404


def test_numbers_are_masked_unless_somebody_may_see_them_and_proved_it(fay, people, sign_in):
    numbers = numbers_of(people, [1])
    assert numbers[0] not in downloaded(fay, "csv").decode()
    assert numbers[0] in downloaded(sign_in("olga"), "csv").decode()


def test_an_unknown_kind_or_month_is_not_there(fay):
    assert fay.get(f"{URL}/docx").status_code == 404
    assert fay.get("/statements/2026-13/download/xlsx").status_code == 404
    assert fay.get("/statements/2026-01/download/xlsx").status_code == 404


BEARERS = st.tuples(
    st.sampled_from(["销售部", "市场部", None]), st.sampled_from(["CC1", None]), st.just("VOICE"),
    st.sampled_from([6, 9, None]), st.booleans(),
)  # fmt: skip
PARTS = st.dictionaries(BEARERS, st.integers(0, 10**9), min_size=1).map(
    lambda found: {one: -fen if one[4] else fen for one, fen in found.items()}
)


@given(PARTS, st.booleans())
def test_vat_is_spread_without_losing_a_fen_and_every_voucher_is_balanced(parts, deductible):
    found = book.netted(parts)
    assert sum(one.net_fen + one.tax_fen for one in found) == sum(parts.values())
    assert all(one.net_fen + one.tax_fen == one.amount_fen for one in found)
    made = vouchers.voucher("2026-10", found, Accounts(deductible=deductible), "中国移动")
    assert vouchers.balanced(made)


def test_the_worked_example_of_three_departments():
    parts = {
        ("行政部", None, "VOICE", 9, False): 623000,
        ("销售部", None, "VOICE", 9, False): 512033,
        ("研发部", None, "VOICE", 9, False): 394300,
    }
    found = {one.department: (one.net_fen, one.tax_fen) for one in book.netted(parts)}
    whole = sum(parts.values())
    assert sum(net for net, _tax in found.values()) == whole - round(whole * 9 / 109)
