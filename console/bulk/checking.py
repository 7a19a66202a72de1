"""Checking an uploaded roster against the rules and the company's books.

examine() only reads, and may take its seconds; keep() writes what it found in a moment.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update

from console.bulk import finding, meanings, remembering, rules
from console.bulk.columns import note
from console.bulk.kind import KINDS, Operation, Row, UploadKind
from console.bulk.models import Batch, BatchRow, Fix, Problem
from console.bulk.states import BatchState, RowState
from console.core import acting, clock, db
from console.core.db import session
from console.core.encryption import blind_index
from console.core.storage import StoredFile
from console.spreadsheets.cells import NOTHING, W_DATE_1904
from console.spreadsheets.refusals import Refused
from console.spreadsheets.tables import Table

LEASE = timedelta(seconds=15)
MOST_STARTS = 2
"""Of one reading: a file that has killed two workers kills no third one."""
SEPARATOR = "\x1f"
"""Between cells; the readers of files let no control character through."""


@dataclass(frozen=True)
class Task:
    """A file that this worker, and nobody else, now reads."""

    batch_id: int
    lease: str
    kind: UploadKind
    filename: str
    content: bytes
    defaults: dict[str, str]
    answers: Mapping[str, Any]
    remembered: Mapping[str, str]


def start(batch_id: int) -> Task | None:
    """Take the batch to check it; None when there is nothing to do or another worker is at it."""
    batch = session.get(Batch, batch_id, with_for_update=True)
    now = clock.now()
    stalled = batch and batch.state == BatchState.CHECKING and batch.lease_until and batch.lease_until < now
    if batch is None or not (batch.state == BatchState.RECEIVED or stalled):
        return None
    batch.state = BatchState.CHECKING
    batch.attempts += 1
    file = session.get_one(StoredFile, batch.file_id)
    if batch.attempts > MOST_STARTS:
        _refuse(batch, "F_READER", {"file": file.name})
        return None
    batch.lease, batch.lease_until = uuid.uuid4().hex, now + LEASE
    memory = remembering.recall(batch.kind)
    kind = KINDS[batch.kind]
    return Task(batch.id, batch.lease, kind, file.name, file.content, batch.defaults, batch.answers, memory)


def renew(task: Task) -> None:
    session.execute(
        update(Batch)
        .where(Batch.id == task.batch_id, Batch.lease == task.lease)
        .values(lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )


def examine(task: Task, table: Table) -> list[Row]:
    """All rows with their values, problems and prices. A few queries for the whole roster, none for a row."""
    reference = reference_of(task.kind, task.batch_id, [one.code for one in table.notes])
    rows = [Row(line.number, line.cells) for line in table.rows]
    rules.parse(task.kind, rows, reference, task.defaults, meanings.known())
    rules.destroyed_by_neighbours(rows)
    for row, line in zip(rows, table.rows, strict=True):
        for field in line.merged:
            row.add(field, note("W_MERGED"))
        for field, code in line.tidied.items():
            row.add(field, note(code))
    task.kind.look_up(rows, reference)
    rules.check(task.kind, rows, reference)
    absent = task.kind.unmentioned(rows, reference)
    rules.check(task.kind, absent, reference)
    _forget_witnesses(task.kind, table, rows)
    return rows + absent


def _forget_witnesses(kind: UploadKind, table: Table, rows: list[Row]) -> None:
    """What was only compared is not stored, neither the cell nor the value."""
    heard = {column.field for column in kind.witnesses if column.field in table.headings}
    for row in rows if heard else ():
        row.cells = {field: cell for field, cell in row.cells.items() if field not in heard}
        row.values = {field: value for field, value in row.values.items() if field not in heard}


def reference_of(kind: UploadKind, batch_id: int, notes: Collection[str]) -> Any:
    """What readers and checks need of the company, and of the file: `notes` are the codes of what was said about it."""
    reference = kind.reference()
    reference.batch_id, reference.date1904 = batch_id, W_DATE_1904 in notes
    return reference


def digest(kind: UploadKind, rows: list[Row]) -> bytes:
    """The same people and wishes in whatever order give the same digest."""
    fields = sorted({field for row in rows for field in row.cells})
    blank = dict.fromkeys(fields, NOTHING)
    lines = sorted(
        SEPARATOR.join([cells[field].value.strip() for field in fields])
        for cells in [row.cells if len(row.cells) == len(fields) else blank | row.cells for row in rows]
    )
    return blind_index(f"roster {kind.slug} {fields}", SEPARATOR.join(lines))


def keep(task: Task, table: Table, rows: list[Row]) -> bool:
    """Write what was found; False when the lease was lost meanwhile and somebody else does it."""
    batch = held(task)
    if batch is None:
        return False
    same = finding.with_rows(batch.kind, found := digest(task.kind, rows), batch.id, task.kind.repeatable)
    if same is not None:
        _refuse(batch, "F_DUP_FILE", {"number": same.number, "batch": same.id})
        return True
    with acting.on_batch(batch.id):
        drop_rows(batch)
        batch.state = BatchState.CHECKED
        batch.questions, batch.layout = [], layout_of(task.kind, table)
        batch.rows_digest = found
        batch.headings, batch.unused = dict(table.headings), list(table.unused)
        batch.notes = [[one.code, dict(one.values)] for one in (*table.notes, *rules.remarks(rows))]
        batch.rows_total, batch.columns_total = len(table.rows), len(table.headings) + len(table.unused)
        batch.checked_at, batch.priced_on = clock.now(), clock.today()
        batch.lease = batch.lease_until = None
        ids = db.insert_many(BatchRow, [{"batch_id": batch.id, **columns_of(row)} for row in rows])
        for row, id_ in zip(rows, ids, strict=True):
            row.id = id_
        write_problems(batch, rows)
    return True


def held(task: Task) -> Batch | None:
    """The batch, locked; None when the lease was lost meanwhile."""
    batch = session.get_one(Batch, task.batch_id, with_for_update=True)
    return batch if batch.lease == task.lease and batch.state == BatchState.CHECKING else None


def drop_rows(batch: Batch) -> None:
    """What an earlier reading of the same file found, before its columns were matched otherwise."""
    if not batch.rows_total:
        return
    for table in (Problem, Fix, BatchRow):
        session.execute(
            delete(table).where(table.batch_id == batch.id).execution_options(synchronize_session=False)
        )
    batch.rows_total = 0


def layout_of(kind: UploadKind, table: Table) -> dict[str, Any]:
    """What the page shows on which columns are matched; of a column that is only compared no value is kept."""
    compared = {column.field for column in kind.witnesses}
    columns = [
        {
            "key": one.key,
            "name": one.name,
            "text": one.text,
            "field": one.field,
            "samples": [] if one.field in compared else list(one.samples),
        }
        for one in table.found
    ]
    return {"sheet": table.sheet, "header_row": table.header_row, "columns": columns}


def refuse(task: Task, refused: Refused) -> None:
    """The file was not taken: why, with the headings that were found."""
    batch = held(task)
    if batch is not None:
        _refuse(batch, refused.code, {"file": task.filename} | dict(refused.values))


def _refuse(batch: Batch, code: str, values: dict[str, Any]) -> None:
    with acting.on_batch(batch.id):
        drop_rows(batch)
        batch.state = BatchState.REFUSED
        batch.layout = None
        batch.refusal = {"code": code, "values": values}
        batch.finished_at = clock.now()
        batch.lease = batch.lease_until = None
        session.flush()


def columns_of(row: Row) -> dict[str, Any]:
    price = row.price
    return {
        "number": row.number,
        "state": state_of(row).value,
        "cells": row.cells,
        "values": row.values,
        "document_index": row.document_index,
        "price_key": price.key if price else None,
        "monthly_fen": price.monthly_fen if price else 0,
        "cycle_fen": price.cycle_fen if price else 0,
        "once_fen": price.once_fen if price else 0,
        "penalty_fen": price.penalty_fen if price else 0,
        "cost_center": row.cost_center,
        "department": row.values.get("department"),
        "operation": row.operation,
        "employee_id": row.employee_id,
    }


def state_of(row: Row) -> RowState:
    if row.wrong:
        return RowState.WRONG
    return RowState.UNCHANGED if row.operation in (Operation.SAME, Operation.LEFT) else RowState.READY


def write_problems(batch: Batch, rows: Iterable[Row]) -> None:
    marks = meanings.Marks(KINDS[batch.kind])
    problems = [
        {
            "batch_id": batch.id,
            "row_id": row.id,
            "field": field,
            "code": found.code,
            "level": found.level,
            "values": dict(found.values),
            "same": marks.of(row, field, found.code, found.level),
        }
        for row in rows
        for field, found in row.found
    ]
    if problems:
        db.insert_many(Problem, problems)
