"""What the rows of a batch cost: sums in SQL, over columns in the clear."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from console.bulk.models import BatchRow
from console.bulk.states import RowState
from console.core.db import session


@dataclass(frozen=True)
class Sums:
    """分 over some rows: each month, in this cycle, once, and for leaving contracts."""

    rows: int
    monthly: int
    cycle: int
    once: int
    penalty: int

    @property
    def now(self) -> int:
        """What falls due with the confirmation."""
        return self.cycle + self.once + self.penalty


def _sums() -> tuple[Any, ...]:
    columns = (BatchRow.monthly_fen, BatchRow.cycle_fen, BatchRow.once_fen, BatchRow.penalty_fen)
    return (func.count(BatchRow.id), *(func.coalesce(func.sum(column), 0) for column in columns))


def total(batch_id: int) -> Sums:
    """Over the rows that can be confirmed now."""
    ready = (BatchRow.batch_id == batch_id, BatchRow.state == RowState.READY)
    return Sums(*(int(one) for one in session.execute(select(*_sums()).where(*ready)).one()))


def money_by_center(batch_id: int) -> list[tuple[str | None, Sums]]:
    """Cost centre → the same; None is nobody's. In the order of their codes."""
    wanted = (
        select(BatchRow.cost_center, *_sums())
        .where(
            BatchRow.batch_id == batch_id, BatchRow.state == RowState.READY, BatchRow.price_key.is_not(None)
        )
        .group_by(BatchRow.cost_center)
        .order_by(BatchRow.cost_center)
    )
    return [(center, Sums(*(int(one) for one in sums))) for center, *sums in session.execute(wanted)]


def whose(batch_id: int) -> tuple[set[str], set[str]]:
    """(cost centres, departments) of the rows that can be confirmed now."""
    wanted = (
        select(BatchRow.cost_center, BatchRow.department)
        .where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.READY)
        .distinct()
    )
    found = session.execute(wanted).all()
    return {row.cost_center for row in found if row.cost_center}, {
        row.department for row in found if row.department
    }
