"""How a batch ends: finished when nothing is open any more, expired when nobody came back to it."""

from sqlalchemy import ColumnElement, and_, exists, select, update

from console.bulk import queries
from console.bulk.models import Batch, BatchRow
from console.bulk.states import BatchState, RowState
from console.core import acting, clock
from console.core.db import session
from console.notices import actions as notices
from console.orders import queries as orders
from console.orders.models import Order
from console.orders.states import OrderState

LEFT_LYING = (BatchState.ASKING, BatchState.CHECKED)
"""Nobody has answered, or confirmed: the batch ends after seven days."""


def is_over() -> ColumnElement[bool]:
    """A running batch without a row that waits to be ordered and without an open order."""
    waiting = exists().where(BatchRow.batch_id == Batch.id, BatchRow.state == RowState.CONFIRMED)
    open_ = exists().where(Order.batch_id == Batch.id, orders.standing().in_(OrderState.open()))
    return and_(Batch.state == BatchState.RUNNING, ~waiting, ~open_)


def over() -> list[int]:
    return list(session.scalars(select(Batch.id).where(is_over())))


def finish(batch_id: int) -> bool:
    """Close it and tell the person; False when something is still open. Asked again and again, done once."""
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    if batch_id not in over():
        return False
    with acting.on_batch(batch.id):
        batch.state = BatchState.FINISHED
        batch.finished_at = clock.now()
        session.flush()
        tally = queries.tally(batch.id)
        waiting = tally.of(RowState.WRONG, RowState.READY)
        code = "BATCH_PARTIAL" if tally.bad or waiting else "BATCH_DONE"
        notices.tell(
            batch.confirmed_by or batch.submitted_by, code, batch.id,
            title=batch.title, ok=tally.ok, bad=tally.bad + waiting,
        )  # fmt: skip
    return True


def expire_old() -> None:
    """What was asked and never answered, or checked and never confirmed, ends after seven days."""
    session.execute(
        update(Batch)
        .where(Batch.state.in_(LEFT_LYING), Batch.expires_at < clock.now())
        .values(state=BatchState.EXPIRED.value, finished_at=clock.now(), layout=None)
        .execution_options(synchronize_session=False)
    )
