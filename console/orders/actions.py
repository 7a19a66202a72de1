"""What is done to orders: placed, claimed with a lease, settled, heard of, tried again.

These functions write orders and return what changed; what that means for lines, numbers and cards is
console/sims/fulfilment.py, one floor above.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update

from console.core import acting, clock, db, queue
from console.core.db import session
from console.orders import rules
from console.orders.models import Order
from console.orders.rules import Answer, View
from console.orders.states import OrderState

LEASE = timedelta(seconds=12)
"""Renewed every four seconds by whoever is alive; the work of a killed worker is free again after this."""
GROUP = 40


@dataclass(frozen=True)
class Intent:
    """One thing to ask of the operator, not yet an order. `external_id` is unique for ever."""

    external_id: str
    kind: str
    line_id: int
    payload: dict[str, Any]
    batch_id: int | None = None
    row_id: int | None = None
    effective_on: date | None = None


@dataclass(frozen=True)
class Claimed:
    """An order that this worker, and nobody else, now sends or, if `ask`, asks about."""

    id: int
    external_id: str
    idempotency_key: str
    payload: dict[str, Any]
    ask: bool
    attempts: int
    asked: int


@dataclass(frozen=True)
class Change:
    """An order of which the operator told something new; `moved` if that changed its state."""

    order_id: int
    line_id: int
    row_id: int | None
    batch_id: int | None
    state: OrderState
    code: str | None
    lifecycle: str | None
    moved: bool
    kind: str
    heard: int
    """Counts what the operator says of the number's life."""


def place(intents: list[Intent]) -> None:
    """Store the intents; the sending starts once this is safe."""
    now = clock.now()
    rows = [
        {
            "external_id": intent.external_id,
            "idempotency_key": str(uuid.uuid4()),
            "kind": intent.kind,
            "line_id": intent.line_id,
            "payload": intent.payload,
            "batch_id": intent.batch_id,
            "row_id": intent.row_id,
            "effective_on": intent.effective_on,
            "state": OrderState.PLACED.value,
            "next_try_at": now,
            "placed_at": now,
        }
        for intent in intents
    ]
    db.insert_many(Order, rows)
    queue.enqueue(queue.Job.SEND_ORDERS, acting.company())


def is_due(now: datetime) -> Any:
    """What is to be sent or asked about, for a WHERE; an order that rests or was called off is only asked about."""
    free = Order.held.is_(False) & Order.cancel_asked.is_(False)
    return or_(
        and_(Order.state == OrderState.PLACED, Order.next_try_at <= now, free),
        and_(Order.state == OrderState.UNKNOWN, Order.next_try_at <= now),
        and_(Order.state == OrderState.SENDING, Order.lease_until < now),
    )


def claim(limit: int = GROUP) -> tuple[str, list[Claimed]]:
    """Take due orders under a new lease. Also those of a worker whose lease ran out: they are asked about first."""
    due = is_due(clock.now())
    columns = (
        Order.id, Order.state, Order.external_id, Order.idempotency_key, Order.attempts, Order.asked, Order.batch_id,
    )  # fmt: skip
    wanted = select(*columns, Order.payload).where(due).order_by(Order.id).limit(limit)
    found = session.execute(wanted.with_for_update(skip_locked=True)).all()
    lease = uuid.uuid4().hex
    for batch in {row.batch_id for row in found}:
        with acting.on_batch(batch):
            _take([row.id for row in found if row.batch_id == batch], lease)
    return lease, [
        Claimed(
            row.id, row.external_id, row.idempotency_key, row.payload, row.state != OrderState.PLACED,
            row.attempts + 1, row.asked,
        )
        for row in found
    ]  # fmt: skip


def _take(ids: list[int], lease: str) -> None:
    session.execute(
        update(Order)
        .where(Order.id.in_(ids))
        .values(
            state=OrderState.SENDING.value,
            lease=lease,
            lease_until=clock.now() + LEASE,
            attempts=Order.attempts + 1,
        )
        .execution_options(synchronize_session=False)
    )


def renew(lease: str) -> None:
    session.execute(update(Order).where(Order.lease == lease).values(lease_until=clock.now() + LEASE))


def settle(lease: str, answers: list[tuple[Claimed, Answer]]) -> list[Change]:
    """Write what came of the calls. An answer whose lease was lost is dropped: the new holder asks for itself."""
    answered = {claimed.id: (claimed, answer) for claimed, answer in answers}
    held = session.execute(
        select(
            Order.id,
            Order.state,
            Order.operator_sequence,
            Order.lifecycle,
            Order.lifecycle_sequence,
            Order.line_id,
            Order.row_id,
            Order.batch_id,
            Order.kind,
        )
        .where(Order.id.in_(answered), Order.lease == lease, Order.state == OrderState.SENDING)
        .order_by(Order.id)
        .with_for_update()
    ).all()
    changes, rows = [], []
    for order in held:
        claimed, answer = answered[order.id]
        row = _after_view(answer.view, order) if answer.view else _after_silence(claimed, answer)
        rows.append(row)
        changes.append(_change(order, row))
    _write(rows, {order.id: order.batch_id for order in held})
    return changes


def _after_view(view: View, order: Any) -> dict[str, Any]:
    state = rules.heard(OrderState.SENDING, order.operator_sequence, view) or OrderState.ACCEPTED
    return (
        _row(order.id, state, view.error_code)
        | {
            "operator_id": view.operator_id,
            "operator_sequence": max(view.sequence, order.operator_sequence),
            "operator_state": view.state,
        }
        | (
            {"lifecycle": view.lifecycle, "lifecycle_sequence": view.lifecycle_sequence}
            if view.lifecycle_sequence >= order.lifecycle_sequence
            else {"lifecycle": order.lifecycle, "lifecycle_sequence": order.lifecycle_sequence}
        )
    )


def _after_silence(claimed: Claimed, answer: Answer) -> dict[str, Any]:
    following = rules.after_answer(answer, claimed.attempts, claimed.asked, asking=claimed.ask)
    return _row(claimed.id, following.state, following.code) | {
        "asked": following.asked,
        "next_try_at": clock.now() + following.wait,
    }


def hear(views: Iterable[tuple[str, View]]) -> list[Change]:
    """What the operator says by itself, in whatever order: `external_id` and its view. Old news changes nothing."""
    told: dict[str, list[View]] = {}
    for external_id, view in views:
        told.setdefault(external_id, []).append(view)
    columns = (
        Order.id, Order.external_id, Order.state, Order.operator_sequence, Order.operator_state, Order.lifecycle,
        Order.lifecycle_sequence, Order.line_id, Order.row_id, Order.batch_id, Order.operator_id, Order.error_code,
        Order.kind,
    )  # fmt: skip
    wanted = select(*columns).where(Order.external_id.in_(told)).order_by(Order.id).with_for_update()
    changes, rows = [], []
    known = session.execute(wanted).all()
    for order in known:
        row = _after_hearing(order, sorted(told[order.external_id], key=lambda view: view.sequence))
        if row:
            rows.append(row)
            changes.append(_change(order, row))
    _write(rows, {order.id: order.batch_id for order in known})
    return changes


def _after_hearing(order: Any, views: list[View]) -> dict[str, Any] | None:
    """All views in the order of their sequence: each carries the full state, so the last young one counts.

    The life cycle of the number has a sequence of its own, and may come with an order's view or alone.
    """
    state, sequence, code = OrderState(order.state), order.operator_sequence, order.error_code
    said, operator_id = order.operator_state, order.operator_id
    for view in views:
        if view.sequence > sequence:
            if following := rules.heard(state, sequence, view):
                state, code = following, view.error_code
            sequence, said, operator_id = view.sequence, view.state, view.operator_id or operator_id
    life = max(views, key=lambda view: view.lifecycle_sequence)
    lived = bool(life.lifecycle) and life.lifecycle_sequence > order.lifecycle_sequence
    if sequence == order.operator_sequence and not lived:
        return None
    return _row(order.id, state, code, moved=state != order.state) | {
        "operator_id": operator_id,
        "operator_sequence": sequence,
        "operator_state": said,
        "lifecycle": life.lifecycle if lived else order.lifecycle,
        "lifecycle_sequence": life.lifecycle_sequence if lived else order.lifecycle_sequence,
    }


def _row(order_id: int, state: OrderState, code: str | None, *, moved: bool = True) -> dict[str, Any]:
    """An order that did not move keeps its lease: somebody may be sending it."""
    settled = moved and state in OrderState.over()
    row = {
        "id": order_id,
        "state": state.value,
        "error_code": code,
        "retryable": state is OrderState.ATTENTION or rules.remedy(code) is rules.Remedy.AGAIN,
    }
    row |= {"lease": None, "lease_until": None} if moved else {}
    return row | ({"settled_at": clock.now()} if settled else {})


def _change(order: Any, row: dict[str, Any]) -> Change:
    return Change(
        order.id, order.line_id, order.row_id, order.batch_id, OrderState(row["state"]), row["error_code"],
        row.get("lifecycle"), row["state"] != order.state, order.kind, row.get("lifecycle_sequence") or 0,
    )  # fmt: skip


def _write(rows: list[dict[str, Any]], batches: dict[int, int | None]) -> None:
    """Rows of one batch with the same columns go together: few statements, each recorded with its batch."""
    alike: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        alike.setdefault((batches[row["id"]], *row), []).append(row)
    for (batch, *_columns), group in alike.items():
        with acting.on_batch(batch):
            db.update_many(Order, group)


def try_again(order_ids: list[int]) -> None:
    """Orders that need attention are sent once more, with their old key; they may have been carried out."""
    session.execute(
        update(Order)
        .where(Order.id.in_(order_ids), Order.state == OrderState.ATTENTION)
        .values(state=OrderState.PLACED.value, attempts=0, asked=0, next_try_at=clock.now(), error_code=None)
        .execution_options(synchronize_session=False)
    )
    queue.enqueue(queue.Job.SEND_ORDERS, acting.company())
