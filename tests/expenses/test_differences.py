"""The operator's bill beside our own computation."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from console.core import clock
from console.core.db import session, transaction
from console.expenses import computing, differences, queries, rules, taking_in, terms, using
from console.expenses.differing import Difference, compare
from console.expenses.measured import LineTerms, UsageMonth
from console.expenses.rated import Rated
from console.expenses.using import Counted
from console.plans.models import Plan
from console.sims.models import Line
from tests.expenses.months import PERIOD, billed, take_in
from tests.hired import hire, numbers_of

FIRST = date(2026, 10, 1)
RENT = Rated("RENT", "VOICE", "QQT5G059", "月费", FIRST, date(2026, 10, 31), 5900)
PACK = Rated("RENT", "DATA", "ADD05GM", "加油包", FIRST, FIRST, 1500)
FEES = st.lists(
    st.builds(
        Rated, st.sampled_from(["RENT", "DATA", "OTHER"]), st.sampled_from(["VOICE", "DATA"]),
        st.sampled_from([None, "A", "B"]), st.just("费"), st.just(FIRST), st.just(FIRST),
        st.integers(-500, 500), st.sampled_from(["company", "person"]),
    ),
    max_size=6,
)  # fmt: skip


def codes(theirs, ours):
    return [one.code for one in compare(theirs, ours)]


def test_each_kind_of_difference_has_its_name():
    assert codes([RENT], [RENT]) == []
    assert codes([replace(RENT, amount_fen=6000)], [RENT]) == [Difference.AMOUNT]
    assert codes([RENT, PACK], [RENT]) == [Difference.MISSING_HERE]
    assert codes([RENT], [RENT, PACK]) == [Difference.MISSING_THERE]
    assert codes([replace(RENT, tax_class="DATA")], [RENT]) == [Difference.TAX_CLASS]
    assert codes([replace(RENT, paid_by="person")], [RENT]) == [Difference.PAYER]


def test_of_several_alike_those_that_agree_belong_together():
    dearer = replace(PACK, amount_fen=2000)
    found = compare([PACK, dearer, PACK], [PACK, PACK])
    assert [(one.code, one.fen) for one in found] == [(Difference.MISSING_HERE, 2000)]


@settings(max_examples=60)
@given(FEES, FEES)
def test_all_differences_are_what_the_sums_differ_by(theirs, ours):
    found = compare(theirs, ours)
    assert sum(one.fen for one in found) == sum(f.amount_fen for f in theirs) - sum(
        f.amount_fen for f in ours
    )
    back = compare(ours, theirs)
    assert sum(one.fen for one in back) == -sum(one.fen for one in found)
    assert compare(theirs, theirs) == []


@pytest.fixture
def used(people):
    """Three lines of acme on the 59 yuan plan, in use since January; the second has used 21 GB in October."""
    hired = hire(people, "ann", lines=3, active=3)
    numbers = numbers_of(people, hired.lines)
    with people.as_("ann"), transaction():
        session.execute(update(Line).values(opened_on=date(2026, 1, 1)))
        terms.remember()
        counted = [
            Counted(number, 1, 100, 0, 0, (20 + place) * 1024 * 1024) for place, number in enumerate(numbers)
        ]
        counted[2] = replace(counted[2], data_kb=0)
        assert using.take_page(PERIOD, counted, taking_in.lines_by_number(PERIOD, numbers)) == 3
    return hired.lines, numbers


def compared(people):
    with people.as_("fay"):
        return differences.of_statement(queries.in_force(PERIOD))


def test_a_bill_that_is_right_has_no_differences(people, used):
    _lines, numbers = used
    bill = [billed(i, 5900, number) for i, number in enumerate(numbers)]
    bill.append(billed(9, 500, numbers[1], item="DATA", tax_class="DATA", product=None))
    take_in(people, "ann", bill)
    found = compared(people)
    assert (found.rows, found.lines, found.unknown) == ([], 3, 0)
    assert found.theirs_fen == found.ours_fen == 3 * 5900 + 500


def test_differences_are_listed_with_both_values_the_largest_first(people, used, sign_in):
    lines, numbers = used
    bill = [billed(i, 5900, number) for i, number in enumerate(numbers[:2])]
    bill.append(billed(8, 700, numbers[1], item="DATA", tax_class="DATA", product=None))
    bill.append(
        billed(9, 1500, numbers[0], item="THIRD_PARTY", tax_class="NONE", product=None, name="视频会员")
    )
    take_in(people, "ann", bill)
    found = compared(people)
    assert [(line, one.code, one.fen) for line, one in found.rows] == [
        (lines[2], Difference.MISSING_THERE, -5900),
        (lines[0], Difference.MISSING_HERE, 1500),
        (lines[1], Difference.AMOUNT, 200),
    ]
    fay = sign_in("fay")
    page = fay.get(f"/statements/{PERIOD}/differences").text.partition("逐项差异")[2]
    assert page.index("-59.00") < page.index("15.00") < page.index("7.00")
    only = fay.get(f"/statements/{PERIOD}/differences?code=AMOUNT").text
    assert "7.00" in only and "视频会员" not in only


def test_an_older_version_is_compared_as_it_was(people, used, sign_in):
    _lines, numbers = used
    take_in(people, "ann", [billed(1, 5900, numbers[0]), billed(2, 7000, numbers[1])])
    take_in(people, "ann", [billed(1, 5900, numbers[0]), billed(2, 5900, numbers[1], operator_version=2)])
    fay = sign_in("fay")
    old = fay.get(f"/statements/{PERIOD}/differences?version=1").text
    assert "11.00" in old and f"/statements/{PERIOD}/differences?version=1&amp;code=AMOUNT" in old
    assert "11.00" not in fay.get(f"/statements/{PERIOD}/differences").text


def test_a_line_whose_usage_is_not_known_is_not_compared(people, used, sign_in):
    _lines, numbers = used
    with people.as_("ann"), transaction():
        session.query(UsageMonth).where(UsageMonth.line_id == used[0][0]).delete()
    take_in(people, "ann", [billed(1, 999, numbers[0])])
    found = compared(people)
    assert (found.lines, found.unknown) == (2, 1)
    assert "另有 1 个号码没有比对" in sign_in("fay").get(f"/statements/{PERIOD}/differences").text


def test_a_page_of_usage_that_comes_again_changes_nothing_and_a_correction_counts(people, used):
    lines, numbers = used
    again = Counted(numbers[0], 1, 999, 0, 0, 0)
    with people.as_("ann"), transaction():
        known = taking_in.lines_by_number(PERIOD, numbers)
        assert using.take_page(PERIOD, [again], known) == 0
        assert using.take_page(PERIOD, [replace(again, version=2)], known) == 1
        assert using.months([PERIOD])[lines[0]][PERIOD].minutes == 999
        assert session.query(UsageMonth).where(UsageMonth.line_id == lines[0]).count() == 2


def test_a_plan_that_was_to_change_on_a_day_has_changed_on_it(people, used, monkeypatch):
    lines, _numbers = used
    with people.as_("ann"), transaction():
        plans = {plan.code: plan.id for plan in session.scalars(select(Plan))}
        session.execute(
            update(Line)
            .where(Line.id == lines[0])
            .values(next_plan_id=plans["QQT5G089"], next_plan_on=date(2026, 10, 1))
        )
        terms.remember()
    with people.as_("ann"), transaction():
        session.execute(
            update(Line)
            .where(Line.id == lines[0])
            .values(plan_id=plans["QQT5G089"], next_plan_id=None, next_plan_on=None)
        )
        monkeypatch.setattr(clock, "today", lambda: date(2026, 10, 9))
        assert terms.remember() == 1
        assert terms.remember() == 0
        fees = {
            period: [
                (one.product, one.amount_fen) for one in computing.of_month(period, [lines[0]])[lines[0]]
            ]
            for period in ("2026-09", PERIOD)
        }
    assert fees == {"2026-09": [("QQT5G059", 5900)], PERIOD: [("QQT5G089", 8900)]}


def test_what_was_not_there_in_a_month_is_not_computed(people, used):
    with people.as_("ann"), transaction():
        session.execute(update(LineTerms).values(since=date(2026, 11, 2)))
        assert computing.of_month(PERIOD) == {}
        fees = computing.of_month("2026-11")
    assert {one.amount_fen for line in fees.values() for one in line} == {
        5900 * 29 // 30 + (5900 * 29 % 30 * 2 >= 30)
    }
    assert rules.last_day("2026-11") == date(2026, 11, 30)
