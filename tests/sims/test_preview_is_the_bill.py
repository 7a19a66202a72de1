"""What the page promises before the confirmation is, to the 分, what the operator bills for the month and the next one."""

from datetime import timedelta

import pytest

from console.bulk import costs
from console.carrier import http
from console.core import clock
from console.expenses import rules
from jobs import month
from tests.operators import GROUPS, ORDINARY
from tests.operators import _seed as stocked
from tests.sims.test_line_changes import send  # noqa: F401 - a fixture

FEES = ("RENT", "OWN_VAS", "OTHER")
"""What does not depend on how much somebody telephones."""


@pytest.fixture
def active(operator):
    """(the preview of three activations, their numbers)"""
    batch = operator.upload(*[ORDINARY] * 3)
    promised = preview(operator, batch)
    operator.confirm(batch)
    operator.until(lambda: {line[3] for line in operator.lines()} == {"active"}, hurry=1)
    return promised, [line[0] for line in operator.lines()]


def preview(operator, batch):
    with operator.people.as_("ann"):
        return costs.total(batch)


def billed(operator, months):
    """分 of fees on the bill of this month (0) or a later one; the operator's time goes on until it is out."""
    period = rules.months_before(rules.period_of(clock.today()), -months)
    gateway = http.Gateway(month.Settings.from_environment())
    try:
        bill = gateway.bill(GROUPS["acme"], period)
        assert bill is not None, f"the bill of {period} is not out yet"
        lines = [line for page, _cursor in gateway.bill_lines(bill["billId"]) for line in page]
    finally:
        gateway.close()
    return sum(line["fen"] for line in lines if line["item"] in FEES)


def until_the_bill_of(operator, months):
    first = clock.today().replace(day=1)
    for _month in range(months + 1):
        first = (first + timedelta(days=32)).replace(day=1)
    operator.advance(f"P{(first - clock.today()).days + 1}D")


def test_of_activations_this_month_by_day_and_the_next_in_full(operator, active):
    promised, _numbers = active
    until_the_bill_of(operator, 1)
    assert billed(operator, 0) == promised.now > 0
    assert billed(operator, 1) == promised.monthly > 0


def test_of_changes_only_the_next_month_differs_by_what_was_said(operator, active, send):  # noqa: F811
    before, numbers = active
    plan = send("change-plan", ("号码", "新套餐"), (numbers[0], "全球通5G商务套餐159元档"))
    pack = send(
        "add-products", ("号码", "产品"), (numbers[1], "国内流量加油包10GB月包"), (numbers[2], "企业彩铃")
    )
    promised = [preview(operator, batch) for batch in (plan, pack)]
    for batch in (plan, pack):
        operator.confirm(batch)
        operator.until(lambda: all(state in ("done", "accepted") for state in operator.states()))
    until_the_bill_of(operator, 1)
    assert billed(operator, 0) == before.now + sum(one.now for one in promised)
    assert billed(operator, 1) == before.monthly + sum(one.monthly for one in promised)


def test_a_fresh_operator_knows_nothing_of_the_bills_of_another(operator):
    operator.simulator.lever("POST", "/bills/history", {"groupCode": GROUPS["acme"], "from": "2020-01"})
    operator.simulator.lever("POST", "/reset")
    stocked(operator.simulator)
    batch = operator.upload(ORDINARY)
    promised = preview(operator, batch)
    operator.confirm(batch)
    operator.until(lambda: {line[3] for line in operator.lines()} == {"active"}, hurry=1)
    until_the_bill_of(operator, 0)
    assert billed(operator, 0) == promised.now, "the month is not billed as if the line had been there before"
