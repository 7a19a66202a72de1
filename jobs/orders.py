"""Jobs towards the operator: send due orders, apply what it told, compare its books with ours."""

import logging
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from functools import cache, partial
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from console.accounts.models import Company
from console.bulk import stopping
from console.carrier.events import company_of, whose
from console.carrier.http import Gateway, count, view_of
from console.carrier.pacing import Pace
from console.core import acting, clock, db, queue
from console.core.config import Settings
from console.core.db import session, transaction
from console.core.queue import Job
from console.orders import actions, call_backs, comparing, standing, steering
from console.orders.actions import Claimed
from console.orders.models import OperatorCursor
from console.orders.rules import Answer, Kind, View
from console.sims import actions as lines
from console.sims import fulfilment, hearing, stock_taking
from jobs.runner import job, kept_alive

log = logging.getLogger(__name__)

IN_FLIGHT = 8
WRITE_EVERY = 10
OVERLAP = timedelta(minutes=15)


@cache
def settings() -> Settings:
    return Settings.from_environment()


@cache
def gateway() -> Gateway:
    return Gateway(settings())


@cache
def pace() -> Pace:
    return Pace(queue.redis(), settings().operator_rate, settings().operator_burst)


@job(Job.SEND_ORDERS)
def send_orders(company: int) -> None:
    """Take due orders under a lease, group by group, until none is due. No transaction is open during a call.

    After each group whoever waits in the queue has his turn: a company with ten thousand orders does not delay one
    with ten.
    """
    with ThreadPoolExecutor(IN_FLIGHT) as callers:
        while True:
            with transaction():
                lease, claimed = actions.claim()
            if not claimed:
                break
            with kept_alive(partial(_renew, company, lease)):
                _send(callers, lease, claimed)
            with transaction():
                stopping.look()
            if queue.somebody_waits():
                queue.ring(Job.SEND_ORDERS, company)
                break
    queue.ring(Job.FINISH_BATCHES, company)


def _send(callers: ThreadPoolExecutor, lease: str, claimed: list[Claimed]) -> None:
    """Call in parallel; write the answers as they come, so that a kill loses few of them."""
    calls = {callers.submit(_call, one): one for one in claimed}
    answers: list[tuple[Claimed, Answer]] = []
    for done in as_completed(calls):
        answers.append((calls[done], done.result()))
        if len(answers) >= WRITE_EVERY:
            _settle(lease, answers)
            answers = []
    _settle(lease, answers)


def _call(one: Claimed) -> Answer:
    pace().take()
    answer = gateway().ask(one.external_id) if one.ask else gateway().submit(one.payload, one.idempotency_key)
    if answer.kind is Kind.BUSY and answer.retry_after:
        pace().pause(answer.retry_after)
    pace().note(doubt=answer.kind is Kind.DOUBT)
    return answer


def _settle(lease: str, answers: list[tuple[Claimed, Answer]]) -> None:
    if answers:
        with transaction():
            fulfilment.carry_through(actions.settle(lease, answers))


def _renew(company: int, lease: str) -> None:
    with acting.acting(company, acting.CONSOLE, "heartbeat"), transaction():
        actions.renew(lease)


@job(Job.CANCEL_ORDERS)
def cancel_orders(company: int) -> None:
    """What was called off ends here when it was not sent, and is taken back at the operator while it waits there."""
    while True:
        with transaction():
            changes = steering.cancel_unsent()
            fulfilment.carry_through(changes)
        if not changes:
            break
    for one in steering.taken_back():
        pace().take()
        answer = gateway().cancel(one.operator_id, one.key)
        with transaction():
            if answer.view:
                fulfilment.carry_through(actions.hear([(one.external_id, answer.view)]))
            elif answer.kind is Kind.REFUSED:
                steering.too_late([one.order_id])
    queue.ring(Job.FINISH_BATCHES, company)


@job(Job.APPLY_EVENTS)
def apply_events(company: int) -> None:
    """Apply stored call-backs, each once, in the operator's name: those that are there now, and no more.

    What comes meanwhile has rung again. One after the other as they come they would keep a worker for as long as the
    operator has news, and cost ten times as much as many at once.
    """
    with acting.acting(company, acting.OPERATOR, Job.APPLY_EVENTS.value), transaction():
        events = call_backs.waiting_events()
        payloads = [event.payload for event in events]
        ours = [(one["externalId"], _view(one)) for one in payloads if one.get("externalId")]
        fulfilment.carry_through(actions.hear(ours))
        hearing.hear(payloads)
        call_backs.events_applied(events)
    if len(events) == call_backs.AT_ONCE:
        queue.ring(Job.APPLY_EVENTS, company)
    queue.ring(Job.FINISH_BATCHES, company)


@job(Job.TAKE_PLANS)
def take_plans(company: int) -> None:
    """A new cycle has begun: the plans that were changed for it are now those of their lines."""
    with transaction():
        lines.take_due_plans()


def _view(event: dict[str, Any]) -> View:
    """An event of the number's life tells nothing of the order: its sequence counts something else."""
    if event.get("eventType") == "SubscriberLifecycleEvent":
        return View(
            state="", lifecycle=view_of(event).lifecycle, lifecycle_sequence=count(event.get("sequence"))
        )
    return view_of(event)


def reconcile() -> None:
    """Read the operator's feed of changed orders since last time, and repair or list what differs."""
    with acting.platform(Job.RECONCILE.value):
        cursor = session.scalars(select(OperatorCursor)).first()
        since = (cursor.read_until if cursor else clock.now() - timedelta(days=1)) - OVERLAP
    started = clock.now()
    told: dict[int, list[tuple[str, View]]] = {}
    for page in gateway().changed_since(since):
        for order in page:
            try:
                external_id = str(order.get("externalId"))
                told.setdefault(company_of(external_id), []).append((external_id, view_of(order)))
            except ValueError:  # another system's order, or one that says nothing: neither holds up the rest
                log.info("reconcile.skipped", extra={"operator_order": str(order.get("orderId"))[:40]})
    for company, views in told.items():
        _compare(company, views)
    _move_cursor(read_until=started)
    for events, reached in gateway().events_since(cursor.events if cursor else ""):
        _store(events)
        _move_cursor(events=reached)


def _move_cursor(**reached: Any) -> None:
    with acting.platform(Job.RECONCILE.value), db.transaction():
        cursor = session.scalars(select(OperatorCursor)).first()
        if cursor is None:
            cursor = OperatorCursor(read_until=clock.now())
            session.add(cursor)
        for name, value in reached.items():
            setattr(cursor, name, value)


def _store(events: list[dict[str, Any]]) -> None:
    """Call-backs that never came go through the same door; those that did are known by their ids."""
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for event in events:
        try:
            view_of(event)
            found.setdefault(whose(event), {})[str(event["eventId"])] = event
        except (ValueError, KeyError, TypeError):
            continue  # another system's, as in reconcile()
    for company, its in found.items():
        with acting.acting(company, acting.OPERATOR, Job.RECONCILE.value):
            try:
                with transaction():
                    call_backs.store_events(its)
            except IntegrityError:  # one of them called back at this moment: now it is known
                with transaction():
                    call_backs.store_events(its)


@job(Job.COMPARE_LINES)
def compare_lines(company: int) -> None:
    """Every line of the company beside the operator's list; what differs is taken over and listed with both values."""
    with acting.acting(company, acting.OPERATOR, Job.COMPARE_LINES.value):
        group = session.get_one(Company, company).group_code
        session.commit()  # ends the read: the operator is asked without a transaction
        try:
            shown = [line for page in gateway().subscribers(group) for line in page]
        except httpx.HTTPError as error:
            log.warning("lines.away", extra={"error": type(error).__name__})
            return
        with transaction():
            stock_taking.compare(shown)


@job(Job.LOOK_AT_STANDING)
def look_at_standing(company: int) -> None:
    """What the company owes and who may sign for it; as it was, when the operator is away."""
    group = session.get_one(Company, company).group_code
    session.commit()  # ends the read: the operator is asked without a transaction
    try:
        told = gateway().customer(group)
    except httpx.HTTPError as error:
        log.warning("standing.away", extra={"error": type(error).__name__})
        return
    if told is not None:
        with acting.acting(company, acting.OPERATOR, Job.LOOK_AT_STANDING.value), transaction():
            standing.note(told)


def _compare(company: int, views: list[tuple[str, View]]) -> None:
    with acting.acting(company, acting.OPERATOR, Job.RECONCILE.value), transaction():
        differing = comparing.differing(views)
        changes = actions.hear(views)
        fulfilment.carry_through(changes)
        comparing.note(differing, changes)
    queue.ring(Job.FINISH_BATCHES, company)
