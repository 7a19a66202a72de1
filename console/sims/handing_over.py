"""The activation code of an eSIM: asked of the operator, shown once to whoever hands it over, never kept."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import undefer

from console.audit import actions as audit
from console.core import clock
from console.core.db import session
from console.core.errors import Conflict, NotFound
from console.orders.models import Order
from console.orders.states import OrderState
from console.sims.models import EsimHandover
from console.sims.rules import Work

READY = (OrderState.ACCEPTED, OrderState.DONE)


def order_of(line_id: int) -> Order | None:
    """The latest new card of a line, when it is an eSIM that the operator has taken on."""
    wanted = select(Order).where(Order.line_id == line_id, Order.kind == Work.REPLACE_SIM)
    latest = session.scalars(
        wanted.order_by(Order.id.desc()).limit(1).options(undefer(Order.payload))
    ).first()
    return latest if latest is not None and _is_esim(latest) else None


def _is_esim(order: Order) -> bool:
    esim = order.payload["subscriber"].get("simType") == "ESIM"
    return bool(esim and order.state in READY and order.operator_id)


def ready(order_id: int) -> Order:
    """Raises NotFound for what is no eSIM of ours."""
    order = session.get(Order, order_id, options=[undefer(Order.payload)])
    if order is None or order.kind != Work.REPLACE_SIM or not _is_esim(order):
        raise NotFound()
    return order


def shown(order_id: int) -> EsimHandover | None:
    return session.scalars(select(EsimHandover).where(EsimHandover.order_id == order_id)).first()


def taken(order_id: int) -> bool:
    handover = shown(order_id)
    return handover is not None and handover.shown_at is not None


def begin(order_id: int, user_id: int) -> str:
    """The key to ask the operator with, kept before the call; raises Conflict E_ESIM_SHOWN."""
    session.get_one(
        Order, order_id, with_for_update=True
    )  # of two who press at once the second sees the first
    known = shown(order_id)
    if known is None:
        known = EsimHandover(
            order_id=order_id, request_key=str(uuid.uuid4()), asked_by=user_id, asked_at=clock.now()
        )
        session.add(known)
    if known.shown_at is not None:
        raise Conflict("E_ESIM_SHOWN")
    return known.request_key


def finish(order_id: int) -> None:
    """It is about to be shown, to nobody else; raises Conflict when somebody was quicker."""
    wanted = select(EsimHandover).where(EsimHandover.order_id == order_id).with_for_update()
    handover = session.scalars(wanted).one()
    if handover.shown_at is not None:
        raise Conflict("E_ESIM_SHOWN")
    handover.shown_at = clock.now()
    audit.record("reveal", "orders", order_id, {"purpose": "esim", "fields": ["activation_code"]})
