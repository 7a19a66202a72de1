"""From the rows of a table to values, problems and prices, all rows and all problems in one pass. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from console.bulk import columns
from console.bulk.columns import Found, Reading
from console.bulk.kind import Column, Row, UploadKind
from console.spreadsheets.cells import BLANK, NOTHING, NUMBER, TEXT, Cell

MOST_REMEMBERED = 500
"""Different cells of a column; where there are more, as of document numbers, few are equal."""
UNREAD = Reading()


def parse(kind: UploadKind, rows: Iterable[Row], reference: Any, defaults: Mapping[str, str]) -> list[Row]:
    """Read every cell of every row; what is empty takes the default that was chosen on the upload page."""
    parsed = []
    readers = [_Reader(column, reference, defaults.get(column.field, "")) for column in kind.columns]
    for row in rows:
        row.found.clear()
        row.values = {}
        for reader in readers:
            reading = reader.read(row.cells.get(reader.field, NOTHING))
            if reading.value is not None:
                row.values[reader.field] = reading.value
            for found in reading.found:
                row.add(reader.field, found)
        parsed.append(row)
    return parsed


class _Reader:
    """One column of one roster. Equal cells are read once: departments, plans and defaults come over and over."""

    def __init__(self, column: Column, reference: Any, default: str) -> None:
        self.field = column.field
        self._column = column
        self._reference = reference
        self._default = Cell(TEXT, default) if default else NOTHING
        self._read: dict[Cell, Reading] = {}

    def read(self, cell: Cell) -> Reading:
        known = self._read.get(cell)
        if known is not None:
            return known
        reading = self._new(cell)
        if len(self._read) < MOST_REMEMBERED:
            self._read[cell] = reading
        return reading

    def _new(self, cell: Cell) -> Reading:
        if cell.kind == BLANK or not cell.value.strip():
            cell = self._default
        if cell is NOTHING:
            return columns.refused("E_REQUIRED") if self._column.required else UNREAD
        if (reading := columns.broken(cell)) is not None:
            return reading
        if columns.is_placeholder(cell):
            return columns.refused("E_PLACEHOLDER") if self._column.required else UNREAD
        return self._column.read(cell, self._reference)


def destroyed_by_neighbours(rows: list[Row]) -> None:
    """18 digits that end in 000, in a column where other cells are numbers: saved as text after Excel's damage.

    For a whole file only; the cell is marked as the number that it was, until somebody types it anew.
    """
    field = "document_no"
    if not any(field in row.cells and row.cells[field].kind == NUMBER for row in rows):
        return
    for row in rows:
        number = row.values.get(field)
        if number and len(number) == 18 and number.endswith("000") and number.isdigit():
            del row.values[field]
            row.cells[field] = Cell(NUMBER, number)
            row.add(field, Found("E_ID_FLOAT"))


def check(kind: UploadKind, rows: list[Row], reference: Any) -> None:
    """What cells say together, what rows say together, and the price of the good ones."""
    for row in rows:
        row.found.extend(kind.check(row, reference))
    repeats(kind, rows)
    kind.together(rows, reference)
    for row in rows:
        row.price = None if row.wrong else kind.price(row, reference)


def repeats(kind: UploadKind, rows: list[Row]) -> None:
    """The first row with a value keeps it; each later one names the first."""
    for unique in kind.unique:
        first: dict[str, Row] = {}
        for row in rows:
            key = unique.key(row.values)
            if key is None:
                continue
            keeper = first.setdefault(key, row)
            if keeper is not row and not unique.allowed(keeper.values, row.values):
                row.add(unique.column, Found(unique.code, values={"first": keeper.number}))


def repeat_codes(kind: UploadKind) -> set[str]:
    return {unique.code for unique in kind.unique}
