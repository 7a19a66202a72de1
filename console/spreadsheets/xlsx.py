"""Reading .xlsx, transitional or strict, whichever program wrote it; macros and links are not looked at."""

from typing import NamedTuple

from console.spreadsheets import merges
from console.spreadsheets.blank_rows import without_blank_rows
from console.spreadsheets.cells import Cell, Note, Sheet, Workbook
from console.spreadsheets.dates import date_styles
from console.spreadsheets.limits import Limits
from console.spreadsheets.markup import is_true, walk
from console.spreadsheets.package import Package, links_of, target_of
from console.spreadsheets.refusals import F_DAMAGED, F_NOT_SPREADSHEET, F_TOO_LARGE, Refused
from console.spreadsheets.sniffing import XLSX
from console.spreadsheets.strings import shared_strings
from console.spreadsheets.worksheet import Shared, Worksheet

USUAL_WORKBOOK = "xl/workbook.xml"


class _Link(NamedTuple):
    id: str
    type: str
    part: str


class _SheetEntry(NamedTuple):
    name: str
    link: str
    hidden: bool


def read(data: bytes, limits: Limits) -> Workbook:
    package = Package(data, limits)
    main = _main_part(package)
    entries, date1904 = _contents(package, main)
    links = _links(package, main)
    shared = Shared(package, _strings(package, links), _date_styles(package, links), date1904)
    parts = {link.id: link.part for link in links if link.type == "worksheet"}
    sheets: list[Sheet] = []
    notes: list[Note] = []
    for entry in entries:
        # The others are charts and dialogs.
        if entry.link in parts:
            sheets.append(_sheet(shared, entry, parts[entry.link], notes))
    if not sheets:
        raise Refused(F_DAMAGED, part=main)
    return Workbook(XLSX, tuple(sheets), date1904, tuple(notes))


def _main_part(package: Package) -> str:
    links = _links(package, "")
    for link in links:
        if link.type == "officeDocument" and link.part in package:
            return link.part
    if USUAL_WORKBOOK in package:
        return USUAL_WORKBOOK
    raise Refused(F_NOT_SPREADSHEET, found="ods" if "mimetype" in package else "zip")


def _links(package: Package, part: str) -> list[_Link]:
    found: list[_Link] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            found.append(_Link(attributes.get("Id", ""), kind, target_of(part, attributes.get("Target", ""))))

    if links_of(part) in package:
        walk(links_of(part), package.pieces(links_of(part), most=package.limits.small_part_bytes), start)
    return found


def _contents(package: Package, part: str) -> tuple[list[_SheetEntry], bool]:
    if not part.lower().endswith(".xml"):
        raise Refused(F_NOT_SPREADSHEET, found="xlsb" if part.lower().endswith(".bin") else "zip")
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
            raise Refused(F_TOO_LARGE, what="sheets", limit=self._limits.sheets)
        # The link is `r:id`, in another namespace when the file is strict.
        link = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        hidden = attributes.get("state", "visible") != "visible"
        self.sheets.append(_SheetEntry(attributes.get("name", ""), link, hidden))


def _strings(package: Package, links: list[_Link]) -> list[Cell]:
    part = _part_of(links, "sharedStrings")
    return shared_strings(package, part) if part else []


def _date_styles(package: Package, links: list[_Link]) -> frozenset[str]:
    part = _part_of(links, "styles")
    return date_styles(package, part) if part else frozenset()


def _part_of(links: list[_Link], kind: str) -> str:
    return next((link.part for link in links if link.type == kind), "")


def _sheet(shared: Shared, entry: _SheetEntry, part: str, notes: list[Note]) -> Sheet:
    reader = Worksheet(shared, entry.name, hidden=entry.hidden)
    walk(part, without_blank_rows(shared.package.pieces(part)), reader.start, reader.end, reader.text)
    filled = merges.fill(reader.rows, reader.merges, shared.package)
    if not entry.hidden:
        notes.extend(reader.notes())
    return Sheet(
        entry.name,
        entry.hidden,
        reader.rows,
        tuple(reader.merges),
        frozenset(reader.hidden_columns),
        frozenset(filled),
    )
