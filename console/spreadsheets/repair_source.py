"""Somebody's workbook taken apart into what may be given back: sheets, formats, texts, notes. All else is left behind.

Macros, links to other files, connections, objects, pictures, formulas, names and conditions are not looked at.
"""

import re
from dataclasses import dataclass

from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import NOTHING, TEXT, Cell, Row, Sheet, is_blank
from console.spreadsheets.limits import DEFAULT
from console.spreadsheets.links import Link, links_in, part_of
from console.spreadsheets.markup import unescape
from console.spreadsheets.package import Package
from console.spreadsheets.refusals import F_DAMAGED, F_NOT_SPREADSHEET, F_TOO_LARGE, Refused
from console.spreadsheets.repair_markup import (
    DECLARATION,
    MAIN,
    Element,
    attribute,
    child,
    kept,
    local,
    parse,
    text_of,
)  # fmt: skip
from console.spreadsheets.repair_sheet import Area, StoredCell, Worksheet, cells_of, worksheet

TAG = re.compile(rb"<[/!?]?([\w:.-]+)")
STRING_NAMES = {
    "sst": ("count", "uniqueCount"), "si": (), "t": (), "r": (), "rPr": (), "rPh": ("sb", "eb"),
    "phoneticPr": ("fontId", "type", "alignment"), "rFont": ("val",), "sz": ("val",), "b": ("val",), "i": ("val",),
    "strike": ("val",), "u": ("val",), "vertAlign": ("val",), "family": ("val",), "charset": ("val",),
    "scheme": ("val",), "outline": ("val",), "shadow": ("val",), "condense": ("val",), "extend": ("val",),
    "color": ("rgb", "theme", "indexed", "tint", "auto"),
}  # fmt: skip
USUAL_STRING_TAGS = {name.encode() for name in STRING_NAMES} | {b"xml"}
ONE_STRING = re.compile(rb"<si>.*?</si>|<si/>", re.DOTALL)
NEITHER_IN_A_THEME = (b"<!DOCTYPE", b"blip", b"http-equiv", b":embed", b":link", b":id=", b"hlink")
STATES = ("visible", "hidden", "veryHidden")
AT = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}", re.ASCII)
ROWS_FOR_HEADINGS = 40


@dataclass
class Source:
    """`strings` are the shared texts as XML; `styles` are checked where they are used."""

    sheets: list[Worksheet]
    styles: bytes
    strings: bytes
    theme: bytes
    date1904: bool


def take_apart(data: bytes) -> Source:
    """An .xlsx or .xlsm. Raises Refused."""
    package = Package(data, Budget(DEFAULT))
    main = _main_part(package)
    links = links_in(package, main)
    root = parse(_all(package, main), main)
    if local(root) != "workbook":
        raise Refused(F_NOT_SPREADSHEET, found=local(root))
    sheets = [_sheet(package, one) for one in _sheet_entries(root, links)]
    if not sheets:
        raise Refused(F_DAMAGED, part=main)
    properties = child(root, "workbookPr")
    theme, styles, strings = (_shared(package, links, kind) for kind in ("theme", "styles", "sharedStrings"))
    return Source(
        sheets,
        styles,
        _strings(strings) if strings else b"",
        b"" if any(one in theme for one in NEITHER_IN_A_THEME) else theme,
        properties is not None and properties.get("date1904") in ("1", "true"),
    )


def _shared(package: Package, links: list[Link], kind: str) -> bytes:
    part = part_of(links, kind)
    return _all(package, part) if part in package else b""


def _all(package: Package, part: str) -> bytes:
    return b"".join(package.pieces(part))


def _main_part(package: Package) -> str:
    part = part_of(links_in(package, ""), "officeDocument")
    if part not in package or not part.lower().endswith(".xml"):
        raise Refused(F_NOT_SPREADSHEET, found="zip")
    return part


def _sheet_entries(root: Element, links: list[Link]) -> list[tuple[str, str, str]]:
    found = child(root, "sheets")
    parts = {link.id: link.part for link in links if link.type == "worksheet"}
    entries = []
    for one in found if found is not None else ():
        if part := parts.get(attribute(one, "id")):
            state = one.get("state", "visible")
            entries.append((one.get("name", ""), state if state in STATES else "hidden", part))
    if len(entries) > DEFAULT.sheets:
        raise Refused(F_TOO_LARGE, what="sheets", limit=DEFAULT.sheets)
    return entries


def _sheet(package: Package, entry: tuple[str, str, str]) -> Worksheet:
    name, state, part = entry
    notes = part_of(links_in(package, part), "comments")
    return worksheet(
        name,
        state,
        _all(package, part),
        part,
        _notes(_all(package, notes), notes) if notes in package else {},
    )


def _notes(data: bytes, part: str) -> dict[str, str]:
    found = child(parse(data, part), "commentList")
    return {
        one.get("ref"): text_of(one)
        for one in (found if found is not None else ())
        if AT.fullmatch(one.get("ref") or "")
    }


def _strings(data: bytes) -> bytes:
    """As they are when nothing else is in them; else what is known of them."""
    usual = b"<!" not in data and MAIN.encode() in data[:1024]
    if usual and set(TAG.findall(data)) <= USUAL_STRING_TAGS:
        return data
    inside = kept(parse(data, "sharedStrings"), STRING_NAMES).removeprefix(b"<sst")
    return DECLARATION + b'<sst xmlns="' + MAIN.encode() + b'"' + inside


def headings_sheet(source: Source, sheet: Worksheet, until: int) -> Sheet:
    """The first rows of a sheet with their texts, for whoever looks for headings there."""
    first = [row for row in sheet.rows if row.number <= until][:ROWS_FOR_HEADINGS]
    stored = {row.number: cells_of(row) for row in first}
    wanted = {
        int(cell.body[3:-4]) for cells in stored.values() for cell in cells.values() if cell.kind == b"s"
    }
    texts = _texts(source.strings, wanted)
    rows = {number: _filled(cells, texts) for number, cells in stored.items()}
    for merge in sheet.merges:
        _fill(rows, merge)
    shown = [Row(number, tuple(cells), False) for number, cells in rows.items()
             if not all(is_blank(cell) for cell in cells)]  # fmt: skip
    return Sheet(sheet.name, sheet.state != "visible", shown)


def _texts(strings: bytes, wanted: set[int]) -> dict[int, str]:
    found = {}
    for index, match in enumerate(ONE_STRING.finditer(strings) if wanted else ()):
        if index in wanted:
            found[index] = unescape(text_of(parse(match[0], "sharedStrings")))
            if len(found) == len(wanted):
                break
    return found


def _filled(cells: dict[int, StoredCell], texts: dict[int, str]) -> list[Cell]:
    row = [NOTHING] * min(max(cells, default=0), DEFAULT.columns)
    for column, cell in cells.items():
        if column <= len(row):
            row[column - 1] = _read(cell, texts)
    return row


def _read(cell: StoredCell, texts: dict[int, str]) -> Cell:
    if not cell.body:
        return NOTHING
    if cell.kind == b"s":
        return Cell(TEXT, texts.get(int(cell.body[3:-4]), ""))
    return Cell(TEXT, unescape(text_of(parse(b"<c>" + cell.body + b"</c>", "c")) or cell.body[3:-4].decode()))


def _fill(rows: dict[int, list[Cell]], merge: Area) -> None:
    """Each cell of a merge shows what its first one has."""
    value = rows.get(merge.first_row, [])[merge.first_column - 1 : merge.first_column]
    if not value:
        return
    last = min(merge.last_column, DEFAULT.columns)
    for number, cells in rows.items():
        if merge.first_row <= number <= merge.last_row:
            cells.extend([NOTHING] * (last - len(cells)))
            cells[merge.first_column - 1 : last] = value * max(last - merge.first_column + 1, 0)
