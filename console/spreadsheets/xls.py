"""Reading .xls as Excel 97 to 2003 and WPS write it (MS-XLS, BIFF8); macros are not looked at."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import Note, Sheet, Workbook
from console.spreadsheets.gathering import Gathering
from console.spreadsheets.ole import CompoundFile
from console.spreadsheets.refusals import F_DAMAGED, F_PASSWORD, F_TOO_MANY_SHEETS, F_XLS_OLD, Refused
from console.spreadsheets.sniffing import XLS
from console.spreadsheets.styles import CellFormat, Styles, meaning
from console.spreadsheets.xls_sheet import XlsSheet
from console.spreadsheets.xls_strings import shared_texts, text_at

BIFF8 = 0x0600
BOF, EOF, CONTINUE, FILEPASS = 0x809, 0x0A, 0x3C, 0x2F
BOUNDSHEET, DATEMODE, FONT, XF, FORMAT, SST = 0x85, 0x22, 0x31, 0xE0, 0x41E, 0xFC
STRUCK = 0x08
# There is no font number 4.
MISSING_FONT = 4
STREAMS = ("Workbook", "Book")


class _SheetEntry(NamedTuple):
    name: str
    start: int
    hidden: bool


def read(file: CompoundFile, budget: Budget) -> Workbook:
    stream = file.stream(next(name for name in STREAMS if name in file))
    try:
        return _read(stream, budget)
    except (struct.error, IndexError) as error:
        raise Refused(F_DAMAGED) from error


def records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Up to the end of the substream that begins there, with those inside of it left out."""
    depth = 0
    while True:
        kind, size = struct.unpack_from("<HH", stream, start)
        start += 4
        if start + size > len(stream):
            raise Refused(F_DAMAGED)
        depth += (kind == BOF) - (kind == EOF)
        if depth == 1 or kind == CONTINUE:
            yield kind, stream[start : start + size]
        if depth <= 0:
            return
        start += size


def _read(stream: bytes, budget: Budget) -> Workbook:
    found = _Globals(stream, budget)
    sheets: list[Sheet] = []
    notes: list[Note] = []
    for entry in found.sheets:
        gathering = Gathering(budget, entry.name, hidden=entry.hidden)
        sheet = XlsSheet(gathering, found.texts, found.styles, date1904=found.date1904)
        for kind, data in records(stream, entry.start):
            sheet.record(kind, data)
        sheet.finish()
        notes.extend(gathering.notes())
        sheets.append(gathering.sheet())
    if not sheets:
        raise Refused(F_DAMAGED)
    return Workbook(XLS, tuple(sheets), found.date1904, tuple(notes))


class _Globals:
    """What stands before the sheets and holds for all of them."""

    def __init__(self, stream: bytes, budget: Budget) -> None:
        self.sheets: list[_SheetEntry] = []
        self.date1904 = False
        self._budget = budget
        self._formats: dict[int, str] = {}
        self._cell_formats: list[CellFormat] = []
        self._struck_fonts: set[int] = set()
        self._fonts = 0
        self._texts: list[bytes] = []
        last = 0
        for kind, data in records(stream, 0):
            last = kind if kind != CONTINUE else last
            self._record(kind, last, data)
        self.texts = shared_texts(self._texts, budget) if self._texts else []
        self.styles: Styles = meaning(self._cell_formats, self._formats, self._struck_fonts)

    def _record(self, kind: int, last: int, data: bytes) -> None:
        if kind == SST or (kind == CONTINUE and last == SST):
            self._texts.append(data)
        elif kind == XF:
            font, number_format = struct.unpack_from("<HH", data)
            self._cell_formats.append(CellFormat(number_format, font))
        elif kind == FORMAT:
            self._formats[struct.unpack_from("<H", data)[0]] = text_at(data, 2)
        elif kind == FONT:
            if struct.unpack_from("<H", data, 2)[0] & STRUCK:
                self._struck_fonts.add(self._fonts)
            self._fonts += 2 if self._fonts + 1 == MISSING_FONT else 1
        elif kind == BOUNDSHEET:
            self._add_sheet(data)
        elif kind == DATEMODE:
            self.date1904 = data[0] == 1
        elif kind == BOF and struct.unpack_from("<H", data)[0] != BIFF8:
            raise Refused(F_XLS_OLD)
        elif kind == FILEPASS:
            raise Refused(F_PASSWORD)

    def _add_sheet(self, data: bytes) -> None:
        start, state, kind = struct.unpack_from("<IBB", data)
        # The others are charts and macros.
        if kind:
            return
        if len(self.sheets) >= self._budget.limits.sheets:
            raise Refused(F_TOO_MANY_SHEETS, limit=self._budget.limits.sheets)
        self.sheets.append(_SheetEntry(text_at(data, 6, short=True), start, bool(state & 3)))
