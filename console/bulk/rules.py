"""From the rows of a table to values, problems and prices, all rows and all problems in one pass. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from console.bulk import columns
from console.bulk.columns import DOUBTFUL, ERROR, Found, Reading, note, plain
from console.bulk.kind import Column, Row, UploadKind
from console.identifiers.words import LONGEST_PLACEHOLDER
from console.spreadsheets.cells import BLANK, NOTHING, NUMBER, TEXT, Cell, Note

Meanings = Mapping[str, Mapping[str, str]]
"""Field → what the company writes in its rosters, in plain form → what it means."""
TRIED = 500
"""So many cells of a column are read before it is judged whether its cells repeat."""
SHIFTED_SHARE = 0.05
"""Where more of the people were born on another day than their documents say, cells have slipped."""
UNREAD = Reading()
LEFT_EMPTY = Reading(None, (note("W_PLACEHOLDER"),))


def parse(
    kind: UploadKind, rows: list[Row], reference: Any, defaults: Mapping[str, str], meanings: Meanings
) -> None:
    """Read every cell of every row; what is empty takes the default that was chosen on the upload page."""
    for row in rows:
        row.found.clear()
        row.values = {}
    present = {field for row in rows for field in row.cells}
    for column in (*kind.columns, *kind.witnesses):
        reader = _Reader(column, reference, defaults.get(column.field, ""), meanings.get(column.field, {}))
        if column.field in present:
            _parse_column(column.field, rows, reader.read)
        elif (reading := reader.read(NOTHING)) is not UNREAD:
            for row in rows:
                _take(row, column.field, reading)


def _parse_column(field: str, rows: list[Row], read: Callable[[Cell], Reading]) -> None:
    """Equal cells are read once: departments, plans and defaults come over and over."""
    known: dict[Cell, Reading] = {}
    for place, row in enumerate(rows):
        cell = row.cells.get(field, NOTHING)
        reading = known.get(cell)
        if reading is None:
            reading = read(cell)
            # Where most cells differ, as document numbers do, remembering them costs more than it saves.
            if place < TRIED or len(known) * 2 < place:
                known[cell] = reading
        # As in _take(), which is called a hundred thousand times less often.
        if reading.value is not None:
            row.values[field] = reading.value
        if reading.found:
            row.found += [(field, found) for found in reading.found]


def _take(row: Row, field: str, reading: Reading) -> None:
    if reading.value is not None:
        row.values[field] = reading.value
    row.found += [(field, found) for found in reading.found]


class _Reader:
    """One column of one roster."""

    def __init__(self, column: Column, reference: Any, default: str, meanings: Mapping[str, str]) -> None:
        self._column = column
        self._reference = reference
        self._default = Cell(TEXT, default) if default else NOTHING
        self._meanings = meanings

    def read(self, cell: Cell) -> Reading:
        kind, value = cell
        # Long, and begins with a letter or a digit: neither empty nor a formula nor 同上. Most cells are like that.
        if not (kind == TEXT and len(value) > LONGEST_PLACEHOLDER and value[0].isalnum()):
            if kind == BLANK or columns.is_blank(cell):
                cell = self._default
            if cell is NOTHING:
                return columns.refused("E_REQUIRED") if self._column.required else UNREAD
            if (reading := columns.broken(cell)) is not None:
                return reading
            if columns.is_placeholder(cell):
                return columns.refused("E_PLACEHOLDER") if self._column.required else LEFT_EMPTY
        reading = self._column.read(cell, self._reference)
        # A word that is in a list by now means itself, whatever it was once explained to mean.
        if not self._meanings or not any(f.level == ERROR or f.code in DOUBTFUL for f in reading.found):
            return reading
        meant = self._meanings.get(plain(cell.value))
        if meant is None:
            return reading
        reading = self._column.read(Cell(TEXT, meant), self._reference)
        return Reading(reading.value, (note("W_REMEMBERED"), *reading.found))


def destroyed_by_neighbours(rows: list[Row]) -> None:
    """18 digits that end in 000, in a column where other cells are numbers: saved as text after Excel's damage.

    For a whole file only; the cell is marked as the number that it was, until somebody types it anew.
    """
    field = "document_no"
    lost = any(found.code == "E_ID_FLOAT" for row in rows for _field, found in row.found)
    if not lost and not any(row.cells.get(field, NOTHING).kind == NUMBER for row in rows):
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
    _disagreements(kind, rows)


def _disagreements(kind: UploadKind, rows: list[Row]) -> None:
    """Nobody can tell which of two rows is right: all of them are told of one that differs."""
    for agreeing in kind.agreeing:
        first: dict[str, tuple[str, Row]] = {}
        doubtful: dict[str, Row] = {}
        for row in rows:
            key, value = agreeing.key(row.values), agreeing.value(row.values)
            if key is None or value is None:
                continue
            said, earlier = first.setdefault(key, (value, row))
            if said != value:
                doubtful.setdefault(key, row)
                row.add(agreeing.column, Found(agreeing.code, values={"first": earlier.number}))
        for row in rows if doubtful else ():
            key = agreeing.key(row.values)
            if key in doubtful and agreeing.value(row.values) == first[key][0]:
                row.add(agreeing.column, Found(agreeing.code, values={"first": doubtful[key].number}))


def repeat_codes(kind: UploadKind) -> set[str]:
    return {unique.code for unique in kind.unique} | {agreeing.code for agreeing in kind.agreeing}


def remarks(rows: list[Row]) -> list[Note]:
    """What the problems of single rows say about the file, taken together."""
    doubted = [
        row.number
        for row in rows
        if row.found and any(f.code == "W_ID_BIRTH_MISMATCH" for _c, f in row.found)
    ]
    if len(doubted) <= SHIFTED_SHARE * len(rows):
        return []
    return [Note("W_BIRTH_MISMATCHES", {"n": len(doubted), "rows": doubted[:20]})]
