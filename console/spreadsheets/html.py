"""Reading web pages that office systems export under the name .xls: every outermost table is a sheet."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple

from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import NOTHING, NUMBER, TEXT, Cell, Merge, Note, Sheet, Workbook
from console.spreadsheets.csvs import decoded
from console.spreadsheets.gathering import Gathering
from console.spreadsheets.refusals import F_CELL_TOO_LONG, F_NOT_SPREADSHEET, F_TOO_MANY_SHEETS, Refused
from console.spreadsheets.sniffing import HTML

W_HTML_XLS: Final = "W_HTML_XLS"

TAG = re.compile(r"""</?([A-Za-z][\w:-]*+)((?:[^<>"']|"[^"]*+"|'[^']*+')*+)>""")
ATTRIBUTE = re.compile(r"""([\w:-]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?""")
SPACE = re.compile(r"[ \t\r\n\f]+")
NUMBER_SHOWN = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
NOT_SHOWN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
WITHOUT_TEXT = ("script", "style", "title", "template")
STRUCK = ("s", "strike", "del")
BREAKS = ("br", "p", "div")
# What may begin a tag, a comment or a declaration.
MARKUP = re.compile(r"<[A-Za-z/!?]")
LONGEST_TAG = 65_536
TAGS_BETWEEN_LOOKS = 500


class _Tag(NamedTuple):
    name: str
    closes: bool
    attributes: dict[str, str]


def read(data: bytes, name: str, budget: Budget) -> Workbook:
    page = _Page(name, budget)
    for number, found in enumerate(_parts(decoded(data))):
        if not number % TAGS_BETWEEN_LOOKS:
            budget.check_time()
        if isinstance(found, str):
            page.text(found)
        else:
            page.tag(found)
    page.end_table()
    if not page.sheets:
        raise Refused(F_NOT_SPREADSHEET, found="html")
    return Workbook(HTML, tuple(page.sheets), notes=(Note(W_HTML_XLS), *page.notes))


def _parts(text: str) -> Iterator[_Tag | str]:
    """Tags and the texts between them; comments, scripts and styles are passed over."""
    at = 0
    while at < len(text):
        found = TAG.match(text, at, at + LONGEST_TAG)
        if found is not None:
            tag = _tag(found)
            yield tag
            at = found.end()
            if tag.name in WITHOUT_TEXT and not tag.closes:
                at = _end_of(tag.name, text, at)
        elif text.startswith(("<!", "<?"), at):
            end = "-->" if text.startswith("<!--", at) else ">"
            stop = text.find(end, at)
            at = len(text) if stop < 0 else stop + len(end)
        else:
            markup = MARKUP.search(text, at + 1)
            stop = markup.start() if markup else len(text)
            yield text[at:stop]
            at = stop


def _end_of(name: str, text: str, at: int) -> int:
    found = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, at)
    return found.start() if found else len(text)


def _tag(found: re.Match[str]) -> _Tag:
    attributes = {
        name.lower(): unescape(first or second or third)
        for name, first, second, third in ATTRIBUTE.findall(found[2])
    }
    return _Tag(found[1].lower(), found[0].startswith("</"), attributes)


class _Page:
    """A table inside a cell belongs to the text of that cell."""

    def __init__(self, name: str, budget: Budget) -> None:
        self.sheets: list[Sheet] = []
        self.notes: list[Note] = []
        self._name = name
        self._budget = budget
        self._gathering: Gathering | None = None
        self._depth = 0
        self._row: list[Cell] = []
        self._number = 0
        self._row_hidden = False
        self._struck = 0
        self._struck_cells: list[bool] = []
        # Rows that cells above still cover, by column.
        self._covered: dict[int, int] = {}
        self._cell: dict[str, str] | None = None
        self._texts: list[str] = []
        self._plain = False

    def text(self, text: str) -> None:
        if self._cell is not None:
            self._texts.append(SPACE.sub(" ", text))
            self._plain |= not self._struck and bool(text.strip())

    def tag(self, tag: _Tag) -> None:
        if tag.name == "table":
            self._table(tag)
        elif self._depth != 1:
            if tag.name in BREAKS or tag.name in ("td", "tr"):
                self._break()
        elif tag.name == "tr":
            self._end_row()
            if not tag.closes:
                self._number += 1
                self._row_hidden = _is_hidden(tag)
        elif tag.name in ("td", "th"):
            self._end_cell()
            if not tag.closes:
                self._cell = tag.attributes
        elif tag.name in STRUCK:
            self._struck = max(0, self._struck + (-1 if tag.closes else 1))
        elif tag.name in BREAKS and (tag.name == "br" or tag.closes):
            self._break()

    def end_table(self) -> None:
        if self._gathering is None:
            return
        self._end_row()
        self.notes.extend(self._gathering.notes())
        if self._gathering.rows:
            self.sheets.append(self._gathering.sheet())
        self._gathering = None

    def _table(self, tag: _Tag) -> None:
        self._depth = max(0, self._depth + (-1 if tag.closes else 1))
        if tag.closes and not self._depth:
            self.end_table()
        elif not tag.closes and self._depth == 1:
            if len(self.sheets) >= self._budget.limits.sheets:
                raise Refused(F_TOO_MANY_SHEETS, limit=self._budget.limits.sheets)
            name = f"{self._name} ({len(self.sheets) + 1})" if self.sheets else self._name
            self._gathering = Gathering(self._budget, name)
            self._number, self._covered, self._struck = 0, {}, 0

    def _break(self) -> None:
        if self._cell is not None and self._texts:
            self._texts.append("\n")

    def _end_row(self) -> None:
        self._end_cell()
        if self._gathering is not None and self._number:
            self._pass_over()
            struck = bool(self._struck_cells) and all(self._struck_cells)
            self._gathering.add(self._number, self._row, self._row_hidden, struck)
        self._row, self._struck_cells = [], []

    def _end_cell(self) -> None:
        if self._cell is None or self._gathering is None:
            return
        attributes, self._cell = self._cell, None
        text = unescape("".join(self._texts))
        self._texts = []
        cell = self._value(text.strip(" \n"), attributes)
        if cell is not NOTHING:
            self._struck_cells.append(not self._plain)
        self._plain = False
        # A row that never began.
        self._number = max(self._number, 1)
        self._place(cell, _span(attributes, "colspan"), _span(attributes, "rowspan"))

    def _value(self, text: str, attributes: dict[str, str]) -> Cell:
        limits = self._budget.limits
        if len(text) > limits.cell_length:
            raise Refused(F_CELL_TOO_LONG, sheet=self._name, row=self._number)
        if not text:
            return NOTHING
        self._budget.spend_characters(len(text))
        stored = attributes.get("x:num")
        # Excel's own pages: the number in the attribute, or shown when the attribute is empty.
        if stored is not None and NUMBER_SHOWN.fullmatch(stored or text):
            return Cell(NUMBER, stored or text)
        return Cell(TEXT, CONTROL.sub("\ufffd", text))

    def _place(self, cell: Cell, columns: int, rows: int) -> None:
        self._pass_over()
        first = len(self._row)
        widest = self._budget.limits.columns
        # One more than allowed, so that too many columns are noticed; what is filled is never dropped.
        kept = min(columns, max(0 if cell is NOTHING else 1, widest + 1 - first))
        self._row.extend([cell, *[NOTHING] * (kept - 1)] if kept else [])
        if rows > 1:
            for column in range(first, first + kept):
                self._covered[column] = self._number + rows - 1
        if (rows > 1 or kept > 1) and self._gathering is not None:
            last = first + max(kept, 1) - 1
            self._gathering.add_merge(Merge(self._number, first, self._number + rows - 1, last))

    def _pass_over(self) -> None:
        while self._covered.get(len(self._row), 0) >= self._number:
            self._row.append(NOTHING)


def _span(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "").strip()
    return max(1, min(int(text), 65_534)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _is_hidden(tag: _Tag) -> bool:
    return "hidden" in tag.attributes or NOT_SHOWN.search(tag.attributes.get("style", "")) is not None
