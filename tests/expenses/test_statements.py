"""A bill becomes a statement; what changes afterwards makes a new version, and nothing else changes."""

from datetime import UTC, date, datetime

import pytest

from console.core import clock
from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed
from console.employees.models import Employee
from console.expenses import actions, figures, placements, queries, taking_in
from console.expenses.models import Charge, Placement, Statement
from tests.expenses.months import PERIOD, billed, take_in
from tests.hired import hire, numbers_of


@pytest.fixture
def staffed(people):
    """Four lines of acme, in two departments."""
    hired = hire(people, "ann", lines=4, active=4)
    with people.as_("ann"), transaction():
        placements.remember()
    return hired, numbers_of(people, hired.lines)


def sums(people, by, version=None, where=None):
    with people.as_("fay"):
        found = {one.version: one for one in queries.versions(PERIOD)}
        statement = found[version or max(found)]
        return {one.key: one.total_fen for one in figures.grouped(statement, by, where)}


def whole(people, version=None):
    with people.as_("fay"):
        found = {one.version: one for one in queries.versions(PERIOD)}
        statement = found[version or max(found)]
        assert figures.total(statement).total_fen == statement.total_fen, "the parts are the whole"
        return statement.total_fen


def test_a_bill_becomes_a_statement_whose_parts_are_its_total(people, staffed):
    _hired, numbers = staffed
    bill = [billed(i, 5900 + i, number) for i, number in enumerate(numbers)]
    bill.append(billed(9, -1000, numbers[0], item="DISCOUNT", name="合约优惠"))
    assert take_in(people, "ann", bill) == (1, "open")
    assert whole(people) == 4 * 5900 + 6 - 1000
    assert sum(sums(people, "department").values()) == whole(people)
    assert set(sums(people, "department")) == {"研发中心", "研发中心/平台组"}
    assert sums(people, "item") == {"RENT": 23606, "DISCOUNT": -1000}


def test_a_department_is_asked_for_with_all_below_it(people, staffed):
    take_in(people, "ann", [billed(i, 1000, number) for i, number in enumerate(staffed[1])])
    assert sum(sums(people, "line", where={"department": "研发中心"}).values()) == 4000
    assert sum(sums(people, "line", where={"department": "研发中心/平台组"}).values()) == 2000


def test_what_belongs_to_no_line_of_ours_stands_out(people, staffed):
    take_in(people, "ann", [billed(1, 1000, staffed[1][0]), billed(2, 500, "13900009999"), billed(3, 70)])
    assert sums(people, "department")[None] == 570
    assert sums(people, "line", where={"department": ""}) == {None: 570}


def test_the_same_bill_again_changes_nothing(people, staffed):
    bill = [billed(i, 1000, number) for i, number in enumerate(staffed[1])]
    take_in(people, "ann", bill)
    assert take_in(people, "ann", list(reversed(bill))) == (1, "open")
    with people.as_("ann"):
        assert len(queries.versions(PERIOD)) == 1


def test_pages_may_come_twice_and_in_any_order(people, staffed):
    bill = [billed(i, 1000, number) for i, number in enumerate(staffed[1])]
    with people.as_("ann"), transaction():
        draft = taking_in.begin(PERIOD)
        known = taking_in.lines_by_number(PERIOD, staffed[1])
        assert taking_in.take_page(draft, bill[2:], "b", known) == 2
        assert taking_in.take_page(draft, bill[:3], "a", known) == 2
        assert taking_in.take_page(draft, bill[2:], "b", known) == 0
        assert taking_in.begin(PERIOD) is draft, "an import that was interrupted goes on"
        assert taking_in.complete(draft).total_fen == 4000


def test_a_correction_by_the_operator_makes_a_version_and_the_old_one_stays_as_it_was(people, staffed):
    bill = [billed(i, 1000, number) for i, number in enumerate(staffed[1])]
    take_in(people, "ann", bill)
    with people.as_("fay"):
        before = {one.operator_line: one.id for one in session.query(Charge)}
    bill[0] = billed(0, 800, staffed[1][0], operator_version=2)
    assert take_in(people, "ann", bill) == (2, "open")
    assert (whole(people, 1), whole(people, 2)) == (4000, 3800)
    with people.as_("fay"):
        states = [(one.version, one.state) for one in queries.versions(PERIOD)]
        current = {
            one.operator_line: one.id for one in session.query(Charge).where(Charge.to_version.is_(None))
        }
        changed = figures.difference(PERIOD, 2)
    assert states == [(2, "open"), (1, "restated")]
    assert {key for key in before if before[key] != current[key]} == {"L000000"}, "others keep their name"
    assert changed == [("研发中心", None, 1000, 800)]


def test_an_older_version_of_a_line_that_comes_late_is_not_believed(people, staffed):
    take_in(people, "ann", [billed(0, 800, staffed[1][0], operator_version=2)])
    assert take_in(people, "ann", [billed(0, 1000, staffed[1][0], operator_version=1)]) == (1, "open")
    assert whole(people) == 800


def test_restating_gives_what_a_fresh_reading_gives(people, staffed):
    numbers = staffed[1]
    take_in(people, "ann", [billed(i, 1000, number) for i, number in enumerate(numbers)])
    corrected = [billed(i, 1000 - i, number, operator_version=2) for i, number in enumerate(numbers)]
    take_in(people, "ann", [*corrected, billed(7, 333, numbers[1])])
    stepwise = {by: sums(people, by) for by in ("department", "employee", "line", "item")}
    with people.as_("ann"), transaction():
        draft = taking_in.begin("2026-09")
        known = taking_in.lines_by_number(PERIOD, numbers)
        fresh = [*corrected, billed(7, 333, numbers[1])]
        taking_in.take_page(draft, fresh, "end", known)
        session.flush()
        taking_in.complete(draft)
    with people.as_("fay"):
        september = queries.in_force("2026-09")
        at_once = {by: {one.key: one.total_fen for one in figures.grouped(september, by)} for by in stepwise}
    assert at_once == stepwise


def move(people, person, cost_center=None, department=None):
    with people.as_("ann"), transaction():
        from console.employees import actions as employees

        employees.ensure_cost_centers({cost_center: cost_center}) if cost_center else None
        found = session.get_one(Employee, person)
        if department:
            found.department_id = employees.ensure_departments([department])[department]
        found.updated_at = clock.now()


def test_who_moves_is_noticed_whatever_wrote_it(people, staffed):
    hired, _numbers = staffed
    with people.as_("ann"):
        first = placements.of_lines(hired.lines)
    move(people, hired.people[0], department="销售部")
    with people.as_("ann"), transaction():
        assert placements.remember() == 1
        assert placements.remember() == 0
    with people.as_("ann"):
        now = placements.of_lines(hired.lines)
    assert now[hired.lines[0]][-1].place.department == "销售部"
    assert all(now[line] == first[line] for line in hired.lines[1:])


def test_correcting_a_past_month_restates_it_with_a_difference(people, staffed):
    hired, numbers = staffed
    take_in(people, "ann", [billed(i, 3100, number) for i, number in enumerate(numbers)])
    with people.as_("fay"), transaction():
        actions.close("finance", people.users["fay"][0], PERIOD, 1)
    with people.as_("fay"), transaction():
        restated = actions.correct_placement(
            "finance", [hired.lines[0]], date(2026, 10, 22), date(2026, 10, 31), "销售部", "CC900", "记错部门"
        )
        assert [(one.period, one.version, one.state) for one in restated] == [(PERIOD, 2, "open")]
    assert sums(people, "department")["销售部"] == 1000
    assert sums(people, "cost_center") == {None: 4 * 3100 - 1000, "CC900": 1000}
    assert whole(people, 1) == whole(people, 2) == 4 * 3100
    assert "销售部" not in sums(people, "department", version=1)
    with people.as_("fay"):
        assert figures.difference(PERIOD, 2) == [
            ("研发中心", None, 3100, 2100), ("销售部", "CC900", 0, 1000)
        ]  # fmt: skip


def test_a_correction_that_changes_no_charge_leaves_the_month_alone(people, staffed):
    hired, numbers = staffed
    take_in(people, "ann", [billed(1, 3100, numbers[1])])
    with people.as_("fay"), transaction():
        kept = actions.correct_placement(
            "finance", [hired.lines[0]], date(2026, 10, 1), date(2026, 10, 31), "销售部", None, "记错部门"
        )
        assert [one.version for one in kept] == [1]


def test_only_the_version_that_was_shown_is_closed(people, staffed):
    take_in(people, "ann", [billed(1, 3100, staffed[1][0])])
    take_in(people, "ann", [billed(1, 3000, staffed[1][0], operator_version=2)])
    with people.as_("fay"), transaction(), pytest.raises(Conflict) as refused:
        actions.close("finance", people.users["fay"][0], PERIOD, 1)
    assert refused.value.code == "E_STATEMENT_RESTATED"


def test_an_open_question_keeps_a_month_open(people, staffed):
    take_in(people, "ann", [billed(1, 3100, staffed[1][0])])
    fay = people.users["fay"][0]
    with people.as_("fay"), transaction():
        charge = session.query(Charge).one()
        question = actions.ask("finance", fay, charge.id, "为什么多了？")
        session.flush()
        asked = question.id
    with people.as_("fay"), transaction(), pytest.raises(Conflict) as refused:
        actions.close("finance", fay, PERIOD, 1)
    assert refused.value.code == "E_STATEMENT_QUESTIONS"
    with people.as_("fay"), transaction():
        actions.answer("finance", fay, asked, "10 月调了套餐")
    with people.as_("fay"), transaction():
        assert actions.close("finance", fay, PERIOD, 1).state == "closed"


@pytest.mark.parametrize("role", ["office", "hr", "auditor", "approver"])
def test_only_finance_and_the_owner_close_a_month(people, role):
    with people.as_("ann"), transaction(), pytest.raises(NotAllowed):
        actions.close(role, 1, PERIOD, 1)


def test_another_company_has_nothing_of_it(people, staffed):
    take_in(people, "ann", [billed(1, 3100, staffed[1][0])])
    with people.as_("bo"):
        assert queries.versions(PERIOD) == []
        assert session.query(Placement).count() == session.query(Charge).count() == 0


@pytest.mark.parametrize(
    ("opened", "shown"), [("2026-11-03", True), ("2026-11-25", True), ("2026-11-26", False)]
)
def test_a_bill_that_came_late_asks_for_nothing_by_a_day_that_is_over(people, sign_in, opened, shown):
    take_in(people, "fay", [billed(1, 1000)])
    with people.as_("fay"), transaction():
        moment = datetime.fromisoformat(f"{opened}T12:00:00+08:00").astimezone(UTC)
        session.query(Statement).one().opened_at = moment
    page = sign_in("fay").get(f"/statements/{PERIOD}/").text
    assert ("应在 2026-11-25 前付清" in page) is shown
