"""People whom a full roster does not mention: how many would leave, and who said that it is so."""

from dataclasses import dataclass

from sqlalchemy import func, select

from console.accounts.models import Company
from console.audit import actions as audit
from console.bulk import fixing, steps
from console.bulk.kind import KINDS, Operation
from console.bulk.models import Batch, BatchRow
from console.bulk.states import RowState
from console.core import acting, permissions
from console.core.db import session
from console.core.errors import Conflict
from console.core.permissions import Permission

WAITING = (RowState.READY, RowState.WRONG)


@dataclass(frozen=True)
class Leaving:
    """`people` would leave with what is ready, of `headcount` in the books; `unmentioned` are in no row of the file."""

    people: int
    unmentioned: int
    headcount: int
    many: bool
    """More than the company lets go without being asked."""
    partial: bool
    """The file mentions fewer than half: hardly everybody."""
    accepted: bool

    @property
    def blocks(self) -> bool:
        return self.many and not self.accepted


def look(batch: Batch) -> Leaving | None:
    """None for kinds that know nobody but those in the file."""
    headcount = KINDS[batch.kind].headcount()
    if headcount is None:
        return None
    company = session.get_one(Company, acting.company())
    people, unmentioned = _count(batch, (RowState.READY,)), _count(batch, (*WAITING, RowState.LEFT_OUT))
    enough = company.leavers_least
    return Leaving(
        people,
        unmentioned,
        headcount,
        many=people >= enough and people * 100 > company.leavers_percent * headcount,
        partial=unmentioned >= enough and unmentioned * 2 > headcount,
        accepted=people <= (batch.leavers_accepted or 0),
    )


def _count(batch: Batch, states: tuple[RowState, ...]) -> int:
    """People, not lines."""
    wanted = select(func.count(func.distinct(BatchRow.employee_id))).where(
        BatchRow.batch_id == batch.id,
        BatchRow.operation == Operation.LEAVE,
        BatchRow.state.in_(states),
    )
    return session.scalar(wanted) or 0


def check(batch: Batch) -> None:
    """Raises Conflict E_LEAVERS as long as nobody has said that so many people leave."""
    found = look(batch)
    if found and found.blocks:
        raise Conflict("E_LEAVERS")


def accept(role: str, batch_id: int, people: int) -> None:
    """Somebody says that these people leave. Raises Conflict E_LEAVERS when by now it is another number."""
    batch = fixing.fixable(role, batch_id)
    permissions.check(role, Permission.LEAVERS_ACCEPT)
    found = look(batch)
    if found is None or found.people != people:
        raise Conflict("E_LEAVERS")
    with acting.on_batch(batch.id):
        batch.leavers_accepted = people
        audit.record("accept", "batches", batch.id, {"people": people, "headcount": found.headcount})


def keep(role: str, batch_id: int) -> int:
    """Nothing is done for any of them; how many rows that were."""
    batch = fixing.fixable(role, batch_id)
    wanted = select(BatchRow).where(
        BatchRow.batch_id == batch.id, BatchRow.operation == Operation.LEAVE, BatchRow.state.in_(WAITING)
    )
    rows = list(session.scalars(wanted.order_by(BatchRow.number)))
    if rows:
        steps.leave_out_all(batch, rows)
    return len(rows)
