"""Reads of orders."""

from typing import Any

from sqlalchemy import func, select

from console.core.db import session
from console.orders.models import Order


def of_rows(batch_id: int, row_ids: list[int]) -> dict[int, Order]:
    """Row → its latest order."""
    latest = of_batch_latest(batch_id)
    wanted = select(Order).join(latest, latest.c.id == Order.id).where(Order.row_id.in_(row_ids))
    return {order.row_id: order for order in session.scalars(wanted) if order.row_id is not None}


def rows_in(batch_id: int, states: tuple[str, ...]) -> Any:
    """The row ids of a batch whose latest order is in one of these states, for a WHERE … IN."""
    latest = of_batch_latest(batch_id)
    return select(Order.row_id).join(latest, latest.c.id == Order.id).where(Order.state.in_(states))


def tries_of(row_ids: list[int]) -> dict[int, int]:
    """Row → how many orders it has had."""
    found = session.execute(
        select(Order.row_id, func.count(Order.id)).where(Order.row_id.in_(row_ids)).group_by(Order.row_id)
    )
    return {row_id: count for row_id, count in found if row_id is not None}


def of_batch_latest(batch_id: int) -> Any:
    """A row that was tried again has several orders; the last one speaks for it."""
    return (
        select(func.max(Order.id).label("id"))
        .where(Order.batch_id == batch_id)
        .group_by(Order.row_id)
        .subquery()
    )
