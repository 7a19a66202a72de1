"""What the company owes and who may sign for it is known before anything new is confirmed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.bulk import actions as batches
from console.bulk import queries
from console.core import clock
from console.core.db import session, transaction
from console.core.errors import Conflict
from console.orders import rules, standing
from console.orders.models import Order, Standing
from console.orders.rules import Bar
from jobs import orders as jobs
from tests.operators import GROUPS, ORDINARY
from tests.sims.test_line_changes import send  # noqa: F401 - a fixture

DAY = date(2026, 11, 27)


def told(operator, *, arrears=False, days=400):
    """The operator's books say so, and we have asked."""
    until = str(clock.today() + timedelta(days=days))
    letter = [{"id": "AUTH-7", "validTo": until}]
    operator.simulator.lever(
        "POST", "/seed", {"groupCode": GROUPS["acme"], "arrears": arrears, "authorizations": letter}
    )
    jobs.look_at_standing(operator.people.acme)


def confirm(operator, batch):
    with operator.people.as_("ann"), transaction():
        return batches.confirm("office", operator.people.users["ann"][0], batch, queries.shown(batch))


@given(st.booleans(), st.none() | st.dates(DAY - timedelta(9), DAY + timedelta(9)), st.booleans())
def test_the_rule(arrears, until, spends):
    found = rules.barred(arrears=arrears, letter_until=until, spends=spends, today=DAY)
    ended = until is not None and until < DAY
    assert found == (Bar.LETTER_EXPIRED if ended else Bar.ARREARS if arrears and spends else None)


def test_what_the_operator_says_is_kept_and_changes_with_it(operator):
    told(operator, arrears=True)
    with operator.people.as_("ann"):
        kept = session.query(Standing).one()
        assert (kept.arrears, kept.letter) == (True, "AUTH-7")
    told(operator, arrears=False, days=3)
    with operator.people.as_("ann"):
        kept = session.query(Standing).one()
        assert (kept.arrears, kept.letter_until) == (False, clock.today() + timedelta(days=3))


def test_in_arrears_nothing_that_costs_money_is_confirmed(operator, sign_in):
    batch = operator.upload(ORDINARY)
    told(operator, arrears=True)
    with pytest.raises(Conflict) as refused:
        confirm(operator, batch)
    assert refused.value.code == "E_ARREARS"
    page = sign_in("ann").get(f"/bulk/{batch}/check?tab=ready").text
    assert "公司账户欠费" in page and "再问一次运营商" in page
    assert "公司账户欠费" in sign_in("ann").get("/").text


def test_when_it_is_paid_a_press_asks_the_operator_and_the_batch_goes_on(operator, sign_in):
    batch = operator.upload(ORDINARY)
    told(operator, arrears=True)
    operator.simulator.lever("POST", "/payments", {"groupCode": GROUPS["acme"], "fen": 1})
    assert sign_in("ann").post(f"/bulk/{batch}/ask-standing").status_code == 302
    operator.work()
    assert confirm(operator, batch) == 1
    operator.until(lambda: operator.states() == ["done"])


def test_a_lost_card_is_reported_whatever_the_company_owes(operator, send):  # noqa: F811
    operator.order(ORDINARY)
    operator.until(lambda: operator.lines()[0][3] == "active")
    told(operator, arrears=True, days=-1)
    lost = send("report-lost", ("号码",), (operator.lines()[0][0],))
    assert confirm(operator, lost) == 1


def test_an_expired_letter_stops_what_is_new_and_nothing_that_is_on_its_way(operator):
    on_its_way = operator.upload(ORDINARY)
    later = operator.upload(ORDINARY)
    told(operator)
    assert confirm(operator, on_its_way) == 1
    told(operator, days=-1)
    with pytest.raises(Conflict) as refused:
        confirm(operator, later)
    assert refused.value.code == "E_LETTER_EXPIRED"


def test_every_order_carries_the_letter(operator):
    told(operator)
    operator.order(ORDINARY)
    with operator.people.as_("ann"):
        assert session.query(Order).one().payload["customer"]["authorizationId"] == "AUTH-7"


def test_a_letter_that_ends_within_a_month_is_a_thing_to_do(operator, sign_in):
    told(operator, days=31)
    assert "授权书" not in sign_in("ann").get("/").text
    told(operator, days=30)
    assert "还有 30 天" in sign_in("ann").get("/").text


def test_before_the_operator_has_told_it_decides_by_itself(operator):
    with operator.people.as_("ann"):
        assert standing.current() is None and standing.bar(spends=True) is None
        assert "authorizationId" not in standing.customer()


@pytest.mark.parametrize("nonsense", [{"owedFen": "7"}, {"owedFen": True}, {"owedFen": 10**18}])
def test_nonsense_changes_nothing(people, nonsense):
    with people.as_("ann"), pytest.raises(ValueError, match="amount"), transaction():
        standing.note({"arrears": False, "authorizations": []} | nonsense)
