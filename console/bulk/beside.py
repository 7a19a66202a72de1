"""What floors above say beside the money of a batch: they register here, because the engine knows none of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from console.bulk.models import BatchRow
from console.bulk.states import RowState
from console.core.db import session


@dataclass(frozen=True)
class Part:
    """What some rows of a batch change each month, in 分, and whose they are; None is nobody's."""

    department: str | None
    cost_center: str | None
    monthly_fen: int


@dataclass(frozen=True)
class BudgetLine:
    """A budget that the rows touch, in 分: what counted against it last month, and with these rows each month."""

    name: str
    amount_fen: int
    before_fen: int
    after_fen: int

    @property
    def percent(self) -> tuple[int, int]:
        return round(100 * self.before_fen / self.amount_fen), round(100 * self.after_fen / self.amount_fen)


Look = Callable[[Sequence[Part]], list[BudgetLine]]
_looks: list[Look] = []


def register(look: Look) -> None:
    if look not in _looks:
        _looks.append(look)


def budgets(batch_id: int) -> list[BudgetLine]:
    """Over the rows that can be confirmed now; none when these rows change nothing each month.

    Shown to everybody who may see the batch's money: who orders and who approves is who should know.
    """
    wanted = (
        select(BatchRow.department, BatchRow.cost_center, func.sum(BatchRow.monthly_fen))
        .where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.READY, BatchRow.monthly_fen != 0)
        .group_by(BatchRow.department, BatchRow.cost_center)
    )
    parts = [Part(department, center, int(fen)) for department, center, fen in session.execute(wanted)]
    return [line for look in _looks for line in look(parts)] if parts else []
