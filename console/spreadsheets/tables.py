"""Finding the table in a workbook: its headings, where it ends, what of it is data, and what must be asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from console.spreadsheets import choosing, gaps
from console.spreadsheets.body import Body, TableRow
from console.spreadsheets.cells import W_DATE_1904, Note, Workbook
from console.spreadsheets.choosing import FoundColumn, Told
from console.spreadsheets.limits import DEFAULT, Limits
from console.spreadsheets.refusals import (
    F_MISSING_COLUMNS,
    F_NO_ROWS,
    F_TOO_MANY_ROWS,
    Refused,
)

Q_COLUMNS: Final = "Q_COLUMNS"
STAMP_SHEET: Final = "_meta"
NOBODY_SAID: Final = Told()


@dataclass(frozen=True)
class Table:
    """`columns` from 0 to field; `headings` from field to the heading as the file has it; `told` are fields whose
    column a person chose. While there are `questions`, `rows` are what the default answers give.
    """

    sheet: str
    header_row: int
    columns: Mapping[int, str]
    headings: Mapping[str, str]
    unused: tuple[str, ...]
    rows: list[TableRow]
    notes: tuple[Note, ...]
    found: tuple[FoundColumn, ...] = ()
    told: frozenset[str] = frozenset()
    questions: tuple[Note, ...] = ()


def find_table(
    workbook: Workbook,
    headings: Mapping[str, Collection[str]],
    required: Collection[str],
    told: Told = NOBODY_SAID,
    *,
    padded: Collection[str] = (),
    filled_down: Collection[str] = (),
    limits: Limits = DEFAULT,
) -> Table:
    """`headings` are the synonyms of each field; cells of other columns are not taken over. Raises Refused.

    Of the fields, `padded` may have lost leading zeros and `filled_down` may be written once for several rows.
    """
    choice = choosing.choose(workbook, headings, required, told)
    header = choice.header
    body = Body(header, required, told.answers)
    rows = body.rows() if header.columns else []
    questions = [*choice.questions, *body.questions(told.answers)]
    if header.columns and not rows and not questions:
        last = header.rows[-1].number
        raise Refused(F_NO_ROWS, sheet=header.sheet.name, header_row=last, hidden=len(body.hidden))
    if len(rows) > limits.rows:
        raise Refused(F_TOO_MANY_ROWS, sheet=header.sheet.name, limit=limits.rows)
    questions += gaps.settle(rows, body.left_out, told.answers, padded=padded, filled_down=filled_down)
    questions += _missing(choice, headings, required)
    notes = (*workbook.notes, *_base_of_days(workbook), *choice.notes, *body.notes(len(rows)))
    return _table(choice, rows, notes, tuple(questions))


def _table(
    choice: choosing.Choice, rows: list[TableRow], notes: tuple[Note, ...], questions: tuple[Note, ...]
) -> Table:
    header = choice.header
    known = header.columns.keys() | header.ambiguous.keys()
    return Table(
        sheet=header.sheet.name,
        header_row=header.rows[-1].number,
        columns=header.columns,
        headings={one.field: one.name for one in choice.columns if one.index in header.columns},
        unused=tuple(one.name for one in choice.columns if one.index not in known),
        rows=rows,
        notes=notes,
        found=choice.columns,
        told=choice.told,
        questions=questions,
    )


def _missing(
    choice: choosing.Choice, headings: Mapping[str, Collection[str]], required: Collection[str]
) -> list[Note]:
    """A question as long as one of the file's columns is still free; without any there is nothing to choose from."""
    found = set(choice.header.columns.values())
    missing = [field for field in headings if field in required and field not in found]
    if not missing:
        return []
    if all(column.field for column in choice.columns):
        names = [column.name for column in choice.columns]
        raise Refused(F_MISSING_COLUMNS, sheet=choice.header.sheet.name, missing=missing, found=names)
    return [Note(Q_COLUMNS, {"missing": missing})]


def _base_of_days(workbook: Workbook) -> tuple[Note, ...]:
    return (Note(W_DATE_1904),) if workbook.date1904 else ()


def stamp(workbook: Workbook) -> dict[str, str]:
    """What a template says about itself, such as its version; nothing when the file is not one of ours."""
    return {
        row.cells[0].value: row.cells[1].value
        for found in workbook.sheets
        if found.hidden and found.name == STAMP_SHEET
        for row in found.rows
        if len(row.cells) > 1
    }
