"""One sheet of an .xlsx: its cells as stored, read in one pass without building a tree."""

import re
from typing import Final, NamedTuple

from console.spreadsheets.cells import (
    BOOL,
    DATE,
    ERROR,
    FORMULA,
    NOTHING,
    NUMBER,
    TEXT,
    Cell,
    Merge,
    Note,
    Row,
    all_blank,
)
from console.spreadsheets.dates import iso_date, iso_text
from console.spreadsheets.markup import is_true, unescape
from console.spreadsheets.package import Package
from console.spreadsheets.refusals import (
    F_CELL_TOO_LONG,
    F_DAMAGED,
    F_TOO_MANY_COLUMNS,
    F_TOO_MANY_ROWS,
    Refused,
)

W_ROWS_BEYOND_GAP: Final = "W_ROWS_BEYOND_GAP"

NUMBER_AS_STORED = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
MERGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", re.ASCII)
DIGITS = "0123456789"
VALUES = ("v", "t", "f")
# Excel writes 25 characters at most.
LONGEST_NUMBER = 255
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384


def column_of(letters: str) -> int:
    """Counted from 0; -1 for what is no column."""
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
        return -1
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return column - 1 if column <= LAST_COLUMN else -1


class _Columns(dict[str, int]):
    """Letters to columns, worked out once for each."""

    def __missing__(self, letters: str) -> int:
        self[letters] = column = column_of(letters)
        return column


class Shared(NamedTuple):
    """What the sheets of one workbook have in common."""

    package: Package
    strings: list[Cell]
    date_styles: frozenset[str]
    date1904: bool


class Worksheet:
    """Called back for each element of the sheet; the declared dimension of the sheet is not believed.

    A hidden sheet is never the table: what exceeds the limits there is left out without a refusal.
    """

    def __init__(self, shared: Shared, name: str, *, hidden: bool) -> None:
        self.rows: list[Row] = []
        self.merges: list[Merge] = []
        self.hidden_columns: set[int] = set()
        self._package = shared.package
        self._limits = shared.package.limits
        self._strings = shared.strings
        self._date_styles = shared.date_styles
        self._date1904 = shared.date1904
        self._sheet = name
        self._lenient = hidden
        self._columns = _Columns()
        self._numbers: dict[str, Cell] = {}
        self._dates: dict[str, Cell] = {}
        self._stored: list[tuple[dict[str, str], str, str | None]] = []
        self._row: dict[str, str] = {}
        self._number = self._last = 0
        self._attributes: dict[str, str] = {}
        self._pieces: list[str] = []
        self.text = self._pieces.append
        self._value = ""
        self._formula: str | None = None
        self._in_guide = False
        self._first_beyond = self._beyond = 0

    def notes(self) -> list[Note]:
        if not self._beyond:
            return []
        return [Note(W_ROWS_BEYOND_GAP, {"sheet": self._sheet, "row": self._first_beyond, "n": self._beyond})]

    # These two run for each cell, and calls are what costs: list.append itself collects the texts, and
    # cells are only put down until their row is complete. Branches stand in the order of how often they come.
    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._attributes = attributes
            self._value = ""
            self._formula = None
        elif name in VALUES:
            self._pieces.clear()
        elif name == "row":
            self._start_row(attributes)
        elif name == "rPh":
            self._in_guide = True
        elif name == "mergeCell":
            self._add_merge(attributes.get("ref", ""))
        elif name == "col":
            self._add_hidden_columns(attributes)

    def end(self, name: str) -> None:
        if name == "c":
            self._stored.append((self._attributes, self._value, self._formula))
            if len(self._stored) > LAST_COLUMN:
                raise self._damaged()
        elif name == "v":
            self._value = "".join(self._pieces)
        elif name == "t":
            self._value += "" if self._in_guide else "".join(self._pieces)
        elif name == "row":
            self._end_row()
        elif name == "f":
            self._formula = "".join(self._pieces)
        elif name == "rPh":
            self._in_guide = False

    def _row_cells(self) -> list[Cell]:
        cells: list[Cell] = []
        columns, numbers, dates, date_styles = self._columns, self._numbers, self._dates, self._date_styles
        column = -1
        for attributes, value, formula in self._stored:
            get = attributes.get
            reference = get("r")
            column = column + 1 if reference is None else columns[reference.rstrip(DIGITS)]
            if not value and formula is None:
                continue
            kind = get("t")
            if kind == "s":
                cell = self._shared(value)
            elif kind is not None and kind != "n":
                cell = self._of_kind(kind, value, formula)
            elif get("s") in date_styles:
                cell = dates.get(value) or self._new_date(value, formula)
            else:
                cell = numbers.get(value) or self._new_number(value, formula)
            if column == len(cells):
                cells.append(cell)
            elif cell is not NOTHING:
                self._append_far(cells, column, cell)
        while cells and cells[-1] is NOTHING:
            cells.pop()
        return cells

    def _shared(self, value: str) -> Cell:
        try:
            index = int(value)
            return self._strings[index if index >= 0 else len(self._strings)]
        except (ValueError, IndexError) as error:
            raise self._damaged() from error

    def _new_number(self, value: str, formula: str | None) -> Cell:
        stored = value.strip()
        if not stored:
            return _without_result(formula)
        if len(stored) > LONGEST_NUMBER or not NUMBER_AS_STORED.fullmatch(stored):
            raise self._damaged()
        self._numbers[value] = cell = Cell(NUMBER, stored)
        return cell

    def _new_date(self, value: str, formula: str | None) -> Cell:
        cell = self._new_number(value, formula)
        day = iso_date(float(cell.value), date1904=self._date1904) if cell.kind == NUMBER else None
        if day:
            self._dates[value] = cell = Cell(DATE, day)
        return cell

    def _of_kind(self, kind: str, value: str, formula: str | None) -> Cell:
        if kind == "inlineStr" or kind == "str":
            if len(value) > self._limits.cell_length:
                raise Refused(F_CELL_TOO_LONG, sheet=self._sheet, row=self._number)
            return Cell(TEXT, unescape(value)) if value else NOTHING
        if not value:
            return _without_result(formula)
        if kind == "b":
            return Cell(BOOL, "TRUE" if is_true(value.strip()) else "FALSE")
        if kind == "e":
            return Cell(ERROR, value[:LONGEST_NUMBER])
        if kind == "d":
            day = iso_text(value)
            return Cell(DATE, day) if day else Cell(TEXT, value[:LONGEST_NUMBER])
        raise self._damaged()

    def _append_far(self, cells: list[Cell], column: int, cell: Cell) -> None:
        # A column twice, out of order, or none at all.
        if column < len(cells):
            raise self._damaged()
        cells.extend([NOTHING] * (column - len(cells)))
        cells.append(cell)

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = self._position(attributes["r"]) if "r" in attributes else self._number + 1
        if not self._number < number <= LAST_ROW:
            raise self._damaged()
        self._number = number
        self._row = attributes
        self._stored = []

    def _end_row(self) -> None:
        cells = self._row_cells()
        if not cells or all_blank(cells):
            return
        if len(cells) > self._limits.columns:
            cells = self._cut(cells)
        if self._number - self._last > self._limits.blank_rows + 1:
            self._first_beyond = self._first_beyond or self._number
            self._beyond += 1
            return
        self._last = self._number
        if len(self.rows) >= self._limits.rows + self._limits.other_rows:
            if self._lenient:
                return
            raise Refused(F_TOO_MANY_ROWS, sheet=self._sheet, limit=self._limits.rows)
        self._package.spend_cells(len(cells))
        self.rows.append(Row(self._number, tuple(cells), is_true(self._row.get("hidden"))))

    def _cut(self, cells: list[Cell]) -> list[Cell]:
        if not self._lenient and not all_blank(cells[self._limits.columns :]):
            raise Refused(F_TOO_MANY_COLUMNS, sheet=self._sheet, row=self._number, limit=self._limits.columns)
        return cells[: self._limits.columns]

    def _add_merge(self, reference: str) -> None:
        match = MERGE.fullmatch(reference.replace("$", ""))
        if match is None:
            return
        self._package.spend_cells(1)
        first, last = column_of(match[1]), column_of(match[3])
        if 0 <= first <= last and int(match[2]) <= int(match[4]):
            self.merges.append(Merge(int(match[2]), first, int(match[4]), last))

    def _add_hidden_columns(self, attributes: dict[str, str]) -> None:
        if not is_true(attributes.get("hidden")):
            return
        first = self._position(attributes.get("min", ""))
        last = min(self._position(attributes.get("max", "")), self._limits.columns)
        self.hidden_columns.update(range(first - 1, last))

    def _position(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 7) or text == "0":
            raise self._damaged()
        return int(text)

    def _damaged(self) -> Refused:
        return Refused(F_DAMAGED, sheet=self._sheet, row=self._number)


def _without_result(formula: str | None) -> Cell:
    # Only the beginning of a formula is of interest, to tell pictures from sums.
    return NOTHING if formula is None else Cell(FORMULA, "=" + formula[:LONGEST_NUMBER])
