"""A batch that stops by itself when going on would only repeat one failure, and says how well it guessed its time."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from console.bulk import actions as batches
from console.bulk import estimating, queries, steering, stopping
from console.bulk.models import Batch
from console.core import clock
from console.core.db import session, transaction
from console.notices.models import Notice
from console.orders import rules
from console.orders.models import Order
from tests.operators import GROUPS, ORDINARY, Operator

GROUP = 40
"""Orders that are sent at once."""


def batch_of(operator: Operator, batch: int) -> Batch:
    with operator.people.as_("ann"):
        return session.get_one(Batch, batch)


def owes(operator: Operator, *, arrears: bool) -> None:
    operator.simulator.lever("POST", "/seed", {"groupCode": GROUPS["acme"], "arrears": arrears})


def owing(operator: Operator, rows: int) -> int:
    batch = operator.upload(*[ORDINARY] * rows)
    owes(operator, arrears=True)
    operator.confirm(batch)
    operator.work()
    return batch


@pytest.fixture
def in_arrears(operator: Operator) -> int:
    """A batch of which some rows were refused because the company owes, and the others were kept back."""
    return owing(operator, GROUP + 5)


def test_a_company_in_arrears_stops_the_batch_before_all_rows_were_refused(operator, in_arrears):
    batch = batch_of(operator, in_arrears)
    assert (batch.state, batch.paused_for, batch.paused_by) == ("paused", "ARREARS_GROUP", None)
    states = operator.states()
    assert (states.count("failed"), states.count("placed")) == (GROUP, 5)


def test_who_confirmed_it_is_told_and_the_page_says_why(operator, in_arrears, sign_in):
    with operator.people.as_("ann"):
        assert [notice.code for notice in session.query(Notice)] == ["BATCH_STOPPED"]
    page = sign_in("ann").get(f"/bulk/{in_arrears}").text
    assert "已自动暂停：公司账户欠费" in page and "继续办理" in page and "撤回剩余 5 行" in page


def test_when_it_is_paid_the_batch_goes_on_and_the_refused_rows_are_tried_again(operator, in_arrears):
    owes(operator, arrears=False)
    with operator.people.as_("ann"), transaction():
        steering.resume("office", in_arrears)
    operator.until(lambda: operator.states().count("done") == 5)
    assert batch_of(operator, in_arrears).paused_for is None
    with operator.people.as_("ann"), transaction():
        assert batches.retry("office", in_arrears) == GROUP
    operator.until(lambda: operator.states().count("done") == GROUP + 5, within_s=20)
    assert operator.ledger()["counters"]["mostActivationsOfOneNumber"] == 1


def test_what_was_seen_before_it_went_on_does_not_stop_it_again(operator, in_arrears):
    owes(operator, arrears=False)
    with operator.people.as_("ann"), transaction():
        steering.resume("office", in_arrears)
        assert stopping.look() == 0
    assert batch_of(operator, in_arrears).state == "running"


def test_a_batch_with_nothing_left_to_hold_back_is_not_stopped(operator):
    batch = owing(operator, 1)
    operator.tick()
    assert batch_of(operator, batch).state == "finished"


def test_people_whom_nobody_knows_stop_it_when_they_are_a_third_of_the_first_twenty(operator):
    unknown = [f"198{place:04d}9014" for place in range(8)]
    batch = operator.order(*unknown, *[ORDINARY] * GROUP)
    operator.tick()
    assert batch_of(operator, batch).paused_for == "SHIFTED"


NOBODY, WELL = "REALNAME_MISMATCH", None


@given(st.lists(st.sampled_from([NOBODY, WELL, "ONE_ID_LIMIT"]), max_size=60))
def test_only_the_first_twenty_count(codes):
    many = codes[: rules.FIRST].count(NOBODY) > 0.3 * rules.FIRST
    assert (rules.looks_shifted(codes) == rules.SHIFTED) is many


def test_after_a_pause_the_time_is_estimated_from_when_it_went_on(operator):
    batch = operator.upload(*[ORDINARY] * 4)
    operator.confirm(batch)
    with operator.people.as_("ann"), transaction():
        steering.pause("office", operator.people.users["ann"][0], batch)
    operator.skip(3600)
    with operator.people.as_("ann"), transaction():
        steering.resume("office", batch)
    operator.until(lambda: operator.states() == ["done"] * 4)
    with operator.people.as_("ann"):
        seconds = estimating.left(session.get_one(Batch, batch), 4)
    assert seconds is not None and seconds < 60, "the hour of rest is no part of the pace"


def test_afterwards_the_page_says_how_far_the_estimate_was_off(operator, sign_in):
    batch = operator.order(*[ORDINARY] * 8)
    operator.until(lambda: batch_of(operator, batch).state == "finished", hurry=1)
    with operator.people.as_("ann"), transaction():
        done = session.get_one(Batch, batch)
        began = done.running_since
        orders = session.scalars(select(Order).order_by(Order.id))
        for place, order in enumerate(orders, start=1):
            order.settled_at = began + timedelta(seconds=10 * place + (40 if place > 4 else 0))
    with operator.people.as_("ann"):
        proved = estimating.proved(session.get_one(Batch, batch))
    assert proved == estimating.Proved(estimated=80.0, took=120.0) and proved.percent == 33
    assert "办到四分之一时估 1 分钟，实际 2 分钟，差 33%" in sign_in("ann").get(f"/bulk/{batch}").text


def test_nothing_is_said_of_an_estimate_that_was_none(operator):
    batch = operator.order(ORDINARY)
    operator.until(lambda: batch_of(operator, batch).state == "finished", hurry=1)
    with operator.people.as_("ann"):
        assert estimating.proved(session.get_one(Batch, batch)) is None
        assert queries.tally(batch).ok == 1 and clock.now()
