"""What is done to the orders of a batch: held back, let go, called off before they are sent, taken back afterwards."""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from console.core import acting, clock, db
from console.core.db import session
from console.orders.actions import Change
from console.orders.models import Order
from console.orders.states import OrderState


@dataclass(frozen=True)
class TakenBack:
    """An order that waits at the operator for its day, and is to be taken back there; `key` is for that call."""

    order_id: int
    external_id: str
    operator_id: str
    key: str


def hold(batch_id: int) -> None:
    """Whatever is not settled: also what is being sent may come back to be sent once more."""
    _mark(batch_id, held=True)


def let_go(batch_id: int) -> None:
    _mark(batch_id, held=False)


def _mark(batch_id: int, *, held: bool) -> None:
    session.execute(
        update(Order)
        .where(Order.batch_id == batch_id, Order.state.in_(OrderState.open()), Order.held.is_not(held))
        .values(held=held)
        .execution_options(synchronize_session=False)
    )


def call_off(batch_id: int) -> int:
    """None of the unsettled orders is sent any more; how many were not sent yet."""
    unsent = (Order.batch_id == batch_id, Order.state == OrderState.PLACED)
    count = session.scalar(select(func.count(Order.id)).where(*unsent)) or 0
    session.execute(
        update(Order)
        .where(
            Order.batch_id == batch_id,
            Order.state.in_((OrderState.PLACED, OrderState.SENDING, OrderState.UNKNOWN)),
        )
        .values(cancel_asked=True)
        .execution_options(synchronize_session=False)
    )
    return count


def ask_back(order_ids: list[int]) -> None:
    """Orders that wait at the operator for their day are to be taken back there."""
    session.execute(
        update(Order)
        .where(Order.id.in_(order_ids), Order.state == OrderState.ACCEPTED)
        .values(cancel_asked=True)
        .execution_options(synchronize_session=False)
    )


def cancel_unsent(limit: int = 500) -> list[Change]:
    """Those that were called off and that no worker holds: they end here, and the operator never hears of them."""
    wanted = (
        select(Order.id, Order.line_id, Order.row_id, Order.batch_id, Order.kind)
        .where(Order.cancel_asked, Order.state == OrderState.PLACED)
        .order_by(Order.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.execute(wanted).all()
    now = clock.now()
    batches: dict[int | None, list[dict[str, Any]]] = {}
    for row in found:
        batches.setdefault(row.batch_id, []).append(
            {
                "id": row.id,
                "state": OrderState.CANCELLED.value,
                "settled_at": now,
                "held": False,
                "retryable": True,
            }
        )
    for batch, rows in batches.items():
        with acting.on_batch(batch):
            db.update_many(Order, rows)
    return [
        Change(
            row.id, row.line_id, row.row_id, row.batch_id, OrderState.CANCELLED, None, None, True, row.kind, 0
        )
        for row in found
    ]


def taken_back(limit: int = 100) -> list[TakenBack]:
    """What is to be taken back at the operator; asked again and again with the same key until it has ended."""
    wanted = (
        select(Order.id, Order.external_id, Order.operator_id, Order.idempotency_key)
        .where(Order.cancel_asked, Order.state == OrderState.ACCEPTED, Order.operator_id.is_not(None))
        .order_by(Order.id)
        .limit(limit)
    )
    return [
        TakenBack(id_, external, str(operator), hashlib.sha256(f"cancel {key}".encode()).hexdigest()[:36])
        for id_, external, operator, key in session.execute(wanted)
    ]


def too_late(order_ids: list[int]) -> None:
    """The operator does not take them back: they go on."""
    session.execute(
        update(Order)
        .where(Order.id.in_(order_ids))
        .values(cancel_asked=False)
        .execution_options(synchronize_session=False)
    )
