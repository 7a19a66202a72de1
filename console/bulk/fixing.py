"""Rows that are mended in the page: one cell, all equal cells, as suggested, left out; each press can be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from console.bulk import meanings, steps
from console.bulk.columns import is_placeholder
from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow, Fix, Problem
from console.bulk.states import BatchState, RowState
from console.bulk.steps import WAITING, Cells, Changes
from console.core import acting, clock, permissions
from console.core.db import session
from console.core.encryption import blind_index
from console.core.errors import Conflict, ConsoleError, WrongState
from console.core.permissions import Permission
from console.spreadsheets.cells import BLANK, TEXT, Cell

FIXABLE = (BatchState.CHECKED, BatchState.RUNNING, BatchState.FINISHED)
LONGEST_CELL = 500
JUST_LOOK_AGAIN = ("E_STOCK_SIM", "E_STOCK_NUMBER", "E_DUP_BATCH")
"""Nothing in the row is wrong: when the drawer was filled, checking again is the remedy."""


class Meanwhile(Conflict):
    """Somebody else changed the cell after it was shown."""

    code = "E_CELL_CHANGED"


@dataclass(frozen=True)
class Alike:
    """Cells of one column with the same text and the same trouble."""

    field: str
    code: str
    same: str


def fixable(role: str, batch_id: int) -> Batch:
    """The batch, locked, when this role may change its rows. Raises WrongState when it is too late."""
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    permissions.check(role, Permission.BATCHES_UPLOAD)
    permissions.check(role, KINDS[batch.kind].permission)
    # What was confirmed once may be mended and tried again for ever; only what never was runs out.
    over = batch.state == BatchState.CHECKED and batch.expires_at < clock.now()
    if batch.state not in FIXABLE or over:
        raise WrongState(thing="Batch", old=batch.state, new="fixed")
    return batch


def seen(row: BatchRow, field: str) -> str:
    """What stood in a cell when it was shown: a form carries it, so that nobody overwrites what he did not see."""
    return blind_index("seen", "|".join(row.cells.get(field, (BLANK, "")))).hex()[:12]


def fix(
    role: str, batch_id: int, row_id: int, texts: Mapping[str, str], was: Mapping[str, str] | None = None
) -> None:
    """Write cells of one row and check it again, with whatever rows repeat it.

    `was` maps a field to seen() of what the person saw. Raises Conflict E_ROW_GONE_ON, and Meanwhile.
    """
    batch, row = fixable(role, batch_id), session.get_one(BatchRow, row_id)
    if row.batch_id != batch.id or row.state not in WAITING:
        raise Conflict("E_ROW_GONE_ON")
    known = [column.field for column in KINDS[batch.kind].columns if column.field in texts]
    if any(field in known and seen(row, field) != mark for field, mark in (was or {}).items()):
        raise Meanwhile()
    cells = {field: _cell(texts[field]) for field in known}
    steps.change(batch, steps.CELL, [(row, cells)], known[0] if len(known) == 1 else None)


def _cell(text: str) -> list[str]:
    return [TEXT, text[:LONGEST_CELL]] if text.strip() else [BLANK, ""]


def replace(role: str, batch_id: int, alike: Alike, value: str, *, remember: bool = False) -> int:
    """Another value in all these cells; returns in how many rows, 0 when somebody else was quicker.

    With `remember` the company's next files mean it as well. Raises ConsoleError for a value that is not offered.
    """
    batch = fixable(role, batch_id)
    kind = KINDS[batch.kind]
    column = next((one for one in kind.columns if one.field == alike.field), None)
    if column is None or not column.options:
        raise ConsoleError()
    if value not in {option for option, _label in column.options(kind.reference())}:
        raise ConsoleError()
    rows = list(session.scalars(_rows_with(batch, alike)))
    if not rows:
        return 0
    written = rows[0].cells.get(alike.field, (BLANK, ""))[1]
    cells: Cells = {alike.field: [TEXT, value]}
    meaning = None
    if remember and written.strip() and alike.code not in meanings.NO_WORD:
        meaning = meanings.remember(alike.field, written, value)
    steps.change(batch, steps.ALIKE, [(row, cells) for row in rows], alike.field, meaning)
    return len(rows)


def _rows_with(batch: Batch, alike: Alike) -> Any:
    found = select(Problem.row_id).where(
        Problem.batch_id == batch.id,
        Problem.field == alike.field,
        Problem.code == alike.code,
        Problem.same == alike.same,
    )
    return (
        select(BatchRow)
        .where(BatchRow.batch_id == batch.id, BatchRow.state.in_(WAITING), BatchRow.id.in_(found))
        .order_by(BatchRow.number)
    )


def take_suggestions(role: str, batch_id: int, code: str) -> int:
    """Every row of the group takes what is suggested for it; returns how many did."""
    batch = fixable(role, batch_id)
    wanted = (
        select(Problem.field, Problem.values, BatchRow)
        .join(BatchRow, BatchRow.id == Problem.row_id)
        .where(Problem.batch_id == batch.id, Problem.code == code, BatchRow.state == RowState.WRONG)
    )
    changes: Changes = []
    fields = set()
    for field, values, row in session.execute(wanted).all():
        if suggested := values.get("suggest"):
            changes.append((row, {field: [TEXT, suggested]}))
            fields.add(field)
        elif code in JUST_LOOK_AGAIN:
            changes.append((row, {}))
    if changes:
        steps.change(batch, steps.SUGGESTED, changes, fields.pop() if len(fields) == 1 else None)
    return len(changes)


def leave_out(role: str, batch_id: int, row_id: int) -> None:
    """The row stays in the batch and is not carried out."""
    batch, row = fixable(role, batch_id), session.get_one(BatchRow, row_id)
    if row.batch_id != batch.id or row.state not in (*WAITING, RowState.LEFT_OUT):
        raise Conflict("E_ROW_GONE_ON")
    if row.state != RowState.LEFT_OUT:
        steps.leave_out(batch, row)


def take_back(role: str, batch_id: int, row_id: int) -> None:
    batch, row = fixable(role, batch_id), session.get_one(BatchRow, row_id)
    if row.batch_id != batch.id or row.state != RowState.LEFT_OUT:
        raise Conflict("E_ROW_GONE_ON")
    steps.take_back(batch, row)


def undo(role: str, batch_id: int, step_id: int) -> int:
    """The last press taken back; returns in how many rows. Raises Conflict E_STEP_GONE_ON."""
    return steps.undo(fixable(role, batch_id), step_id)


def remember(role: str, batch_id: int, step_id: int) -> None:
    """What the last press did in one cell holds for the company's next files. Raises Conflict E_STEP_GONE_ON."""
    batch = fixable(role, batch_id)
    offer = to_remember(batch, KINDS[batch.kind].reference()) if steps.last(batch.id) == step_id else None
    if offer is None:
        raise Conflict("E_STEP_GONE_ON")
    with acting.on_batch(batch.id):
        session.get_one(Fix, step_id).meaning = meanings.remember(*offer)
        session.flush()


def to_remember(batch: Batch, reference: Any) -> tuple[str, str, str] | None:
    """(field, what was written, what it means) when the last press gave a word of one cell its value."""
    latest = steps.latest(batch.id)
    if latest is None or latest.kind not in (steps.CELL, steps.SUGGESTED) or latest.number is None:
        return None
    column = next((one for one in KINDS[batch.kind].columns if one.field == latest.field), None)
    if column is None or not column.options:
        return None
    step = session.get_one(Fix, latest.id)
    ((row_id, before),) = step.cells.items()
    kind, written = before.get(column.field) or (BLANK, "")
    value = session.get_one(BatchRow, int(row_id)).cells.get(column.field, (BLANK, ""))[1]
    legal = {option for option, _label in column.options(reference)}
    is_word = kind == TEXT and written.strip() and not is_placeholder(Cell(TEXT, written))
    if (
        step.meaning
        or not is_word
        or len(written) > meanings.LONGEST
        or value not in legal
        or written in legal
    ):
        return None
    return column.field, written, value
