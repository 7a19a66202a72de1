"""The main job in a real browser on the running console: from the sign-in page to fifty active numbers."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from console.app import prepare
from console.core.config import Settings
from examples import company, roster
from jobs.launcher import Stack
from tests.conftest import free_port

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--no-first-run"]  # fmt: skip
LOOKS = [(1440, "light", ""), (390, "dark", ""), (390, "light", "elder"), (320, "light", "")]
PAGES = ("/", "/bulk/new", "/bulk/", "/bulk/templates", "/bulk/plans", "/employees/", "/lines/", "/departments/", "/stock/", "/plans/",
         "/audit/", "/inbox/", "/security/", "/search?q=QL00001", "/line-work/?all=1", "/line-work/?all=1&kind=suspend", "/bulk/1/papers", "/lines/details/?id=1", "/nowhere")  # fmt: skip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


class Console:
    """The running console, and how to sign in to it."""

    def __init__(self, stack: Stack, passwords: dict[str, str]) -> None:
        self.stack, self.passwords = stack, passwords
        self.url = f"http://127.0.0.1:{stack.port}"
        self.cookies: list[Any] = []

    def code(self, page: Page) -> str:
        """The newest message on the simulator's page."""
        messages = page.context.new_page()
        messages.goto(f"http://127.0.0.1:{self.stack.operator_port}/sim/sms")
        found = re.search(r"\b(\d{6})\b", messages.inner_text("body"))
        messages.close()
        assert found
        return found[1]

    def come_back(self, page: Page) -> None:
        """In the browser that signed in before; a second message so soon would be refused."""
        if not self.cookies:
            self.sign_in(page)
        page.context.add_cookies(self.cookies)
        page.goto(self.url)

    def sign_in(self, page: Page, login: str = "office@qinglan") -> None:
        page.goto(self.url)
        page.fill("[name=login]", login)
        page.fill("[name=password]", self.passwords[login])
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("second-factor"))
        page.fill("[name=code]", self.code(page))
        page.wait_for_url(f"{self.url}/")
        self.cookies = page.context.cookies()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    stack = Stack(
        tmp_path_factory.mktemp("stack"), port=free_port(), operator_port=free_port(), environ=_plain()
    )
    try:
        env = stack.prepare()
        stack.start()
        settings = Settings.from_environment(env)
        prepare(settings)
        passwords = company.make(settings, stock=120)
        assert passwords
        yield Console(stack, passwords)
    finally:
        stack.stop()


def _plain() -> dict[str, str]:
    """Not the environment of the other tests."""
    import os

    ours = ("CONSOLE_", "OPERATOR_", "DATABASE_", "REDIS_", "PUBLIC_", "SMS_", "TAX_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 1000}, locale="zh-CN")
    context.set_default_timeout(20_000)
    opened = context.new_page()
    opened.troubles = []  # type: ignore[attr-defined]
    opened.on("console", lambda message: _note(opened, message))
    yield opened
    context.close()


def _note(page: Any, message: Any) -> None:
    if message.type == "error" and "404" not in message.text and "409" not in message.text:
        page.troubles.append(message.text)


def test_fifty_people_from_roster_to_active_numbers(console: Console, page: Page, tmp_path: Path):
    made = roster.make(50)
    file = tmp_path / "11月入职名单.xlsx"
    file.write_bytes(made.xlsx())
    console.sign_in(page)

    page.click("text=批量开通号码")
    page.set_input_files("input[type=file]", str(file))
    page.wait_for_url(re.compile(r"/check$"))
    expect(page.locator("#tally")).to_contain_text("47 行可以办理")
    expect(page.locator("#errors")).to_contain_text("有 3 行需要修正")
    expect(page.locator("#money")).to_contain_text("每月增加")

    for (number, field), text in made.remedies.items():
        cell = page.locator(f"#r{number}-{field}")
        if field == "plan":
            page.locator("tr", has=cell).get_by_role("button", name="改为").click()
        else:
            cell.fill(text)
            cell.press("Tab")
        expect(page.locator(f"#r{number}-{field}")).to_have_count(0)
    expect(page.locator("#confirm")).to_contain_text("50 人全部可以办理")

    page.click("#confirm-go")
    page.wait_for_url(re.compile(r"/bulk/\d+$"))
    expect(page.locator("#progress")).to_contain_text("已激活 50 个", timeout=90_000)
    expect(page.locator("#batch-head")).to_contain_text("已完成")
    assert page.troubles == []  # type: ignore[attr-defined]


def test_a_refused_file_says_what_and_how_without_losing_the_page(
    console: Console, page: Page, tmp_path: Path
):
    wrong = tmp_path / "照片.xlsx"
    wrong.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 2000)
    console.come_back(page)
    page.goto(f"{console.url}/bulk/new")
    page.set_input_files("input[type=file]", str(wrong))
    expect(page.locator("main")).to_contain_text("不是表格文件")
    expect(page.locator("main")).to_contain_text("F_NOT_SPREADSHEET")


def test_the_journey_works_by_keyboard_alone(console: Console, page: Page, tmp_path: Path):
    file = tmp_path / "名单.xlsx"
    file.write_bytes(roster.make(3, seed=7, first=700, faults=False).xlsx())
    console.come_back(page)
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.type") == "search"
    page.goto(f"{console.url}/bulk/new")
    with page.expect_file_chooser() as chooser:
        page.locator("input[type=file]").focus()
        page.keyboard.press("Enter")
    chooser.value.set_files(str(file))
    page.wait_for_url(re.compile(r"/check$"))
    page.locator("#confirm-go").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/bulk/\d+$"))
    expect(page.locator("#progress")).to_contain_text("已激活 3 个", timeout=60_000)


def test_selected_lines_get_another_plan_and_one_of_them_an_esim(
    console: Console, page: Page, tmp_path: Path
):
    file = tmp_path / "名单.xlsx"
    made = roster.make(3, seed=11, first=600, faults=False)
    file.write_bytes(made.xlsx())
    console.come_back(page)
    page.goto(f"{console.url}/bulk/new")
    page.set_input_files("input[type=file]", str(file))
    page.wait_for_url(re.compile(r"/check$"))
    page.click("#confirm-go")
    expect(page.locator("#progress")).to_contain_text("已激活 3 个", timeout=60_000)

    page.goto(f"{console.url}/lines/?state=active")
    for place in range(3):
        page.locator("input[name=rowid]").nth(place).check()
    expect(page.locator("[data-count]")).to_have_text("已选 3 行")
    page.get_by_role("button", name="办理业务").click()
    page.get_by_role("link", name=re.compile("^套餐变更")).click()
    page.select_option("[name=c-plan]", "QQT5G199")
    page.get_by_role("button", name="下一步：核对和费用").click()
    page.wait_for_url(re.compile(r"/check$"))
    expect(page.locator("#tally")).to_contain_text("3 行可以办理")
    expect(page.locator("#money")).to_contain_text("每月合计变化")
    page.click("#confirm-go")
    expect(page.locator("#progress")).to_contain_text("办完 3 行", timeout=60_000)

    page.goto(f"{console.url}/lines/?state=active")
    page.locator("tbody th a").first.click()
    line = page.url
    page.get_by_role("link", name="办理其他业务").click()
    page.get_by_role("link", name=re.compile("^补换卡")).click()
    page.select_option("[name=c-card]", "eSIM")
    page.select_option("[name=c-reason]", "换卡类型")
    page.fill("[name=c-eid]", "89086030200000000000000000000177")
    page.get_by_role("button", name="下一步：核对和费用").click()
    page.wait_for_url(re.compile(r"/check$"))
    page.click("#confirm-go")
    expect(page.locator("#progress")).to_contain_text("办完 1 行", timeout=60_000)
    page.goto(line)
    page.get_by_role("link", name="eSIM 激活码交接").click()
    page.get_by_role("button", name="显示激活码").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"LPA:1\$[a-z.]+\$[0-9A-Z-]+"))
    expect(page.locator("img.qr")).to_be_visible()
    page.goto(line)
    expect(page.get_by_role("link", name="eSIM 激活码交接")).to_have_count(0)
    assert page.troubles == []  # type: ignore[attr-defined]


def test_every_page_is_accessible_and_fits_in_every_look(console: Console, page: Page, tmp_path: Path):
    """axe-core without a violation, and no sideways scrolling: wide, narrow, light, dark, 长辈模式."""
    file = tmp_path / "名单.xlsx"
    file.write_bytes(roster.make(50, seed=9, first=800).xlsx())
    console.come_back(page)
    page.goto(f"{console.url}/bulk/new")
    page.set_input_files("input[type=file]", str(file))
    page.wait_for_url(re.compile(r"/check$"))
    check = page.url.removeprefix(console.url)
    done = page.goto(f"{console.url}/bulk/1")
    assert done
    faults = []
    for width, theme, mode in LOOKS:
        _prefer(page, theme, mode or "standard")
        page.set_viewport_size({"width": width, "height": 900})
        for path in (*PAGES, check, "/bulk/1"):
            page.goto(console.url + path)
            faults += [f"{path} {width} {theme} {mode}: {fault}" for fault in _faults(page, width)]
    assert faults == []


def _prefer(page: Page, theme: str, mode: str) -> None:
    page.goto(page.url)
    page.evaluate(
        """async ([theme, mode]) => {
            const token = document.querySelector('[name=csrf_token]').value;
            for (const one of [{theme}, {mode}])
                await fetch('/preferences', {method: 'POST', body: new URLSearchParams({...one, csrf_token: token})});
        }""",
        [theme, mode],
    )


def _faults(page: Page, width: int) -> list[str]:
    found = [
        f"{violation['id']} {violation['nodes'][0]['target']}"
        for violation in Axe().run(page, options=RULES).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("scrolls sideways")
    return found
