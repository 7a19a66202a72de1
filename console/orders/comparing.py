"""Comparing the operator's books with ours: what differs is repaired by hearing it, and noted with both values."""

from datetime import timedelta

from sqlalchemy import select

from console.core import clock, db
from console.core.db import session
from console.orders import rules
from console.orders.actions import Change
from console.orders.models import Difference, Order
from console.orders.rules import View

IN_TRANSIT = timedelta(seconds=60)
"""A call-back may still be under way: a difference is younger than this on any busy day."""


def differing(views: list[tuple[str, View]]) -> dict[int, tuple[str, str]]:
    """Order id → (our view of the operator's state, theirs) for orders we have not heard of for a while."""
    told = dict(views)
    wanted = select(
        Order.id, Order.external_id, Order.operator_state, Order.operator_sequence, Order.placed_at
    ).where(Order.external_id.in_(told))
    return {
        id_: (ours or "--", told[external_id].state)
        for id_, external_id, ours, sequence, placed in session.execute(wanted)
        if told[external_id].sequence > sequence and clock.now() - placed > IN_TRANSIT
    }


def note(found: dict[int, tuple[str, str]], changes: list[Change]) -> None:
    """Keep each difference with both values, and whether hearing it repaired it."""
    repaired = {
        change.order_id
        for change in changes
        if change.order_id in found and rules.agrees(change.state, found[change.order_id][1])
    }
    rows = [
        {
            "order_id": order_id,
            "what": "order",
            "ours": ours,
            "theirs": theirs,
            "repaired": order_id in repaired,
            "found_at": clock.now(),
            "details": {},
        }
        for order_id, (ours, theirs) in found.items()
    ]
    if rows:
        db.insert_many(Difference, rows)
