"""The repair workbook of a batch: the person's own workbook, with all that is wrong marked and explained."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from console.bulk import asking, mending, merging, messages, sheets
from console.bulk.kind import Column, UploadKind
from console.bulk.models import Batch, BatchRow, Problem
from console.bulk.states import RowState
from console.core import storage
from console.core.db import session
from console.spreadsheets import cells, repair
from console.spreadsheets.cells import NOTHING, Cell
from console.spreadsheets.refusals import Refused
from console.spreadsheets.repair_plan import Repair, RepairLabels, RepairRow
from console.spreadsheets.repair_tokens import row_key

SECOND = "second"
WANTS_ANOTHER = ("E_DUP_ID", "E_HAS_LINE")
"""Troubles that saying yes in the column `second` resolves, for kinds that have it."""


def workbook(batch: Batch, kind: UploadKind) -> bytes:
    """An .xlsx in the reader's language; every cell as it was uploaded or mended since."""
    columns = [BatchRow.id, BatchRow.number, BatchRow.state, BatchRow.revision, BatchRow.cells]
    wanted = select(*columns, *([BatchRow.values] if kind.mixed else []))
    found = session.execute(wanted.where(BatchRow.batch_id == batch.id).order_by(BatchRow.number))
    # Whom the file does not mention has no row there.
    held = [row for row in found if not (kind.mixed and row.values.get("absent"))]
    plan = _plan(batch, kind, held, _problems(batch))
    file = session.get_one(storage.StoredFile, batch.file_id)
    try:
        return repair.workbook(file.content, file.name, plan)
    except Refused:  # the file was read once; what is held of it serves as well
        return repair.workbook_of(_sheet_of(batch, kind, held), plan)


def _problems(batch: Batch) -> dict[int, list[Problem]]:
    wanted = (
        select(Problem)
        .join(BatchRow, BatchRow.id == Problem.row_id)
        .where(Problem.batch_id == batch.id, Problem.level == "error", BatchRow.state == RowState.WRONG)
        .order_by(Problem.id)
    )
    found: dict[int, list[Problem]] = defaultdict(list)
    for problem in session.scalars(wanted):
        found[problem.row_id].append(problem)
    return found


def _plan(
    batch: Batch, kind: UploadKind, held: Sequence[Any], problems: Mapping[int, list[Problem]]
) -> Repair:
    headings = merging.fields_of(batch, kind)
    added = _added(kind, headings, problems)
    reference, names = kind.reference(), kind.price_labels()
    choices = {
        column.field: [
            sheets.choice(column, value, label, names) for value, label in column.options(reference)
        ]
        for column in kind.columns
        if column.options and (column.field in headings or column.field in added)
    }
    return Repair(
        token=str(merging.token_of(batch.id, secrets.token_hex(8))),
        headings=headings,
        chosen=merging.chosen_of(batch),
        added=added,
        choices=choices,
        rows=_rows(batch, kind, held, problems, [*headings, *added]),
        labels=RepairLabels(_("错误说明"), _("请从列表里选"), _("这里只能填列表里的内容")),
    )


def _added(
    kind: UploadKind, headings: Mapping[str, str], problems: Mapping[int, list[Problem]]
) -> dict[str, str]:
    """Fields that are wrong, or would settle what is wrong, and that the file has no column for."""
    found = [problem for of_row in problems.values() for problem in of_row]
    needed = {problem.field for problem in found}
    if any(problem.code in WANTS_ANOTHER for problem in found):
        needed.add(SECOND)
    return {c.field: str(c.label) for c in kind.columns if c.field in needed and c.field not in headings}


def _rows(
    batch: Batch,
    kind: UploadKind,
    held: Sequence[Any],
    problems: Mapping[int, list[Problem]],
    fields: Sequence[str],
) -> dict[int, RepairRow]:
    secret, sentences = merging.secret_of(batch.id), _Sentences(kind)
    filled, all_fields = _filled_by_answer(batch, kind.columns), frozenset(fields)
    rows = {}
    for row in held:
        stored = {field: Cell(*row.cells[field]) if field in row.cells else NOTHING for field in fields}
        found = problems.get(row.id, ()) if row.state == RowState.WRONG else ()
        told, marks = sentences.of(found, stored) if found else ("", None)
        rows[row.number] = RepairRow(
            key=row_key(secret, row.id, stored.items()),
            cells=stored,
            wrong=bool(found),
            rewritten=all_fields if row.revision else filled,
            told=told,
            marks=marks,
        )
    return rows


class _Sentences:
    """What is said of wrong cells; the same trouble with the same text is said once and remembered."""

    def __init__(self, kind: UploadKind) -> None:
        self._words = kind.words()
        self._labels = {column.field: str(column.label) for column in kind.columns}
        self._said: dict[tuple[str, str, str], tuple[str, str]] = {}
        self._colon, self._semicolon = _("："), _("；")

    def of(self, problems: Sequence[Problem], stored: Mapping[str, Cell]) -> tuple[str, dict[str, str]]:
        """All of a row in one text, and the note of each cell: title, cause and remedy, and the code."""
        told: list[str] = []
        marks: dict[str, list[str]] = defaultdict(list)
        for problem in problems:
            title, said = self._sentence(problem, stored.get(problem.field, NOTHING).value)
            told.append(f"{self._labels.get(problem.field, '')}{self._colon}{said}")
            marks[problem.field] += [title, said, problem.code]
        return self._semicolon.join(told), {field: "\n".join(lines) for field, lines in marks.items()}

    def _sentence(self, problem: Problem, raw: str) -> tuple[str, str]:
        key = problem.code, repr(problem.values), raw
        if key not in self._said:
            said = mending.sentence(problem, raw, self._words)
            self._said[key] = str(messages.ROWS[problem.code].title), said
        return self._said[key]


def _filled_by_answer(batch: Batch, columns: Sequence[Column]) -> frozenset[str]:
    """Fields in which an answer about the whole file may have put something else than the file has."""
    if not batch.answers.keys() - {asking.COLUMNS}:
        return frozenset()
    return frozenset(column.field for column in columns if column.padded or column.filled_down)


def _sheet_of(batch: Batch, kind: UploadKind, held: Sequence[Any]) -> cells.Workbook:
    """What is held of the file as a sheet: the headings above the first row, each row in its place."""
    headings = merging.fields_of(batch, kind)
    first = max(min((row.number for row in held), default=2) - 1, 1)
    rows = [cells.Row(first, tuple(Cell(cells.TEXT, heading) for heading in headings.values()), False)]
    rows += [
        cells.Row(row.number, tuple(Cell(*row.cells.get(field, NOTHING)) for field in headings), False)
        for row in held
    ]
    return cells.Workbook("held", (cells.Sheet(batch.title, False, rows),))
