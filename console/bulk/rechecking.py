"""Checking rows again: after a fix, before they are carried out, and on another day."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select, update

from console.bulk import meanings, rules
from console.bulk.checking import columns_of, reference_of, write_problems
from console.bulk.columns import Found
from console.bulk.kind import KINDS, Operation, Price, Row, UploadKind
from console.bulk.models import Batch, BatchRow, Problem
from console.bulk.states import RowState
from console.core import clock, db
from console.core.db import session
from console.spreadsheets.cells import Cell

ALIVE = (RowState.WRONG, RowState.READY)
HELD = (RowState.CONFIRMED, RowState.DONE)
"""What a waiting row may still repeat. An ordered row has a line, which the books know of."""


def check_again(batch: Batch, changed: list[BatchRow]) -> None:
    """After a fix: these rows anew, and the rows whose repeats appear or vanish with them."""
    kind = KINDS[batch.kind]
    reference = reference_of(kind, batch.id, [code for code, _values in batch.notes])
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
    if kind.mixed:
        _settle_mentioned(batch)


def _settle_mentioned(batch: Batch) -> None:
    """Nobody leaves whom a row of the file is about, now that it can be read."""
    mentioned = select(BatchRow.employee_id).where(
        BatchRow.batch_id == batch.id,
        BatchRow.operation.not_in((Operation.LEAVE, Operation.LEFT)),
        BatchRow.employee_id.is_not(None),
    )
    session.execute(
        update(BatchRow)
        .where(
            BatchRow.batch_id == batch.id,
            BatchRow.operation == Operation.LEAVE,
            BatchRow.state.in_(ALIVE),
            BatchRow.employee_id.in_(mentioned),
        )
        .values(state=RowState.UNCHANGED.value, operation=Operation.SAME.value)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def _rows_of(ids: Iterable[int]) -> list[Row]:
    wanted = list(ids)
    if not wanted:
        return []
    kept = session.scalars(select(BatchRow).where(BatchRow.id.in_(wanted)).order_by(BatchRow.number))
    return [_row(row) for row in kept]


def _row(kept: BatchRow) -> Row:
    cells = {field: Cell(*cell) for field, cell in kept.cells.items()}
    row = Row(kept.number, cells, id=kept.id, operation=kept.operation)
    if kept.values.get("absent"):  # no cells from which it could be worked out anew
        row.values, row.employee_id, row.document_index = kept.values, kept.employee_id, kept.document_index
    return row


def _check(kind: UploadKind, rows: list[Row], reference: Any, batch: Batch) -> None:
    """Everything but repeats."""
    if not rows:
        return
    written = [row for row in rows if not row.absent]
    rules.parse(kind, written, reference, batch.defaults, meanings.known())
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
    db.update_many(BatchRow, [{"id": row.id, **columns_of(row)} for row in rows])
    write_problems(batch, rows)
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
    reference = reference_of(kind, batch.id, [code for code, _values in batch.notes])
    rows = [_row(row) for row in kept]
    _check(kind, rows, reference, batch)
    rules.repeats(kind, rows)
    kind.together(rows, reference)
    for row, confirmed in zip(rows, kept, strict=True):
        if not row.wrong and row.operation != confirmed.operation:
            row.add("name", Found("E_CHANGED_SINCE"))
        if not row.wrong and _dearer(kind.price(row, reference), confirmed):
            row.add("plan", Found("E_PRICE_CHANGED"))
    bad = {
        row.id: next(found for _c, found in row.found if found.level == "error") for row in rows if row.wrong
    }
    return [row for row in rows if not row.wrong], {
        id_: found for id_, found in bad.items() if id_ is not None
    }


def _dearer(price: Price | None, confirmed: BatchRow) -> bool:
    """Whether plan, monthly fee, one-off fee or penalty is not what was confirmed; the rest of the cycle shrinks daily."""
    return price is not None and (price.key, price.monthly_fen, price.once_fen, price.penalty_fen) != (
        confirmed.price_key,
        confirmed.monthly_fen,
        confirmed.once_fen,
        confirmed.penalty_fen,
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
                    "field": _place(KINDS[batch.kind], why[row.id].code),
                    "code": why[row.id].code,
                    "level": "error",
                    "values": dict(why[row.id].values),
                }
                for row in missing
            ],
        )


def _place(kind: UploadKind, code: str) -> str:
    """The column in which it is shown that something ran out."""
    wanted = "sim" if code == "E_STOCK_SIM" else "msisdn"
    known = [column.field for column in kind.columns]
    return next((name for name in (wanted, "plan") if name in known), known[0])
