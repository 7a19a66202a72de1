"""A list of everybody: who came, moved, changed and left is worked out, shown and carried out in one batch."""

import re
from io import BytesIO

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from console.accounts import actions as accounts
from console.audit.models import AuditEvent
from console.bulk import actions as batches
from console.bulk import ending, fixing, leavers, queries
from console.bulk.models import Batch, BatchRow
from console.core import acting
from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed
from console.employees.models import Employee
from console.orders import actions as orders
from console.orders.models import Order
from console.orders.rules import Answer, Kind
from console.sims import fulfilment
from console.sims.models import Line
from examples import roster

HEADINGS = ("工号", "姓名", "证件号码", "部门", "成本中心", "联系电话", "套餐")
CHEAP, DEAR = "全球通5G商务套餐59元档", "全球通5G商务套餐89元档"
EVERYBODY = 8


def people_of(count, first=1):
    """Rows under HEADINGS: a person each, with the cheaper plan."""
    made = roster.make(count, seed=7, faults=False, first=first)
    return [[*row[1:7], CHEAP] for row in made.rows]


def file_of(rows):
    book = Workbook()
    for row in (HEADINGS, *rows):
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def other_file(headings, row):
    book = Workbook()
    book.active.append(headings)
    book.active.append(list(row))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def refuse(operator, batch, code):
    """The orders of the batch are placed, and refused for a reason that another try can mend."""
    with operator.people.as_("ann"), transaction():
        batches.apply_some(batch)
    with operator.people.as_("ann"), transaction():
        lease, claimed = orders.claim()
        answer = Answer(Kind.REFUSED, code=code)
        fulfilment.carry_through(orders.settle(lease, [(one, answer) for one in claimed]))


@pytest.fixture
def send(operator):
    """Upload a full roster in Ann's name; the id of the checked batch."""

    def upload(rows, login="ann", role="office", **defaults):
        user = operator.people.users[login][0]
        with operator.people.as_(login), transaction():
            batch = batches.receive(role, user, "full-roster", "花名册.xlsx", file_of(rows), defaults).id
        operator.work()
        return batch

    return upload


@pytest.fixture
def staffed(operator, send):
    """Acme with eight people and their lines in use, all come by a first roster."""
    rows = people_of(EVERYBODY)
    batch = send(rows)
    operator.confirm(batch)
    operator.until(lambda: [line[3] for line in operator.lines()] == ["active"] * EVERYBODY)
    assert finished(operator, batch)
    return rows


def finished(operator, batch):
    def over():
        with operator.people.as_("ann"), transaction():
            return ending.finish(batch) or session.get_one(Batch, batch).state == "finished"

    return operator.until(over)


def told(operator, batch):
    """工号 → (state, operation) of every row."""
    return {row.values["employee_number"]: (row.state, row.operation) for row in operator.rows(batch)}


def told_by_name(operator, batch):
    return {row.values.get("name"): (row.state, row.operation) for row in operator.rows(batch)}


def rows_of(batch):
    return session.scalars(select(BatchRow).where(BatchRow.batch_id == batch)).all()


def changed(rows):
    """Somebody new, somebody moved, one with another plan, one gone; the rest as before."""
    later = [list(row) for row in rows[:-1]]
    later[0][3] = "财务部"
    later[1][6] = DEAR
    later[2][5] = "13900000999"
    return [*later, *people_of(1, first=50)]


def test_a_first_roster_opens_a_number_for_everybody_who_has_a_plan(operator, send):
    rows = people_of(3)
    rows[2][6] = None
    batch = send(rows)
    assert list(told(operator, batch).values()) == [("ready", "join")] * 3
    operator.confirm(batch)
    operator.until(lambda: [line[3] for line in operator.lines()] == ["active"] * 2)
    assert [row.state for row in operator.rows(batch)] == ["ordered", "ordered", "done"]
    with operator.people.as_("ann"):
        assert {one.number for one in session.scalars(select(Employee))} == {row[0] for row in rows}


def test_one_mixed_batch_ends_as_the_roster_says(operator, staffed, send):
    rows = changed(staffed)
    batch = send(rows)
    assert told(operator, batch) == {
        rows[0][0]: ("ready", "move"),
        rows[1][0]: ("ready", "change"),
        rows[2][0]: ("ready", "change"),
        **{row[0]: ("unchanged", "same") for row in rows[3:7]},
        rows[7][0]: ("ready", "join"),
        staffed[7][0]: ("ready", "leave"),
    }
    with operator.people.as_("ann"):
        deeds = {what: (count, priced, fee) for what, count, priced, fee, _c in
                 queries.money_by_operation(batch, ("ready",))}  # fmt: skip
        assert session.get_one(Batch, batch).rows_total == 8
    assert deeds == {
        "join": (1, 1, 5900), "move": (1, 0, 0), "change": (2, 1, 3000), "leave": (1, 1, 500 - 5900),
    }  # fmt: skip
    operator.confirm(batch)
    assert finished(operator, batch)

    ends = ["active"] * 8 + ["suspended"]
    operator.until(lambda: sorted(line[3] for line in operator.lines()) == ends)
    with operator.people.as_("ann"):
        books = {one.number: one for one in session.scalars(select(Employee))}
        assert books[rows[0][0]].department.path == "财务部"
        assert books[rows[2][0]].phone == "13900000999"
        assert books[staffed[7][0]].left_on is not None
        assert [one.number for one in books.values() if one.left_on] == [staffed[7][0]]
        line = session.scalars(select(Line).where(Line.employee_id == books[rows[1][0]].id)).one()
        assert (line.plan.name, line.next_plan_id is not None) == (CHEAP, True)
        kinds = sorted(session.scalars(select(Order.kind).where(Order.batch_id == batch)))
    assert kinds == ["ACTIVATE", "CHANGE_PLAN", "SUSPEND"]
    assert {one["lifecycle"] for one in operator.ledger()["subscribers"]} == {"ACTIVE", "SUSPENDED"}


def test_what_is_the_same_is_never_confirmed(operator, staffed, send):
    batch = send([*staffed, people_of(1, first=70)[0]])
    before = len(operator.orders())
    operator.confirm(batch)
    assert finished(operator, batch)
    assert [row.state for row in operator.rows(batch)] == ["unchanged"] * EVERYBODY + ["ordered"]
    assert len(operator.orders()) == before + 1


def test_the_same_roster_again_is_recognised(operator, staffed, send):
    with operator.people.as_("ann"):
        first = session.scalars(select(Batch.number)).one()
    again = send([*reversed(staffed)])
    with operator.people.as_("ann"):
        batch = session.get_one(Batch, again)
        assert (batch.state, batch.refusal["code"]) == ("refused", "F_DUP_FILE")
        assert batch.refusal["values"]["number"] == first


def test_who_was_suspended_meanwhile_is_not_suspended_twice(operator, staffed, send):
    gone = staffed[-1]
    roster_ = send(staffed[:-1])
    with operator.people.as_("ann"), transaction():
        user = operator.people.users["ann"][0]
        content = other_file(("工号", "姓名"), gone[:2])
        other = batches.receive("office", user, "suspend", "停机.xlsx", content, {}).id
    operator.work()
    operator.confirm(other)
    operator.until(lambda: operator.lines()[-1][3] == "suspended")
    operator.confirm(roster_)
    assert finished(operator, roster_)
    assert [order.kind for order in operator.orders()].count("SUSPEND") == 1
    assert told(operator, roster_)[gone[0]] == ("done", "leave"), "the books still have to be told"
    later = send([*staffed[:-1], people_of(1, first=90)[0]])
    assert gone[0] not in told(operator, later), "who has left is not asked about every month"


def test_a_joiner_who_came_with_another_batch_gets_one_number_only(operator, send):
    (row,) = people_of(1)
    batch = send([row])
    with operator.people.as_("ann"), transaction():
        user = operator.people.users["ann"][0]
        content = other_file(("工号", "姓名", "证件号码", "部门", "套餐"), [*row[:4], row[6]])
        other = batches.receive("office", user, "activate", "入职.xlsx", content, {"payment": "集团统付"}).id
    operator.work()
    operator.confirm(other)
    operator.confirm(batch)
    operator.until(lambda: [line[3] for line in operator.lines()] == ["active"])
    assert [order.kind for order in operator.orders()] == ["ACTIVATE"]
    assert operator.rows(batch)[0].state in ("ready", "unchanged"), "nothing was done, and nothing is wrong"


def test_a_joiner_whose_order_failed_is_tried_again(operator, send):
    (row,) = people_of(1)
    batch = send([row], new_plan="QQT5G059")
    operator.confirm(batch)
    refuse(operator, batch, "NUMBER_OCCUPIED")
    with operator.people.as_("ann"), transaction():
        assert batches.retry("office", batch) == 1
    operator.until(lambda: [line[3] for line in operator.lines()] == ["released", "active"])
    assert [order.state for order in operator.orders()] == ["failed", "done"]


def test_a_leaver_whose_suspension_failed_is_tried_again(operator, staffed, send):
    batch = send(staffed[:-1])
    operator.confirm(batch)
    refuse(operator, batch, "PENDING_CHANGE_EXISTS")
    assert operator.lines()[-1][3] == "active"
    with operator.people.as_("ann"), transaction():
        assert batches.retry("office", batch) == 1
    operator.until(lambda: operator.states()[-1] == "done" and operator.lines()[-1][3] == "suspended")
    kinds = [(order.kind, order.state) for order in operator.orders()][EVERYBODY:]
    assert kinds == [("SUSPEND", "failed"), ("SUSPEND", "done")]


def test_a_row_that_cannot_be_read_does_not_make_its_person_leave(operator, staffed, send):
    rows = [list(row) for row in staffed]
    rows[0][0], rows[0][2] = None, "110101199002310014"
    batch = send(rows)
    assert told_by_name(operator, batch)[rows[0][1]] == ("wrong", "join")
    assert [what for _state, what in told_by_name(operator, batch).values()].count("leave") == 0


def test_a_mended_row_takes_its_person_from_the_leavers(operator, staffed, send):
    rows = [list(row) for row in staffed]
    rows[0][0], rows[0][1], rows[0][2] = "QL99999", "沈星", None
    batch = send(rows)
    by_number = told(operator, batch)
    assert by_number[staffed[0][0]] == ("ready", "leave")
    wrong = next(row for row in operator.rows(batch) if row.number == 2)
    operator.fix(batch, wrong.id, employee_number=staffed[0][0], name=staffed[0][1])
    rows_now = [(row.state, row.operation) for row in operator.rows(batch)]
    assert ("ready", "leave") not in rows_now
    assert rows_now[0] == ("unchanged", "same") and rows_now[-1] == ("unchanged", "same")


def test_somebody_may_be_kept_and_sent_off_after_all(operator, staffed, send):
    batch = send(changed(staffed))
    leaver = next(row for row in operator.rows(batch) if row.operation == "leave")
    with operator.people.as_("ann"), transaction():
        fixing.leave_out("office", batch, leaver.id)
    assert told(operator, batch)[staffed[-1][0]] == ("left_out", "leave")
    with operator.people.as_("ann"), transaction():
        fixing.take_back("office", batch, leaver.id)
    assert told(operator, batch)[staffed[-1][0]] == ("ready", "leave")
    with operator.people.as_("ann"), transaction():
        assert leavers.keep("office", batch) == 1
    operator.confirm(batch)
    assert finished(operator, batch)
    assert "suspended" not in [line[3] for line in operator.lines()]


def test_a_roster_that_removes_many_stops_until_somebody_says_that_they_leave(
    operator, staffed, send, sign_in
):
    batch = send([*staffed[:3], *people_of(1, first=60)])
    ann = sign_in("ann")
    page = ann.get(f"/bulk/{batch}/check").get_data(as_text=True)
    assert "花名册里有 5 人不在这份名单里" in page and "超过设定的上限" in page
    assert "名单只写到 3 人，不到公司 8 人的一半" in page and "/bulk/new?kind=activate" in page
    with operator.people.as_("ann"), transaction():
        shown = queries.shown(batch)
        with pytest.raises(Conflict, match="E_LEAVERS"):
            batches.confirm("office", operator.people.users["ann"][0], batch, shown)

    ann.post(f"/bulk/{batch}/leavers/accept", {"people": "5"})
    assert "我已核对" in ann.get(f"/bulk/{batch}/check").get_data(as_text=True), "the box was not ticked"
    ann.post(f"/bulk/{batch}/leavers/accept", {"people": "4", "sure": "yes"})
    assert "我已核对" in ann.get(f"/bulk/{batch}/check").get_data(as_text=True), "another number of people"
    ann.post(f"/bulk/{batch}/leavers/accept", {"people": "5", "sure": "yes"})
    page = ann.get(f"/bulk/{batch}/check").get_data(as_text=True)
    assert "我已核对" not in page and "已有人确认这 5 人确实离职" in page
    with operator.people.as_("ann"):
        told_ = session.scalars(select(AuditEvent).where(AuditEvent.action == "accept")).one()
        assert (told_.actor_name, told_.changes["people"], told_.batch_id) == ("Ann", 5, batch)
    operator.confirm(batch)
    assert finished(operator, batch)
    assert [line[3] for line in operator.lines()].count("suspended") == 5


def test_a_company_may_let_more_go_without_being_asked(operator, staffed, send):
    with acting.platform("test"), transaction():
        accounts.limit_leavers("JT-ACME", 80, 5)
    batch = send([*staffed[:3], *people_of(1, first=60)])
    with operator.people.as_("ann"):
        found = leavers.look(session.get_one(Batch, batch))
    assert (found.people, found.headcount, found.many, found.blocks, found.partial) == (
        5,
        8,
        False,
        False,
        True,
    )


def test_who_only_looks_cannot_let_people_go(operator, staffed, send, sign_in):
    batch = send(staffed[:3])
    for login in ("fay", "vic"):
        answer = sign_in(login).post(f"/bulk/{batch}/leavers/accept", {"people": "5", "sure": "yes"})
        assert answer.status_code == 403
    assert (
        sign_in("bo").post(f"/bulk/{batch}/leavers/accept", {"people": "5", "sure": "yes"}).status_code == 404
    )
    assert sign_in("bo").post(f"/bulk/{batch}/leavers/keep").status_code == 404
    with operator.people.as_("ann"):
        assert session.get_one(Batch, batch).leavers_accepted is None


def test_hr_uploads_and_checks_and_somebody_who_may_order_confirms(operator, staffed, send, sign_in):
    batch = send(changed(staffed), login="hal", role="hr")
    page = sign_in("hal").get(f"/bulk/{batch}/check").get_data(as_text=True)
    assert "你的角色不能确认办理" in page
    with operator.people.as_("hal"), transaction(), pytest.raises(NotAllowed):
        batches.confirm("hr", operator.people.users["hal"][0], batch, queries.shown(batch))
    operator.confirm(batch)
    assert finished(operator, batch)


def test_what_was_shown_is_what_is_confirmed(operator, staffed, send):
    """Rows that ask for something else than before are another batch than the one that was shown."""
    batch = send(changed(staffed))
    with operator.people.as_("ann"), transaction():
        shown = queries.shown(batch)
        row = next(row for row in rows_of(batch) if row.operation == "move")
        row.operation = "change"
        session.flush()
        assert queries.shown(batch) != shown


def test_the_page_sorts_rows_by_what_is_done_and_shows_old_and_new(operator, staffed, send, sign_in):
    rows = changed(staffed)
    batch = send(rows)
    fay = sign_in("fay")
    page = fay.get(f"/bulk/{batch}/check").get_data(as_text=True)
    for label, count in (("入职", 1), ("调动", 1), ("变更", 2), ("离职", 1), ("不变", 4)):
        assert re.search(rf"{label}\s*<span class=\"count[^>]*>{count}<", page), label
    moved = fay.get(f"/bulk/{batch}/check?tab=move").get_data(as_text=True).partition('id="rows"')[2]
    assert moved.index(staffed[0][3]) < moved.index("→") < moved.index("财务部")
    left = fay.get(f"/bulk/{batch}/check?tab=leave").get_data(as_text=True).partition('id="rows"')[2]
    assert "名单里没有" in left and staffed[-1][1] in left and "停机保号" in left
    phones = fay.get(f"/bulk/{batch}/check?tab=change").get_data(as_text=True)
    assert "13900000999" not in phones and "0999" in phones, "masked, before as after"
    assert "入职，开通号码" in page and "离职，停机保号" in page and "-¥54.00" in page
