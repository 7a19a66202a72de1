"""Asking the operator about the people of a roster before anything is confirmed, and what that changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from console.accounts.models import Company
from console.bulk import numbering, rechecking
from console.bulk.fixing import FIXABLE
from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow
from console.bulk.states import RowState
from console.core import acting, clock, queue
from console.core.db import session
from console.orders import people
from console.orders.models import PersonCheck
from console.orders.people import Told

BY_ITSELF = 200
"""So many people are asked about without being told to: calls to the operator are shared by all companies."""
LINGERS = 10
"""Seconds for which pages are told that it has just ended; longer than a page takes."""


@dataclass(frozen=True)
class Asked:
    """A person of a roster as the operator knows people; `row_id` is his first row."""

    row_id: int
    document: bytes
    name: str
    id_type: str
    id_no: str


@dataclass(frozen=True)
class Progress:
    """Of `people` that can be confirmed now, so many were asked about within a day.

    While it is `moving` a page looks again: somebody is being asked about, or was until a moment ago. A page whose
    transaction began before the last answers were kept counts without them, and learns here that it is over.
    """

    people: int
    asked: int
    running: bool
    moving: bool


def begin(batch_id: int) -> None:
    """After the check; a large roster waits until somebody presses for it."""
    if 0 < progress(session.get_one(Batch, batch_id)).people <= BY_ITSELF:
        ask(batch_id)


def begin_again(batch_id: int, row_id: int) -> None:
    """After a row was mended: another name or document is another question."""
    if to_ask(batch_id, row_id):
        ask(batch_id)


def ask(batch_id: int) -> None:
    queue.show_progress(_key(batch_id), running=True)
    queue.enqueue(queue.Job.LOOK_AT_PEOPLE, acting.company(), batch_id)


def over(batch_id: int) -> None:
    queue.show_progress(_key(batch_id), LINGERS, running=False)


def _key(batch_id: int) -> str:
    return f"people-{batch_id}"


def progress(batch: Batch) -> Progress:
    """Counted in SQL: the page asks for it every other second."""
    conditions = _ready(batch)
    if conditions is None:
        return Progress(0, 0, running=False, moving=False)
    fresh = select(PersonCheck.document_index).where(PersonCheck.asked_at > clock.now() - people.HOLDS)
    wanted = select(func.count(BatchRow.document_index.distinct())).where(*conditions)
    total = session.scalar(wanted) or 0
    asked = session.scalar(wanted.where(BatchRow.document_index.in_(fresh))) or 0
    told = queue.progress(_key(batch.id))
    return Progress(total, asked, running=bool(told.get("running")), moving=bool(told))


def _ready(batch: Batch) -> tuple[Any, ...] | None:
    """Rows whose people the operator is asked about."""
    operations = KINDS[batch.kind].vouched_for
    if not operations or batch.state not in FIXABLE:
        return None
    of_operation = or_(
        *(BatchRow.operation == one if one else BatchRow.operation.is_(None) for one in operations)
    )
    return (
        BatchRow.batch_id == batch.id, BatchRow.state == RowState.READY, BatchRow.document_index.is_not(None),
        of_operation,
    )  # fmt: skip


def to_ask(batch_id: int, row_id: int | None = None) -> list[Asked]:
    """People of ready rows, or of one, on whom there is no word of today, each once, in the order of the roster."""
    batch = session.get_one(Batch, batch_id)
    conditions = _ready(batch)
    if conditions is None:
        return []
    wanted = select(BatchRow.id, BatchRow.document_index, BatchRow.values).where(*conditions)
    if row_id is not None:
        wanted = wanted.where(BatchRow.id == row_id)
    found = session.execute(wanted.order_by(BatchRow.number)).all()
    told = people.told({(row.document_index, row.values["name"]) for row in found})
    asked: dict[bytes, Asked] = {}
    for row in found:
        document, values = row.document_index, row.values
        if (document, values["name"]) not in told:
            one = Asked(row.id, document, values["name"], values["document_type"], values["document_no"])
            asked.setdefault(document, one)
    return list(asked.values())


def keep(batch_id: int, answers: Mapping[bytes, Told]) -> int:
    """Keep the operator's word and check the rows anew that it is against; how many are not ready any more."""
    # Two who ask about the same people: one after the other.
    session.get_one(Company, acting.company(), with_for_update=numbering.ONE_AT_A_TIME)
    people.keep(answers)
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    against = [one for one, word in answers.items() if word.code or word.lines >= word.most - 1]
    conditions = _ready(batch)
    if not against or conditions is None:
        return 0
    rows: Sequence[BatchRow] = session.scalars(
        select(BatchRow).where(*conditions, BatchRow.document_index.in_(against))
    ).all()
    if rows:
        with acting.on_batch(batch.id):
            rechecking.check_again(batch, list(rows))
            session.flush()
    ids = [row.id for row in rows]
    still = select(func.count(BatchRow.id)).where(BatchRow.id.in_(ids), BatchRow.state == RowState.READY)
    return len(ids) - (session.scalar(still) or 0)
