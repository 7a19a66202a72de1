"""The whole loop in a real browser: template, filled in, uploaded, given back marked, mended in Excel, merged."""

# ruff: noqa: F811 - the fixtures of the other journeys are used by their names

import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from examples import roster
from tests.journeys.test_browser import Console, chromium, console, page  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]

PEOPLE = roster.make(6, seed=77, first=7700, faults=False, prefix="RT").rows
WRONG_PLAN = "全球痛5G商务套餐59元档"


def download(page: Page, link: str, folder: Path) -> Path:
    with page.expect_download() as found:
        page.click(link)
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


def fill(template: Path) -> None:
    """Six people; the plan of the second and the document of the fourth are wrong."""
    book = load_workbook(template)
    sheet = book.worksheets[0]
    place = {str(cell.value).rstrip("*＊ "): cell.column for cell in sheet[1]}
    for at, (_n, number, name, document, department, _cost, _phone, plan) in enumerate(PEOPLE, start=2):
        values = {"工号": number, "姓名": name, "证件号码": document, "部门": department, "套餐": plan}
        if at == 3:
            values["套餐"] = WRONG_PLAN
        if at == 5:
            values["证件号码"] = document[:-1] + ("1" if document[-1] != "1" else "2")
        for heading, value in values.items():
            sheet.cell(at, place[heading], value)
    book.save(template)


def mend(workbook: Path) -> int:
    """Put right whatever stands red and is still wrong; how many rows Excel shows below the headings."""
    book = load_workbook(workbook)
    sheet = book.worksheets[0]
    right = {"套餐": {WRONG_PLAN: PEOPLE[1][7]}, "证件号码": {PEOPLE[3][3][:17]: PEOPLE[3][3]}}
    place = {str(cell.value).rstrip("*＊ "): cell.column for cell in sheet[1]}
    rows = [row for row in range(2, 8) if not sheet.row_dimensions[row].hidden]
    for row in rows:
        for heading, remedies in right.items():
            cell = sheet.cell(row, place[heading])
            for wrong, remedy in remedies.items():
                if str(cell.value).startswith(wrong):
                    assert cell.comment, "a wrong cell has a note"
                    cell.value = remedy
    book.save(workbook)
    return len(rows)


def test_template_fill_upload_repair_upload(console: Console, page: Page, tmp_path: Path):
    console.come_back(page)
    page.goto(f"{console.url}/bulk/templates")
    template = download(page, "a[href*='template/activate']", tmp_path)
    fill(template)

    page.goto(f"{console.url}/bulk/new?kind=activate")
    page.set_input_files("input[type=file]", str(template))
    page.wait_for_url(re.compile(r"/check$"))
    check = page.url
    expect(page.locator("#tally")).to_contain_text("4 行可以办理")

    repair = download(page, "#repair a[download], #repair a[href*='repair']", tmp_path)
    assert mend(repair) == 2, "only the rows that need work are shown"
    page.set_input_files("#repair input[type=file]", str(repair))
    page.wait_for_url(re.compile(r"/corrections/\d+$"))
    expect(page.get_by_role("main")).to_contain_text("2 行")
    page.goto(check)
    expect(page.locator("#tally")).to_contain_text("6 行可以办理")
    assert page.troubles == []  # type: ignore[attr-defined]
