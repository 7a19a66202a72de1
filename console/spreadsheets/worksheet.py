"""One sheet of an .xlsx: what its cells mean, and reading them element by element."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

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
    is_blank,
)
from console.spreadsheets.dates import iso_date, iso_text
from console.spreadsheets.gathering import Contents, Gathering
from console.spreadsheets.markup import is_true, unescape
from console.spreadsheets.refusals import F_CELL_TOO_LONG, F_DAMAGED, Refused
from console.spreadsheets.strings import SharedStrings
from console.spreadsheets.styles import Styles

NUMBER_AS_STORED = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
MERGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", re.ASCII)
DIGITS = "0123456789"
VALUES = ("v", "t", "f")
# Excel writes 25 characters at most.
LONGEST_NUMBER = 255
# Cells that are remembered because they come again; more would only take memory.
MOST_KNOWN = 20_000
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


class Shared(NamedTuple):
    """What the sheets of one workbook have in common."""

    strings: SharedStrings
    styles: Styles
    date1904: bool


Stored = tuple[str | None, str | None, str, str | None]
"""Type, style, value and formula of a cell."""


class _Element(NamedTuple):
    attributes: dict[str, str]
    value: str
    formula: str | None


class Worksheet:
    """Called back for each element of the sheet; the declared dimension of the sheet is not believed."""

    def __init__(self, shared: Shared, gathering: Gathering) -> None:
        self.has_struck = bool(shared.styles.struck or shared.strings.struck)
        self.strings = shared.strings.cells
        self.spend_characters = gathering.budget.spend_characters
        self.widest = gathering.budget.limits.columns
        self._shared = shared
        self._gathering = gathering
        self._longest = gathering.budget.limits.cell_length
        self._known: dict[Stored, Cell] = {}
        self._stored: list[_Element] = []
        self._row: dict[str, str] = {}
        self._number = 0
        self._attributes: dict[str, str] = {}
        self._pieces: list[str] = []
        # No function of ours around it: this runs for each text of the sheet.
        self.text = self._pieces.append
        self._value = ""
        self._formula: str | None = None
        self._in_guide = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._attributes = attributes
            self._value = ""
            self._formula = None
        elif name in VALUES:
            self._pieces.clear()
        elif name == "row":
            self._number = self._row_number(attributes.get("r", str(self._number + 1)))
            self._row = attributes
            self._stored = []
        elif name == "rPh":
            self._in_guide = True
        elif name == "mergeCell":
            self._add_merge(attributes.get("ref", ""))
        elif name == "col":
            self._hide_columns(attributes)

    def end(self, name: str) -> None:
        if name == "c":
            self._stored.append(_Element(self._attributes, self._value, self._formula))
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

    def row_numbers(self, texts: Sequence[str]) -> list[int]:
        """Raises ValueError when they do not rise."""
        numbers = list(map(int, texts))
        if numbers[0] <= self._number or numbers[-1] > LAST_ROW or numbers != sorted(set(numbers)):
            raise ValueError(numbers)
        return numbers

    def add_rows(self, rows: Iterable[Contents], last: int) -> None:
        """`last` is the number of the last one."""
        self._number = last
        self._gathering.add_all(rows)

    def is_date(self, style: str | None) -> bool:
        return style in self._shared.styles.dates

    def cell(self, kind: str | None, style: str | None, value: str, formula: str | None) -> Cell:
        if kind == "s":
            return self._shared_text(value) if value else _without_result(formula)
        if kind is not None and kind != "n":
            return self._of_kind(kind, value, formula)
        if self.is_date(style):
            return self._date(value, formula)
        return self._number_as_stored(value, formula)

    def is_struck(self, kind: str | None, style: str | None, value: str, _formula: str | None) -> bool:
        if style in self._shared.styles.struck:
            return True
        return kind == "s" and bool(value) and int(value) in self._shared.strings.struck

    def _end_row(self) -> None:
        cells: list[Cell] = []
        struck: list[bool] = []
        column = -1
        for attributes, value, formula in self._stored:
            reference = attributes.get("r")
            column = column + 1 if reference is None else column_of(reference.rstrip(DIGITS))
            if not value and formula is None:
                continue
            stored = attributes.get("t"), attributes.get("s"), value, formula
            cell = self._known.get(stored) or self._new(stored)
            if cell is NOTHING:
                continue
            # A column twice, out of order, or none at all.
            if column < len(cells):
                raise self._damaged()
            cells.extend([NOTHING] * (column - len(cells)))
            cells.append(cell)
            if self.has_struck and not is_blank(cell):
                struck.append(self.is_struck(*stored))
        all_struck = bool(struck) and all(struck)
        hidden = is_true(self._row.get("hidden"))
        self._gathering.add(self._number, cells, hidden, all_struck)

    def _new(self, stored: Stored) -> Cell:
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        self._known[stored] = cell = self.cell(*stored)
        return cell

    def _shared_text(self, value: str) -> Cell:
        try:
            index = int(value)
            return self.strings[index if index >= 0 else len(self.strings)]
        except (ValueError, IndexError) as error:
            raise self._damaged() from error

    def _number_as_stored(self, value: str, formula: str | None) -> Cell:
        stored = value.strip()
        if not stored:
            return _without_result(formula)
        if len(stored) > LONGEST_NUMBER or not NUMBER_AS_STORED.fullmatch(stored):
            raise self._damaged()
        return Cell(NUMBER, stored)

    def _date(self, value: str, formula: str | None) -> Cell:
        cell = self._number_as_stored(value, formula)
        date1904 = self._shared.date1904
        day = iso_date(float(cell.value), date1904=date1904) if cell.kind == NUMBER else None
        return Cell(DATE, day) if day else cell

    def _of_kind(self, kind: str, value: str, formula: str | None) -> Cell:
        if kind == "inlineStr" or kind == "str":
            if len(value) > self._longest:
                raise Refused(F_CELL_TOO_LONG, sheet=self._gathering.name, row=self._number)
            self._gathering.budget.spend_characters(len(value))
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

    def _row_number(self, text: str) -> int:
        number = self._position(text)
        if not self._number < number <= LAST_ROW:
            raise self._damaged()
        return number

    def _add_merge(self, reference: str) -> None:
        match = MERGE.fullmatch(reference.replace("$", ""))
        if match is not None:
            first, last = column_of(match[1]), column_of(match[3])
            self._gathering.add_merge(Merge(int(match[2]), first, int(match[4]), last))

    def _hide_columns(self, attributes: dict[str, str]) -> None:
        if is_true(attributes.get("hidden")):
            first = self._position(attributes.get("min", ""))
            self._gathering.hide_columns(first - 1, self._position(attributes.get("max", "")) - 1)

    def _position(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 7) or text == "0":
            raise self._damaged()
        return int(text)

    def _damaged(self) -> Refused:
        return Refused(F_DAMAGED, sheet=self._gathering.name, row=self._number)


def _without_result(formula: str | None) -> Cell:
    # Only the beginning of a formula is of interest, to tell pictures from sums.
    return NOTHING if formula is None else Cell(FORMULA, "=" + formula[:LONGEST_NUMBER])
