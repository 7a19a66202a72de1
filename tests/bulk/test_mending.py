"""Mending rows: repeats, suggestions, leaving out, and what a confirmation is bound to."""

import re
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import event, func, select

from console.bulk import actions, queries
from console.bulk.models import Batch, BatchRow, Problem
from console.core import clock, db
from console.core.db import session, transaction
from console.employees.models import Department, Employee
from console.orders.models import Order
from examples import roster

ID = ["330102199003079912", "33010219910307991X"]


def sheet(*rows: list, headings: tuple = ("工号", "姓名", "证件号码", "部门", "套餐")) -> bytes:
    book = Workbook()
    book.active.append(list(headings))
    for row in rows:
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def person(number: int, name: str = "测试甲", plan: str = "QQT5G059", **changes: str) -> list:
    document = roster.document_number(number, clock.today().replace(year=1990, day=1), "330102")
    row = {"no": f"T{number}", "name": name, "id": document, "department": "销售部", "plan": plan} | changes
    return list(row.values())


@pytest.fixture
def ann(sign_in):
    return sign_in("ann")


def page(browser, batch: int = 1, tab: str = "") -> str:
    return browser.get(f"/bulk/{batch}/check?tab={tab}").get_data(as_text=True)


def shown(html: str) -> str:
    return re.search(r'name="shown" value="([0-9a-f]{64})"', html)[1]


def states(people, batch: int = 1) -> dict[int, str]:
    with people.as_("ann"):
        return dict(
            session.execute(select(BatchRow.number, BatchRow.state).where(BatchRow.batch_id == batch)).all()
        )


def row_id(people, number: int, batch: int = 1) -> int:
    with people.as_("ann"):
        return session.scalar(
            select(BatchRow.id).where(BatchRow.batch_id == batch, BatchRow.number == number)
        )


def test_the_second_row_of_a_person_names_the_first_and_is_free_when_the_first_is_left_out(people, ann, work):
    ann.upload(sheet(person(1), person(2), person(1, no="T9")))
    work()
    assert states(people) == {2: "ready", 3: "ready", 4: "wrong"}
    assert "第 4 行 证件号码：与第 2 行证件号码重复" in page(ann)

    ann.post(f"/bulk/1/rows/{row_id(people, 2)}/leave-out")
    assert states(people) == {2: "left_out", 3: "ready", 4: "ready"}

    ann.post(f"/bulk/1/rows/{row_id(people, 2)}/take-back")
    assert states(people) == {2: "ready", 3: "ready", 4: "wrong"}


def test_a_mended_number_frees_the_row_that_repeated_it(people, ann, work):
    ann.upload(sheet(person(1), person(1, no="T9")))
    work()
    other = roster.document_number(5, clock.today().replace(year=1985, day=1), "310101")
    ann.post(f"/bulk/1/rows/{row_id(people, 2)}", {"document_no": other})
    assert states(people) == {2: "ready", 3: "ready"}


def test_one_press_takes_the_suggestion_for_every_row_of_the_group(people, ann, work):
    rows = [person(n, plan="全球痛5G商务套餐59元档") for n in range(1, 5)]
    ann.upload(sheet(*rows))
    work()
    assert "4 行都按建议修改" in page(ann)
    ann.post("/bulk/1/suggestions", {"code": "E_PLAN_UNKNOWN"})
    assert set(states(people).values()) == {"ready"}


def test_a_confirmation_of_something_else_than_was_shown_changes_nothing(people, ann, work):
    ann.upload(sheet(person(1), person(2)))
    work()
    seen = shown(page(ann))
    ann.post(f"/bulk/1/rows/{row_id(people, 2)}", {"plan": "QQT5G129"})
    answer = ann.post("/bulk/1/confirm", {"shown": seen}, follow_redirects=True)
    assert "和你看到的不一样了" in answer.get_data(as_text=True)
    assert set(states(people).values()) == {"ready"}


def test_it_is_refused_with_the_difference(people, ann, work):
    ann.upload(sheet(person(1), person(2)))
    work()
    html = page(ann)
    seen = re.search(r'name="seen" value="([0-9.-]+)"', html)[1]
    assert seen.startswith("2.")
    ann.post(f"/bulk/1/rows/{row_id(people, 2)}/leave-out")
    answer = ann.post("/bulk/1/confirm", {"shown": shown(html), "seen": seen}, follow_redirects=True).text
    assert re.search(r"你看到的是 2 行，每月 \+¥[\d.]+，本账期 .*；现在是 1 行", answer)
    for nonsense in ("", "1.2", "x.y.z", "1.2.3.4", "9" * 500):
        form = {"shown": shown(html), "seen": nonsense}
        assert "你看到的是" not in ann.post("/bulk/1/confirm", form, follow_redirects=True).text
    assert set(states(people).values()) == {"ready", "left_out"}


def test_prices_of_yesterday_are_worked_out_anew_before_anything_happens(people, ann, work):
    ann.upload(sheet(person(1)))
    work()
    with people.as_("ann"):
        seen = queries.shown(1)
        user = people.users["ann"][0]
        with clock.stopped_at(clock.now() + timedelta(days=1)):
            with transaction():
                assert actions.confirm("office", user, 1, seen) is None
            assert session.get_one(Batch, 1).priced_on == clock.today()
            with transaction():
                assert actions.confirm("office", user, 1, queries.shown(1)) == 1


def test_confirming_twice_orders_once(people, ann, work):
    ann.upload(sheet(person(1)))
    work()
    seen = shown(page(ann))
    assert ann.post("/bulk/1/confirm", {"shown": seen}).status_code == 302
    second = ann.post("/bulk/1/confirm", {"shown": seen}, follow_redirects=True)
    assert second.status_code in (200, 409)
    work()
    with people.as_("ann"):
        assert session.scalar(select(func.count(Order.id))) == 1


def test_the_same_file_and_the_same_rows_are_recognised(people, ann, work):
    content = sheet(person(1), person(2))
    ann.upload(content)
    work()
    again = ann.upload(content)
    assert again.status_code == 409
    assert "F_DUP_FILE" in again.get_data(as_text=True)

    ann.upload(sheet(person(2), person(1)), name="另一份.xlsx")
    work()
    assert "这份名单上传过" in ann.get("/bulk/2/checking").get_data(as_text=True)


def test_rows_that_wait_are_mended_and_sent_later_in_the_same_batch(people, ann, work):
    ann.upload(sheet(person(1), person(2, department="")))
    work()
    ann.post("/bulk/1/confirm", {"shown": shown(page(ann))})
    work()
    assert states(people) == {2: "ordered", 3: "wrong"}

    ann.post(f"/bulk/1/rows/{row_id(people, 3)}", {"department": "市场部"})
    ann.post("/bulk/1/confirm", {"shown": shown(page(ann))})
    work()
    assert states(people) == {2: "ordered", 3: "ordered"}


def test_somebody_with_a_number_gets_a_second_one_only_when_the_row_says_so(people, ann, work):
    ann.upload(sheet(person(1)))
    work()
    ann.post("/bulk/1/confirm", {"shown": shown(page(ann))})
    work()
    ann.upload(sheet(person(1), person(3)), name="第二份.xlsx")
    work()
    assert "这位员工已有 1 个号码" in page(ann, 2)
    ann.post(f"/bulk/2/rows/{row_id(people, 2, 2)}", {"second": "是"})
    assert set(states(people, 2).values()) == {"ready"}


def test_two_batches_with_the_same_person_open_one_number(people, ann, work):
    for name in ("甲.xlsx", "乙.xlsx"):
        ann.upload(sheet(person(1), person(2 if name == "甲.xlsx" else 3)), name=name)
    work()
    for batch in (1, 2):
        ann.post(f"/bulk/{batch}/confirm", {"shown": shown(page(ann, batch))})
        work()
    with people.as_("ann"):
        assert session.scalar(select(func.count(Order.id))) == 3
    assert states(people, 2)[2] == "wrong"


def test_a_roster_of_employees_writes_people_departments_and_cost_centres(people, ann, work):
    headings = ("工号", "姓名", "部门", "成本中心", "手机")
    ann.upload(
        sheet(["007", "测试甲", "技术部-研发二组", "CC9", "13900000101"], headings=headings), kind="employees"
    )
    work()
    assert "确认后会新建" in page(ann)
    ann.post("/bulk/1/confirm", {"shown": shown(page(ann))})
    work()
    with people.as_("ann"):
        employee = session.scalars(select(Employee)).one()
        assert (employee.number, employee.name, employee.department.path) == (
            "007",
            "测试甲",
            "技术部/研发二组",
        )
        assert employee.department.parent.path == "技术部"
        assert session.get_one(Batch, 1).state == "finished"
        assert (
            session.scalar(select(func.count(Department.id)).where(Department.path == "技术部/研发二组")) == 1
        )


def test_an_activation_never_overwrites_somebody_else_with_the_same_number(people, ann, work):
    ann.upload(
        sheet(["T1", "测试甲", person(5)[2], "销售部"], headings=("工号", "姓名", "证件号码", "部门")),
        kind="employees",
    )
    work()
    ann.post("/bulk/1/confirm", {"shown": shown(page(ann))})
    work()
    ann.upload(sheet(person(1)), name="开通.xlsx")
    work()
    assert "花名册里这个工号登记的是另一个人" in page(ann, 2)


def test_problems_never_hold_what_stood_in_the_cell(people, ann, work):
    ann.upload(sheet(person(1, id="11010119900230991X", plan="不存在的套餐")))
    work()
    with people.as_("ann"):
        kept = str(session.execute(select(Problem.values)).all())
    assert "19900230" not in kept
    assert "不存在的套餐" not in kept


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_is_accepted_back_in_both_languages(people, ann, work, language):
    ann.post("/preferences", {"locale": language})
    answer = ann.get("/bulk/template/activate.xlsx")
    book = load_workbook(BytesIO(answer.data))
    first = book.worksheets[0]
    headings = [cell.value for cell in first[1]]
    document = person(1)[2]
    values = ["T1", "测试甲", None, document, None, None, "销售部", None, None, "全球通5G商务套餐59元档"]
    for place, value in enumerate(values, start=1):
        first.cell(2, place).value = value
    file = BytesIO()
    book.save(file)
    ann.upload(file.getvalue())
    work()
    assert len(headings) == 15
    assert states(people) == {2: "ready"}
    with people.as_("ann"):
        assert session.get_one(Batch, 1).unused == []


def test_results_tell_what_became_of_each_row(people, ann, work):
    ann.upload(sheet(person(1), person(2, department="")))
    work()
    ann.post("/bulk/1/confirm", {"shown": shown(page(ann))})
    work()
    book = load_workbook(BytesIO(ann.get("/bulk/1/results.xlsx").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert [row[-2] for row in rows[1:]] == ["等待", "待修正"]


@contextmanager
def counting(statements: list):
    """Every statement that is sent goes on the list."""

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    yield
    event.remove(db.engine(), "before_cursor_execute", note)


def test_the_check_page_counts_in_sql_whatever_the_size(people, ann, work):
    counted = []
    for size in (10, 200):
        ann.upload(roster.make(size, seed=size, first=size * 10, faults=False).xlsx(), name=f"{size}.xlsx")
        work()
        statements = []
        with counting(statements):
            page(ann, len(counted) + 1)
        counted.append(len(statements))
    assert counted[0] == counted[1]
