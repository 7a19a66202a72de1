"""One sheet of an .xlsb, record by record."""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from console.spreadsheets.cells import BLANK, NOTHING, Cell, Merge, is_blank
from console.spreadsheets.doubles import bool_cell, error_cell, number_cell, of_rk
from console.spreadsheets.gathering import Gathering
from console.spreadsheets.refusals import F_DAMAGED, Refused
from console.spreadsheets.styles import Styles
from console.spreadsheets.xlsb_records import cell_of_text, text_at

ROW, RK, ERROR, BOOL, REAL, INLINE_TEXT, SHARED_TEXT, RICH_TEXT = 0, 2, 3, 4, 5, 6, 7, 62
ROWS, ROWS_END, MERGE, COLUMNS = 145, 146, 176, 60
# A formula's result is stored as a value of its kind is.
RESULTS = {8: INLINE_TEXT, 9: REAL, 10: BOOL, 11: ERROR}
LAST_OF_ROWS = max(RESULTS)
CELL = struct.Struct("<II")
INDEX = struct.Struct("<8xI")
ROW_HIDDEN = 0x10
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384


class Shared(NamedTuple):
    """What the sheets of one workbook have in common."""

    texts: list[Cell]
    styles: Styles
    date1904: bool


class XlsbSheet:
    def __init__(self, gathering: Gathering, shared: Shared) -> None:
        self._gathering = gathering
        self._shared = shared
        self._dates = {int(style) for style in shared.styles.dates}
        self._struck = {int(style) for style in shared.styles.struck}
        self._known: dict[tuple[float, bool], Cell] = {}
        self._number = 0
        self._hidden = False
        self._all_struck = True
        self._cells: list[Cell] = []

    def read(self, records: Iterable[tuple[int, bytes]]) -> None:
        in_rows = False
        for kind, data in records:
            if kind <= LAST_OF_ROWS:
                if not in_rows:
                    continue
                if kind == ROW:
                    self._end_row()
                    self._start_row(data)
                else:
                    self._put(RESULTS.get(kind, kind), data)
            elif kind == RICH_TEXT:
                self._put(kind, data)
            elif kind in (ROWS, ROWS_END):
                in_rows = kind == ROWS
            else:
                self._other(kind, data)
        self._end_row()

    def _other(self, kind: int, data: bytes) -> None:
        if kind == MERGE:
            first, last, left, right = struct.unpack_from("<IIII", data)
            self._gathering.add_merge(Merge(first + 1, left, last + 1, right))
        elif kind == COLUMNS:
            first, last, flags = struct.unpack_from("<II8xH", data)
            if flags & 1:
                self._gathering.hide_columns(first, last)

    def _start_row(self, data: bytes) -> None:
        number = struct.unpack_from("<I", data)[0] + 1
        if not self._number < number <= LAST_ROW:
            raise self._damaged()
        self._number = number
        self._hidden = bool(data[11] & ROW_HIDDEN)

    def _end_row(self) -> None:
        struck = bool(self._struck) and self._all_struck
        self._gathering.add(self._number, self._cells, self._hidden, struck)
        self._cells = []
        self._all_struck = True

    def _put(self, kind: int, data: bytes) -> None:
        column, style = CELL.unpack_from(data)
        style &= 0xFFFFFF
        cell = self._cell(kind, data, style)
        if cell.kind == BLANK:
            return
        # A column twice, out of order, before any row, or none at all.
        if not self._number or not len(self._cells) <= column < LAST_COLUMN:
            raise self._damaged()
        if column > len(self._cells):
            self._cells.extend([NOTHING] * (column - len(self._cells)))
        self._cells.append(cell)
        if self._all_struck and style not in self._struck and not is_blank(cell):
            self._all_struck = False

    def _cell(self, kind: int, data: bytes, style: int) -> Cell:
        if kind == SHARED_TEXT:
            return self._shared.texts[INDEX.unpack_from(data)[0]]
        if kind == RK:
            return self._of_number(of_rk(INDEX.unpack_from(data)[0]), style)
        if kind == REAL:
            return self._of_number(struct.unpack_from("<d", data, 8)[0], style)
        if kind == INLINE_TEXT:
            return cell_of_text(text_at(data, 8)[0], self._gathering.budget)
        if kind == RICH_TEXT:
            return cell_of_text(text_at(data, 9)[0], self._gathering.budget)
        if kind == BOOL:
            return bool_cell(data[8])
        if kind == ERROR:
            return error_cell(data[8])
        return NOTHING

    def _of_number(self, number: float, style: int) -> Cell:
        is_date = style in self._dates
        cell = self._known.get((number, is_date))
        if cell is None:
            cell = number_cell(number, is_date=is_date, date1904=self._shared.date1904)
            self._known[number, is_date] = cell
        return cell

    def _damaged(self) -> Refused:
        return Refused(F_DAMAGED, sheet=self._gathering.name, row=self._number)
