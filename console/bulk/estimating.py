"""How long a batch still takes, from the pace of its orders, and afterwards how well that was said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from console.bulk.models import Batch
from console.bulk.states import BatchState
from console.core import clock
from console.core.db import session
from console.orders.models import Order
from console.orders.states import OrderState

FEWEST = 8
"""Orders of which a quarter says something."""
SHORTEST = 0.5


@dataclass(frozen=True)
class Proved:
    """What was said when a quarter was done, and how long it took in the end: seconds from beginning to end."""

    estimated: float
    took: float

    @property
    def percent(self) -> int:
        """How far the estimate was off, as a share of the time that it really took."""
        return round(100 * abs(self.estimated - self.took) / self.took)


def left(batch: Batch, rows: int) -> float | None:
    """Seconds until these rows are settled; None while there is nothing to measure."""
    began = _began(batch)
    settled = session.scalar(select(func.count(Order.id)).where(*_settled(batch, began))) or 0
    return rows * pace(began, clock.now(), settled) if settled and rows else None


def ahead(batch: Batch) -> int:
    """Orders of the company's other batches that are sent before the first one of this batch."""
    first = select(func.min(Order.id)).where(Order.batch_id == batch.id).scalar_subquery()
    due = (Order.state == OrderState.PLACED) & (Order.next_try_at <= clock.now()) & Order.held.is_(False)
    earlier = Order.id < func.coalesce(first, Order.id + 1)
    wanted = select(func.count(Order.id)).where(due, Order.batch_id != batch.id, earlier)
    return session.scalar(wanted) or 0


def proved(batch: Batch) -> Proved | None:
    """The estimate that the page gave when a quarter was settled, worked out anew from when each order was.

    None for batches that are not over, or too small.
    """
    if batch.state != BatchState.FINISHED:
        return None
    began = _began(batch)
    of_run = _settled(batch, began)
    total = session.scalar(select(func.count(Order.id)).where(*of_run)) or 0
    if total < FEWEST:
        return None
    quarter = total // 4
    wanted = select(Order.settled_at).where(*of_run).order_by(Order.settled_at)
    at, last = (session.scalars(wanted.offset(place - 1).limit(1)).one() for place in (quarter, total))
    assert at and last, "settled orders have a moment"
    return Proved(total * pace(began, at, quarter), max((last - began).total_seconds(), SHORTEST))


def pace(began: datetime, now: datetime, settled: int) -> float:
    """Seconds for each."""
    return max((now - began).total_seconds(), SHORTEST) / settled


def _began(batch: Batch) -> datetime:
    return batch.running_since or batch.confirmed_at or batch.created_at


def _settled(batch: Batch, began: datetime) -> tuple[Any, ...]:
    return (Order.batch_id == batch.id, Order.settled_at >= began)
