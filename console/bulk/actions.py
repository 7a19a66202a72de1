"""What is done to a batch: received, confirmed, withdrawn, tried again.

Checking is in checking.py, mending in fixing.py.
"""

import hmac
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from console.accounts.models import Company
from console.bulk import (
    approving,
    barring,
    finding,
    fixing,
    leavers,
    merging,
    numbering,
    queries,
    rechecking,
    steering,
    steps,
)
from console.bulk.kind import KINDS, UploadKind
from console.bulk.models import Batch, BatchRow, Correction, Problem
from console.bulk.states import BatchState, RowState
from console.core import acting, clock, db, permissions, queue, storage
from console.core.db import session
from console.core.encryption import fingerprint
from console.core.errors import Conflict, ConsoleError, TooMany, WrongState
from console.core.permissions import Permission
from console.orders import actions as orders
from console.orders import queries as order_queries
from console.spreadsheets.limits import DEFAULT
from console.spreadsheets.repair_tokens import find_token

LIFE = timedelta(days=7)
MOST_UNREAD = 30
"""Files of one company that wait to be read; one more is refused, and nothing that was accepted suffers."""
OVER = (BatchState.REFUSED, BatchState.WITHDRAWN, BatchState.EXPIRED)


def receive(
    role: str, user_id: int, slug: str, filename: str, content: bytes, defaults: Mapping[str, str]
) -> Batch | Correction:
    """Keep the file and have it checked; a repair workbook goes to the batch that it was given out for.

    Raises ConsoleError F_EMPTY_FILE, F_TOO_LARGE, F_REPAIR_…; Conflict F_DUP_FILE; TooMany F_QUEUE_FULL.
    """
    kind = KINDS[slug]
    permissions.check(role, Permission.BATCHES_UPLOAD)
    permissions.check(role, kind.permission)
    if not content:
        raise ConsoleError("F_EMPTY_FILE", file=filename)
    if len(content) > DEFAULT.upload_bytes:
        raise ConsoleError("F_TOO_LARGE", file=filename, mb=DEFAULT.upload_bytes // 2**20)
    if token := find_token(content):
        return merging.receive(role, user_id, filename, content, token)
    # Takes the company's lock: of two identical uploads the second sees the first.
    number = numbering.next_number()
    same = finding.with_file(slug, fingerprint(content), kind.repeatable)
    if same is not None:
        raise Conflict("F_DUP_FILE", number=same.number, batch=same.id)
    if (ahead := finding.unread()) >= MOST_UNREAD:
        raise TooMany("F_QUEUE_FULL", n=ahead, place=ahead + 1)
    file = storage.put(filename, content)
    now = clock.now()
    batch = Batch(
        number=number,
        kind=slug,
        title=file.name.rsplit(".", 1)[0][:120] or file.name,
        file_id=file.id,
        defaults={name: value for name, value in defaults.items() if value},
        submitted_by=user_id,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(batch)
    session.flush()
    queue.enqueue(queue.Job.CHECK_BATCH, acting.company(), batch.id)
    queue.enqueue(queue.Job.LOOK_AT_STANDING, acting.company())
    return batch


def confirm(role: str, user_id: int, batch_id: int, shown: str, run_on: date | None = None) -> int | None:
    """Carry out exactly the rows and prices that were shown; how many, or None when they have changed since.

    `shown` is queries.shown(): a digest over the ready rows, their revisions and prices. Prices of an earlier day are
    worked out anew first, so the caller commits also when the answer is None. Until `run_on` nothing is carried out,
    and where a rule wants a second person nothing before he has decided.
    """
    day = steering.day_of(run_on)
    batch = fixing.fixable(role, batch_id)
    for permission in (Permission.BATCHES_CONFIRM, *KINDS[batch.kind].confirming):
        permissions.check(role, permission)
    with acting.on_batch(batch.id):
        if batch.priced_on != clock.today():
            rechecking.price_again(batch)
        if not queries.tally(batch.id).of(RowState.READY):
            raise Conflict("E_NOTHING_READY")
        leavers.check(batch)
        barring.check(batch)
        if not hmac.compare_digest(shown.encode(), queries.shown(batch.id).encode()):
            return None
        if rule := approving.rule_for(batch):
            approving.ask(batch, user_id, rule, day)
            return queries.tally(batch.id).of(RowState.READY)
        confirmed = session.execute(
            update(BatchRow)
            .where(BatchRow.batch_id == batch.id, BatchRow.state == RowState.READY)
            .values(state=RowState.CONFIRMED.value)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        steps.close(batch.id)
        batch.confirmed_at, batch.confirmed_by = clock.now(), user_id
        batch.layout, batch.run_on = None, day
        if day:
            batch.state = BatchState.SCHEDULED
        else:
            steering.start(batch)
    return int(confirmed)


def withdraw(role: str, batch_id: int) -> None:
    """Nothing was carried out yet: the batch ends here."""
    permissions.check(role, Permission.BATCHES_UPLOAD)
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    permissions.check(role, KINDS[batch.kind].permission)
    if batch.state == BatchState.WITHDRAWN:
        raise WrongState(thing="Batch", old=batch.state, new=BatchState.WITHDRAWN.value)
    with acting.on_batch(batch.id):
        batch.state = BatchState.WITHDRAWN
        batch.finished_at = clock.now()
        batch.layout = None


def retry(role: str, batch_id: int, row_ids: list[int] | None = None) -> int:
    """Rows whose order failed for a reason that another try can mend; a row that succeeded is never sent again."""
    batch = fixing.fixable(role, batch_id)
    permissions.check(role, Permission.BATCHES_CONFIRM)
    failed = queries.retryable(batch.id)
    chosen = [pair for pair in failed if row_ids is None or pair[0] in row_ids]
    doubtful = [order for _row, order, state in chosen if state == "attention"]
    again = [row for row, _order, state in chosen if state != "attention"]
    with acting.on_batch(batch.id):
        if doubtful:
            orders.try_again(doubtful)
        if again:
            _move_rows(again, RowState.ORDERED, RowState.CONFIRMED)
            queue.enqueue(queue.Job.APPLY_BATCH, acting.company(), batch.id)
        if chosen and batch.state == BatchState.FINISHED:
            steering.go_on(batch)
    return len(chosen)


def give_back(role: str, batch_id: int, row_id: int) -> None:
    """A row that the operator refused for what stands in it: back to be mended and confirmed anew."""
    batch, row = fixing.fixable(role, batch_id), session.get_one(BatchRow, row_id)
    order = order_queries.of_rows(batch.id, [row.id]).get(row.id)
    ordered = row.state == RowState.ORDERED
    if row.batch_id != batch.id or not ordered or order is None or order.state != "failed":
        raise Conflict("E_ROW_GONE_ON")
    with acting.on_batch(batch.id):
        row.state = RowState.WRONG
        row.revision += 1
        session.flush()
        if row.values.get("absent"):  # it has no cells to mend: once more, when the reason is gone
            rechecking.check_again(batch, [row])
            return
        problem = {
            "batch_id": batch.id,
            "row_id": row.id,
            "field": _blamed(KINDS[batch.kind], order.error_code or ""),
            "code": "E_OPERATOR",
            "level": "error",
        }
        session.execute(delete(Problem).where(Problem.row_id == row.id, Problem.code == "E_OPERATOR"))
        db.insert_many(Problem, [problem | {"values": {"operator_code": order.error_code}}])


def _blamed(kind: UploadKind, code: str) -> str:
    """The column that the operator's refusal is about."""
    wanted = "name" if code == "REALNAME_MISMATCH" else "plan" if code.startswith("PLAN") else "document_no"
    known = {column.field for column in kind.columns}
    return next(field for field in (wanted, "plan", "msisdn") if field in known)


def apply_some(batch_id: int, limit: int = 500, answers: Mapping[int, Any] | None = None) -> int:
    """Carry out some of the confirmed rows, checked once more first: much can change in between.

    `answers` are the operator's, of kinds that ask first; only those rows are carried out then.
    """
    # Two batches may hold the same person: one is applied after the other, and sees what it did.
    session.get_one(Company, acting.company(), with_for_update=numbering.ONE_AT_A_TIME)
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    if batch.state != BatchState.RUNNING:
        return 0  # paused, or planned for a later day
    kind = KINDS[batch.kind]
    wanted = (
        select(BatchRow)
        .where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.CONFIRMED)
        .order_by(BatchRow.number)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if answers is not None:
        wanted = wanted.where(BatchRow.id.in_(answers))
    rows = list(session.scalars(wanted))
    if not rows:
        return 0
    with acting.on_batch(batch_id):
        good, bad = rechecking.still_good(batch, rows)
        for row in good:
            row.answer = (answers or {}).get(row.id or 0)
        failed = kind.apply(batch, good) if good else {}
        bad |= failed
        rechecking.send_back(batch, [row for row in rows if row.id in bad], bad)
        for state, asking in ((RowState.ORDERED, True), (RowState.DONE, False)):
            done = [row for row in good if row.id not in bad and kind.asks_operator(row) is asking]
            _move_rows([row.id for row in done if row.id is not None], RowState.CONFIRMED, state)
    return len(rows)


def _move_rows(ids: list[int], origin: RowState, target: RowState) -> None:
    assert origin.can_become(target)
    for start in range(0, len(ids), 5000):
        session.execute(
            update(BatchRow)
            .where(BatchRow.id.in_(ids[start : start + 5000]), BatchRow.state == origin.value)
            .values(state=target.value)
            .execution_options(synchronize_session=False)
        )
