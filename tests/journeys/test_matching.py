"""Matching the columns of an unknown file in a real browser: by dragging, by suggestion, by keyboard, without script."""

# ruff: noqa: F811 - the fixtures of the other journeys are used by their names

import re
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from examples import roster
from tests.journeys.test_browser import LOOKS, RULES, Console, chromium, console, page  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]


def unknown(path: Path, mark: str, seed: int) -> str:
    """A roster whose 姓名 and 部门 go by names of their own, with a hidden row."""
    book = load_workbook(BytesIO(roster.make(12, seed=seed, first=100 * seed, faults=False).xlsx()))
    sheet = book.worksheets[0]
    header = 1
    for cell in (cell for row in sheet.iter_rows(max_row=5) for cell in row):
        plain = str(cell.value or "").rstrip("*＊ ")
        if plain.endswith(("姓名", "部门")):
            cell.value = f"{mark}{'大名' if plain.endswith('姓名') else '条线'}"
            header = cell.row
    sheet.row_dimensions[header + 2].hidden = True
    file = path / f"{mark}.xlsx"
    book.save(file)
    return str(file)


def upload(console: Console, page: Page, file: str) -> None:
    console.come_back(page)
    page.goto(f"{console.url}/bulk/new")
    page.set_input_files("input[type=file]", file)
    page.wait_for_url(re.compile(r"/questions$"))


def row(page: Page, heading: str):
    return page.locator("tr[data-heading]").filter(has=page.get_by_role("rowheader", name=heading))


def choose_by_keyboard(page: Page, heading: str, field: str) -> None:
    """With the arrow keys alone, from the first choice downwards."""
    chosen = row(page, heading).locator("select")
    chosen.focus()
    page.keyboard.press("Home")
    for _ in range(30):
        if chosen.input_value() == field:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{field} is not among the choices")


def test_columns_are_dragged_or_suggested_and_the_roster_is_checked(
    console: Console, page: Page, tmp_path: Path
):
    page.set_viewport_size({"width": 1440, "height": 2200})  # all of it is in sight of the mouse
    upload(console, page, unknown(tmp_path, "甲", 2))
    missing = page.locator("[data-missing]")
    expect(missing).to_have_text("还缺：姓名、部门")

    page.drag_and_drop("[data-chip=name]", "tr[data-heading]:has-text('甲大名')")
    expect(row(page, "甲大名").locator("select")).to_have_value("name")
    expect(missing).to_have_text("还缺：部门")
    row(page, "甲条线").get_by_role("button", name="选部门").click()
    expect(row(page, "甲条线").locator("select")).to_have_value("department")
    expect(missing).to_have_text("必填的列都有了")

    page.drag_and_drop("[data-chip=name]", "tr[data-heading]:has-text('甲条线')")
    expect(row(page, "甲大名").locator("select")).to_have_value("")
    row(page, "甲大名").locator("select").select_option("name")
    row(page, "甲条线").locator("select").select_option("department")
    page.get_by_text("导入这些行").click()
    page.get_by_role("button", name="按这样核对名单").click()
    page.wait_for_url(re.compile(r"/check$"))
    expect(page.locator("#tally")).to_contain_text("12 行可以办理")
    assert page.troubles == []  # type: ignore[attr-defined]


def test_columns_are_matched_by_keyboard_alone_and_a_slip_leads_to_the_summary(
    console: Console,
    page: Page,
    tmp_path: Path,
):
    upload(console, page, unknown(tmp_path, "乙", 3))
    go = page.get_by_role("button", name="按这样核对名单")
    choose_by_keyboard(page, "乙大名", "department")
    go.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".errsum")).to_be_focused()
    expect(page.locator(".errsum")).to_contain_text("还没有选哪一列是“姓名”")

    choose_by_keyboard(page, "乙大名", "name")
    choose_by_keyboard(page, "乙条线", "department")
    go.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/check$"))
    expect(page.locator("#tally")).to_contain_text("11 行可以办理")


def test_the_page_is_accessible_fits_in_every_look_and_works_without_script(
    console: Console,
    page: Page,
    chromium: Browser,
    tmp_path: Path,
):
    upload(console, page, unknown(tmp_path, "丙", 4))
    address = page.url
    for width, theme, mode in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(
            """async (said) => {
                const token = document.querySelector('[name=csrf_token]').value;
                for (const [name, value] of Object.entries(said))
                    await fetch('/preferences', {method: 'POST', body: new URLSearchParams({[name]: value, csrf_token: token})});
            }""",
            {"theme": theme, "mode": mode or "standard"},
        )
        page.goto(address)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], (width, theme, mode)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, theme, mode)

    plain = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    plain.add_cookies(page.context.cookies())
    bare = plain.new_page()
    bare.goto(address)
    row(bare, "丙大名").locator("select").select_option("name")
    row(bare, "丙条线").locator("select").select_option("department")
    bare.get_by_role("button", name="按这样核对名单").click()
    bare.wait_for_url(re.compile(r"/(check|checking)$"))
    plain.close()
