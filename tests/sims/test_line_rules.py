"""What may be done to a line, when it takes effect and what it costs."""

from datetime import date

import pytest

from console.core import clock
from console.sims import rules
from console.sims.rules import Effective, Held, Terms, Work

TODAY = date(2026, 11, 20)
CHEAP = Terms("QQT5G059", 5900, "DAILY", 0, ())
DEAR = Terms("QQT5G089", 8900, "DAILY", 0, ())
BOUND = Terms("QQT5G129", 12900, "DAILY", 12, ())
FLAT = Terms("FLAT", 3000, "FULL", 0, ())


def line(state="active", plan=CHEAP, opened=date(2026, 1, 15), busy=False):
    return Held(1, 2, 3, state, plan, opened, waiting=False, busy=busy)


@pytest.mark.parametrize(
    ("work", "state", "reason"),
    [
        (Work.CHANGE_PLAN, "active", None),
        (Work.CHANGE_PLAN, "suspended", "E_LINE_NOT_ACTIVE"),
        (Work.CHANGE_PLAN, "wait_face", "E_LINE_NOT_ACTIVE"),
        (Work.SUSPEND, "active", None),
        (Work.SUSPEND, "suspended", "E_LINE_NOT_ACTIVE"),
        (Work.RESUME, "suspended", None),
        (Work.RESUME, "active", "E_LINE_NOT_SUSPENDED"),
    ],
)
def test_each_work_wants_its_state(work, state, reason):
    assert rules.why_not(work, line(state)) == reason


@pytest.mark.parametrize("work", [Work.CHANGE_PLAN, Work.SUSPEND, Work.RESUME])
def test_one_thing_at_a_time_for_each_line(work):
    assert rules.why_not(work, line(busy=True)) == "E_LINE_BUSY"


def test_the_plan_must_be_another_one():
    assert rules.why_not_plan(line(), CHEAP, Effective.NEXT_CYCLE, TODAY) == "E_PLAN_SAME"
    assert rules.why_not_plan(line(), DEAR, Effective.NEXT_CYCLE, TODAY) is None


def test_at_once_is_for_lines_of_this_month_only():
    assert rules.why_not_plan(line(), DEAR, Effective.NOW, TODAY) == "E_PLAN_NOT_NOW"
    assert rules.why_not_plan(line(opened=date(2026, 11, 1)), DEAR, Effective.NOW, TODAY) is None
    assert rules.why_not_plan(line(opened=None), DEAR, Effective.NOW, TODAY) == "E_PLAN_NOT_NOW"


def test_a_cheaper_plan_waits_for_the_next_cycle():
    new_line = line(plan=DEAR, opened=date(2026, 11, 1))
    assert rules.why_not_plan(new_line, CHEAP, Effective.NOW, TODAY) == "E_PLAN_DOWN_LATER"
    assert rules.why_not_plan(new_line, CHEAP, Effective.NEXT_CYCLE, TODAY) is None


def test_a_contract_allows_up_and_not_down_until_it_ends():
    bound = line(plan=BOUND)
    assert rules.why_not_plan(bound, CHEAP, Effective.NEXT_CYCLE, TODAY) == "E_CONTRACT_LOCK"
    assert rules.why_not_plan(bound, CHEAP, Effective.NEXT_CYCLE, date(2027, 1, 15)) is None
    dearer = Terms("QQT5G159", 15900, "DAILY", 12, ())
    assert rules.why_not_plan(bound, dearer, Effective.NEXT_CYCLE, TODAY) is None


def test_months_end_on_days_that_exist():
    assert rules.months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert rules.months_later(date(2026, 12, 5), 13) == date(2028, 1, 5)
    assert clock.next_cycle(date(2026, 12, 31)) == date(2027, 1, 1)
    assert clock.next_cycle(date(2026, 1, 1)) == date(2026, 2, 1)


def test_a_change_for_the_next_cycle_costs_nothing_in_this_one():
    assert rules.plan_change(CHEAP, DEAR, Effective.NEXT_CYCLE, TODAY) == (3000, 0)
    assert rules.plan_change(DEAR, CHEAP, Effective.NEXT_CYCLE, TODAY) == (-3000, 0)


def test_a_change_at_once_costs_the_days_that_are_left():
    assert rules.plan_change(CHEAP, DEAR, Effective.NOW, TODAY) == (3000, 3263 - 2163)


def test_a_suspension_saves_the_fee_and_costs_five_yuan():
    assert rules.suspension(CHEAP, date(2026, 11, 1)) == (500 - 5900, 500 - 5900)
    assert rules.suspension(CHEAP, TODAY) == (500 - 5900, 181 - 2163)


def test_a_plan_that_is_not_charged_by_the_day_is_paid_for_the_whole_month():
    assert rules.suspension(FLAT, TODAY) == (500 - 3000, 181)
