"""From the invoice to the books: vouchers as 金蝶 and 用友 read them, and originals that stay what they were."""

import io
import zipfile
from collections import Counter

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import update

from console.core import clock, leases
from console.core.db import session, transaction
from console.core.storage import StoredFile
from console.expenses import accounts, vouchers
from console.invoices import archiving, booking, packages, queries, reversing
from console.invoices.models import Invoice, InvoiceFile, InvoiceShare
from jobs import delivery
from tests.invoices.platform import TOTAL


@pytest.fixture
def issued(platform) -> int:
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "issued")
    return id_


def made(platform, *ids):
    with platform.people.as_("fay"):
        return booking.of_invoices([session.get_one(Invoice, one) for one in ids])


def test_the_voucher_is_the_invoice_to_the_fen_and_names_it_in_each_entry(platform, issued):
    (voucher,) = made(platform, issued)
    invoice = platform.invoice(issued)
    assert vouchers.balanced(voucher)
    vat = [one.debit_fen for one in voucher.entries if one.account == vouchers.INPUT_VAT]
    paid = [one.credit_fen for one in voucher.entries if one.account == vouchers.PAYABLE]
    assert (vat, paid) == ([invoice.tax_fen], [TOTAL])
    assert {one.ticket for one in voucher.entries} == {invoice.number}
    assert all(one.summary.endswith(f"发票{invoice.number[-8:]}") for one in voucher.entries)
    assert {one.department for one in voucher.entries if one.department} > {"研发中心/平台组"}


def test_an_ordinary_invoice_leaves_its_vat_in_the_expense(platform, issued):
    with platform.people.as_("fay"), transaction():
        session.execute(update(Invoice).where(Invoice.id == issued).values(kind="ordinary"))
    (voucher,) = made(platform, issued)
    assert vouchers.balanced(voucher)
    assert sum(one.debit_fen for one in voucher.entries) == TOTAL
    assert not [one for one in voucher.entries if one.account == vouchers.INPUT_VAT]


def test_parts_of_a_month_add_up_to_its_whole(platform):
    ids = [platform.apply("department", "研发中心/平台组"), platform.apply()]
    platform.until(lambda: {platform.invoice(one).state for one in ids} == {"issued"})
    both = made(platform, *ids)
    assert [one.number for one in both] == [1, 2]
    assert sum(one.credit_fen for voucher in both for one in voucher.entries) == TOTAL


def test_the_accounts_are_the_companys_own(platform, issued):
    with platform.people.as_("fay"), transaction():
        accounts.choose("finance", {"expense": "5602", "payable": "220202", "supplier": "S01"}, {})
    (voucher,) = made(platform, issued)
    assert {one.account for one in voucher.entries} == {"5602", vouchers.INPUT_VAT, "220202"}
    assert voucher.entries[-1].supplier == "S01"


def test_yonyou_finds_the_invoice_in_its_field_and_kingdee_reads_back_as_text(platform, issued, sign_in):
    fay, number = sign_in("fay"), platform.invoice(issued).number
    lines = fay.get(f"/invoices/{issued}/voucher/yonyou").data.decode("gb18030").splitlines()
    assert lines[0] == "填制凭证,V800"
    assert {line.split(",")[13] for line in lines[1:]} == {number}
    assert len({len(line.split(",")) for line in lines[1:]}) == 1
    book = CalamineWorkbook.from_filelike(io.BytesIO(fay.get(f"/invoices/{issued}/voucher/kingdee").data))
    cells = [cell for row in book.get_sheet_by_name("凭证").to_python() for cell in row]
    assert vouchers.INPUT_VAT in cells, "a code is a text, whatever Excel would make of it"


def test_what_was_never_issued_or_whose_bearers_are_forgotten_has_no_voucher(platform, issued, sign_in):
    """Of red letters before they had shares of their own nobody knows whose costs they took."""
    fay = sign_in("fay")
    with platform.people.as_("fay"), transaction():
        session.execute(update(InvoiceShare).values(amount_fen=InvoiceShare.amount_fen - 1))
    assert made(platform, issued) == []
    assert fay.get(f"/invoices/{issued}/voucher/yonyou").status_code == 404
    assert fay.get(f"/invoices/{issued}/voucher/x").status_code == 404


def reversed_by(platform, blue, place=None, amount=None):
    """The red invoice, once it is issued."""
    fay = platform.people.users["fay"][0]
    with platform.people.as_("fay"), transaction():
        booking.book("finance", blue, "记-1")
        form = reversing.ask("finance", fay, blue, "04", place, amount).id
    platform.until(lambda: platform.form(form).state in ("waiting", "red_issued"))
    with platform.people.as_("fay"), transaction():
        if reversing.get(form).state == "waiting":
            reversing.answer("finance", form, "confirm")
    platform.until(lambda: platform.form(form).state == "red_issued")
    return platform.form(form).red_invoice_id


def by_account(*made_):
    """(account, department, cost centre) → 分 on its side, over all vouchers."""
    sums = Counter()
    for voucher in made_:
        assert vouchers.balanced(voucher)
        for one in voucher.entries:
            sums[one.account, one.department, one.cost_center] += one.debit_fen + one.credit_fen
    return sums


def test_the_voucher_of_a_red_letter_takes_back_what_the_blue_one_booked(platform, issued):
    (before,) = made(platform, issued)
    red = reversed_by(platform, issued)
    blue, taken = made(platform, issued, red)
    assert by_account(blue) == by_account(before), "what was booked then stays as it was booked"
    assert set(by_account(blue, taken).values()) == {0}
    assert {one.ticket for one in taken.entries} == {platform.invoice(red).number}
    assert all("红字" in one.summary for one in taken.entries)


def test_red_letters_in_parts_add_up_to_the_invoice_to_the_fen(platform, issued):
    (before,) = made(platform, issued)
    reds = [
        reversed_by(platform, issued, 1, 1001),
        reversed_by(platform, issued, 1, 777),
        reversed_by(platform, issued),
    ]
    blue, *taken = made(platform, issued, *reds)
    assert by_account(blue) == by_account(before)
    assert [-one.entries[-1].credit_fen for one in taken] == [1001, 777, TOTAL - 1778]
    vat = [sum(e.debit_fen for e in one.entries if e.account == vouchers.INPUT_VAT) for one in taken]
    assert vat == [platform.invoice(one).tax_fen for one in reds]
    assert set(by_account(blue, *taken).values()) == {0}


def test_a_red_invoice_is_marked_as_booked_and_offers_its_vouchers(platform, issued, sign_in):
    red, fay = reversed_by(platform, issued), sign_in("fay")
    assert f"/invoices/{red}/voucher/kingdee" in fay.get(f"/invoices/{red}/").text
    lines = fay.get(f"/invoices/{red}/voucher/yonyou").data.decode("gb18030").splitlines()
    assert any(",-" in line for line in lines[1:]), "amounts are negative, as red entries are"
    assert fay.post(f"/invoices/{red}/book", {"voucher": "记-9"}).status_code == 302
    assert platform.invoice(red).booked_as == "记-9"


def package(platform, fay, **wanted):
    """Asked for in the list, made by the job, and fetched."""
    page = fay.post("/invoices/packages/ask", wanted).location
    assert "正在打包" in fay.get(page).text and fay.get(f"{page}file").status_code == 404
    delivery.make_package(platform.people.acme, int(page.rstrip("/").rpartition("/")[2]))
    assert "已打好包" in fay.get(page, headers={"HX-Request": "true"}).text
    return zipfile.ZipFile(io.BytesIO(fay.get(f"{page}file").data))


def test_a_package_is_what_the_list_shows_and_of_nothing_there_is_none(platform, issued, sign_in):
    fay, number = sign_in("fay"), platform.invoice(issued).number
    assert sum(number in name for name in package(platform, fay, q=number).namelist()) == 3
    assert fay.post("/invoices/packages/ask", {"q": "没有这样的"}).location == "/invoices/"


def test_a_package_that_cannot_be_made_is_given_up_and_made_when_it_is_pressed(
    platform, issued, sign_in, monkeypatch
):
    fay = sign_in("fay")
    page = fay.post("/invoices/packages/ask").location
    id_ = int(page.rstrip("/").rpartition("/")[2])
    with monkeypatch.context() as broken:
        broken.setattr(packages, "make", lambda _task: 1 / 0)
        for _try in range(leases.MOST_TRIES + 1):
            delivery.make_package(platform.people.acme, id_)
            with platform.people.as_("fay"), transaction():
                session.execute(update(packages.InvoicePackage).values(lease_until=None))
    assert "没有打成" in fay.get(page).text
    with platform.people.as_("fay"):
        assert not session.execute(packages.due(clock.now())).all()
    fay.post(f"{page}again")
    delivery.make_package(platform.people.acme, id_)
    assert "已打好包" in fay.get(page).text


def test_packages_of_last_week_make_room(platform, issued, sign_in):
    fay = sign_in("fay")
    package(platform, fay)
    with platform.people.as_("fay"), transaction():
        session.execute(update(packages.InvoicePackage).values(asked_at=clock.now() - packages.KEPT * 2))
        before = session.query(StoredFile).count()
    fay.post("/invoices/packages/ask")
    with platform.people.as_("fay"):
        assert (session.query(packages.InvoicePackage).count(), session.query(StoredFile).count()) == (
            1,
            before - 1,
        )


def test_the_package_holds_vouchers_of_what_is_not_booked_yet(platform, issued, sign_in):
    fay = sign_in("fay")
    assert "发票-用友凭证.txt" in package(platform, fay).namelist()
    fay.post(f"/invoices/{issued}/book", {"voucher": "记-12"})
    names = package(platform, fay).namelist()
    assert "发票-用友凭证.txt" not in names and "发票清单.csv" in names


def test_an_invoice_is_found_by_its_amount(platform, issued, sign_in):
    fay, row = sign_in("fay"), f"/invoices/{issued}/"
    for asked, found in ((f"{TOTAL / 100:.2f}", True), (f"¥{TOTAL / 100:,.2f}", True), ("1.00", False)):
        assert (row in fay.get("/invoices/", query_string={"q": asked}).text) is found
    assert fay.get("/invoices/", query_string={"q": "999,999,999,999,999,999,999"}).status_code == 200


def test_the_archive_hashes_each_original_again(platform, issued, sign_in):
    fay = sign_in("fay")
    page = fay.get("/invoices/archive").text
    assert "都和收到时一样" in page and "不一致" not in page
    with platform.people.as_("fay"), transaction():
        kept = session.query(InvoiceFile).first()
        told = kept.sha256
        session.execute(update(InvoiceFile).where(InvoiceFile.id == kept.id).values(sha256="0" * 64))
    assert "不一致" in fay.get("/invoices/archive").text
    assert told not in fay.get("/invoices/archive.txt").text
    assert "0" * 64 in fay.get("/invoices/archive.txt").text


def replace(file):
    file.content = b"another"


@pytest.mark.parametrize("wrong", [replace, session.delete])
def test_an_original_is_neither_replaced_nor_thrown_away(platform, issued, wrong):
    with platform.people.as_("fay"):
        with pytest.raises(PermissionError), transaction():
            wrong(session.query(InvoiceFile).first())
        assert all(one.intact for one in archiving.page(10, 0))
        assert archiving.stock(queries.IN_FORCE).without == 0


@pytest.mark.parametrize(
    ("code", "state", "says"),
    [
        ("E9500", "failed", "额度"),
        ("AMOUNT", "unknown", "金额和申请的不一样"),
        ("NUMBER", "unknown", "已经有一张"),
    ],
)
def test_what_a_person_can_do_is_said(platform, sign_in, code, state, says):
    id_ = platform.apply()
    with platform.people.as_("fay"), transaction():
        session.execute(update(Invoice).where(Invoice.id == id_).values(error_code=code, state=state))
    assert says in sign_in("fay").get(f"/invoices/{id_}/").text
