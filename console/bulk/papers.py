"""Rows that lack only papers: they wait in their batch, and a list of them goes to the counter or to the person."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from console.bulk import fixing, mending, messages, queries, rechecking
from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow, Problem
from console.bulk.states import RowState
from console.core import acting
from console.core.db import session

MOST_PRINTED = 1_000
_IS_PAPER = or_(Problem.code.startswith("E_PAPER_", autoescape=True), Problem.code == "E_ID_EXPIRED")


@dataclass(frozen=True)
class Lacking:
    """One line of the list: cells as they are shown, masked where they are masked."""

    number: int
    cells: tuple[str, ...]
    missing: tuple[str, ...]
    remedies: tuple[str, ...]


def _parked(batch_id: int) -> tuple[object, ...]:
    """The rows with papers missing and nothing else wrong."""
    errors = (Problem.batch_id == batch_id, Problem.level == "error")
    papers = select(Problem.row_id).where(*errors, _IS_PAPER)
    others = select(Problem.row_id).where(*errors, ~_IS_PAPER)
    return (
        BatchRow.batch_id == batch_id,
        BatchRow.state == RowState.WRONG,
        BatchRow.id.in_(papers),
        BatchRow.id.not_in(others),
    )


def count(batch_id: int) -> int:
    return session.scalar(select(func.count(BatchRow.id)).where(*_parked(batch_id))) or 0  # type: ignore[arg-type]


def _rows(batch_id: int) -> list[BatchRow]:
    wanted = select(BatchRow).where(*_parked(batch_id)).order_by(BatchRow.number)  # type: ignore[arg-type]
    return list(session.scalars(wanted.limit(MOST_PRINTED)))


def listed(batch: Batch) -> tuple[list[str], list[Lacking]]:
    """(headings, lines) of the list that is printed."""
    kind, rows = KINDS[batch.kind], _rows(batch.id)
    columns, words = [column for column in kind.columns if column.shown], kind.words()
    found = queries.problems([row.id for row in rows])
    lines = []
    for row in rows:
        wrong = [problem for problem in found[row.id] if problem.level == "error"]
        cells = tuple(mending.shown_value(column, row, words) for column in columns)
        lines.append(
            Lacking(
                row.number,
                cells,
                tuple(str(messages.ROWS[one.code].title) for one in wrong),
                tuple(str(messages.ROWS[one.code].remedy) for one in wrong),
            )
        )
    return [str(column.label) for column in columns], lines


def check_again(role: str, batch_id: int) -> int:
    """The papers may be there by now: these rows anew; how many still lack something."""
    batch = fixing.fixable(role, batch_id)
    with acting.on_batch(batch.id):
        rows = _rows(batch.id)
        if rows:
            rechecking.check_again(batch, rows)
    return count(batch.id)
