"""Orders on their way to a real simulator: numbers at which it misbehaves, silence, and what is done about it."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from console.bulk import actions as batches
from console.bulk.models import Batch, Problem
from console.carrier import http
from console.core import db
from console.core.db import session, transaction
from console.orders.models import Difference, OperatorEvent, Order
from console.orders.states import OrderState
from jobs import orders
from tests.operators import ORDINARY, Operator

MAGIC = "1980000"


def finished(operator: Operator, batch: int = 1) -> bool:
    with operator.people.as_("ann"):
        return session.get_one(Batch, batch).state == "finished"


def row_problems(operator: Operator, batch: int) -> list[str]:
    with operator.people.as_("ann"):
        return list(session.scalars(select(Problem.code).where(Problem.batch_id == batch)))


def differences(operator: Operator) -> list[Difference]:
    with operator.people.as_("ann"):
        return list(session.scalars(select(Difference)))


def test_confirmed_rows_become_active_lines(operator):
    operator.order(*[ORDINARY] * 12)
    operator.until(lambda: {line[3] for line in operator.lines()} == {"active"})
    operator.skip(4)
    operator.until(lambda: finished(operator))
    assert operator.states() == ["done"] * 12
    assert {line[1:3] for line in operator.lines()} == {("assigned", "assigned")}
    assert operator.ledger()["counters"]["activations"] == {line[0]: 1 for line in operator.lines()}


def test_an_occupied_number_is_lost_and_a_retry_takes_another(operator):
    batch = operator.order(MAGIC + "9001")
    (order,) = operator.orders()
    assert (order.state, order.error_code, order.retryable) == ("failed", "NUMBER_OCCUPIED", True)
    assert operator.lines() == [(MAGIC + "9001", "lost", "in_stock", "released")]

    (row,) = operator.rows(batch)
    with operator.people.as_("ann"), transaction():
        assert batches.retry("office", batch) == 1
    operator.work()
    assert row_problems(operator, batch), "the row itself asks for a number that is gone"
    operator.fix(batch, row.id, msisdn="")
    operator.confirm(batch)
    operator.until(lambda: operator.states() == ["failed", "done"])
    assert [order.external_id.rpartition(".")[2] for order in operator.orders()] == ["1", "2"]
    assert operator.lines()[1][:3] == ("19800001000", "assigned", "assigned")


def test_a_time_out_after_the_operator_did_it_is_asked_about_and_adopted(operator, monkeypatch):
    monkeypatch.setattr(http, "READ_SECONDS", 0.3)
    orders.gateway().close()
    orders.gateway.cache_clear()
    operator.behave(hang_s=1.0, callback_lost_rate=1.0)
    operator.order(MAGIC + "9003")
    assert operator.states() == ["unknown"]
    operator.until(lambda: operator.states() != ["unknown"], hurry=1)
    (order,) = operator.orders()
    assert order.state == "done" and order.operator_id
    assert order.attempts == 2, "sent once, asked once"
    assert len(operator.ledger()["orders"]) == 1
    assert operator.ledger()["counters"]["activations"] == {MAGIC + "9003": 1}


def test_a_call_back_may_come_before_the_answer_to_the_order(operator):
    operator.behave(hang_s=0.5)
    operator.order(MAGIC + "9003")
    operator.until(lambda: operator.states() == ["done"] and operator.lines()[0][3] == "active")
    assert operator.orders()[0].attempts == 1, "nothing had to be asked"


def test_a_time_out_before_the_operator_did_it_is_asked_twice_and_sent_again(operator):
    operator.behave(hang_s=0.2)
    operator.order(MAGIC + "9004")
    key = operator.orders()[0].idempotency_key
    assert operator.states() == ["unknown"]
    operator.skip(2)
    operator.tick()
    assert (operator.states(), operator.orders()[0].asked) == (["unknown"], 1)
    operator.skip(5)
    operator.tick()
    assert operator.ledger()["orders"] == [], "not sent again before it was asked twice"
    operator.until(lambda: operator.states() == ["done"], hurry=3)
    (order,) = operator.orders()
    assert (order.attempts, order.idempotency_key) == (4, key)
    assert operator.ledger()["counters"]["mostActivationsOfOneNumber"] == 1


@pytest.mark.parametrize(("tail", "refusals"), [("9005", 3), ("9006", 2)])
def test_a_busy_operator_is_tried_again_when_it_says_so(operator, tail, refusals):
    operator.order(MAGIC + tail)
    assert operator.states() == ["placed"]
    operator.until(lambda: operator.states() == ["done"], hurry=1)
    assert operator.orders()[0].attempts == refusals + 1


def test_a_busy_operator_is_tried_more_often_than_a_silent_one(operator):
    operator.behave(rate_limit_refusals=12)
    operator.order(MAGIC + "9005")
    operator.until(lambda: operator.states() == ["done"], hurry=61)
    assert operator.orders()[0].attempts == 13


def test_an_operator_that_stays_silent_leaves_the_order_to_a_person_and_a_retry_sends_it(operator):
    batch = operator.upload(ORDINARY)
    operator.simulator.kill()
    try:
        operator.confirm(batch)
        operator.until(lambda: operator.states() == ["attention"], hurry=61)
    finally:
        operator.simulator.start()
    (before,) = operator.orders()
    assert (before.attempts, before.retryable) == (8, True)
    with operator.people.as_("ann"), transaction():
        assert batches.retry("office", batch) == 1
    operator.until(lambda: operator.states() == ["done"])
    (after,) = operator.orders()
    assert (after.external_id, after.idempotency_key) == (before.external_id, before.idempotency_key)


def test_call_backs_that_come_three_times_are_kept_and_applied_once(operator):
    operator.order(MAGIC + "9007")
    operator.until(lambda: operator.lines()[0][3] == "active")
    # The copies of the last one are still on their way when the first has done its work.
    operator.until(lambda: "owed" not in operator.ledger()["counters"]["callbacks"])
    callbacks = operator.ledger()["counters"]["callbacks"]
    assert callbacks["sent"] % 3 == 0
    with operator.people.as_("ann"):
        assert session.scalar(select(func.count(OperatorEvent.id))) == callbacks["sent"] // 3


def test_call_backs_in_reverse_order_end_where_they_should(operator):
    operator.order(MAGIC + "9008")
    operator.until(lambda: operator.states() == ["done"] and operator.lines()[0][3] == "active")


def test_a_lost_call_back_is_repaired_by_the_comparison_and_listed(operator):
    operator.order(MAGIC + "9009")
    operator.advance("PT1M")
    assert operator.states() == ["accepted"]
    operator.skip(120)
    orders.reconcile()
    assert operator.states() == ["done"]
    assert operator.lines() == [(MAGIC + "9009", "assigned", "assigned", "active")]
    (difference,) = differences(operator)
    assert (difference.ours, difference.theirs, difference.repaired) == ("acknowledged", "completed", True)
    orders.reconcile()
    assert len(differences(operator)) == 1


def test_a_call_back_that_comes_while_the_feed_is_written_does_not_stop_the_comparison(operator, monkeypatch):
    """Both store the same event: the database refuses the second, and then it is known."""
    operator.order(MAGIC + "9009")
    operator.advance("PT1M")
    real, raced = db.insert_many, []

    def refused(model, rows):
        if model is OperatorEvent and not raced:
            raced.append(len(rows))
            raise IntegrityError("insert", {}, Exception("operator_events.event_id"))
        return real(model, rows)

    monkeypatch.setattr(db, "insert_many", refused)
    operator.skip(120)
    orders.reconcile()
    with operator.people.as_("ann"):
        assert raced and session.scalar(select(func.count(OperatorEvent.id))) >= raced[0]


def test_a_young_difference_is_repaired_but_not_worth_a_line(operator):
    operator.order(MAGIC + "9009")
    operator.advance("PT1M")
    orders.reconcile()
    assert operator.states() == ["done"]
    assert differences(operator) == []


def test_a_difference_that_cannot_be_repaired_is_listed_as_such(operator):
    operator.order(MAGIC + "9009")
    operator.advance("PT1M")
    with operator.people.as_("ann"), transaction():
        (order,) = session.scalars(select(Order))
        order.state = OrderState.FAILED
    operator.skip(120)
    orders.reconcile()
    (difference,) = differences(operator)
    assert (difference.theirs, difference.repaired) == ("completed", False)
    assert operator.states() == ["failed"]


def test_orders_of_somebody_else_in_the_feed_do_not_stop_the_comparison(operator):
    msisdn, iccid = operator.simulator.stock(1)
    foreign = operator.simulator.activation("another-system-1", msisdn, iccid, "11010119900307991X")
    assert operator.simulator.call("POST", "/orders", foreign).status == 202
    operator.order(MAGIC + "9009")
    operator.advance("PT1M")
    orders.reconcile()
    assert operator.states() == ["done"]


def test_a_late_reversal_suspends_the_line(operator):
    operator.order(MAGIC + "9012")
    operator.until(lambda: operator.lines()[0][3] == "active")
    operator.advance("PT1H")
    operator.until(lambda: operator.states() == ["reversed"])
    assert operator.lines() == [(MAGIC + "9012", "assigned", "assigned", "risk_suspended")]


def test_a_reversal_of_which_only_the_end_is_heard_does_not_free_number_and_card(operator):
    operator.behave(callback_lost_rate=1.0)
    operator.order(MAGIC + "9012")
    operator.advance("PT1H")
    assert operator.states() == ["accepted"]
    orders.reconcile()
    assert operator.orders()[0].error_code == "E_POST_REVERSAL"
    assert operator.states() == ["reversed"]
    assert operator.lines() == [(MAGIC + "9012", "assigned", "assigned", "risk_suspended")]


def test_a_used_card_is_scrapped_and_a_retry_takes_the_next_one(operator):
    batch = operator.order(MAGIC + "9013")
    assert operator.orders()[0].error_code == "ICCID_USED"
    assert operator.lines() == [(MAGIC + "9013", "locked", "scrapped", "released")]
    (row,) = operator.rows(batch)
    with operator.people.as_("ann"), transaction():
        assert batches.retry("office", batch, [row.id]) == 1
    operator.work()
    first, second = operator.orders()
    with operator.people.as_("ann"):
        cards = [session.get_one(Order, order.id).payload["subscriber"]["iccid"] for order in (first, second)]
    assert cards[0] != cards[1]


def test_a_mistaken_name_goes_back_is_mended_and_confirmed_under_a_new_number(operator):
    batch = operator.order(MAGIC + "9014", ORDINARY)
    operator.until(lambda: operator.states() == ["failed", "done"])
    (row, _other), (refused, _done) = operator.rows(batch), operator.orders()
    assert refused.error_code == "REALNAME_MISMATCH"
    with operator.people.as_("ann"), transaction():
        batches.give_back("office", batch, row.id)
    assert "E_OPERATOR" in row_problems(operator, batch)
    operator.fix(batch, row.id, name="甲乙丙", msisdn="")
    operator.confirm(batch)
    operator.until(lambda: operator.states() == ["failed", "done", "done"])
    again = operator.orders()[2]
    assert (refused.external_id[-4:], again.external_id[-4:]) == ("#4.1", "#4.2")
    assert again.idempotency_key != refused.idempotency_key
    with operator.people.as_("ann"):
        assert session.get_one(Order, again.id).payload["subscriber"]["user"]["name"] == "甲乙丙"


@pytest.mark.parametrize(
    ("tail", "code"), [("9015", "ONE_ID_LIMIT"), ("9016", "BLACKLISTED"), ("9023", "88888")]
)
def test_a_refusal_is_final_and_gives_number_and_card_back(operator, tail, code):
    operator.order(MAGIC + tail)
    (order,) = operator.orders()
    assert (order.state, order.error_code, order.retryable, order.attempts) == ("failed", code, False, 1)
    assert operator.lines() == [(MAGIC + tail, "locked", "in_stock", "released")]
    operator.skip(4)
    orders.queue.ring(orders.Job.FINISH_BATCHES, operator.people.acme)
    operator.work()
    assert finished(operator)


def test_half_an_answer_is_no_answer(operator):
    operator.behave(callback_lost_rate=1.0)
    operator.order(MAGIC + "9022")
    assert operator.states() == ["unknown"]
    operator.until(lambda: operator.states() == ["done"], hurry=1)
    assert operator.ledger()["counters"]["activations"] == {MAGIC + "9022": 1}


def test_an_operator_that_is_away_makes_nothing_fail(operator):
    operator.simulator.kill()
    try:
        batch = operator.upload(ORDINARY, ORDINARY)
        operator.confirm(batch)
        operator.work()
        assert operator.states() == ["unknown", "unknown"]
    finally:
        operator.simulator.start()
    operator.until(lambda: operator.states() == ["done", "done"], hurry=3)
    assert operator.ledger()["counters"]["mostActivationsOfOneNumber"] == 1


def test_a_number_stays_with_its_second_order_when_the_first_one_is_in_the_feed_again(operator):
    """The operator counts the life of a number over all its orders, so the failed one looks like news."""
    operator.behave(realname_mismatch_rate=1.0, callback_lost_rate=1.0)
    operator.order(ORDINARY)
    operator.advance("PT1M")
    orders.reconcile()
    assert operator.lines()[0][1:] == ("locked", "in_stock", "released")

    operator.behave(realname_mismatch_rate=0.0, commit_timeout_rate=1.0, hang_s=0.1)
    operator.order(ORDINARY)
    assert operator.states() == ["failed", "unknown"]
    operator.advance("PT1M")
    orders.reconcile()
    assert operator.states() == ["failed", "done"]
    first, second = operator.lines()
    assert first[0] == second[0], "the number of the failed order is given out again"
    assert second[1:] == ("assigned", "assigned", "active")
