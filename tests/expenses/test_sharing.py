"""Costs that several bear together are split by a rule, to the 分, and months that were billed follow as new versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed
from console.employees.models import CostCenter, Employee
from console.expenses import actions, figures, queries, rules
from console.expenses.rules import Place, Share
from tests.expenses.months import PERIOD, billed, take_in
from tests.hired import hire, numbers_of

HALVES = (Share(33, "财务部", "F1"), Share(67, None, "F2"))


@pytest.fixture
def month(people):
    """One line on the cost centre that all share, three on others, and a shared product."""
    hired = hire(people, "ann", lines=4, active=4)
    numbers = numbers_of(people, hired.lines)
    with people.as_("ann"), transaction():
        session.add_all(CostCenter(code=code, name=code) for code in ("ALL", "F1", "F2"))
        session.flush()
        everybody = session.query(CostCenter).where(CostCenter.code == "ALL").one().id
        session.get_one(Employee, hired.people[0]).cost_center_id = everybody
    bill = [billed(i, 1001, number) for i, number in enumerate(numbers)] + [billed(9, 500, item="POOL")]
    take_in(people, "ann", bill)
    return hired


def share(people, source, parts=HALVES, since=PERIOD, role="finance"):
    with people.as_("fay"), transaction():
        return [one.version for one in actions.share(role, source, since, parts, "分摊")]


def sums(people, by="cost_center", period=PERIOD, version=None):
    with people.as_("fay"):
        found = queries.in_force(period) if version is None else next(
            one for one in queries.versions(period) if one.version == version
        )  # fmt: skip
        assert figures.total(found).total_fen == found.total_fen, "the parts are the whole"
        return {one.key: one.total_fen for one in figures.grouped(found, by, None)}


def test_a_cost_centre_is_borne_by_others_in_a_new_version(people, month):
    before = sums(people)
    assert before["ALL"] == 1001
    assert share(people, "ALL") == [2]
    after = sums(people)
    assert "ALL" not in after
    assert (after["F1"], after["F2"]) == (330, 671)
    assert sums(people, version=1) == before
    assert sums(people, "department")["财务部"] == 330


def test_what_belongs_to_no_line_finds_who_bears_it(people, month):
    assert sums(people, "department")[None] == 500
    share(people, "", (Share(50, "研发中心"), Share(50, "研发中心/平台组")))
    found = sums(people, "department")
    assert None not in found and sum(found.values()) == 4 * 1001 + 500


def test_a_month_that_comes_later_is_shared_from_the_beginning(people, month):
    share(people, "", since="2026-11")
    take_in(people, "ann", [billed(20, 99)], period="2026-11")
    assert sums(people, period="2026-11") == {"F1": 33, "F2": 66}
    assert sums(people, "department")[None] == 500, "not before the month it holds from"


def test_a_rule_ends_and_the_month_is_what_it_was(people, month):
    before = sums(people)
    share(people, "ALL")
    assert share(people, "ALL", ()) == [3]
    assert sums(people) == before


def test_the_same_rule_again_makes_no_version(people, month):
    assert share(people, "ALL") == [2]
    assert share(people, "ALL") == [2]


def test_what_is_on_invoices_stays_on_them(people, month):
    with people.as_("fay"), transaction():
        version = queries.in_force(PERIOD).version
        actions.close("finance", people.users["fay"][0], PERIOD, version)
    assert share(people, "ALL") == [2]
    with people.as_("fay"):
        assert queries.in_force(PERIOD).state == "open", "a restated month is closed again by a person"


@pytest.mark.parametrize(
    "parts",
    [
        (Share(50, "财务部"),),
        (Share(50, "财务部"), Share(51, "研发中心")),
        (Share(100),),
        (Share(100, None, "ALL"),),
        (Share(0, "财务部"), Share(100, "研发中心")),
        (Share(5, "财务部"),) * 21,
    ],
)
def test_what_is_no_rule_changes_nothing(people, month, parts):
    with pytest.raises(Conflict) as refused:
        share(people, "ALL", parts)
    assert refused.value.code == "E_SHARES"
    assert sums(people)["ALL"] == 1001


def test_only_who_closes_months_shares_them(people, month):
    for role in ("office", "auditor", "hr"):
        with pytest.raises(NotAllowed):
            share(people, "ALL", role=role)


def test_the_page_takes_a_rule_and_says_what_is_wrong(people, month, sign_in):
    fay = sign_in("fay")
    rule = {
        "source": "ALL",
        "since": PERIOD,
        "percent": ["40", "60"],
        "department": ["", ""],
        "cost_center": ["F1", "F2"],
    }
    for wrong in (
        {"percent": ["40", "50"]},
        {"cost_center": ["F1", "nowhere"]},
        {"since": "2026-13"},
        {"since": "9999-12"},
        {"source": "X"},
    ):
        page = fay.post("/statements/shares/save", rule | wrong)
        assert page.status_code == 200 and 'value="40"' in page.text, "what was filled in is still there"
    assert fay.post("/statements/shares/save", rule).status_code == 302
    assert (sums(people)["F1"], sums(people)["F2"]) == (400, 601)
    assert "40%" in fay.get("/statements/shares").text
    assert 'value="60"' in fay.get("/statements/shares?source=ALL").text


percents = st.lists(st.integers(1, 100), min_size=1, max_size=5).filter(lambda found: sum(found) <= 100)


@given(
    st.lists(st.tuples(st.sampled_from(["A", "B", None]), st.integers(-5000, 5000)), min_size=1, max_size=4),
    percents,
    st.booleans(),
)
def test_parts_are_always_the_whole_and_nobody_bears_twice(parts, shares, of_line):
    whole = [*shares, 100 - sum(shares)] if sum(shares) < 100 else shares
    sharing = {"A": [Share(one, None, f"C{i % 3}") for i, one in enumerate(whole)], "": [Share(100, "D")]}
    placed = [(Place(i, None, center), fen) for i, (center, fen) in enumerate(parts)]
    found = rules.shared(placed, of_line, sharing)
    assert sum(fen for _place, fen in found) == sum(fen for _place, fen in placed)
    assert len({place for place, _fen in found}) == len(found)
    assert not of_line or all(place.cost_center != "A" for place, fen in found if fen)
