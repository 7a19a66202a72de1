"""What is worth a look is noticed once, and told to those who can do something about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core import clock
from console.core.db import session, transaction
from console.expenses import actions, alarms, queries, rules, terms, using, watching
from console.expenses.models import Watched
from console.expenses.rated import Usage
from console.expenses.using import Counted
from console.notices.models import Notice
from tests.expenses.months import PERIOD, billed, take_in
from tests.hired import hire, numbers_of


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_levels_of_a_budget_are_reached_from_below(spent, budget):
    found = alarms.levels_reached(spent, budget)
    assert found == sorted(found)
    assert all(spent >= budget * level / 100 for level in found)


@pytest.mark.parametrize(
    ("now", "before", "is_jump"),
    [(5001, [1000, 1000, 1000], True), (5000, [1000, 1000, 1000], False), (90000, [1000, 1000], False),
     (999, [1, 1, 1], False), (60000, [0, 0, 0], True)],
)  # fmt: skip
def test_more_than_five_times_the_mean_of_three_months_is_a_jump(now, before, is_jump):
    assert alarms.jumped(now, before) is is_jump


NOTHING, SOME = Usage(), Usage(1, 0, 0)


@pytest.mark.parametrize(
    ("months", "days"),
    [
        ([NOTHING, NOTHING, NOTHING], 90),
        ([SOME, NOTHING, NOTHING], 60),
        ([NOTHING, NOTHING, SOME], 0),
        ([SOME, SOME, NOTHING], 0),
    ],
)
def test_a_line_is_unused_when_nothing_happened_for_two_months_or_three(months, days):
    periods = ["2026-08", "2026-09", "2026-10"]
    assert alarms.unused_days(dict(zip(periods, months, strict=True)), periods) == days
    assert alarms.unused_days({}, periods) == 0, "what is not known is not unused"


def look(people, period=PERIOD):
    with people.as_("fay"), transaction():
        return watching.look(queries.in_force(period))


def noticed(people, period=PERIOD):
    with people.as_("fay"):
        return [
            (one.code, one.subject)
            for one in session.query(Watched).where(Watched.period == period).order_by(Watched.id)
        ]


def test_a_budget_is_told_of_at_each_level_once(people):
    hired = hire(people, "ann", lines=2, active=2)
    numbers = numbers_of(people, hired.lines)
    take_in(people, "ann", [billed(i, 5000, number) for i, number in enumerate(numbers)])
    with people.as_("fay"), transaction():
        actions.set_budget("finance", "company", "", "2026-01", 14000)
        actions.set_budget("finance", "department", "研发中心/平台组", "2026-01", 5000)
    look(people)
    assert noticed(people) == [
        ("BUDGET_50", "company:"), ("BUDGET_70", "company:"),
        *[(f"BUDGET_{level}", "department:研发中心/平台组") for level in alarms.LEVELS],
    ]  # fmt: skip
    assert look(people) == 0


def test_a_budget_holds_until_another_one_and_0_takes_it_back(people):
    with people.as_("fay"), transaction():
        actions.set_budget("finance", "company", "", "2026-01", 100)
        actions.set_budget("finance", "company", "", "2026-05", 200)
        actions.set_budget("finance", "company", "", "2026-09", 0)
    with people.as_("fay"):
        held = [
            [one.amount_fen for one in watching.budgets(period)]
            for period in ("2025-12", "2026-04", "2026-08", "2026-10")
        ]
    assert held == [[], [100], [200], []]


def count(people, period, numbers, lines, minutes):
    with people.as_("ann"), transaction():
        counted = [Counted(number, 1, minutes, 0, 0, 0) for number in numbers]
        using.take_page(period, counted, dict(zip(numbers, lines, strict=True)))


def test_a_line_that_nobody_uses_is_pointed_out(people):
    hired = hire(people, "ann", lines=2, active=2)
    numbers = numbers_of(people, hired.lines)
    for period in ("2026-08", "2026-09", "2026-10"):
        count(people, period, numbers[:1], hired.lines[:1], 0)
        count(people, period, numbers[1:], hired.lines[1:], 5)
    take_in(people, "ann", [billed(i, 5000, number) for i, number in enumerate(numbers)])
    look(people)
    assert noticed(people) == [("UNUSED_90", f"line:{hired.lines[0]}")]


def test_a_charge_that_jumps_is_pointed_out_with_what_was_usual(people):
    hired = hire(people, "ann", lines=1, active=1)
    numbers = numbers_of(people, hired.lines)
    for place, period in enumerate(("2026-07", "2026-08", "2026-09")):
        take_in(people, "ann", [billed(place, 1000, numbers[0])], period)
    take_in(people, "ann", [billed(9, 5001, numbers[0])])
    look(people)
    with people.as_("fay"):
        found = session.query(Watched).where(Watched.period == PERIOD).one()
        told = session.query(Notice).where(Notice.code == "WATCHED").count()
    assert (found.code, found.values) == ("JUMP", {"now": 5001, "mean": 1000})
    assert told == 2, "finance and the owner"


def test_the_present_month_is_projected_from_fees_and_the_months_before(people):
    hired = hire(people, "ann", lines=2, active=2)
    numbers = numbers_of(people, hired.lines)
    present = rules.period_of(clock.today())
    for back in (1, 2, 3):
        bill = [billed(back * 10 + i, 5900, number) for i, number in enumerate(numbers)]
        take_in(
            people,
            "ann",
            [*bill, billed(back * 10 + 9, 600, numbers[0], item="DATA", tax_class="DATA")],
            rules.months_before(present, back),
        )
    with people.as_("ann"), transaction():
        terms.remember()
        actions.set_budget("finance", "company", "", present, 1000)
    with people.as_("fay"), transaction():
        found = watching.project(present)
        assert (found.beyond_fen, found.months) == (600, 3)
        assert 0 < found.fixed_fen <= 2 * 5900
        assert watching.look_ahead(present) > 0
        assert watching.look_ahead(present) == 0
