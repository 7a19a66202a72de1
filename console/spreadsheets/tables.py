"""Finding the table in a workbook: its headings, where it ends, and what of it is data."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from console.spreadsheets.cells import NOTHING, Cell, Note, Row, Workbook, is_blank
from console.spreadsheets.headings import Header, best_header, fields_by_heading
from console.spreadsheets.limits import DEFAULT, Limits
from console.spreadsheets.refusals import (
    F_MISSING_COLUMNS,
    F_NO_ROWS,
    F_NO_TABLE,
    F_TOO_MANY_ROWS,
    Refused,
)

W_OTHER_SHEETS: Final = "W_OTHER_SHEETS"
W_COLUMN_TWICE: Final = "W_COLUMN_TWICE"
W_HIDDEN_COLUMNS: Final = "W_HIDDEN_COLUMNS"
W_HIDDEN_ROWS: Final = "W_HIDDEN_ROWS"
W_HEADER_REPEATED: Final = "W_HEADER_REPEATED"
W_SUBTOTALS: Final = "W_SUBTOTALS"
W_ENDED_EARLY: Final = "W_ENDED_EARLY"
W_TOTAL_MISMATCH: Final = "W_TOTAL_MISMATCH"
W_MERGED: Final = "W_MERGED"

STAMP_SHEET: Final = "_meta"
FEWEST_HEADINGS = 2
END = re.compile(r"\s*(?:合\s*计|总\s*计|共\s*计|小\s*计|制表|审核|填表|备注|说明|注[:：])")
TOTAL_ALONE = re.compile(r"\s*(?:合\s*计|总\s*计|共\s*计|小\s*计)\s*[:：]?\s*")
SUBTOTAL = re.compile(r"\s*小\s*计")
STATED_TOTAL = re.compile(r"共\s*(\d{1,6})\s*(?:人|行|条)")
PHONE_OR_DOCUMENT = re.compile(r"\d[\d\s-]{9,17}[\dXx]", re.ASCII)
SHIFTED_SHARE = 0.6


@dataclass(frozen=True)
class TableRow:
    """`cells` by field, one for each column of the table; `number` is Excel's own."""

    number: int
    cells: Mapping[str, Cell]
    merged: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table:
    """`columns` from 0 to field; `headings` from field to the heading as the file has it."""

    sheet: str
    header_row: int
    columns: Mapping[int, str]
    headings: Mapping[str, str]
    unused: tuple[str, ...]
    rows: list[TableRow]
    notes: tuple[Note, ...]


def find_table(
    workbook: Workbook,
    headings: Mapping[str, Collection[str]],
    required: Collection[str],
    *,
    include_hidden: bool = False,
    limits: Limits = DEFAULT,
) -> Table:
    """`headings` are the synonyms of each field. Raises Refused; unknown columns are not looked at."""
    header, notes = _choose(workbook, headings, required)
    body = _Body(header, required, include_hidden=include_hidden)
    rows = list(body.rows())
    if not rows:
        raise Refused(
            F_NO_ROWS, sheet=header.sheet.name, header_row=header.rows[-1].number, hidden=len(body.hidden)
        )
    if len(rows) > limits.rows:
        raise Refused(F_TOO_MANY_ROWS, sheet=header.sheet.name, limit=limits.rows)
    known = header.columns.keys() | header.ambiguous.keys()
    return Table(
        sheet=header.sheet.name,
        header_row=header.rows[-1].number,
        columns=header.columns,
        headings={field: header.texts[column] for column, field in header.columns.items()},
        unused=tuple(text for column, text in sorted(header.texts.items()) if column not in known),
        rows=rows,
        notes=(*workbook.notes, *notes, *_notes_on_columns(header), *body.notes(rows)),
    )


def looks_shifted(table: Table, field: str) -> bool:
    """Whether a column of words is full of telephone or document numbers: its cells have slipped sideways."""
    values = [row.cells[field].value.strip() for row in table.rows if not is_blank(row.cells[field])]
    numbers = sum(PHONE_OR_DOCUMENT.fullmatch(value) is not None for value in values)
    return bool(values) and numbers >= SHIFTED_SHARE * len(values)


def stamp(workbook: Workbook) -> dict[str, str]:
    """What a template says about itself, such as its version; nothing when the file is not one of ours."""
    return {
        row.cells[0].value: row.cells[1].value
        for found in workbook.sheets
        if found.hidden and found.name == STAMP_SHEET
        for row in found.rows
        if len(row.cells) > 1
    }


def _choose(
    workbook: Workbook, headings: Mapping[str, Collection[str]], required: Collection[str]
) -> tuple[Header, list[Note]]:
    fields = fields_by_heading(headings)
    headers = [
        header
        for sheet in workbook.sheets
        if not sheet.hidden and (header := best_header(sheet, fields)) is not None
    ]
    if not headers:
        raise Refused(F_NO_TABLE)
    ranks = [_rank(header, required) for header in headers]
    best = headers[ranks.index(max(ranks))]
    if len(best.columns) < min(FEWEST_HEADINGS, len(headings)):
        raise Refused(F_NO_TABLE)
    found = set(best.columns.values())
    missing = [field for field in headings if field in required and field not in found]
    if missing:
        raise Refused(
            F_MISSING_COLUMNS, sheet=best.sheet.name, missing=missing, found=list(best.texts.values())
        )
    equals = [
        header.sheet.name
        for header, rank in zip(headers, ranks, strict=True)
        if header is not best and rank == max(ranks) and header.below < len(header.sheet.rows)
    ]
    return best, [Note(W_OTHER_SHEETS, {"sheet": best.sheet.name, "others": equals})] if equals else []


def _rank(header: Header, required: Collection[str]) -> tuple[int, int, bool]:
    """An empty copy of the template loses to the filled one."""
    fields = set(header.columns.values())
    return len(fields & set(required)), len(fields), header.below < len(header.sheet.rows)


def _notes_on_columns(header: Header) -> Iterator[Note]:
    first = {field: column for column, field in header.columns.items()}
    for column, field in header.ambiguous.items():
        yield Note(
            W_COLUMN_TWICE,
            {"field": field, "used": header.texts[first[field]], "ignored": header.texts[column]},
        )
    hidden = [column for column in header.columns if column in header.sheet.hidden_columns]
    if hidden:
        yield Note(W_HIDDEN_COLUMNS, {"headings": [header.texts[column] for column in hidden]})


class _Body:
    """The rows below the headings, with a memory of what was left out."""

    def __init__(self, header: Header, required: Collection[str], *, include_hidden: bool) -> None:
        self.hidden: list[int] = []
        self._header = header
        self._required = [column for column, field in header.columns.items() if field in required]
        self._heads = [
            {column: cell.value.strip() for column, cell in enumerate(row.cells)} for row in header.rows
        ]
        self._include_hidden = include_hidden
        self._repeated: list[int] = []
        self._subtotals: list[int] = []
        self._after_end: list[int] = []
        self._end = 0
        self._stated_total = 0

    def rows(self) -> Iterator[TableRow]:
        sheet = self._header.sheet
        for row in sheet.rows[self._header.below :]:
            if self._end:
                if self._is_data(row):
                    self._after_end.append(row.number)
            elif self._repeats_header(row):
                self._repeated.append(row.number)
            elif self._is_closing(row):
                self._close(row)
            elif not self._is_empty(row):
                if row.hidden:
                    self.hidden.append(row.number)
                if self._include_hidden or not row.hidden:
                    yield self._table_row(row)

    def notes(self, rows: list[TableRow]) -> Iterator[Note]:
        if self.hidden:
            yield _on_rows(W_HIDDEN_ROWS, self.hidden, included=self._include_hidden)
        if self._repeated:
            yield _on_rows(W_HEADER_REPEATED, self._repeated)
        if self._subtotals:
            yield _on_rows(W_SUBTOTALS, self._subtotals)
        if self._after_end:
            yield _on_rows(W_ENDED_EARLY, self._after_end, end=self._end)
        if self._stated_total and self._stated_total != len(rows):
            yield Note(W_TOTAL_MISMATCH, {"row": self._end, "stated": self._stated_total, "n": len(rows)})
        merged = [row.number for row in rows if row.merged]
        if merged:
            yield _on_rows(W_MERGED, merged)

    def _repeats_header(self, row: Row) -> bool:
        texts = {column: cell.value.strip() for column, cell in enumerate(row.cells) if not is_blank(cell)}
        if len(texts) < FEWEST_HEADINGS:
            return False
        return any(all(head.get(column) == text for column, text in texts.items()) for head in self._heads)

    def _is_closing(self, row: Row) -> bool:
        """A total or a signature. A department may well be called 审核部: a row with all its data is none."""
        first = next((cell.value for cell in row.cells if not is_blank(cell)), "")
        if TOTAL_ALONE.fullmatch(first):
            return True
        return END.match(first) is not None and not self._is_data(row)

    def _close(self, row: Row) -> None:
        first = next(cell.value for cell in row.cells if not is_blank(cell))
        if SUBTOTAL.match(first):
            self._subtotals.append(row.number)
            return
        self._end = row.number
        stated = STATED_TOTAL.search(" ".join(cell.value for cell in row.cells))
        self._stated_total = int(stated[1]) if stated else 0

    def _is_data(self, row: Row) -> bool:
        """More than half of the required cells are filled, or of all when none is required."""
        columns = self._required or list(self._header.columns)
        return sum(self._is_own(row, column) for column in columns) * 2 > len(columns)

    def _is_empty(self, row: Row) -> bool:
        """Nothing of its own in the table's columns: a merge over it, or a serial number, makes no row."""
        return not any(self._is_own(row, column) for column in self._header.columns)

    def _is_own(self, row: Row, column: int) -> bool:
        if column >= len(row.cells) or is_blank(row.cells[column]):
            return False
        return (row.number, column) not in self._header.sheet.merged

    def _table_row(self, row: Row) -> TableRow:
        count = len(row.cells)
        columns = self._header.columns.items()
        cells = {field: row.cells[column] if column < count else NOTHING for column, field in columns}
        merged = self._header.sheet.merged
        if not merged:
            return TableRow(row.number, cells)
        return TableRow(
            row.number, cells, frozenset(field for column, field in columns if (row.number, column) in merged)
        )


def _on_rows(code: str, numbers: list[int], **values: object) -> Note:
    return Note(code, {"n": len(numbers), "rows": numbers[:20], **values})
