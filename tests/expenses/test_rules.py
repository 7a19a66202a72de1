"""Sums are split without losing a 分; who had a line on which day decides where its charges go."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.expenses import rules
from console.expenses.rules import NOWHERE, Place, Placed

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rating_examples.json").read_text("utf-8"))
SALES, SUPPORT = Place(1, "销售部", "CC100"), Place(1, "客服部", "CC200")
OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
DAYS = st.dates(date(2026, 8, 1), date(2026, 12, 31))
PLACES = st.sampled_from([SALES, SUPPORT, Place(2, "销售部", "CC100"), Place(2, None, "CC300"), NOWHERE])
HISTORIES = st.dictionaries(DAYS, PLACES, max_size=6).map(
    lambda found: [Placed(day, place) for day, place in found.items()]
)


@pytest.mark.parametrize("case", VECTORS["largest_remainder"], ids=str)
def test_the_largest_remainder_gets_the_odd_fen(case):
    assert rules.shares(case["total_fen"], list(case["weights"].values())) == list(case["result"].values())


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_parts_add_up_to_the_whole_and_no_part_is_off_by_a_fen(total, weights):
    parts = rules.shares(total, weights)
    if not sum(weights):
        assert set(parts) == {0}
        return
    assert sum(parts) == total
    assert all(
        abs(part - total * weight / sum(weights)) < 1 for part, weight in zip(parts, weights, strict=True)
    )
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


def test_who_moved_in_mid_month_is_charged_by_days():
    placed = [Placed(date(2026, 1, 1), SALES), Placed(date(2026, 10, 11), SUPPORT)]
    assert rules.allocate(3100, placed, *OCTOBER) == [(SALES, 1000), (SUPPORT, 2100)]


def test_a_charge_for_one_day_goes_to_who_had_the_line_that_day():
    placed = [Placed(date(2026, 1, 1), SALES), Placed(date(2026, 10, 11), SUPPORT)]
    for day, place in ((10, SALES), (11, SUPPORT)):
        assert rules.allocate(300, placed, date(2026, 10, day), date(2026, 10, day)) == [(place, 300)]


def test_what_is_known_first_counts_for_the_time_before():
    assert rules.allocate(100, [Placed(date(2026, 10, 20), SALES)], *OCTOBER) == [(SALES, 100)]
    assert rules.allocate(100, [Placed(date(2026, 11, 5), SALES)], *OCTOBER) == [(SALES, 100)]


def test_a_line_that_nobody_is_known_of_belongs_to_nobody():
    assert rules.allocate(100, [], *OCTOBER) == [(NOWHERE, 100)]


@given(st.integers(-(10**7), 10**7), HISTORIES, DAYS, st.integers(0, 60), st.randoms())
def test_all_parts_are_the_charge_in_whatever_order_the_history_comes(amount, placed, first, more, random):
    last = first + timedelta(days=more)
    parts = rules.allocate(amount, placed, first, last)
    assert sum(part for _place, part in parts) == amount
    mixed = list(placed)
    random.shuffle(mixed)
    assert rules.allocate(amount, mixed, first, last) == parts
    assert len({place for place, _part in parts}) == len(parts)


@given(HISTORIES, DAYS, st.integers(0, 60), PLACES)
def test_a_correction_changes_its_days_and_no_other(placed, first, more, place):
    last = first + timedelta(days=more)
    after = rules.corrected(placed, first, last, place)
    for day in (
        first - timedelta(days=200),
        first - timedelta(days=1),
        last + timedelta(days=1),
        last + timedelta(days=200),
    ):
        assert rules.days_at(after, day, day) == rules.days_at(placed, day, day)
    for day in (first, last):
        assert rules.days_at(after, day, day) == [(place, 1)]
    assert [one.since for one in after] == sorted({one.since for one in after})


@pytest.mark.parametrize(
    ("period", "first", "last", "due"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 25)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), date(2024, 3, 25)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 25)),
    ],
)
def test_a_month_is_a_calendar_month_and_is_due_on_the_25th_of_the_next(period, first, last, due):
    assert (rules.first_day(period), rules.last_day(period), rules.due_day(period)) == (first, last, due)
    assert rules.months_before(rules.months_before(period, 14), -14) == period


@pytest.mark.parametrize("wrong", ["2026-13", "2026-1", "2026-10-01", "", "二〇二六", "2026-00"])
def test_what_is_no_month_is_refused(wrong):
    with pytest.raises(ValueError):
        rules.first_day(wrong)
