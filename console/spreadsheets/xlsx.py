"""Reading .xlsx, transitional or strict, whichever program wrote it; macros and links are not looked at."""

from typing import NamedTuple

from console.spreadsheets import plain_xml
from console.spreadsheets.blank_rows import without_blank_rows
from console.spreadsheets.cells import Note, Sheet, Workbook
from console.spreadsheets.gathering import Gathering
from console.spreadsheets.limits import Limits
from console.spreadsheets.links import Link, links_in, part_of
from console.spreadsheets.markup import is_true, walk
from console.spreadsheets.package import Package
from console.spreadsheets.plain_rows import PlainRows
from console.spreadsheets.refusals import F_DAMAGED, F_NOT_SPREADSHEET, F_TOO_MANY_SHEETS, Refused
from console.spreadsheets.sniffing import XLSX
from console.spreadsheets.strings import NO_STRINGS, SharedStrings, shared_strings
from console.spreadsheets.styles import Styles, styles_of
from console.spreadsheets.worksheet import Shared, Worksheet


class _SheetEntry(NamedTuple):
    name: str
    link: str
    hidden: bool


def read(package: Package, main: str) -> Workbook:
    """`main` is the part that lists the sheets."""
    entries, date1904 = _contents(package, main)
    links = links_in(package, main)
    shared = Shared(_strings(package, links), _styles(package, links), date1904)
    parts = {link.id: link.part for link in links if link.type == "worksheet"}
    sheets: list[Sheet] = []
    notes: list[Note] = []
    for entry in entries:
        # The others are charts and dialogs.
        if entry.link in parts:
            sheets.append(_sheet(package, shared, entry, parts[entry.link], notes))
    if not sheets:
        raise Refused(F_DAMAGED, part=main)
    return Workbook(XLSX, tuple(sheets), date1904, tuple(notes))


def _contents(package: Package, part: str) -> tuple[list[_SheetEntry], bool]:
    contents = _Contents(part, package.limits)
    walk(part, package.pieces(part, most=package.limits.small_part_bytes), contents.start)
    return contents.sheets, contents.date1904


class _Contents:
    def __init__(self, part: str, limits: Limits) -> None:
        self.sheets: list[_SheetEntry] = []
        self.date1904 = False
        self._part = part
        self._limits = limits
        self._root = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._root:
            self._root = name
            if name != "workbook":
                raise Refused(F_NOT_SPREADSHEET, found=name)
        if name == "workbookPr":
            self.date1904 = is_true(attributes.get("date1904"))
        elif name == "sheet":
            self._add_sheet(attributes)

    def _add_sheet(self, attributes: dict[str, str]) -> None:
        if len(self.sheets) >= self._limits.sheets:
            raise Refused(F_TOO_MANY_SHEETS, limit=self._limits.sheets)
        # The link is `r:id`, in another namespace when the file is strict.
        link = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        hidden = attributes.get("state", "visible") != "visible"
        self.sheets.append(_SheetEntry(attributes.get("name", ""), link, hidden))


def _strings(package: Package, links: list[Link]) -> SharedStrings:
    part = part_of(links, "sharedStrings")
    return shared_strings(package, part) if part else NO_STRINGS


def _styles(package: Package, links: list[Link]) -> Styles:
    part = part_of(links, "styles")
    return styles_of(package, part) if part else Styles()


def _sheet(package: Package, shared: Shared, entry: _SheetEntry, part: str, notes: list[Note]) -> Sheet:
    gathering = Gathering(package.budget, entry.name, hidden=entry.hidden)
    worksheet = Worksheet(shared, gathering)
    rest = plain_xml.without(package.pieces(part), b"sheetData", b"row", PlainRows(worksheet).take)
    walk(part, without_blank_rows(rest), worksheet.start, worksheet.end, worksheet.text)
    notes.extend(gathering.notes())
    return gathering.sheet()
