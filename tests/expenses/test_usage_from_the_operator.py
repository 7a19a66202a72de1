"""Usage is read over HTTP, and the operator's bill is what follows from it."""

import pytest

from console.carrier import http
from console.core import clock
from console.core.db import session, transaction
from console.expenses import differences, queries, rules
from console.expenses.differing import Difference
from console.expenses.measured import LineTerms, UsageMonth
from console.notices.models import Notice
from jobs import month, usage
from tests.operators import GROUPS, ORDINARY, Operator

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


def compared(operator):
    with operator.people.as_("fay"):
        return [differences.of_statement(queries.in_force(period)) for period in MONTHS]


def test_the_operators_bill_is_what_we_compute_but_for_what_nobody_can_compute(billed):
    month.look_for_bills(billed.people.acme)
    usage.look_for_usage(billed.people.acme)
    found = compared(billed)
    assert [one.lines for one in found] == [5, 5, 5]
    assert {one.code for each in found for _line, one in each.rows} <= {Difference.MISSING_HERE}
    assert {
        one.theirs.item for each in found for _line, one in each.rows if one.code == Difference.MISSING_HERE
    } <= {"THIRD_PARTY", "DISCOUNT", "OTHER"}


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
