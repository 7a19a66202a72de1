"""Checking an uploaded roster against the rules and the company's books.

examine() only reads, and may take its seconds; keep() writes what it found in a moment.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from console.bulk import finding, rules
from console.bulk.columns import note
from console.bulk.kind import KINDS, Row, UploadKind
from console.bulk.models import Batch, BatchRow, Problem
from console.bulk.states import BatchState, RowState
from console.core import acting, clock, db
from console.core.db import session
from console.core.encryption import blind_index
from console.core.storage import StoredFile
from console.spreadsheets.refusals import Refused
from console.spreadsheets.tables import Table

LEASE = timedelta(seconds=15)


@dataclass(frozen=True)
class Task:
    """A file that this worker, and nobody else, now reads."""

    batch_id: int
    lease: str
    kind: UploadKind
    filename: str
    content: bytes
    defaults: dict[str, str]


def start(batch_id: int) -> Task | None:
    """Take the batch to check it; None when there is nothing to do or another worker is at it."""
    batch = session.get(Batch, batch_id, with_for_update=True)
    now = clock.now()
    stalled = batch and batch.state == BatchState.CHECKING and batch.lease_until and batch.lease_until < now
    if batch is None or not (batch.state == BatchState.RECEIVED or stalled):
        return None
    batch.state = BatchState.CHECKING
    batch.lease, batch.lease_until = uuid.uuid4().hex, now + LEASE
    file = session.get_one(StoredFile, batch.file_id)
    return Task(batch.id, batch.lease, KINDS[batch.kind], file.name, file.content, batch.defaults)


def renew(task: Task) -> None:
    session.execute(
        update(Batch)
        .where(Batch.id == task.batch_id, Batch.lease == task.lease)
        .values(lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )


def examine(task: Task, table: Table) -> list[Row]:
    """All rows with their values, problems and prices. A few queries for the whole roster, none for a row."""
    reference = task.kind.reference()
    rows = [Row(line.number, dict(line.cells)) for line in table.rows]
    rules.parse(task.kind, rows, reference, task.defaults)
    rules.destroyed_by_neighbours(rows)
    for row, line in zip(rows, table.rows, strict=True):
        for field in line.merged:
            row.add(field, note("W_MERGED"))
    task.kind.look_up(rows, reference)
    rules.check(task.kind, rows, reference)
    return rows


def digest(kind: UploadKind, rows: Iterable[Row]) -> bytes:
    """The same people and wishes in whatever order give the same digest."""
    lines = sorted(
        repr(sorted((field, cell.value.strip()) for field, cell in row.cells.items())) for row in rows
    )
    return blind_index(f"roster {kind.slug}", "\n".join(lines))


def keep(task: Task, table: Table, rows: list[Row]) -> bool:
    """Write what was found; False when the lease was lost meanwhile and somebody else does it."""
    batch = session.get_one(Batch, task.batch_id, with_for_update=True)
    if batch.lease != task.lease or batch.state != BatchState.CHECKING:
        return False
    same = finding.with_rows(batch.kind, found := digest(task.kind, rows), batch.id)
    if same is not None:
        _refuse(batch, "F_DUP_FILE", {"number": same.number, "batch": same.id})
        return True
    with acting.on_batch(batch.id):
        batch.state = BatchState.CHECKED
        batch.rows_digest = found
        batch.headings, batch.unused = dict(table.headings), list(table.unused)
        batch.notes = [[one.code, dict(one.values)] for one in table.notes]
        batch.rows_total, batch.columns_total = len(rows), len(table.headings) + len(table.unused)
        batch.checked_at, batch.priced_on = clock.now(), clock.today()
        batch.lease = batch.lease_until = None
        ids = db.insert_many(
            BatchRow, [{"batch_id": batch.id, **columns_of(row)} for row in rows], returning=True
        )
        for row, id_ in zip(rows, ids, strict=True):
            row.id = id_
        write_problems(batch, rows)
    return True


def refuse(task: Task, refused: Refused) -> None:
    """The file was not taken: why, with the headings that were found."""
    batch = session.get_one(Batch, task.batch_id, with_for_update=True)
    if batch.lease == task.lease and batch.state == BatchState.CHECKING:
        _refuse(batch, refused.code, {"file": task.filename} | dict(refused.values))


def _refuse(batch: Batch, code: str, values: dict[str, Any]) -> None:
    with acting.on_batch(batch.id):
        batch.state = BatchState.REFUSED
        batch.refusal = {"code": code, "values": values}
        batch.finished_at = clock.now()
        batch.lease = batch.lease_until = None
        session.flush()


def columns_of(row: Row) -> dict[str, Any]:
    price = row.price
    person = row.values.get("person_key")
    return {
        "number": row.number,
        "state": (RowState.WRONG if row.wrong else RowState.READY).value,
        "cells": {field: [cell.kind, cell.value] for field, cell in row.cells.items()},
        "values": row.values,
        "document_index": blind_index("document", person) if person else None,
        "price_key": price.key if price else None,
        "monthly_fen": price.monthly_fen if price else 0,
        "cycle_fen": price.cycle_fen if price else 0,
    }


def write_problems(batch: Batch, rows: Iterable[Row]) -> None:
    problems = [
        {
            "batch_id": batch.id,
            "row_id": row.id,
            "field": field,
            "code": found.code,
            "level": found.level,
            "values": dict(found.values),
        }
        for row in rows
        for field, found in row.found
    ]
    if problems:
        db.insert_many(Problem, problems)
