"""Usage is read over HTTP, and the operator's bill is what follows from it."""

from datetime import timedelta

import pytest

from console.carrier import http
from console.core import clock
from console.core.db import session, transaction
from console.expenses import differences, queries, rules
from console.expenses.differing import Difference
from console.expenses.measured import Advice, LineTerms, UsageMonth
from console.notices.models import Notice
from console.sims.models import Line
from jobs import month, usage
from tests.operators import GROUPS, ORDINARY, Operator
from tests.sims.test_line_changes import done, send, staff

__all__ = ["send", "staff"]

THIS = rules.period_of(clock.today())
MONTHS = [rules.months_before(THIS, back) for back in (1, 2, 3)]


@pytest.fixture
def billed(operator: Operator, monkeypatch):
    """Five lines of Acme at the operator as if they had been open for a year, and in our books as well."""
    monkeypatch.setattr(month, "gateway", lambda: http.Gateway(month.Settings.from_environment()))
    operator.order(*[ORDINARY] * 5)
    operator.until(lambda: [line[3] for line in operator.lines()] == ["active"] * 5, hurry=1)
    since = rules.months_before(THIS, 12)
    operator.simulator.lever("POST", "/bills/history", {"groupCode": GROUPS["acme"], "from": since})
    month.remember_places(operator.people.acme)
    with operator.people.as_("ann"), transaction():
        for one in session.query(LineTerms):
            one.since = rules.first_day(since)
    return operator


def computable(found: differences.Compared) -> list[tuple[Difference, str, int]]:
    """Without what the operator gives or bills for reasons of its own: to which lines depends on the tests before."""
    return [
        (one.code, (one.theirs or one.ours).name, one.fen)
        for _line, one in found.rows
        if (one.theirs or one.ours).item not in ("THIRD_PARTY", "DISCOUNT")
    ]


def compared(operator):
    with operator.people.as_("fay"):
        return [differences.of_statement(queries.in_force(period)) for period in MONTHS]


def test_the_operators_bill_is_what_we_compute_but_for_what_nobody_can_compute(billed):
    month.look_for_bills(billed.people.acme)
    usage.look_for_usage(billed.people.acme)
    found = compared(billed)
    assert [one.lines for one in found] == [5, 5, 5]
    assert [computable(one) for one in found] == [[], [], []]


@pytest.fixture
def a_month_later(operator: Operator, monkeypatch):
    """Whatever is asked for today is on the bill that is out then."""
    monkeypatch.setattr(month, "gateway", lambda: http.Gateway(month.Settings.from_environment()))
    operator.simulator.lever("POST", "/bills/history", {"groupCode": GROUPS["acme"], "from": "9999-12"})
    now = clock.now

    def come() -> differences.Compared:
        month.remember_places(operator.people.acme)
        operator.advance("P35D")
        monkeypatch.setattr(clock, "now", lambda: now() + timedelta(days=35))
        month.look_for_bills(operator.people.acme)
        usage.look_for_usage(operator.people.acme)
        with operator.people.as_("fay"):
            return differences.of_statement(queries.in_force(THIS))

    return come


def test_the_month_in_which_lines_are_opened_is_billed_by_days_as_we_compute(operator, a_month_later):
    operator.order(*[ORDINARY] * 3)
    operator.until(lambda: [line[3] for line in operator.lines()] == ["active"] * 3, hurry=1)
    found = a_month_later()
    assert computable(found) == []
    assert (found.lines, found.unknown) == (3, 0)
    assert found.ours_fen > 0


def test_packs_products_and_cards_of_the_month_are_on_both_sides(operator, staff, send, a_month_later):
    asks = ("工号", "产品", "生效时间")
    person = staff[0][0]
    for row in ((person, "国内流量加油包10GB月包", None), (person, "企业彩铃", "立即")):
        batch = send("add-products", asks, row)
        operator.confirm(batch)
        done(operator, batch)
    operator.until(lambda: "CRING" in _products(operator), hurry=1)
    found = a_month_later()
    assert computable(found) == []


def _products(operator):
    with operator.people.as_("ann"):
        return [code for line in session.query(Line) for code in line.products]


def test_a_wrong_bill_is_noticed_once_and_told_to_those_who_close_months(billed):
    month.look_for_bills(billed.people.acme)
    gateway = month.gateway()
    head = gateway.bill(GROUPS["acme"], MONTHS[0])
    line = next(
        one for page, _c in gateway.bill_lines(head["billId"]) for one in page if one["item"] == "RENT"
    )
    wrong = {"billId": head["billId"], "lineId": line["lineId"], "fen": line["fen"] + 1000}
    billed.simulator.lever("POST", "/bills/correct", wrong)
    month.look_for_bills(billed.people.acme)
    usage.look_for_usage(billed.people.acme)
    usage.look_for_usage(billed.people.acme)
    amounts = [one.fen for _line, one in compared(billed)[0].rows if one.code == Difference.AMOUNT]
    assert amounts == [1000]
    with billed.people.as_("fay"):
        told = [
            one.user_id
            for one in session.query(Notice).where(Notice.code == "BILL_DIFFERS")
            if one.values["title"] == MONTHS[0]
        ]
    assert sorted(told) == sorted(billed.people.users[who][0] for who in ("fay", "olga"))


def test_advice_is_made_once_and_told_with_what_it_saves(billed):
    usage.look_for_usage(billed.people.acme)
    usage.look_for_usage(billed.people.acme)
    with billed.people.as_("fay"):
        told = session.query(Notice).where(Notice.code == "ADVICE_MADE").all()
        assert len(told) in (0, 2), "two people close months; nobody hears of nothing"
        assert bool(told) == bool(session.query(Advice).count())


def test_a_corrected_count_is_a_version_of_its_own(billed):
    usage.look_for_usage(billed.people.acme)
    number = next(page[0]["msisdn"] for page in month.gateway().usage(GROUPS["acme"], MONTHS[0]))
    late = {"msisdn": number, "period": MONTHS[0], "version": 2, "dataKb": 77}
    billed.simulator.lever("POST", "/usage/correct", late)
    usage.look_for_usage(billed.people.acme)
    usage.look_for_usage(billed.people.acme)
    with billed.people.as_("fay"):
        rows = session.query(UsageMonth).where(UsageMonth.version == 2).all()
        assert [(one.period, one.data_kb) for one in rows] == [(MONTHS[0], 77)]
        assert session.query(UsageMonth).count() == 3 * 5 + 1
