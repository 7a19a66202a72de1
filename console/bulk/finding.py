"""Finding batches: the latest, those that wait for somebody, those with the same file or rows."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from console.bulk.models import Batch, BatchRow
from console.bulk.states import BatchState, RowState
from console.core import clock, lookups
from console.core.db import session
from console.core.storage import StoredFile

SAME_FILE_DAYS = 30
_GONE = (BatchState.REFUSED, BatchState.WITHDRAWN, BatchState.EXPIRED)


def recent(
    limit: int, kind: str | None = None, state: str | None = None, page: int = 1
) -> tuple[int, list[Batch]]:
    wanted = select(Batch)
    if kind:
        wanted = wanted.where(Batch.kind == kind)
    if state:
        wanted = wanted.where(Batch.state.in_(state.split(",")))
    total = (
        session.scalar(select(func.count()).select_from(wanted.with_only_columns(Batch.id).subquery())) or 0
    )
    shown_ = wanted.order_by(Batch.created_at.desc(), Batch.id.desc()).limit(limit).offset((page - 1) * limit)
    return total, list(session.scalars(shown_))


def unread() -> int:
    """Batches of the company whose files wait to be read, or are being read."""
    waiting = Batch.state.in_((BatchState.RECEIVED, BatchState.CHECKING))
    return session.scalar(select(func.count(Batch.id)).where(waiting)) or 0


def ahead(batch: Batch) -> int:
    """Files of the company that are read before this one, as long as it waits."""
    waiting = Batch.state.in_((BatchState.RECEIVED, BatchState.CHECKING))
    return session.scalar(select(func.count(Batch.id)).where(waiting, Batch.id < batch.id)) or 0


def by_state() -> dict[str, int]:
    return {
        state: count
        for state, count in session.execute(select(Batch.state, func.count(Batch.id)).group_by(Batch.state))
    }


def waiting_for_a_person() -> list[Batch]:
    """Batches with open questions, or with rows that wait to be mended or confirmed; the newest first."""
    rows_waiting = select(BatchRow.batch_id).where(BatchRow.state.in_((RowState.WRONG, RowState.READY)))
    wanted = (
        select(Batch)
        .where(
            (Batch.state == BatchState.ASKING)
            | Batch.id.in_(rows_waiting)
            & Batch.state.in_((BatchState.CHECKED, BatchState.RUNNING, BatchState.FINISHED)),
            Batch.expires_at > clock.now(),
        )
        .order_by(Batch.created_at.desc())
        .limit(6)
    )
    return list(session.scalars(wanted))


def running() -> list[Batch]:
    return list(
        session.scalars(
            select(Batch).where(Batch.state == BatchState.RUNNING).order_by(Batch.id.desc()).limit(20)
        )
    )


def numbered(text: str) -> list[Batch]:
    wanted = select(Batch).where(Batch.number.startswith(text.upper(), autoescape=True))
    return list(session.scalars(wanted.order_by(Batch.id.desc()).limit(20)))


def waiting_elsewhere(kind: str, before: int, people: Collection[bytes]) -> dict[bytes, tuple[str, int]]:
    """Person → (number of the batch, number of the row) of work for them that is not carried out yet.

    In earlier batches only: of two that want the same, the first keeps it. What was ordered has a line already, and
    what is wrong there is often mended by uploading it anew.
    """
    still_open = (BatchRow.state == RowState.CONFIRMED) | (
        (BatchRow.state == RowState.READY) & (Batch.expires_at > clock.now())
    )
    wanted = (
        select(BatchRow.document_index, Batch.number, BatchRow.number)
        .join(Batch, Batch.id == BatchRow.batch_id)
        .where(Batch.kind == kind, Batch.id < before, Batch.state.not_in(_GONE), still_open)
    )
    found = lookups.rows(wanted, BatchRow.document_index, people)
    return {person: (batch, row) for person, batch, row in found}


def next_confirmed(batch_id: int, limit: int) -> dict[int, dict[str, Any]]:
    """Row → values of those that are carried out next."""
    wanted = (
        select(BatchRow.id, BatchRow.values)
        .where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.CONFIRMED)
        .order_by(BatchRow.number)
        .limit(limit)
    )
    return {id_: values for id_, values in session.execute(wanted)}


def with_file(kind: str, fingerprint: bytes, repeatable: bool = False) -> Batch | None:
    """A batch of the same kind with the very same file, still standing; of a repeatable one, still under way."""
    wanted = (
        _standing(kind, repeatable)
        .join(StoredFile, StoredFile.id == Batch.file_id)
        .where(StoredFile.fingerprint == fingerprint)
    )
    return session.scalars(wanted).first()


def with_rows(kind: str, digest: bytes, but: int, repeatable: bool = False) -> Batch | None:
    """A batch with the same rows, in whatever order and file."""
    wanted = _standing(kind, repeatable).where(Batch.rows_digest == digest, Batch.id != but)
    return session.scalars(wanted).first()


def _standing(kind: str, repeatable: bool) -> Any:
    since = clock.now() - timedelta(days=SAME_FILE_DAYS)
    over = (*_GONE, BatchState.FINISHED) if repeatable else _GONE
    return (
        select(Batch)
        .where(Batch.kind == kind, Batch.state.not_in(over), Batch.created_at > since)
        .order_by(Batch.id.desc())
        .limit(1)
    )


def departments() -> list[str]:
    """Those whose people have been in a batch, for a list to choose from."""
    wanted = select(BatchRow.department).where(BatchRow.department.is_not(None)).distinct().limit(500)
    return sorted(name for name in session.scalars(wanted) if name)
