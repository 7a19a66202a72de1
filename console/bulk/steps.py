"""What each press changed in a batch, so that it can be taken back, one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update

from console.bulk import meanings, rechecking
from console.bulk.models import Batch, BatchRow, Fix
from console.bulk.states import RowState
from console.core import acting, clock
from console.core.db import session
from console.core.errors import Conflict

WAITING = (RowState.WRONG, RowState.READY)
IDS_AT_ONCE = 5_000
CELL, ALIKE, SUGGESTED, LEFT_OUT, TAKEN_BACK = "cell", "alike", "suggested", "left_out", "taken_back"
MERGED = "merged"
"""Kinds of steps."""

Cells = Mapping[str, list[str] | None]
"""Field → [kind, text] of its cell, None where there is none."""
Changes = list[tuple[BatchRow, Cells]]


def change(
    batch: Batch, kind: str, changes: Changes, field: str | None, meaning: list[str | None] | None = None
) -> None:
    """Write cells, check their rows again, and keep what stood there; `field` when it is the only one."""
    before = {row.id: {name: row.cells.get(name) for name in cells} for row, cells in changes if cells}
    with acting.on_batch(batch.id):
        if before:
            _keep(batch, kind, [row for row, cells in changes if cells], before, field, meaning)
        _write(batch, changes)


def leave_out(batch: Batch, row: BatchRow) -> None:
    with acting.on_batch(batch.id):
        _keep(batch, LEFT_OUT, [row], {row.id: {}})
        _set_aside(batch, [row])


def leave_out_all(batch: Batch, rows: list[BatchRow]) -> None:
    with acting.on_batch(batch.id):
        _keep(batch, LEFT_OUT, rows, {row.id: {} for row in rows})
        _set_aside(batch, rows)


def take_back(batch: Batch, row: BatchRow) -> None:
    with acting.on_batch(batch.id):
        _keep(batch, TAKEN_BACK, [row], {row.id: {}})
        _bring_back(batch, [row])


def _set_aside(batch: Batch, rows: list[BatchRow]) -> None:
    for row in rows:
        row.state = RowState.LEFT_OUT
    session.flush()
    rechecking.check_again(batch, [])


def _bring_back(batch: Batch, rows: list[BatchRow]) -> None:
    for row in rows:
        row.state = RowState.WRONG
    session.flush()
    rechecking.check_again(batch, rows)


def _keep(
    batch: Batch,
    kind: str,
    rows: list[BatchRow],
    before: Mapping[int, Cells],
    field: str | None = None,
    meaning: list[str | None] | None = None,
) -> None:
    step = Fix(
        batch_id=batch.id,
        kind=kind,
        number=rows[0].number if len(rows) == 1 else None,
        field=field,
        count=len(rows),
        cells={str(id_): dict(cells) for id_, cells in before.items()},
        meaning=meaning,
        by=acting.current().actor.user_id,
        at=clock.now(),
    )
    session.add(step)
    session.flush()


def _write(batch: Batch, changes: Changes) -> None:
    for row, cells in changes:
        # Checking again writes the whole row, many at once; the session would write each by itself before.
        session.expunge(row)
        row.cells = {name: cell for name, cell in {**row.cells, **cells}.items() if cell is not None}
    rows = [row for row, _cells in changes]
    for ids in _parts([row.id for row in rows]):
        session.execute(
            update(BatchRow)
            .where(BatchRow.id.in_(ids))
            .values(revision=BatchRow.revision + 1)
            .execution_options(synchronize_session=False)
        )
    rechecking.check_again(batch, rows)


@dataclass(frozen=True)
class Step:
    """A press without the cells, which may be many: what a page says of it."""

    id: int
    kind: str
    number: int | None
    field: str | None
    count: int
    by: int | None


def latest(batch_id: int) -> Step | None:
    """The one that can be taken back now."""
    wanted = select(Fix.id, Fix.kind, Fix.number, Fix.field, Fix.count, Fix.by)
    found = session.execute(wanted.where(Fix.batch_id == batch_id).order_by(Fix.id.desc()).limit(1)).first()
    return Step(*found) if found else None


def last(batch_id: int) -> int | None:
    step = latest(batch_id)
    return step.id if step else None


def undo(batch: Batch, step_id: int) -> int:
    """Take the last step back; returns in how many rows. Raises Conflict E_STEP_GONE_ON: it is not the last one."""
    if last(batch.id) != step_id:
        raise Conflict("E_STEP_GONE_ON")
    step = session.get_one(Fix, step_id)
    cells = {int(id_): before for id_, before in step.cells.items()}
    rows = _rows(batch, list(cells), (RowState.LEFT_OUT,) if step.kind == LEFT_OUT else WAITING)
    with acting.on_batch(batch.id):
        session.delete(step)
        if step.meaning:
            meanings.take_back(step.meaning)
        if step.kind == LEFT_OUT:
            _bring_back(batch, rows)
        elif step.kind == TAKEN_BACK:
            _set_aside(batch, rows)
        else:
            _write(batch, [(row, cells[row.id]) for row in rows])
    return len(rows)


def _rows(batch: Batch, ids: list[int], states: tuple[RowState, ...]) -> list[BatchRow]:
    found: list[BatchRow] = []
    for part in _parts(ids):
        wanted = select(BatchRow).where(
            BatchRow.batch_id == batch.id, BatchRow.id.in_(part), BatchRow.state.in_(states)
        )
        found += session.scalars(wanted)
    return sorted(found, key=lambda row: row.number)


def _parts(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE)]


def close(batch_id: int) -> None:
    """What was confirmed is not taken back: earlier cells are kept for rows that still wait, and for no others."""
    steps = list(session.scalars(select(Fix).where(Fix.batch_id == batch_id)))
    if not steps:
        return
    states = (*WAITING, RowState.LEFT_OUT)
    wanted = select(BatchRow.id).where(BatchRow.batch_id == batch_id, BatchRow.state.in_(states))
    waiting = {str(id_) for id_ in session.scalars(wanted)}
    for step in steps:
        left = {id_: cells for id_, cells in step.cells.items() if id_ in waiting}
        if not left:
            session.delete(step)
        elif len(left) < step.count:
            step.cells, step.count = left, len(left)
    session.flush()


def forget(batch_id: int) -> None:
    """The rows themselves are read anew: nothing of before can be put back."""
    gone: Any = delete(Fix).where(Fix.batch_id == batch_id)
    session.execute(gone)
