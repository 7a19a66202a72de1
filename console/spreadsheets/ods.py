"""Reading .ods, the OpenDocument spreadsheet of LibreOffice and WPS (ODF 1.2 part 1)."""

from console.spreadsheets.cells import Note, Sheet, Workbook
from console.spreadsheets.gathering import Gathering
from console.spreadsheets.markup import walk
from console.spreadsheets.ods_sheet import OdsSheet
from console.spreadsheets.package import Package
from console.spreadsheets.refusals import F_DAMAGED, F_PASSWORD, F_TOO_MANY_SHEETS, Refused
from console.spreadsheets.sniffing import ODS

CONTENT = "content.xml"
MANIFEST = "META-INF/manifest.xml"
ENCRYPTED = b"encryption-data"


def read(package: Package) -> Workbook:
    if MANIFEST in package:
        manifest = b"".join(package.pieces(MANIFEST, most=package.limits.small_part_bytes))
        if ENCRYPTED in manifest:
            raise Refused(F_PASSWORD)
    document = _Document(package)
    walk(CONTENT, package.pieces(CONTENT), document.start, document.end, document.text)
    if not document.sheets:
        raise Refused(F_DAMAGED, part=CONTENT)
    return Workbook(ODS, tuple(document.sheets), notes=tuple(document.notes))


class _Document:
    """The styles that the file declares before its tables, then the tables themselves."""

    def __init__(self, package: Package) -> None:
        self.sheets: list[Sheet] = []
        self.notes: list[Note] = []
        self._budget = package.budget
        self._style = ""
        self._struck: set[str] = set()
        self._not_shown: set[str] = set()
        self._sheet: OdsSheet | None = None
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._start_table(attributes)
        elif self._sheet is not None:
            self._sheet.start(name, attributes)
        elif name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:text-properties":
            if attributes.get("style:text-line-through-style", "none") != "none":
                self._struck.add(self._style)
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self._not_shown.add(self._style)

    def end(self, name: str) -> None:
        if self._sheet is None:
            return
        if name == "table:table":
            self._depth -= 1
            if not self._depth:
                self._end_table(self._sheet.gathering)
        else:
            self._sheet.end(name)

    def text(self, text: str) -> None:
        if self._sheet is not None:
            self._sheet.text(text)

    def _start_table(self, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > 1:
            return
        if len(self.sheets) >= self._budget.limits.sheets:
            raise Refused(F_TOO_MANY_SHEETS, limit=self._budget.limits.sheets)
        hidden = attributes.get("table:style-name", "") in self._not_shown
        gathering = Gathering(self._budget, attributes.get("table:name", ""), hidden=hidden)
        self._sheet = OdsSheet(gathering, frozenset(self._struck))

    def _end_table(self, gathering: Gathering) -> None:
        self.notes.extend(gathering.notes())
        self.sheets.append(gathering.sheet())
        self._sheet = None
