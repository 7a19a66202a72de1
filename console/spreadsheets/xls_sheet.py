"""One sheet of an .xls, record by record."""

import struct

from console.spreadsheets.cells import BLANK, NOTHING, TEXT, Cell, Merge, is_blank
from console.spreadsheets.doubles import bool_cell, error_cell, number_cell, of_rk
from console.spreadsheets.gathering import Gathering
from console.spreadsheets.refusals import F_CELL_TOO_LONG, F_DAMAGED, F_TOO_MUCH, Refused
from console.spreadsheets.styles import Styles
from console.spreadsheets.xls_strings import text_at

ROW, NUMBER, RK, MULRK, LABELSST, LABEL, RSTRING = 0x208, 0x203, 0x27E, 0xBD, 0xFD, 0x204, 0xD6
BOOLERR, FORMULA, STRING, MERGECELLS, COLINFO = 0x205, 0x06, 0x207, 0xE5, 0x7D
ROW_HIDDEN = 0x20
LAST_COLUMN = 256
RECORDS_BETWEEN_LOOKS = 10_000
# What a formula gave when its eight bytes are no number.
TEXT_FOLLOWS, GAVE_BOOL, GAVE_ERROR = 0, 1, 2


class XlsSheet:
    """Rows need not stand in order, so they are put together at the end."""

    def __init__(self, gathering: Gathering, texts: list[str], styles: Styles, *, date1904: bool) -> None:
        self._gathering = gathering
        self._texts = [Cell(TEXT, text) if text else NOTHING for text in texts]
        self._dates = {int(style) for style in styles.dates}
        self._struck = {int(style) for style in styles.struck}
        self._date1904 = date1904
        self._rows: dict[int, dict[int, Cell]] = {}
        self._plain: set[int] = set()
        self._hidden: set[int] = set()
        self._known: dict[tuple[float, bool], Cell] = {}
        self._formula = (0, 0, 0)
        self._records = self._count = 0

    def record(self, kind: int, data: bytes) -> None:
        self._records += 1
        if not self._records % RECORDS_BETWEEN_LOOKS:
            self._gathering.budget.check_time()
        if kind == LABELSST:
            row, column, style, index = struct.unpack_from("<HHHI", data)
            self._put(row, column, style, self._texts[index])
        elif kind == RK:
            row, column, style, packed = struct.unpack_from("<HHHI", data)
            self._put(row, column, style, self._number(of_rk(packed), style))
        elif kind == NUMBER:
            row, column, style, number = struct.unpack_from("<HHHd", data)
            self._put(row, column, style, self._number(number, style))
        elif kind == MULRK:
            self._put_many(data)
        elif kind in (LABEL, RSTRING):
            row, column, style = struct.unpack_from("<HHH", data)
            self._put(row, column, style, self._text(text_at(data, 6)))
        elif kind == FORMULA:
            self._put_formula(data)
        elif kind == STRING:
            self._put(*self._formula, self._text(text_at(data, 0)))
        else:
            self._other(kind, data)

    def finish(self) -> None:
        for row in sorted(self._rows):
            columns = self._rows[row]
            cells = [columns.get(column, NOTHING) for column in range(max(columns) + 1)]
            struck = bool(self._struck) and row not in self._plain
            self._gathering.add(row + 1, cells, row in self._hidden, struck)

    def _other(self, kind: int, data: bytes) -> None:
        if kind == ROW:
            if struct.unpack_from("<H", data, 12)[0] & ROW_HIDDEN:
                self._hidden.add(struct.unpack_from("<H", data)[0])
        elif kind == BOOLERR:
            row, column, style, value, is_error = struct.unpack_from("<HHHBB", data)
            self._put(row, column, style, error_cell(value) if is_error else bool_cell(value))
        elif kind == MERGECELLS:
            for i in range(struct.unpack_from("<H", data)[0]):
                first, last, left, right = struct.unpack_from("<HHHH", data, 2 + 8 * i)
                self._gathering.add_merge(Merge(first + 1, left, last + 1, right))
        elif kind == COLINFO:
            first, last, _, _, flags = struct.unpack_from("<HHHHH", data)
            if flags & 1:
                self._gathering.hide_columns(first, last)

    def _put(self, row: int, column: int, style: int, cell: Cell) -> None:
        if cell.kind == BLANK:
            return
        if column >= LAST_COLUMN:
            raise Refused(F_DAMAGED, sheet=self._gathering.name, row=row + 1)
        columns = self._rows.get(row)
        if columns is None:
            columns = self._rows[row] = {}
        if column in columns:
            raise Refused(F_DAMAGED, sheet=self._gathering.name, row=row + 1)
        columns[column] = cell
        self._count += 1
        if self._count > self._gathering.budget.limits.cells:
            raise Refused(F_TOO_MUCH, what="cells", limit=self._gathering.budget.limits.cells)
        if style not in self._struck and not is_blank(cell):
            self._plain.add(row)

    def _put_many(self, data: bytes) -> None:
        row, first = struct.unpack_from("<HH", data)
        for i in range((len(data) - 6) // 6):
            style, packed = struct.unpack_from("<HI", data, 4 + 6 * i)
            self._put(row, first + i, style, self._number(of_rk(packed), style))

    def _put_formula(self, data: bytes) -> None:
        row, column, style = struct.unpack_from("<HHH", data)
        if data[12:14] != b"\xff\xff":
            self._put(row, column, style, self._number(struct.unpack_from("<d", data, 6)[0], style))
        elif data[6] == TEXT_FOLLOWS:
            self._formula = row, column, style
        elif data[6] == GAVE_BOOL:
            self._put(row, column, style, bool_cell(data[8]))
        elif data[6] == GAVE_ERROR:
            self._put(row, column, style, error_cell(data[8]))

    def _number(self, number: float, style: int) -> Cell:
        is_date = style in self._dates
        cell = self._known.get((number, is_date))
        if cell is None:
            cell = number_cell(number, is_date=is_date, date1904=self._date1904)
            self._known[number, is_date] = cell
        return cell

    def _text(self, text: str) -> Cell:
        if len(text) > self._gathering.budget.limits.cell_length:
            raise Refused(F_CELL_TOO_LONG, sheet=self._gathering.name)
        self._gathering.budget.spend_characters(len(text))
        return Cell(TEXT, text) if text else NOTHING
