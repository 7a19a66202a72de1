"""A batch that stops by itself: going on would only repeat a failure that a person has to end first."""

from sqlalchemy import func, select

from console.bulk import queries
from console.bulk.models import Batch
from console.bulk.states import BatchState
from console.core import acting, clock
from console.core.db import session
from console.notices import actions as notices
from console.orders import rules, steering
from console.orders.models import Order
from console.orders.states import OrderState


def look() -> int:
    """Pause each running batch whose failures say that something is wrong with all of it; how many.

    What has failed before the batch last went on does not count: somebody has seen it and said: go on.
    """
    wanted = (
        select(Batch.id, Order.error_code, func.count(Order.id))
        .join(Order, Order.batch_id == Batch.id)
        .where(
            Batch.state == BatchState.RUNNING,
            Order.state == OrderState.FAILED,
            Order.error_code.in_(rules.TELLING),
            Order.settled_at >= Batch.running_since,
        )
        .group_by(Batch.id, Order.error_code)
    )
    failures: dict[int, dict[str, int]] = {}
    for batch_id, code, count in session.execute(wanted):
        failures.setdefault(batch_id, {})[str(code)] = count
    stopped = 0
    for batch_id, counts in failures.items():
        code = rules.ends_for_all(counts) or _of_the_first(batch_id, counts)
        stopped += code is not None and _pause(batch_id, code)
    return stopped


def _of_the_first(batch_id: int, counts: dict[str, int]) -> str | None:
    """What most of the first orders failed for; asked only when there are failures enough."""
    if sum(counts.values()) <= rules.MOST_STRANGERS:
        return None
    wanted = (
        select(Order.error_code)
        .join(Batch, Batch.id == Order.batch_id)
        .where(Order.batch_id == batch_id, Order.settled_at >= Batch.running_since)
        .order_by(Order.settled_at, Order.id)
        .limit(rules.FIRST)
    )
    return rules.looks_shifted(list(session.scalars(wanted)))


def _pause(batch_id: int, code: str) -> bool:
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    if batch.state != BatchState.RUNNING or not queries.tally(batch_id).wait:
        return False  # somebody was quicker, or there is nothing left to hold back
    with acting.on_batch(batch_id):
        batch.state, batch.paused_at, batch.paused_for = BatchState.PAUSED, clock.now(), code
        steering.hold(batch_id)
        notices.tell(batch.confirmed_by or batch.submitted_by, "BATCH_STOPPED", batch_id, title=batch.title)
    return True
