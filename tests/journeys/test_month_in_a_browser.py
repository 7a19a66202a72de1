"""Finance in a real browser: last month's statement in two clicks, its invoice in four, every page in every look."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from console.app import prepare
from console.core import clock
from console.core.config import Settings
from console.expenses import bill_files, rules
from examples import company, staff
from jobs.launcher import Stack
from tests.conftest import free_port
from tests.journeys.test_browser import LOOKS, Console, _faults, _plain, _prefer, chromium, page

__all__ = ["chromium", "page"]
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]

MONTH = rules.months_before(rules.period_of(clock.today()), 1)
PAGES = (
    "/", f"/statements/{MONTH}/", f"/statements/{MONTH}/?by=line", f"/statements/{MONTH}/charges?department=",
    f"/statements/{MONTH}/versions", f"/statements/{MONTH}/questions", f"/statements/{MONTH}/differences",
    "/statements/accounts", "/statements/mailing", f"/statements/{MONTH}/pack", f"/invoices/four-ways/{MONTH}/",
    "/statements/watch", "/statements/shares", f"/statements/{MONTH}/file", "/details/", "/details/?line=1", "/statements/correct?line=1", "/statements/2020-01/",
    "/invoices/", f"/invoices/new?period={MONTH}", "/invoices/titles", "/invoices/1/", "/invoices/archive",
    "/invoices/packages/1/", f"/statements/{rules.months_before(MONTH, 1)}/file", "/invoices/titles?edit=1", "/inbox/",
)  # fmt: skip


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """With colleagues who have had their lines for a year, and the bills of its months."""
    stack = Stack(
        tmp_path_factory.mktemp("month"), port=free_port(), operator_port=free_port(), environ=_plain()
    )
    try:
        env = stack.prepare()
        stack.start()
        settings = Settings.from_environment(env)
        prepare(settings)
        passwords = company.make(settings, stock=20)
        assert passwords
        staff.make(settings)
        yield Console(stack, passwords)
    finally:
        stack.stop()


def downloaded(page: Page, press: Any) -> bytes:
    with page.expect_download() as waiting:
        press()
    with open(waiting.value.path(), "rb") as file:
        return file.read()


def test_the_statement_is_two_clicks_from_home_and_its_invoice_four(console: Console, page: Page):
    console.sign_in(page, "finance@qinglan")
    _until_billed(page, console)

    page.get_by_role("link", name=re.compile("^下载月账单")).click()
    content = downloaded(page, lambda: page.get_by_role("link", name="下载账单").click())
    total = page.locator(".stat .v").first.inner_text()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("明细").to_python()
    assert f"¥{sum(row[10] for row in sheet[2:-1]):,.2f}" == total

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="关账").click()
    confirm = page.locator("dialog[open] button.btn-primary, dialog[open] button.btn-danger")
    if confirm.count():
        confirm.first.click()
    expect(page.locator("main")).to_contain_text("已关账")

    page.get_by_role("link", name="开具发票").click()
    page.get_by_role("link", name="填写开票信息").click()
    page.fill("[name=name]", company.NAME)
    page.fill("[name=tax_number]", company.uscc(company.USCC_BODY))
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("开票信息已保存")

    page.goto(console.url)
    page.get_by_role("link", name=re.compile("^下载月账单")).click()
    page.get_by_role("link", name="开具发票").click()
    page.get_by_role("button", name=re.compile("^开具 ¥")).click()
    expect(page.locator(".title")).to_contain_text("已开具", timeout=60_000)
    text = pypdf.PdfReader(
        io.BytesIO(downloaded(page, lambda: page.get_by_role("link", name="PDF").click()))
    ).pages[0]
    assert company.NAME in text.extract_text()
    assert zipfile.ZipFile(io.BytesIO(downloaded(page, lambda: page.get_by_role("link", name="OFD").click())))
    page.goto(f"{console.url}/invoices/")
    expect(page.locator("#months")).to_contain_text("0.00")
    page.get_by_role("button", name="打包下载").click()
    ready = page.get_by_role("link", name="下载 1 张发票")
    expect(ready).to_be_visible(timeout=30_000)
    package = zipfile.ZipFile(io.BytesIO(downloaded(page, ready.click)))
    assert "SHA256SUMS.txt" in package.namelist() and package.testzip() is None
    assert page.troubles == []  # type: ignore[attr-defined]


def test_a_bill_comes_as_a_file_and_its_page_waits_with_the_person(console: Console, page: Page):
    """What is wrong is named without a reload; mended and sent again it makes a version of the month before last."""
    if console.cookies:
        console.come_back(page)
    else:
        console.sign_in(page, "finance@qinglan")
    month = rules.months_before(MONTH, 1)
    good = _bill_file(month, "12345")
    page.goto(f"{console.url}/statements/{month}/file")
    files = page.locator("#files")
    for name, content, says in (
        ("错的.csv", _bill_file(month, "一百"), "什么都没有收"),
        ("对的.csv", good, "已收下"),
    ):
        page.set_input_files("#bill-file", {"name": name, "mimeType": "text/csv", "buffer": content})
        expect(files).to_contain_text(name, timeout=10_000)
        expect(files).to_contain_text(says, timeout=30_000)
    page.goto(f"{console.url}/inbox/")
    page.get_by_role("link", name=re.compile("“错的.csv”没有收下")).click()
    expect(page.locator("h1")).to_have_text("用文件收账单")
    page.goto(f"{console.url}/statements/{month}/charges?item=OTHER")
    expect(page.locator("main")).to_contain_text("123.45")
    assert page.troubles == []  # type: ignore[attr-defined]


def _bill_file(month: str, fen: str) -> bytes:
    first, last = rules.first_day(month), rules.last_day(month)
    cells = ("F-1", "1", "", "OTHER", "VOICE", "", "集团专线", str(first), str(last), fen, "company", "")
    return (",".join(bill_files.BILL) + "\r\n" + ",".join(cells) + "\r\n").encode("utf-8-sig")


def _until_billed(page: Page, console: Console) -> None:
    """The bills are being taken in meanwhile: the page is looked at until the last month is there."""
    for _look in range(60):
        page.goto(console.url)
        if MONTH in page.locator("main").inner_text():
            return
        page.wait_for_timeout(500)


def test_every_page_of_the_month_is_accessible_and_fits_in_every_look(console: Console, page: Page):
    if console.cookies:
        console.come_back(page)
    else:
        console.sign_in(page, "finance@qinglan")
    faults = []
    for width, theme, mode in LOOKS:
        _prefer(page, theme, mode or "standard")
        page.set_viewport_size({"width": width, "height": 900})
        for path in PAGES:
            page.goto(console.url + path)
            faults += [f"{path} {width} {theme} {mode}: {fault}" for fault in _faults(page, width)]
    assert faults == [], "\n".join(faults)
