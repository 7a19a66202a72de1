"""Reads of orders."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import undefer

from console.core import clock, lookups
from console.core.db import session
from console.orders.models import Order
from console.orders.states import OrderState


def of_rows(batch_id: int, row_ids: list[int]) -> dict[int, Order]:
    """Row → its latest order."""
    latest = of_batch_latest(batch_id)
    wanted = select(Order).join(latest, latest.c.id == Order.id).where(Order.row_id.in_(row_ids))
    return {order.row_id: order for order in session.scalars(wanted) if order.row_id is not None}


def standing() -> Any:
    """The state of an order as a person sees it: what is accepted for a later day is as good as done until then."""
    later = (Order.state == OrderState.ACCEPTED) & (Order.effective_on > clock.today())
    return case((later, OrderState.DONE.value), else_=Order.state)


def waits_for_its_day(batch_id: int) -> bool:
    """Whether the operator keeps an order of this batch for a later day."""
    later = (Order.state == OrderState.ACCEPTED) & (Order.effective_on > clock.today())
    return session.scalar(select(Order.id).where(Order.batch_id == batch_id, later).limit(1)) is not None


def rows_in(batch_id: int, states: tuple[str, ...]) -> Any:
    """The row ids of a batch whose latest order is in one of these states, for a WHERE … IN."""
    latest = of_batch_latest(batch_id)
    return select(Order.row_id).join(latest, latest.c.id == Order.id).where(standing().in_(states))


def tries_of(row_ids: list[int]) -> dict[int, int]:
    """Row → how many orders it has had."""
    found = session.execute(
        select(Order.row_id, func.count(Order.id)).where(Order.row_id.in_(row_ids)).group_by(Order.row_id)
    )
    return {row_id: count for row_id, count in found if row_id is not None}


def asked(order_ids: Collection[int]) -> list[Order]:
    """With what was asked."""
    wanted = select(Order).where(Order.id.in_(order_ids)).options(undefer(Order.payload))
    return list(session.scalars(wanted)) if order_ids else []


def changing_plans() -> Any:
    """Lines whose change of plan is not settled, for a WHERE … IN."""
    return select(Order.line_id).where(Order.kind == "CHANGE_PLAN", Order.state.in_(OrderState.open()))


def busy(line_ids: Collection[int]) -> set[int]:
    """Lines of which something was asked that is not settled, or of which nobody knows whether it is."""
    unsettled = (*OrderState.open(), OrderState.ATTENTION)
    wanted = select(Order.line_id).where(standing().in_(unsettled))
    return {line_id for (line_id,) in lookups.rows(wanted, Order.line_id, line_ids)}


def scheduled(line_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Line → kinds of the orders that the operator has accepted for a later day."""
    later = (Order.state == OrderState.ACCEPTED) & (Order.effective_on > clock.today())
    found: dict[int, set[str]] = {}
    for line, kind in lookups.rows(select(Order.line_id, Order.kind).where(later), Order.line_id, line_ids):
        found.setdefault(line, set()).add(kind)
    return {line: frozenset(kinds) for line, kinds in found.items()}


def of_batch_latest(batch_id: int) -> Any:
    """A row that was tried again has several orders; the last one speaks for it."""
    return (
        select(func.max(Order.id).label("id"))
        .where(Order.batch_id == batch_id)
        .group_by(Order.row_id)
        .subquery()
    )
