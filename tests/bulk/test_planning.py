"""What is planned is on one page: by day, with the time that is left and until when it can be taken back."""

from datetime import date, timedelta

import pytest

from console.bulk import actions as batches
from console.bulk import queries
from console.core import clock
from console.core.db import transaction
from tests.operators import ORDINARY
from tests.sims.test_line_changes import send  # noqa: F401 - a fixture


def plan(operator, days, *wanted):
    batch = operator.upload(*wanted)
    with operator.people.as_("ann"), transaction():
        user = operator.people.users["ann"][0]
        day = clock.today() + timedelta(days=days)
        assert batches.confirm("office", user, batch, queries.shown(batch), day)
    return batch


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 11, 27), date(2026, 12, 1)),
        (date(2026, 12, 31), date(2027, 1, 1)),
        (date(2027, 1, 31), date(2027, 2, 1)),
        (date(2027, 2, 1), date(2027, 3, 1)),
    ],
)
def test_the_next_cycle_begins_with_the_next_month(today, first):
    assert clock.next_cycle(today) == first


def test_planned_batches_stand_by_day_the_nearest_first(operator, sign_in):
    later, sooner = plan(operator, 9, ORDINARY), plan(operator, 1, ORDINARY, ORDINARY)
    page = sign_in("ann").get("/bulk/plans").text
    assert page.index(f'"/bulk/{sooner}"') < page.index(f'"/bulk/{later}"')
    assert f"可撤回至 {clock.today():%m-%d} 24:00" in page
    assert "明天" in page and "还有 9 天" in page and "撤回计划" in page
    assert "撤回计划" not in sign_in("vic").get("/bulk/plans").text, "who only looks cannot take back"


def test_what_the_operator_keeps_for_its_day_is_there_as_well(operator, send, sign_in):  # noqa: F811
    operator.order(ORDINARY)
    operator.until(lambda: operator.lines()[0][3] == "active")
    batch = send("change-plan", ("号码", "新套餐"), (operator.lines()[0][0], "全球通5G商务套餐159元档"))
    operator.confirm(batch)
    operator.until(lambda: operator.states() == ["done", "accepted"])
    page = sign_in("ann").get("/bulk/plans").text
    assert str(clock.next_cycle(clock.today())) in page and "运营商已受理，到日子自动生效" in page
    assert f"/undo/?batch={batch}" in page


def test_without_plans_the_page_says_how_to_make_one(sign_in):
    assert "没有计划" in sign_in("ann").get("/bulk/plans").text
