"""From the rows of a table to values, problems and prices, all rows and all problems in one pass. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from console.bulk import columns
from console.bulk.columns import Found
from console.bulk.kind import Row, UploadKind
from console.spreadsheets.cells import BLANK, NOTHING, NUMBER, TEXT, Cell


def parse(kind: UploadKind, rows: Iterable[Row], reference: Any, defaults: Mapping[str, str]) -> list[Row]:
    """Read every cell of every row; what is empty takes the default that was chosen on the upload page."""
    parsed = []
    for row in rows:
        row.found.clear()
        row.values = {}
        for column in kind.columns:
            cell = row.cells.get(column.field, NOTHING)
            _read(row, column, cell, reference, defaults.get(column.field, ""))
        parsed.append(row)
    _destroyed_by_neighbours(parsed)
    return parsed


def _read(row: Row, column: Any, cell: Cell, reference: Any, default: str) -> None:
    if cell.kind == BLANK or not cell.value.strip():
        cell = Cell(TEXT, default) if default else NOTHING
    if cell is NOTHING:
        if column.required:
            row.add(column.field, Found("E_REQUIRED"))
        return
    reading = columns.broken(cell)
    if reading is None and columns.is_placeholder(cell):
        if not column.required:
            return
        reading = columns.refused("E_PLACEHOLDER")
    reading = reading or column.read(cell, reference)
    if reading.value is not None:
        row.values[column.field] = reading.value
    row.found.extend((column.field, found) for found in reading.found)


def _destroyed_by_neighbours(rows: list[Row]) -> None:
    """18 digits that end in 000, in a column where other cells are numbers: saved as text after Excel's damage."""
    field = "document_no"
    if not any(field in row.cells and row.cells[field].kind == NUMBER for row in rows):
        return
    for row in rows:
        number = row.values.get(field)
        if number and len(number) == 18 and number.endswith("000") and number.isdigit():
            del row.values[field]
            row.add(field, Found("E_ID_FLOAT"))


def check(kind: UploadKind, rows: list[Row], reference: Any) -> None:
    """What cells say together, what rows say together, and the price of the good ones."""
    for row in rows:
        row.found.extend(kind.check(row, reference))
    repeats(kind, rows)
    for row in rows:
        row.price = None if row.wrong else kind.price(row, reference)


def repeats(kind: UploadKind, rows: list[Row]) -> None:
    """The first row with a value keeps it; each later one names the first."""
    for unique in kind.unique:
        first: dict[str, int] = {}
        for row in rows:
            key = unique.key(row.values)
            if key is None:
                continue
            if key in first:
                row.add(unique.column, Found(unique.code, values={"first": first[key]}))
            else:
                first[key] = row.number


def repeat_codes(kind: UploadKind) -> set[str]:
    return {unique.code for unique in kind.unique}
