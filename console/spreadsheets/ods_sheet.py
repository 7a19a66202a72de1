"""One table of an .ods, element by element."""

from console.spreadsheets.cells import (
    BLANK,
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
from console.spreadsheets.dates import iso_text
from console.spreadsheets.gathering import Gathering
from console.spreadsheets.refusals import F_CELL_TOO_LONG, F_DAMAGED, Refused

CELLS = ("table:table-cell", "table:covered-table-cell")
COLUMN = "table:table-column"
ROW = "table:table-row"
HIDDEN = ("collapse", "filter")
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
# walk() takes the prefix of the root off, which is that of notes as well.
ANNOTATIONS = ("annotation", "office:annotation")
LONGEST_NUMBER = 255
# What LibreOffice shows for an error, which it stores as a text.
ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "Err:")


class OdsSheet:
    """Rows and cells that are alike are stored once, with how often they come."""

    def __init__(self, gathering: Gathering, struck: frozenset[str]) -> None:
        self.gathering = gathering
        self._struck = struck
        self._number = 1
        # Where the next column is declared, and in a row the next cell.
        self._column = self._place = 0
        self._row: dict[str, str] = {}
        self._cells: list[Cell] = []
        self._struck_cells: list[bool] = []
        self._cell: dict[str, str] = {}
        self._in_cell = self._in_text = False
        self._annotations = 0
        self._paragraphs = 0
        self._pieces: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in CELLS:
            self._cell, self._in_cell = attributes, True
            self._paragraphs = 0
            self._pieces = []
        elif name == "text:p":
            self._in_text = self._in_cell and not self._annotations
            if self._in_text:
                self._pieces += ["\n"] if self._paragraphs else []
                self._paragraphs += 1
        elif name == "text:s":
            self.text(" " * min(_count(attributes, "text:c"), LONGEST_NUMBER))
        elif name in ("text:tab", "text:line-break"):
            self.text("\t" if name == "text:tab" else "\n")
        elif name in ANNOTATIONS:
            self._annotations += 1
        elif name == ROW:
            self._row, self._cells, self._struck_cells = attributes, [], []
            self._place = 0
        elif name == COLUMN:
            self._add_columns(attributes)

    def end(self, name: str) -> None:
        if name in CELLS:
            self._end_cell()
        elif name == "text:p":
            self._in_text = False
        elif name in ANNOTATIONS:
            self._annotations -= 1
        elif name == ROW:
            self._end_row()

    def text(self, text: str) -> None:
        if self._in_text and not self._annotations:
            self._pieces.append(text)

    def _add_columns(self, attributes: dict[str, str]) -> None:
        count = _count(attributes, "table:number-columns-repeated")
        if attributes.get("table:visibility") in HIDDEN:
            self.gathering.hide_columns(self._column, self._column + count - 1)
        self._column += count

    def _end_cell(self) -> None:
        self._in_cell = False
        cell = self._value("".join(self._pieces))
        count = _count(self._cell, "table:number-columns-repeated")
        if cell.kind != BLANK and self._place + count > LAST_COLUMN:
            raise Refused(F_DAMAGED, sheet=self.gathering.name, row=self._number)
        rows = _count(self._cell, "table:number-rows-spanned")
        columns = _count(self._cell, "table:number-columns-spanned")
        if rows > 1 or columns > 1:
            first = self._place
            self.gathering.add_merge(Merge(self._number, first, self._number + rows - 1, first + columns - 1))
        if cell.kind != BLANK:
            self._cells += [NOTHING] * (self._place - len(self._cells))
            self._cells += [cell] * count
        self._place += count
        if not is_blank(cell):
            self._struck_cells.append(self._cell.get("table:style-name", "") in self._struck)

    def _end_row(self) -> None:
        count = _count(self._row, "table:number-rows-repeated")
        if self._struck_cells:
            if self._number + count - 1 > LAST_ROW:
                raise Refused(F_DAMAGED, sheet=self.gathering.name, row=self._number)
            hidden = self._row.get("table:visibility") in HIDDEN
            for number in range(self._number, self._number + count):
                self.gathering.add(number, self._cells, hidden, all(self._struck_cells))
        self._number += count

    def _value(self, text: str) -> Cell:
        if len(text) > self.gathering.budget.limits.cell_length:
            raise Refused(F_CELL_TOO_LONG, sheet=self.gathering.name, row=self._number)
        get = self._cell.get
        kind = get("office:value-type", "")
        if get("calcext:value-type") == "error" or (
            text.startswith(ERRORS) and "table:formula" in self._cell
        ):
            return Cell(ERROR, text[:LONGEST_NUMBER])
        if kind in ("float", "percentage", "currency"):
            return Cell(NUMBER, get("office:value", text)[:LONGEST_NUMBER])
        if kind == "date":
            day = iso_text(get("office:date-value", ""))
            return Cell(DATE, day) if day else Cell(TEXT, text)
        if kind == "boolean":
            return Cell(BOOL, "TRUE" if get("office:boolean-value") == "true" else "FALSE")
        if not kind and not text and "table:formula" in self._cell:
            return Cell(FORMULA, "=" + get("table:formula", "").partition("=")[2][:LONGEST_NUMBER])
        text = get("office:string-value", text) or text
        self.gathering.budget.spend_characters(len(text))
        return Cell(TEXT, text) if text else NOTHING


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 and text.strip("0") else 1
