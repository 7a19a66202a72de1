"""The texts that the sheets of a workbook share."""

import re
from functools import partial
from itertools import repeat
from typing import NamedTuple

from console.spreadsheets import plain_xml
from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import NOTHING, TEXT, Cell
from console.spreadsheets.markup import is_true, unescape, walk
from console.spreadsheets.package import Package
from console.spreadsheets.refusals import F_CELL_TOO_LONG, F_TOO_MUCH, Refused

# Excel in East Asia adds a phoneticPr to nearly every text.
USUAL = re.compile(
    rf'<si><t(?: xml:space="preserve")?>({plain_xml.CHARACTERS})</t>(?:<phoneticPr [^<>/]*+/>)?</si>\s*+'
)


# Cell._make without a call in Python: this runs for each text of the workbook.
_text_cell = partial(tuple.__new__, Cell)


class SharedStrings(NamedTuple):
    """In the order in which the sheets count them; the numbers of those that are struck through."""

    cells: list[Cell]
    struck: set[int]


NO_STRINGS = SharedStrings([], set())


def shared_strings(package: Package, part: str) -> SharedStrings:
    found = _SharedStrings(part, package.budget)
    rest = plain_xml.without(package.pieces(part), b"sst", b"si", found.take)
    walk(part, rest, found.start, found.end, found.text)
    return SharedStrings(found.cells, found.struck)


class _SharedStrings:
    """Rich text is put together; phonetic guides, which Excel shows above the text, are left out."""

    def __init__(self, part: str, budget: Budget) -> None:
        self.cells: list[Cell] = []
        self.struck: set[int] = set()
        self._part = part
        self._budget = budget
        self._longest = budget.limits.cell_length
        self._most = budget.limits.cells
        self._value = ""
        self._in_guide = False
        self._run_is_struck = self._some_struck = self._some_plain = False
        self._pieces: list[str] = []
        self.text = self._pieces.append

    def take(self, items: str) -> str:
        if not _is_plain(items):
            return items
        # What stands between the usual ones is at the even places.
        parts = USUAL.split(items)
        start = 0
        for place in [i for i in range(0, len(parts), 2) if parts[i]]:
            self._add(parts[start + 1 : place : 2])
            walk(self._part, [f"<sst>{parts[place]}</sst>".encode()], self.start, self.end, self.text)
            start = place
        self._add(parts[start + 1 :: 2])
        return ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._pieces.clear()
        elif name == "si":
            self._value = ""
            self._some_struck = self._some_plain = False
        elif name == "r":
            self._run_is_struck = False
        elif name == "strike":
            self._run_is_struck = is_true(attributes.get("val", "1"))
        elif name == "rPh":
            self._in_guide = True

    def end(self, name: str) -> None:
        if name == "t":
            self._end_text()
        elif name == "r":
            self._run_is_struck = False
        elif name == "si":
            if self._some_struck and not self._some_plain:
                self.struck.add(len(self.cells))
            self._add([self._value], parsed=True)
        elif name == "rPh":
            self._in_guide = False

    def _end_text(self) -> None:
        text = "".join(self._pieces)
        if self._in_guide:
            return
        self._value += text
        if text and not text.isspace():
            self._some_struck |= self._run_is_struck
            self._some_plain |= not self._run_is_struck

    def _add(self, texts: list[str], *, parsed: bool = False) -> None:
        if not texts:
            return
        if len(self.cells) + len(texts) > self._most:
            raise Refused(F_TOO_MUCH, what="cells", limit=self._most)
        whole = "".join(texts)
        self._budget.spend_characters(len(whole))
        if not parsed and "&" in whole:
            texts = [plain_xml.text_of(text) for text in texts]
        if "_x" in whole:
            texts = [unescape(text) for text in texts]
        if len(max(texts, key=len)) > self._longest:
            raise Refused(F_CELL_TOO_LONG, limit=self._longest)
        self.cells += map(_text_cell, zip(repeat(TEXT), texts)) if all(texts) else map(_cell, texts)


def _is_plain(items: str) -> bool:
    try:
        plain_xml.text_of(items)
    except plain_xml.Unusual:
        return False
    return plain_xml.DECLARED.decode() not in items


def _cell(text: str) -> Cell:
    return Cell(TEXT, text) if text else NOTHING
