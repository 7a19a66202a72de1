"""Checking a roster against the rules and the company's books, the whole of it or a row that was mended.

examine() only reads, and may take its seconds; keep() writes what it found in a moment.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from console.bulk import finding, rules
from console.bulk.columns import Found, note
from console.bulk.kind import KINDS, Price, Row, UploadKind
from console.bulk.models import Batch, BatchRow, Problem
from console.bulk.states import BatchState, RowState
from console.core import acting, clock, db
from console.core.db import session
from console.core.encryption import blind_index
from console.core.storage import StoredFile
from console.spreadsheets.cells import Cell
from console.spreadsheets.refusals import Refused
from console.spreadsheets.tables import Table

LEASE = timedelta(seconds=15)
ALIVE = (RowState.WRONG, RowState.READY)
HELD = (RowState.CONFIRMED, RowState.DONE)
"""What a waiting row may still repeat. An ordered row has a line, which the books know of."""


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
            BatchRow, [{"batch_id": batch.id, **_columns(row)} for row in rows], returning=True
        )
        for row, id_ in zip(rows, ids, strict=True):
            row.id = id_
        _write_problems(batch, rows)
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


def _columns(row: Row) -> dict[str, Any]:
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


def _write_problems(batch: Batch, rows: Iterable[Row]) -> None:
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


def check_again(batch: Batch, changed: list[BatchRow]) -> None:
    """After a fix: these rows anew, and the rows whose repeats appear or vanish with them."""
    kind = KINDS[batch.kind]
    reference = kind.reference()
    # Values only, and no objects: opening the cells of a whole roster for one of them takes a second.
    alive = session.execute(
        select(BatchRow.id, BatchRow.number, BatchRow.values, BatchRow.state)
        .where(BatchRow.batch_id == batch.id, BatchRow.state.in_((*ALIVE, *HELD)))
        .order_by(BatchRow.number)
    ).all()
    held = {row.id for row in alive if row.state in HELD}
    fresh = {row.id: _row(row) for row in changed}
    _check(kind, list(fresh.values()), reference, batch)
    everyone = [fresh.get(row.id) or Row(row.number, {}, row.values, id=row.id) for row in alive]
    everyone.sort(key=lambda row: (row.id not in held, row.number))
    repeated, before = _repeats(kind, everyone), _repeats_before(batch, kind)
    moved = _rows_of(
        id_
        for id_, *_rest in alive
        if id_ not in fresh and id_ not in held and repeated.get(id_, set()) != before.get(id_, set())
    )
    _check(kind, moved, reference, batch)
    written = [*fresh.values(), *moved]
    for row in written:
        row.found += [
            (column, Found(code, values={"first": first}))
            for column, code, first in repeated.get(row.id or 0, ())
        ]
        row.price = None if row.wrong else kind.price(row, reference)
    _write_again(batch, written)


def _rows_of(ids: Iterable[int]) -> list[Row]:
    wanted = list(ids)
    if not wanted:
        return []
    kept = session.scalars(select(BatchRow).where(BatchRow.id.in_(wanted)).order_by(BatchRow.number))
    return [_row(row) for row in kept]


def _row(kept: BatchRow) -> Row:
    return Row(kept.number, {field: Cell(*cell) for field, cell in kept.cells.items()}, id=kept.id)


def _check(kind: UploadKind, rows: list[Row], reference: Any, batch: Batch) -> None:
    """Everything but repeats."""
    if not rows:
        return
    rules.parse(kind, rows, reference, batch.defaults)
    kind.look_up(rows, reference)
    for row in rows:
        row.found.extend(kind.check(row, reference))


def _repeats(kind: UploadKind, rows: list[Row]) -> dict[int, set[tuple[str, str, int]]]:
    """Row id → (column, code, number of the first) of what it repeats; in the order given, the first keeps it."""
    probe = [Row(row.number, {}, row.values, id=row.id) for row in rows]
    rules.repeats(kind, probe)
    return {
        row.id: {(column, found.code, found.values["first"]) for column, found in row.found}
        for row in probe
        if row.id is not None and row.found
    }


def _repeats_before(batch: Batch, kind: UploadKind) -> dict[int, set[tuple[str, str, int]]]:
    wanted = select(Problem.row_id, Problem.field, Problem.code, Problem.values).where(
        Problem.batch_id == batch.id, Problem.code.in_(rules.repeat_codes(kind))
    )
    before: dict[int, set[tuple[str, str, int]]] = defaultdict(set)
    for row_id, field, code, values in session.execute(wanted):
        before[row_id].add((field, code, values["first"]))
    return before


def _write_again(batch: Batch, rows: list[Row]) -> None:
    ids = [row.id for row in rows]
    session.execute(
        delete(Problem).where(Problem.row_id.in_(ids)).execution_options(synchronize_session=False)
    )
    db.update_many(BatchRow, [{"id": row.id, **_columns(row)} for row in rows])
    _write_problems(batch, rows)
    session.expire_all()


def price_again(batch: Batch) -> None:
    """A new day has other days left in the cycle: the ready rows are checked and priced anew."""
    wanted = select(BatchRow).where(BatchRow.batch_id == batch.id, BatchRow.state == RowState.READY)
    check_again(batch, list(session.scalars(wanted)))
    batch.priced_on = clock.today()
    session.flush()


def still_good(batch: Batch, kept: list[BatchRow]) -> tuple[list[Row], dict[int, Found]]:
    """Confirmed rows, checked once more: those to carry out, and for the others what came in between."""
    kind = KINDS[batch.kind]
    reference = kind.reference()
    rows = [_row(row) for row in kept]
    _check(kind, rows, reference, batch)
    rules.repeats(kind, rows)
    kind.together(rows, reference)
    for row, confirmed in zip(rows, kept, strict=True):
        if not row.wrong and _dearer(kind.price(row, reference), confirmed):
            row.add("plan", Found("E_PRICE_CHANGED"))
    bad = {
        row.id: next(found for _c, found in row.found if found.level == "error") for row in rows if row.wrong
    }
    return [row for row in rows if not row.wrong], {
        id_: found for id_, found in bad.items() if id_ is not None
    }


def _dearer(price: Price | None, confirmed: BatchRow) -> bool:
    """Whether the plan or its monthly fee is another than was confirmed; the rest of the cycle shrinks daily."""
    return price is not None and (price.key, price.monthly_fen) != (
        confirmed.price_key,
        confirmed.monthly_fen,
    )


def send_back(batch: Batch, kept: list[BatchRow], why: dict[int, Found]) -> None:
    """Confirmed rows that could not be carried out wait in the batch, with the reason."""
    if not kept:
        return
    for row in kept:
        row.state = RowState.WRONG
    session.flush()
    check_again(batch, kept)
    missing = [row for row in kept if why[row.id].code.startswith("E_STOCK")]
    if missing:
        update_ = [{"id": row.id, "state": RowState.WRONG.value} for row in missing]
        db.update_many(BatchRow, update_)
        db.insert_many(
            Problem,
            [
                {
                    "batch_id": batch.id,
                    "row_id": row.id,
                    "field": "sim" if why[row.id].code == "E_STOCK_SIM" else "msisdn",
                    "code": why[row.id].code,
                    "level": "error",
                    "values": dict(why[row.id].values),
                }
                for row in missing
            ],
        )
