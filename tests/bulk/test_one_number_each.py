"""One person, one number, unless the row says otherwise: under every order of fixes, retries and confirmations."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from console.bulk import actions, fixing
from console.bulk.models import Batch, BatchRow
from console.bulk.states import BatchState
from console.core import clock
from console.core.db import session, transaction
from console.core.errors import NotAllowed
from console.employees import actions as employees
from console.employees.models import Employee
from console.orders.models import Order
from console.plans.models import Plan
from console.sims import actions as sims
from console.sims import queries as sim_queries
from examples import company as demo
from tests.bulk.test_mending import page, person, row_id, sheet, shown, states


@pytest.fixture
def ann(sign_in):
    return sign_in("ann")


def confirm(browser, batch: int = 1):
    return browser.post(f"/bulk/{batch}/confirm", {"shown": shown(page(browser, batch))})


def orders(people) -> int:
    with people.as_("ann"):
        return session.scalar(select(func.count(Order.id)))


def test_a_repeat_of_a_confirmed_row_stays_wrong_when_another_row_is_mended(people, ann, work):
    ann.upload(sheet(person(1), person(1, no="T9"), person(2, department="")))
    work()
    confirm(ann)
    ann.post(f"/bulk/1/rows/{row_id(people, 4)}", {"department": "市场部"})
    assert states(people) == {2: "confirmed", 3: "wrong", 4: "ready"}
    work()
    assert orders(people) == 1


def test_the_same_wished_for_number_twice_sends_the_later_row_back_and_never_stops_the_batch(
    people, ann, work
):
    headings = ("工号", "姓名", "证件号码", "部门", "套餐", "指定号码")
    wish = demo.numbers(1)[0]
    ann.upload(
        sheet([*person(1), wish], [*person(2), wish], [*person(3, department=""), None], headings=headings)
    )
    work()
    confirm(ann)
    ann.post(f"/bulk/1/rows/{row_id(people, 4)}", {"department": "市场部"})
    work()
    assert states(people)[2] == "ordered"
    assert states(people)[3] == "wrong"


def test_five_numbers_for_one_document_and_not_six_within_one_roster(people, ann, work):
    headings = ("工号", "姓名", "证件号码", "部门", "套餐", "再开一个号码")
    rows = [[*person(1), "是"] for _ in range(7)]
    ann.upload(sheet(*rows, headings=headings))
    work()
    assert list(states(people).values()).count("ready") == 5
    assert "该证件名下将超过 5 个号码" in page(ann)


def test_lines_are_counted_by_document_whatever_the_employee_number(people, ann, work):
    ann.upload(sheet(person(1)))
    work()
    confirm(ann)
    work()
    ann.upload(sheet(person(1, no="T77")), kind="employees", name="花名册.xlsx")
    work()
    confirm(ann, 2)
    work()
    ann.upload(sheet(person(1, no="T77")), name="再来.xlsx")
    work()
    assert states(people, 3) == {2: "wrong"}


def test_two_people_under_one_employee_number_are_told_apart(people, ann, work):
    headings = ("工号", "姓名", "证件号码", "部门", "套餐", "再开一个号码")
    ann.upload(sheet([*person(1), None], [*person(2, no="T1", name="测试乙"), "是"], headings=headings))
    work()
    assert states(people) == {2: "ready", 3: "wrong"}
    assert "与第 2 行工号重复" in page(ann)


def test_numbers_given_to_people_without_one_never_collide(people, ann, work):
    with people.as_("ann"), transaction():
        employees.save_people(
            [{"number": "PRD0001", "name": "测试丙"}, {"number": "P000001", "name": "测试丁"}]
        )
    headings = ("姓名", "证件号码", "部门", "套餐")
    ann.upload(sheet(person(1)[1:], person(2)[1:], headings=headings))
    work()
    confirm(ann)
    work()
    with people.as_("ann"):
        numbers = set(session.scalars(select(Employee.number)))
    assert numbers == {"PRD0001", "P000001", "P000002", "P000003"}


def test_a_price_that_rose_after_the_confirmation_is_not_ordered(people, ann, work):
    ann.upload(sheet(person(1)))
    work()
    confirm(ann)
    with people.as_("ann"), transaction():
        plan = session.scalars(select(Plan).where(Plan.code == "QQT5G059", Plan.valid_to.is_(None))).one()
        kept, plan.fee_fen = plan.fee_fen, 99900
    try:
        work()
        assert orders(people) == 0
        assert states(people) == {2: "ready"}
    finally:
        with people.as_("ann"), transaction():
            session.get_one(Plan, plan.id).fee_fen = kept


def test_a_number_whose_lock_is_over_is_not_counted_and_can_be_locked_anew(people):
    with people.as_("ann"):
        free, _cards = sim_queries.stock()
        with transaction():
            sims.take_in_numbers(["19900001234"], clock.now() - timedelta(days=1))
        assert sim_queries.stock()[0] == free
        with transaction():
            sims.take_in_numbers(["19900001234"], clock.now() + timedelta(days=1))
        assert sim_queries.stock()[0] == free + 1


def test_pressing_confirm_twice_says_that_it_is_under_way(people, ann, work):
    ann.upload(sheet(person(1)))
    work()
    seen = shown(page(ann))
    ann.post("/bulk/1/confirm", {"shown": seen})
    second = ann.post("/bulk/1/confirm", {"shown": seen})
    assert second.status_code == 409
    assert "不会办理第二次" in second.get_data(as_text=True)


def test_a_batch_that_was_once_confirmed_can_be_mended_after_seven_days(people, ann, work):
    ann.upload(sheet(person(1), person(2, department="")))
    work()
    confirm(ann)
    work()
    with people.as_("ann"), clock.stopped_at(clock.now() + timedelta(days=8)), transaction():
        fixing.fix("office", 1, row_id_here(3), {"department": "市场部"})
        assert session.get_one(Batch, 1).state in (BatchState.RUNNING, BatchState.FINISHED)


def row_id_here(number: int) -> int:
    return session.scalar(select(BatchRow.id).where(BatchRow.number == number))


def test_an_employee_without_a_document_is_not_overwritten_by_somebody_else(people, ann, work):
    ann.upload(sheet(["T1", "张三", "销售部"], headings=("工号", "姓名", "部门")), kind="employees")
    work()
    confirm(ann)
    work()
    ann.upload(sheet(person(1, name="李四")), name="开通.xlsx")
    work()
    assert states(people, 2) == {2: "wrong"}


def test_who_may_not_mend_sees_no_document_number_and_cannot_withdraw(people, sign_in, ann, work):
    wrong = "330102199002309912"
    ann.upload(sheet(person(1, id=wrong)))
    work()
    for login in ("fay", "vic", "hal"):
        html = page(sign_in(login))
        assert wrong not in html
        assert "19900230" not in html
    assert sign_in("hal").post("/bulk/1/withdraw").status_code == 403
    with people.as_("hal"), pytest.raises(NotAllowed), transaction():
        actions.withdraw("hr", 1)


def test_a_file_of_any_content_reaches_the_reader(people, ann):
    """The form parser must not count a file's bytes as form fields."""
    for seed in range(12):
        content = random.Random(seed).randbytes(450_000)
        assert ann.upload(content, name=f"{seed}.xlsx").status_code == 302


@pytest.mark.parametrize("page_number", ["²", "-1", "0", "abc", "99999999999999999999"])
def test_odd_page_numbers_are_page_one(people, ann, work, page_number):
    ann.upload(sheet(person(1)))
    work()
    assert ann.get(f"/bulk/?page={page_number}").status_code == 200
    assert ann.get(f"/bulk/1/check?page={page_number}").status_code == 200
    assert ann.get("/bulk/99999999999999999999").status_code == 404
