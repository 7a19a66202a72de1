"""The door for the operator's call-backs: who may knock, what is kept, and what it can touch."""

import json
import threading
import time
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from console.carrier import http
from console.core import queue, signing
from console.core.db import session, transaction
from console.orders import actions
from console.orders.actions import Intent
from console.orders.models import OperatorEvent, Order
from console.orders.rules import Kind
from jobs import bulk
from tests.operators import ORDINARY

PATH = "/operator/events"


@pytest.fixture
def tell(app, settings):
    """Deliver an event as the operator would, signed with its secret."""

    def deliver(event: Any, secret: str = settings.operator_secret, **changes: str) -> Any:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = signing.headers(settings.operator_app_id, secret, "POST", PATH, body) | changes
        return app.test_client().post(PATH, data=body, headers=headers)

    return deliver


def event(external_id: str, state: str = "completed", sequence: int = 3, **more: Any) -> dict[str, Any]:
    told = {"eventType": "ServiceOrderStateChangeEvent", "externalId": external_id, "orderId": "CM1"}
    return {"eventId": f"ev-{external_id}-{sequence}", "state": state, "sequence": sequence} | told | more


def life(external_id: str, lifecycle: str, sequence: int) -> dict[str, Any]:
    told = {"eventType": "SubscriberLifecycleEvent", "externalId": external_id, "lifecycle": lifecycle}
    return {"eventId": f"life-{external_id}-{sequence}", "sequence": sequence} | told


def kept(people: Any, login: str = "ann") -> int:
    with people.as_(login):
        return session.scalar(select(func.count(OperatorEvent.id))) or 0


def heard(wanted: queue.Job) -> None:
    """Run the jobs of one kind and leave the others in the queue."""
    for job in queue.queue().get_jobs():
        if job.func_name == wanted:
            job.func(*job.args)


def order_of(people: Any, external_id: str, login: str = "ann") -> Order:
    with people.as_(login):
        return session.scalars(select(Order).where(Order.external_id == external_id)).one()


def test_a_forged_signature_is_refused_and_nothing_is_kept(people, tell, settings):
    told = event(f"C{people.acme}-PC20260701-001#4.1")
    assert tell(told, secret="guessed").status_code == 401
    assert tell(told, **{"X-Signature": "0" * 64}).status_code == 401
    old = str(int(time.time()) - 301)
    signature = signing.signature(settings.operator_secret, "POST", PATH, old, "n", json.dumps(told).encode())
    stale = {"X-Timestamp": old, "X-Nonce": "n", "X-Signature": signature}
    assert tell(told, **stale).status_code == 401
    assert kept(people) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"7",
        b'{"eventId": "a"}',
        b'{"eventId": "a", "externalId": null}',
        b'{"eventId": "a", "externalId": "another-system-1"}',
        b'{"eventId": "a", "externalId": "C\xc2\xb2-1"}',
        b'{"eventId": "a", "externalId": "C99999999999999999999-1"}',
        b'{"eventId": "a", "externalId": "C1-1", "sequence": "many"}',
        b'{"eventId": "a", "externalId": "C1-1", "items": 5}',
        b'{"eventId": "a", "externalId": "C1-1", "error": "E"}',
        b'{"eventId": "' + b"a" * 61 + b'", "externalId": "C1-1"}',
    ],
)
def test_what_cannot_be_read_is_refused_at_the_door_and_does_not_block_the_others(people, tell, body):
    assert (answer := tell(body)).status_code == 400, answer.text
    assert answer.json == {"code": "INVALID_PARAM"}
    assert kept(people) == 0


def test_a_company_that_does_not_exist_has_no_such_order(people, tell):
    answer = tell(event("C4711-PC20260701-001#4.1"))
    assert (answer.status_code, answer.json) == (404, {"code": "ORDER_NOT_FOUND"})


def test_an_event_that_comes_again_is_taken_and_kept_once(people, tell):
    told = event(f"C{people.acme}-PC20260701-001#4.1")
    for _ in range(3):
        answer = tell(told)
        assert (answer.status_code, answer.json) == (200, {"code": "0"})
    assert kept(people) == 1


def test_an_event_that_comes_several_times_at_once_is_taken_and_kept_once(people, tell):
    told = event(f"C{people.acme}-PC20260701-001#4.1")
    barrier, answers = threading.Barrier(6), []

    def deliver() -> None:
        barrier.wait()
        answers.append(tell(told).json)

    threads = [threading.Thread(target=deliver) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{"code": "0"}] * 6
    assert kept(people) == 1


def test_an_event_id_that_another_request_stored_in_between_is_a_repetition(people, tell):
    """Bolt's row is hidden from Acme, like a row that was not committed when we looked."""
    assert tell(event(f"C{people.bolt}-1", eventId="same")).json == {"code": "0"}
    assert tell(event(f"C{people.acme}-1", eventId="same")).json == {"code": "0"}
    assert kept(people) + kept(people, "bo") == 1


def test_an_event_is_kept_while_the_queue_is_away(people, tell, monkeypatch):
    monkeypatch.setattr(queue, "_url", "unix:///nowhere.sock")
    queue.redis.cache_clear()
    try:
        assert tell(event(f"C{people.acme}-1")).json == {"code": "0"}
    finally:
        monkeypatch.undo()
        queue.redis.cache_clear()
    assert kept(people) == 1


def test_events_out_of_order_and_repeated_end_with_the_last_one(operator, tell):
    operator.behave(callback_lost_rate=1.0)
    operator.order(ORDINARY)
    (order,) = operator.orders()
    for told in (
        life(order.external_id, "ACTIVE", 30),
        event(order.external_id, "completed", 30),
        event(order.external_id, "inProgress", 20),
        life(order.external_id, "WAIT_FACE", 20),
        event(order.external_id, "completed", 30),
    ):
        assert tell(told).status_code == 200
        operator.work()
    (order,) = operator.orders()
    assert (order.state, order.operator_sequence, order.lifecycle) == ("done", 30, "ACTIVE")
    assert operator.lines()[0][3] == "active"


def test_an_event_with_the_wrong_company_touches_no_order(operator, tell):
    operator.behave(callback_lost_rate=1.0)
    operator.order(ORDINARY)
    acme, bolt = operator.people.acme, operator.people.bolt
    (before,) = operator.orders()
    wrong = before.external_id.replace(f"C{acme}-", f"C{bolt}-")
    assert tell(event(wrong, sequence=50)).json == {"code": "0"}
    operator.work()
    assert operator.states() == [before.state]
    assert operator.orders("bo") == []


def test_an_order_whose_number_names_another_company_cannot_be_reached_by_it(operator, tell):
    """Even if Acme had an order whose number begins like one of Bolt's."""
    operator.behave(callback_lost_rate=1.0)
    operator.order(ORDINARY)
    foreign = f"C{operator.people.bolt}-PC20260701-001#4.1"
    (order,) = operator.orders()
    with operator.people.as_("ann"), transaction():
        actions.place([Intent(foreign, "ACTIVATE", order.line_id, {"externalId": foreign})])
    tell(event(foreign, "failed", 50))
    heard(queue.Job.APPLY_EVENTS)
    assert kept(operator.people, "bo") == 1
    assert order_of(operator.people, foreign).state == "placed"


def test_the_life_of_a_number_does_not_take_an_order_from_the_worker_that_sends_it(operator, tell):
    """The operator may tell of a number's life while its answer to the order is still on the way."""
    operator.behave(callback_lost_rate=1.0)
    batch = operator.upload(ORDINARY)
    operator.confirm(batch)
    bulk.apply_batch(operator.people.acme, batch)
    with operator.people.as_("ann"):
        with transaction():
            lease, claimed = actions.claim()
        tell(life(claimed[0].external_id, "ASSIGNED", 2))
    heard(queue.Job.APPLY_EVENTS)
    (order,) = operator.orders()
    assert (order.state, order.lease, order.lifecycle) == ("sending", lease, "ASSIGNED")

    answer = http.Answer(Kind.VIEW, http.View("acknowledged", 1, "CM1", None, "RESERVED", 1))
    with operator.people.as_("ann"), transaction():
        assert len(actions.settle(lease, [(claimed[0], answer)])) == 1
    (order,) = operator.orders()
    assert (order.state, order.lifecycle, order.lifecycle_sequence) == ("accepted", "ASSIGNED", 2)


def test_late_news_of_a_failed_order_does_not_take_its_number_from_the_next_one(operator, tell):
    operator.behave(realname_mismatch_rate=1.0)
    operator.order(ORDINARY)
    operator.until(lambda: operator.states() == ["failed"])
    failed = operator.orders()[0].external_id
    batch = operator.upload(ORDINARY)
    operator.confirm(batch)
    bulk.apply_batch(operator.people.acme, batch)
    assert operator.lines()[1][:3] == (operator.lines()[0][0], "reserved", "reserved")

    tell(life(failed, "CANCELLED", 99))
    heard(queue.Job.APPLY_EVENTS)
    assert operator.lines()[1][1:3] == ("reserved", "reserved")


@pytest.mark.parametrize(
    "body",
    [
        {"state": "completed", "sequence": "many"},
        {"state": "completed", "items": 5},
        {"state": "completed", "error": "E"},
        {"state": 5, "error": 5},
        [],
        7,
        None,
    ],
)
def test_an_answer_that_makes_no_sense_is_a_question_and_not_a_crash(body):
    assert http._read(httpx.Response(200, json=body)).kind is Kind.DOUBT


def test_an_order_that_the_operator_says_it_has_already_is_asked_about():
    refused = httpx.Response(409, json={"code": "DUPLICATE_EXTERNAL_ID"})
    assert http._read(refused).kind is Kind.DOUBT
