"""Each kind of work in a real browser: chosen or uploaded, priced, confirmed, and seen on the line it was for."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy import select

from console.app import prepare
from console.bulk import approval_settings
from console.bulk.approval_rules import Rule
from console.core import acting
from console.core.config import Settings
from console.core.db import session, transaction
from console.sims.models import Line, PhoneNumber
from examples import company, roster
from jobs.launcher import Stack
from tests.conftest import free_port
from tests.journeys.test_browser import Console, _faults, _plain, chromium, page

__all__ = ["chromium", "page"]
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]

LINES = 9
NEXT = "下一步：核对和费用"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    stack = Stack(
        tmp_path_factory.mktemp("work"), port=free_port(), operator_port=free_port(), environ=_plain()
    )
    try:
        env = stack.prepare()
        stack.start()
        settings = Settings.from_environment(env)
        prepare(settings)
        passwords = company.make(settings, stock=60)
        assert passwords
        yield Console(stack, passwords)
    finally:
        stack.stop()


@pytest.fixture
def office(console: Console, page: Page) -> Page:
    console.come_back(page)
    return page


def upload(console: Console, page: Page, kind: str, content: bytes, folder: Path) -> None:
    file = folder / f"{kind}.xlsx"
    file.write_bytes(content)
    page.goto(f"{console.url}/bulk/new?kind={kind}")
    page.set_input_files("input[type=file]", str(file))
    page.wait_for_url(re.compile(r"/check$"))


def sheet(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def carried_out(page: Page, rows: int) -> None:
    """Nothing is wrong, money is shown, one press, and the end is seen."""
    expect(page.locator("#tally")).to_contain_text(f"{rows} 行可以办理")
    expect(page.locator("#money")).to_be_visible()
    page.click("#confirm-go")
    page.wait_for_url(re.compile(r"/bulk/\d+$"))
    expect(page.locator("#batch-head")).to_contain_text("已完成", timeout=60_000)


def line(console: Console, place: int) -> tuple[int, str]:
    """(id, number) of one of the lines that were opened first."""
    user = company.office_user()
    with acting.acting(user[0], acting.CONSOLE, "test"):
        wanted = select(Line.id, PhoneNumber.msisdn).join(PhoneNumber, PhoneNumber.id == Line.number_id)
        found = session.execute(wanted.order_by(Line.id)).all()[place]
        session.commit()
    return found.id, found.msisdn


def chosen(console: Console, page: Page, place: int, kind: str, **fields: str) -> str:
    """From the line's own page to the check; the address of that page."""
    id_, _number = line(console, place)
    there = f"{console.url}/lines/details/?id={id_}"
    page.goto(there)
    page.get_by_role("link", name="办理其他业务").click()
    page.locator(f"a.choice[href*='kind={kind}']").click()
    for name, value in fields.items():
        field = page.locator(f"[name=c-{name}]")
        field.select_option(value) if field.evaluate("one => one.tagName") == "SELECT" else field.fill(value)
    page.get_by_role("button", name=NEXT).click()
    page.wait_for_url(re.compile(r"/check"))
    return there


def test_numbers_are_opened(console: Console, office: Page, tmp_path: Path):
    upload(console, office, "activate", roster.make(LINES, seed=3, faults=False).xlsx(), tmp_path)
    expect(office.locator("#people")).to_contain_text(f"运营商已核验 {LINES} 人", timeout=30_000)
    office.click("#confirm-go")
    expect(office.locator("#progress")).to_contain_text(f"已激活 {LINES} 个", timeout=60_000)


@pytest.mark.parametrize(
    ("place", "kind", "fields", "seen"),
    [
        (0, "add-products", {"product": "ADD10GM"}, "加油包"),
        (0, "data-limits", {"limit": "20GB", "beyond": "断网"}, "20"),
        (1, "suspend", {"reason": "休假"}, "停机"),
        (1, "resume", {}, "在用"),
        (2, "replace-cards", {"card": "实体卡", "reason": "损坏"}, "换卡"),
        (3, "terminate", {"reason": "不再使用"}, "销户"),
        (4, "change-plan", {"plan": "QQT5G199"}, "生效"),
        (5, "add-products", {"product": "CRING"}, "企业彩铃"),
        (5, "remove-products", {"product": "CRING"}, "企业彩铃"),
        (6, "move-people", {"department": "市场部"}, "市场部"),
    ],
)
def test_one_line_is_worked_on_from_its_own_page(console, office, place, kind, fields, seen):
    there = chosen(console, office, place, kind, **fields)
    carried_out(office, 1)
    office.goto(there)
    expect(office.locator("main")).to_contain_text(seen)
    assert office.troubles == []


def test_a_loss_is_reported_with_one_press_and_undone(console: Console, office: Page):
    id_, _number = line(console, 7)
    office.goto(f"{console.url}/lines/details/?id={id_}")
    office.get_by_role("button", name="挂失").click()
    office.wait_for_url(re.compile(r"/check$"))
    carried_out(office, 1)
    office.get_by_role("link", name="撤回已办理的").click()
    assert _faults(office, 1440) == []
    office.get_by_role("button", name="撤回 1 行").click()
    office.wait_for_url(re.compile(r"/check$"), timeout=30_000)
    carried_out(office, 1)
    office.goto(f"{console.url}/lines/details/?id={id_}")
    expect(office.locator("main")).to_contain_text("在用")


def test_a_number_gets_another_user(console: Console, office: Page, tmp_path: Path):
    id_, number = line(console, 8)
    made = roster.make(1, seed=71, first=900, faults=False, prefix="NEU")
    content = sheet(
        ("号码", "工号", "姓名", "证件类型", "证件号码"),
        (number, "NEU0001", "测试庚", "居民身份证", document(made)),
    )
    upload(console, office, "change-users", content, tmp_path)
    carried_out(office, 1)
    office.goto(f"{console.url}/lines/details/?id={id_}")
    expect(office.locator("main")).to_contain_text("测试庚")


def document(made: Any) -> str:
    """A document number of nobody else, from a roster that was not uploaded."""
    text = [str(cell.value) for row in load_workbook(BytesIO(made.xlsx())).active.iter_rows() for cell in row]
    return next(one for one in text if re.fullmatch(r"\d{17}[\dX]", one))


def test_cards_and_numbers_come_into_stock_and_go(console: Console, office: Page, tmp_path: Path):
    cards = company.iccids(14, batch=9)
    settings = Settings.from_environment(console.stack.env)
    company.seed_operator(settings, company.GROUP, company.uscc(company.USCC_BODY), [], cards)
    upload(
        console,
        office,
        "take-in-cards",
        sheet(("SIM 卡号", "末张卡号"), (cards[0], cards[9]), (cards[12], "")),
        tmp_path,
    )
    expect(office.locator("#tally")).to_contain_text("2 行可以办理")
    carried_out(office, 2)
    free = company.numbers(200)[150]
    company.seed_operator(settings, company.GROUP, company.uscc(company.USCC_BODY), [free], [])
    for kind in ("keep-numbers", "give-back-numbers"):
        upload(console, office, kind, sheet(("号码",), (free,)), tmp_path)
        carried_out(office, 1)


def test_one_file_asks_for_several_kinds_of_work(console: Console, office: Page, tmp_path: Path):
    _id, first = line(console, 0)
    _id, second = line(console, 6)
    content = sheet(
        ("号码", "业务", "新套餐", "原因"),
        (first, "停机保号", None, "休假"),
        (second, "套餐变更", "全球通5G商务套餐239元档", None),
    )
    upload(console, office, "several", content, tmp_path)
    expect(office.locator("#money")).to_contain_text("每月合计变化")
    carried_out(office, 2)


def test_a_planned_batch_is_found_among_the_plans_and_taken_back(
    console: Console, office: Page, tmp_path: Path
):
    upload(console, office, "activate", roster.make(2, seed=13, first=500, faults=False).xlsx(), tmp_path)
    office.click("[data-set]")
    office.click("#confirm-go")
    office.wait_for_url(re.compile(r"/bulk/\d+$"))
    office.goto(f"{console.url}/bulk/plans")
    expect(office.locator("main")).to_contain_text("再核对一遍，发给运营商")
    office.once("dialog", lambda dialog: dialog.accept())
    office.get_by_role("button", name=re.compile("^撤回计划")).first.click()
    confirm = office.locator("dialog[open] .btn-danger, dialog[open] .btn-primary")
    if confirm.count():
        confirm.first.click()
    expect(office.locator("#confirm")).to_contain_text("2 人全部可以办理")


def test_a_second_person_takes_some_rows_and_returns_others(
    console: Console, chromium: Any, office: Page, tmp_path: Path
):
    user = company.office_user()
    with acting.acting(user[0], acting.CONSOLE, "test"), transaction():
        approval_settings.add_rule(Rule(0, kind="activate", least_rows=3))
    upload(console, office, "activate", roster.make(5, seed=17, first=300, faults=False).xlsx(), tmp_path)
    office.click("#confirm-go")
    expect(office.locator("main")).to_contain_text("已提交审批")

    context = chromium.new_context(viewport={"width": 1440, "height": 1000}, locale="zh-CN")
    owner = context.new_page()
    Console.sign_in(console, owner, "owner@qinglan")
    owner.goto(f"{console.url}/inbox/")
    owner.get_by_role("link", name=re.compile("等你审批")).first.click()
    for address in ("/bulk/approvals", "/bulk/approval-rules"):
        here = owner.url
        owner.goto(console.url + address)
        assert _faults(owner, 1440) == []
        owner.goto(here)
    assert _faults(owner, 1440) == []
    for place in (0, 1):
        owner.locator("input[name=row]").nth(place).uncheck()
    owner.fill("[name=reason]", "这两位下月入职")
    owner.get_by_role("button", name=re.compile("通过")).first.click()
    expect(owner.locator("main")).to_contain_text("通过 3 行，退回 2 行")
    context.close()
    console.cookies = []

    office.goto(f"{console.url}/bulk/")
    expect(office.locator("main")).to_contain_text("2")
    office.goto(f"{console.url}/inbox/")
    expect(office.locator("main")).to_contain_text("有 2 行被退回")
