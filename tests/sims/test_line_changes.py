"""Another plan, suspension, back in use, another department: from the file to the operator's ledger."""

from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from console.bulk import actions as batches
from console.bulk import ending, queries
from console.bulk.models import Batch, BatchRow, Problem
from console.core import clock
from console.core.clock import next_cycle
from console.core.db import session, transaction
from console.core.errors import NotAllowed
from console.employees.models import Employee
from console.orders.models import Order
from console.sims.models import Line

CHEAP, DEAR = "全球通5G商务套餐59元档", "全球通5G商务套餐89元档"


def file_of(headings, *rows):
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def send(operator):
    """Upload a file of this kind in Ann's name; the id of the checked batch."""

    def upload(kind, headings, *rows, login="ann", role="office", **defaults):
        user = operator.people.users[login][0]
        content = file_of(headings, *rows)
        with operator.people.as_(login), transaction():
            batch = batches.receive(role, user, kind, f"{kind}.xlsx", content, defaults).id
        operator.work()
        return batch

    return upload


@pytest.fixture
def staff(operator):
    """Two people with lines in use, opened by an ordinary batch: (工号, 姓名) of each."""
    batch = operator.order(None, None)
    operator.until(lambda: [line[3] for line in operator.lines()] == ["active", "active"])
    return [(row.values["employee_number"], row.values["name"]) for row in operator.rows(batch)]


def codes(operator, batch):
    with operator.people.as_("ann"):
        wanted = select(BatchRow.number, Problem.code).join(Problem, Problem.row_id == BatchRow.id)
        wanted = wanted.where(BatchRow.batch_id == batch, Problem.level == "error")
        return sorted(tuple(row) for row in session.execute(wanted))


def done(operator, batch):
    operator.until(lambda: {order.state for order in of(operator, batch)} == {"done"})


def over(operator, batch):
    """Nothing is expected any more, today."""
    with operator.people.as_("ann"), transaction():
        return ending.finish(batch) or session.get_one(Batch, batch).state == "finished"


def of(operator, batch):
    return [order for order in operator.orders() if order.batch_id == batch]


def line_of(operator, number):
    with operator.people.as_("ann"):
        wanted = select(Line).join(Employee).where(Employee.number == number)
        line = session.scalars(wanted).one()
        return line.plan.name, line.next_plan_on, line.state


def test_another_plan_waits_for_the_next_cycle_and_is_taken_when_it_begins(operator, staff, send):
    plan_before = line_of(operator, staff[0][0])[0]
    wanted = DEAR if plan_before != DEAR else CHEAP
    batch = send("change-plan", ("工号", "新套餐"), (staff[0][0], wanted))
    assert codes(operator, batch) == []
    with operator.people.as_("ann"):
        ((_key, count, monthly, cycle),) = queries.money(batch)
    assert (count, abs(monthly), cycle) == (1, 3000, 0)
    operator.confirm(batch)
    first_day = next_cycle(clock.today())
    operator.until(lambda: line_of(operator, staff[0][0]) == (plan_before, first_day, "active"))
    operator.until(lambda: over(operator, batch))
    with clock.stopped_at(clock.now() + timedelta(days=1)):
        operator.tick()
    assert line_of(operator, staff[0][0])[0] == plan_before, "not a day too early"
    days = (first_day - clock.today()).days
    operator.advance(f"P{days}D")
    operator.skip(days * 86400)
    operator.until(lambda: line_of(operator, staff[0][0]) == (wanted, None, "active"))


def test_a_new_line_may_change_at_once(operator, staff, send):
    now = line_of(operator, staff[0][0])[0]
    wanted = DEAR if now != DEAR else "全球通5G商务套餐129元档"
    batch = send("change-plan", ("工号", "新套餐", "生效时间"), (staff[0][0], wanted, "立即"))
    assert codes(operator, batch) == []
    operator.confirm(batch)
    done(operator, batch)
    assert line_of(operator, staff[0][0]) == (wanted, None, "active")


def test_suspended_and_back_again(operator, staff, send):
    number = operator.lines()[0][0]
    batch = send("suspend", ("号码", "姓名", "原因"), (number, staff[0][1], "休假"))
    assert codes(operator, batch) == []
    operator.confirm(batch)
    done(operator, batch)
    assert [line[3] for line in operator.lines()] == ["suspended", "active"]
    with operator.people.as_("ann"):
        activated = session.scalars(select(Line.active_at).order_by(Line.id)).first()

    again = send("resume", ("工号", "姓名"), staff[0])
    assert codes(operator, again) == []
    with operator.people.as_("ann"):
        (suspended,), (resumed,) = queries.money_of_confirmed(batch), queries.money(again)
        assert (resumed[2], resumed[3]) == (-suspended[2], -suspended[3])
    operator.confirm(again)
    done(operator, again)
    assert [line[3] for line in operator.lines()] == ["active", "active"]
    assert [one["lifecycle"] for one in operator.ledger()["subscribers"]] == ["ACTIVE", "ACTIVE"]
    with operator.people.as_("ann"):
        assert session.scalars(select(Line.active_at).order_by(Line.id)).first() == activated


def test_old_news_of_a_line_does_not_wake_it_up(operator, staff, send):
    batch = send("suspend", ("工号", "姓名"), staff[0])
    operator.confirm(batch)
    done(operator, batch)
    with operator.people.as_("ann"), transaction():
        from console.orders import actions as orders
        from console.orders.rules import View
        from console.sims import fulfilment

        opened = session.scalars(select(Order).where(Order.kind == "ACTIVATE").order_by(Order.id)).first()
        late = View("", lifecycle="ACTIVE", lifecycle_sequence=opened.lifecycle_sequence + 1)
        line = session.get_one(Line, opened.line_id)
        line.heard = late.lifecycle_sequence + 1
        session.flush()
        fulfilment.carry_through(orders.hear([(opened.external_id, late)]))
    assert operator.lines()[0][3] == "suspended"


def test_what_stands_in_the_way_is_said_in_each_row(operator, staff, send):
    (first, _name), (second, _other) = staff
    number = operator.lines()[1][0]
    batch = send(
        "suspend",
        ("号码", "工号", "姓名"),
        ("13900000123", None, None),
        (None, "NOBODY", None),
        (None, None, "甲乙"),
        (number, first, None),
        (number, second, "甲乙"),
        (number, second, None),
    )
    assert codes(operator, batch) == [
        (2, "E_LINE_UNKNOWN"),
        (3, "E_PERSON_UNKNOWN"),
        (4, "E_LINE_WHICH"),
        (5, "E_LINE_OTHER"),
        (6, "E_LINE_NAME"),
        (7, "E_LINE_TWICE"),
    ]


def test_the_same_plan_and_an_unready_line_are_refused(operator, staff, send):
    now = line_of(operator, staff[0][0])[0]
    assert codes(operator, send("change-plan", ("工号", "新套餐"), (staff[0][0], now))) == [
        (2, "E_PLAN_SAME")
    ]
    assert codes(operator, send("resume", ("工号", "姓名"), staff[1])) == [(2, "E_LINE_NOT_SUSPENDED")]


def test_one_open_order_for_each_line(operator, staff, send):
    """Two batches for one line: the second is told so, and nothing is asked of the operator twice."""
    one = send("suspend", ("工号", "姓名"), staff[0])
    two = send("suspend", ("工号", "原因"), (staff[0][0], "离职"))
    operator.confirm(one)
    operator.confirm(two)
    operator.work()
    operator.until(lambda: {order.state for order in operator.orders()} == {"done"})
    assert [order.kind for order in operator.orders()].count("SUSPEND") == 1
    (row,) = operator.rows(two)
    assert row.state == "wrong"
    assert {code for _n, code in codes(operator, two)} <= {"E_LINE_BUSY", "E_LINE_NOT_ACTIVE"}


def test_a_refused_change_leaves_line_number_and_card_alone(operator, staff, send):
    operator.behave(contract_lock_rate=1.0)
    before, number = operator.lines(), staff[0][0]
    now = line_of(operator, number)
    batch = send("change-plan", ("工号", "新套餐"), (number, DEAR if now[0] != DEAR else CHEAP))
    operator.confirm(batch)
    operator.until(lambda: [order.state for order in of(operator, batch)] == ["failed"])
    assert [order.error_code for order in of(operator, batch)] == ["CONTRACT_LOCK"]
    assert operator.lines() == before
    assert line_of(operator, number) == now


def test_people_move_in_our_own_books_only(operator, staff, send):
    (first, name), (second, _other) = staff
    with operator.people.as_("ann"):
        place = session.scalars(select(Employee).where(Employee.number == second)).one().department.path
    batch = send(
        "move-people", ("工号", "姓名", "部门", "成本中心"),
        (first, name, "财务部/出纳", "CC900"), (second, None, place, None), ("NOBODY", None, "财务部", None),
    )  # fmt: skip
    assert [(row.state, row.operation) for row in operator.rows(batch)] == [
        ("ready", "move"), ("unchanged", "same"), ("wrong", None),
    ]  # fmt: skip
    orders = len(operator.orders())
    operator.confirm(batch)
    operator.work()
    with operator.people.as_("ann"):
        moved = session.scalars(select(Employee).where(Employee.number == first)).one()
        assert (moved.name, moved.department.path, moved.cost_center.code) == (name, "财务部/出纳", "CC900")
    assert len(operator.orders()) == orders
    assert [row.state for row in operator.rows(batch)] == ["done", "unchanged", "wrong"]


def test_who_may_not_change_lines_cannot_even_upload(operator, staff, send):
    for kind in ("change-plan", "suspend", "resume"):
        with pytest.raises(NotAllowed):
            send(kind, ("工号", "姓名"), staff[0], login="hal", role="hr")


def test_the_page_shows_the_plan_of_before_and_the_difference_in_money(operator, staff, send, sign_in):
    now = line_of(operator, staff[0][0])[0]
    wanted = DEAR if now != DEAR else CHEAP
    batch = send("change-plan", ("工号", "新套餐"), (staff[0][0], wanted))
    page = sign_in("ann").get(f"/bulk/{batch}/check").get_data(as_text=True)
    table = page.partition('id="rows"')[2]
    assert table.index(now) < table.index("→") < table.index(wanted)
    assert "每月合计变化" in page and ("+¥30.00" in page or "-¥30.00" in page)
    assert "新开号码" not in page
