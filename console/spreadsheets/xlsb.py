"""Reading .xlsb, the binary form of .xlsx (MS-XLSB)."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from console.spreadsheets.cells import Cell, Note, Sheet, Workbook
from console.spreadsheets.gathering import Gathering
from console.spreadsheets.links import links_in, part_of
from console.spreadsheets.package import Package
from console.spreadsheets.refusals import F_DAMAGED, F_TOO_MANY_SHEETS, F_TOO_MUCH, Refused
from console.spreadsheets.sniffing import XLSB
from console.spreadsheets.styles import CellFormat, Styles, meaning
from console.spreadsheets.xlsb_records import cell_of_text, records, text_at
from console.spreadsheets.xlsb_sheet import Shared, XlsbSheet

# Records of the workbook, of its styles and texts.
WORKBOOK, SHEET, FORMAT, FONT, XF, CELL_FORMATS, CELL_FORMATS_END, TEXT_ITEM = (
    153,
    156,
    44,
    43,
    47,
    617,
    618,
    19,
)
STRUCK = 0x08


class _Entry(NamedTuple):
    name: str
    link: str
    hidden: bool


def read(package: Package, main: str) -> Workbook:
    try:
        return _read(package, main)
    except (struct.error, IndexError) as error:
        raise Refused(F_DAMAGED) from error


def _read(package: Package, main: str) -> Workbook:
    entries, date1904 = _contents(package, main)
    links = links_in(package, main)
    styles = _styles(package, part_of(links, "styles"))
    shared = Shared(_texts(package, part_of(links, "sharedStrings")), styles, date1904)
    parts = {link.id: link.part for link in links if link.type == "worksheet"}
    sheets: list[Sheet] = []
    notes: list[Note] = []
    for entry in entries:
        if entry.link in parts:
            gathering = Gathering(package.budget, entry.name, hidden=entry.hidden)
            XlsbSheet(gathering, shared).read(records(package.pieces(parts[entry.link]), parts[entry.link]))
            notes.extend(gathering.notes())
            sheets.append(gathering.sheet())
    if not sheets:
        raise Refused(F_DAMAGED, part=main)
    return Workbook(XLSB, tuple(sheets), date1904, tuple(notes))


def _contents(package: Package, part: str) -> tuple[list[_Entry], bool]:
    entries: list[_Entry] = []
    date1904 = False
    for kind, data in _small_part(package, part):
        if kind == WORKBOOK:
            date1904 = bool(data[0] & 1)
        elif kind == SHEET:
            link, at = text_at(data, 8)
            entries.append(_Entry(text_at(data, at)[0], link, struct.unpack_from("<I", data)[0] != 0))
            if len(entries) > package.limits.sheets:
                raise Refused(F_TOO_MANY_SHEETS, limit=package.limits.sheets)
    return entries, date1904


def _styles(package: Package, part: str) -> Styles:
    formats: dict[int, str] = {}
    cell_formats: list[CellFormat] = []
    fonts: list[bool] = []
    in_cell_formats = False
    for kind, data in _small_part(package, part) if part else ():
        if kind == FORMAT:
            formats[struct.unpack_from("<H", data)[0]] = text_at(data, 2)[0]
        elif kind == FONT:
            fonts.append(bool(struct.unpack_from("<H", data, 2)[0] & STRUCK))
        elif kind == CELL_FORMATS:
            in_cell_formats = True
        elif kind == CELL_FORMATS_END:
            in_cell_formats = False
        elif kind == XF and in_cell_formats:
            cell_formats.append(CellFormat(*struct.unpack_from("<HH", data, 2)))
    return meaning(cell_formats, formats, {i for i, struck in enumerate(fonts) if struck})


def _texts(package: Package, part: str) -> list[Cell]:
    cells: list[Cell] = []
    for kind, data in records(package.pieces(part), part) if part else ():
        if kind == TEXT_ITEM:
            cells.append(cell_of_text(text_at(data, 1)[0], package.budget))
            if len(cells) > package.limits.cells:
                raise Refused(F_TOO_MUCH, what="cells", limit=package.limits.cells)
    return cells


def _small_part(package: Package, part: str) -> Iterator[tuple[int, bytes]]:
    return records(package.pieces(part, most=package.limits.small_part_bytes), part)
