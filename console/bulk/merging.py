"""Repair workbooks that come back: what was mended in them goes into the batch that they were given out for.

receive() looks at nothing but the token; a worker reads the file and merges it, all in one transaction at its end.
"""

import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update

from console.accounts.models import User
from console.bulk import asking, fixing, queries, steps
from console.bulk.comparing import Compared, compared
from console.bulk.kind import KINDS, UploadKind
from console.bulk.models import Batch, BatchRow, Correction
from console.bulk.states import BatchState, CorrectionState, RowState
from console.core import acting, clock, permissions, queue, storage
from console.core.db import session
from console.core.encryption import blind_index
from console.core.errors import ConsoleError, NotAllowed, WrongState
from console.core.permissions import Permission
from console.core.storage import StoredFile
from console.spreadsheets.limits import DEFAULT
from console.spreadsheets.refusals import Refused
from console.spreadsheets.repair_returned import Returned
from console.spreadsheets.repair_tokens import Token

LEASE = timedelta(seconds=15)
MOST_STARTS = 2
"""A file that has killed two workers kills no third one."""
MOST_LISTED = 200
LIMITS = replace(DEFAULT, columns=DEFAULT.columns + 10)
"""Of reading: our own columns stand beside those of a table that was as wide as it may be."""


@dataclass(frozen=True)
class Task:
    """A repair workbook that this worker, and nobody else, now reads."""

    correction_id: int
    lease: str
    batch_id: int
    secret: bytes
    headings: Mapping[str, str]
    chosen: Mapping[str, str]
    filename: str
    content: bytes


def receive(
    role: str, user_id: int, filename: str, content: bytes, token: Token, meant: int | None = None
) -> Correction:
    """Keep the workbook and have it merged; `meant` is the batch on whose page it was dropped.

    Raises ConsoleError F_REPAIR_OTHER, F_REPAIR_FORGED, F_REPAIR_BATCH, F_REPAIR_OVER.
    """
    permissions.check(role, Permission.BATCHES_UPLOAD)
    if token.company != acting.company():
        raise ConsoleError("F_REPAIR_OTHER", file=filename)
    genuine = token_of(token.batch, token.given).signature
    batch = session.get(Batch, token.batch)
    if not hmac.compare_digest(genuine, token.signature) or batch is None:
        raise ConsoleError("F_REPAIR_FORGED", file=filename)
    permissions.check(role, KINDS[batch.kind].permission)
    if meant is not None and meant != batch.id:
        raise ConsoleError("F_REPAIR_BATCH", file=filename, number=batch.number, batch=batch.id)
    if is_over(batch):
        raise ConsoleError("F_REPAIR_OVER", file=filename, number=batch.number, batch=batch.id)
    correction = Correction(
        batch_id=batch.id,
        file_id=storage.put(filename, content).id,
        given=token.given,
        submitted_by=user_id,
        created_at=clock.now(),
    )
    with acting.on_batch(batch.id):
        session.add(correction)
        session.flush()
    queue.enqueue(queue.Job.MERGE_CORRECTION, acting.company(), correction.id)
    return correction


def token_of(batch_id: int, given: str) -> Token:
    """`given` names one workbook that is given out."""
    company = acting.company()
    return Token(company, batch_id, given, blind_index("repair workbook", f"{batch_id} {given}").hex())


def secret_of(batch_id: int) -> bytes:
    """For the keys of the rows of one batch."""
    return blind_index("repair rows", str(batch_id))


def fields_of(batch: Batch, kind: UploadKind) -> dict[str, str]:
    """The kind's fields that the file has a column for, with its heading there."""
    known = {column.field for column in kind.columns}
    return {field: heading for field, heading in batch.headings.items() if field in known}


def chosen_of(batch: Batch) -> dict[str, str]:
    """Columns that a person gave to a field."""
    return dict(batch.answers.get(asking.COLUMNS, {}))


def is_over(batch: Batch) -> bool:
    """No row of it can change any more."""
    expired = batch.state == BatchState.CHECKED and batch.expires_at < clock.now()
    return expired or batch.state not in fixing.FIXABLE or not _waiting(batch.id)


def _waiting(batch_id: int) -> bool:
    wanted = select(BatchRow.id).where(
        BatchRow.batch_id == batch_id, BatchRow.state.in_((*steps.WAITING, RowState.LEFT_OUT))
    )
    return session.scalar(wanted.limit(1)) is not None


def start(correction_id: int) -> Task | None:
    """Take it to merge it; None when there is nothing to do or another worker is at it."""
    one = session.get(Correction, correction_id, with_for_update=True)
    now = clock.now()
    stalled = one and one.state == CorrectionState.MERGING and one.lease_until and one.lease_until < now
    if one is None or not (one.state == CorrectionState.RECEIVED or stalled):
        return None
    if one.state == CorrectionState.RECEIVED:
        one.state = CorrectionState.MERGING
    one.attempts += 1
    batch, file = session.get_one(Batch, one.batch_id), session.get_one(StoredFile, one.file_id)
    if one.attempts > MOST_STARTS:
        _refuse(one, "F_READER", {"file": file.name})
        return None
    one.lease, one.lease_until = uuid.uuid4().hex, now + LEASE
    # Columns that the file has not, and the workbook has, go by the names that we gave them.
    headings = _labels(batch.kind) | fields_of(batch, KINDS[batch.kind])
    secret, chosen = secret_of(batch.id), chosen_of(batch)
    return Task(one.id, one.lease, batch.id, secret, headings, chosen, file.name, file.content)


def _labels(kind: str) -> dict[str, str]:
    return {column.field: str(column.label) for column in KINDS[kind].columns}


def renew(task: Task) -> None:
    session.execute(
        update(Correction)
        .where(Correction.id == task.correction_id, Correction.lease == task.lease)
        .values(lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )


def keep(task: Task, lines: list[Returned]) -> None:
    """Write what was mended and check it; nothing when the lease was lost and somebody else does it."""
    one = _held(task)
    if one is None:
        return
    try:
        batch = fixing.fixable(session.get_one(User, one.submitted_by).role, one.batch_id)
    except (WrongState, NotAllowed):
        _refuse(one, "F_REPAIR_OVER", _name_of(one))
        return
    held = select(BatchRow.id, BatchRow.number, BatchRow.state, BatchRow.cells).where(
        BatchRow.batch_id == batch.id
    )
    found = compared(task.secret, lines, session.execute(held).all(), _written_before(one))
    if found.changes:
        steps.change(batch, steps.MERGED, _changes(found), None)
    left = queries.tally(batch.id)
    with acting.on_batch(batch.id):
        one = session.get_one(Correction, task.correction_id)
        one.counts = found.counts | {"still_wrong": left.of(RowState.WRONG), "ready": left.of(RowState.READY)}
        one.details = found.told(MOST_LISTED)
        one.state, one.finished_at = CorrectionState.MERGED, clock.now()
        one.lease = one.lease_until = None
        session.flush()


def _changes(found: Compared) -> steps.Changes:
    ids = list(found.changes)
    rows: list[BatchRow] = []
    for start_ in range(0, len(ids), steps.IDS_AT_ONCE):
        part = ids[start_ : start_ + steps.IDS_AT_ONCE]
        rows += session.scalars(select(BatchRow).where(BatchRow.id.in_(part)))
    rows.sort(key=lambda row: row.number)
    return [(row, found.changes[row.id]) for row in rows]


def _written_before(one: Correction) -> dict[int, dict[str, str]]:
    """What the same person wrote with the same workbook earlier: he may think better of it."""
    wanted = (
        select(Correction.details)
        .where(
            Correction.batch_id == one.batch_id,
            Correction.given == one.given,
            Correction.submitted_by == one.submitted_by,
            Correction.state == CorrectionState.MERGED,
        )
        .order_by(Correction.id)
    )
    written: dict[int, dict[str, str]] = {}
    for details in session.scalars(wanted):
        for row, cells in (details or {}).get("written", {}).items():
            written.setdefault(int(row), {}).update(cells)
    return written


def refuse(task: Task, refused: Refused) -> None:
    one = _held(task)
    if one is not None:
        _refuse(one, refused.code, {"file": task.filename} | dict(refused.values))


def _held(task: Task) -> Correction | None:
    one = session.get_one(Correction, task.correction_id, with_for_update=True)
    return one if one.lease == task.lease and one.state == CorrectionState.MERGING else None


def _refuse(one: Correction, code: str, values: dict[str, Any]) -> None:
    with acting.on_batch(one.batch_id):
        one.state, one.finished_at = CorrectionState.REFUSED, clock.now()
        one.refusal = {"code": code, "values": values}
        one.lease = one.lease_until = None
        session.flush()


def _name_of(one: Correction) -> dict[str, Any]:
    batch = session.get_one(Batch, one.batch_id)
    file = session.scalar(select(StoredFile.name).where(StoredFile.id == one.file_id))
    return {"file": file, "number": batch.number, "batch": batch.id}


def due() -> Any:
    """What the clock rings for: (company, id) of workbooks that nobody merges."""
    stalled = (Correction.state == CorrectionState.MERGING) & (Correction.lease_until < clock.now())
    return select(Correction.company_id, Correction.id).where(
        or_(Correction.state == CorrectionState.RECEIVED, stalled)
    )
