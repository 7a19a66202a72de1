"""What is done to a batch that was confirmed: paused and let go, its rest called off, planned for another day."""

from datetime import date, timedelta

from sqlalchemy import func, select, update

from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow
from console.bulk.states import BatchState, RowState
from console.core import acting, clock, permissions, queue
from console.core.db import session
from console.core.errors import Conflict, WrongState
from console.core.permissions import Permission
from console.orders import steering as orders

LONGEST_PLAN = timedelta(days=60)
"""So far ahead the operator takes an order (gateway contract)."""


def pause(role: str, user_id: int, batch_id: int) -> None:
    """Nothing more is sent; what the operator has already goes on."""
    batch = _held(role, batch_id, BatchState.RUNNING)
    with acting.on_batch(batch.id):
        batch.state = BatchState.PAUSED
        batch.paused_by, batch.paused_at = user_id, clock.now()
        orders.hold(batch.id)


def resume(role: str, batch_id: int) -> None:
    batch = _held(role, batch_id, BatchState.PAUSED)
    with acting.on_batch(batch.id):
        orders.let_go(batch.id)
        start(batch)


def call_off(role: str, batch_id: int) -> int:
    """Rows that are not on their way yet are left out, orders that were not sent are not sent any more; how many rows.

    What the operator may have heard of is waited for: nobody knows better than it what became of that.
    """
    batch = _held(role, batch_id, BatchState.RUNNING, BatchState.PAUSED)
    with acting.on_batch(batch.id):
        left_out = _move(batch.id, RowState.CONFIRMED, RowState.LEFT_OUT)
        unsent = orders.call_off(batch.id)
        orders.let_go(batch.id)
        if batch.state == BatchState.PAUSED:
            go_on(batch)
        queue.enqueue(queue.Job.CANCEL_ORDERS, acting.company())
        queue.enqueue(queue.Job.FINISH_BATCHES, acting.company())
    return left_out + unsent


def day_of(wanted: date | None) -> date | None:
    """The day for which a batch is planned, None for today. Raises Conflict E_PLAN_DAY for one that cannot be."""
    today = clock.today()
    if wanted is None or wanted == today:
        return None
    if not today < wanted <= today + LONGEST_PLAN:
        raise Conflict("E_PLAN_DAY", days=LONGEST_PLAN.days)
    return wanted


def plan_again(role: str, batch_id: int, wanted: date) -> None:
    """Another day for a batch that waits for its own."""
    batch = _held(role, batch_id, BatchState.SCHEDULED)
    day = day_of(wanted)
    with acting.on_batch(batch.id):
        batch.run_on = day
        if day is None:
            start(batch)


def take_back(role: str, batch_id: int) -> None:
    """Nothing was done yet: the rows can be mended and confirmed anew."""
    batch = _held(role, batch_id, BatchState.SCHEDULED)
    with acting.on_batch(batch.id):
        _move(batch.id, RowState.CONFIRMED, RowState.READY)
        batch.state, batch.run_on = BatchState.CHECKED, None
        batch.confirmed_at = batch.confirmed_by = None
        batch.expires_at = max(batch.expires_at, clock.now() + timedelta(days=1))


def start_due(batch_id: int) -> bool:
    """The day has come; False when somebody was quicker or it has another day now."""
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    due = batch.state == BatchState.SCHEDULED and batch.run_on is not None and batch.run_on <= clock.today()
    if due:
        with acting.on_batch(batch.id):
            start(batch)
    return due


def start(batch: Batch) -> None:
    """Its confirmed rows are carried out from now on."""
    go_on(batch)
    queue.enqueue(queue.Job.APPLY_BATCH, acting.company(), batch.id)


def go_on(batch: Batch) -> None:
    """Its orders are carried out from now on; what is measured and what may stop it is counted anew."""
    batch.state, batch.running_since, batch.finished_at = BatchState.RUNNING, clock.now(), None
    batch.paused_by = batch.paused_at = batch.paused_for = None


def _held(role: str, batch_id: int, *states: BatchState) -> Batch:
    """The batch, locked, when this role may steer it. Raises WrongState when it is too late."""
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    permissions.check(role, Permission.BATCHES_CONFIRM)
    permissions.check(role, KINDS[batch.kind].permission)
    if batch.state not in states:
        raise WrongState(thing="Batch", old=batch.state, new=states[0].value)
    return batch


def _move(batch_id: int, origin: RowState, target: RowState) -> int:
    assert origin.can_become(target)
    of_batch = (BatchRow.batch_id == batch_id, BatchRow.state == origin.value)
    count = session.scalar(select(func.count(BatchRow.id)).where(*of_batch)) or 0
    session.execute(
        update(BatchRow)
        .where(*of_batch)
        .values(state=target.value)
        .execution_options(synchronize_session=False)
    )
    return count
