"""Rows of a sheet in the form in which nearly every program writes them, read by one pattern for each row."""

import re
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import repeat
from typing import cast

from console.spreadsheets.cells import NOTHING, NUMBER, TEXT, Cell, is_blank
from console.spreadsheets.markup import is_true
from console.spreadsheets.plain_xml import CHARACTERS, Unusual, attributes_of, text_of
from console.spreadsheets.worksheet import LONGEST_NUMBER, MOST_KNOWN, Stored, Worksheet

TEXT_INSIDE = rf'<is><t(?: xml:space="preserve")?>({CHARACTERS})</t></is>'
# Further attributes of a row or a cell; they are remembered, so they are short.
MORE = r"[^<>/]{0,400}+"
VALUE_INSIDE = rf"<v>({CHARACTERS})</v>"
OTHER = (
    rf'((?:<is><t(?: xml:space="preserve")?>{CHARACTERS}</t></is>)'
    rf"|(?:<f[^<>]*+>(?:{CHARACTERS}</f>)?)?(?:<v>{CHARACTERS}</v>|<v ?/>)?)"
)
INLINE = re.compile(rf"<is><t[^<>]*>({CHARACTERS})</t></is>")
VALUE = re.compile(rf"(?:<f([^<>]*?)(?:/>|>({CHARACTERS})</f>))?(?:<v>({CHARACTERS})</v>|<v ?/>)?")
ONLY_VALUE = re.compile(VALUE_INSIDE)
TEXT_COLUMN = re.compile(r'<c r="([A-Z]{1,2})\d+"[^<>]*><is>')
LAST_CELL = re.compile(r'.*<c r="([A-Z]{1,3})\d', re.DOTALL)
BLANK_ROWS = re.compile(r'(?:\s*+<row r="\d+"[^<>]*+(?:(?<=/)>|>(?:<c r="[A-Z]+\d+"[^<>/]*+/>)*+</row>))*+')
BLANK_TAIL = re.compile(r'(?:<c r="[A-Z]+\d+"[^<>/]*+/>)*+</row>')
# How a row ends that is blank, or whose last cell is.
BLANK_ENDS = ("/>", "/></row>")


Match = tuple[str | None, ...]
"""A row's number and other attributes, then for each column its attributes, its value, or other content."""


class PlainRows:
    """Rows that are not in this form, or in no order, are left to the parser with all that follow."""

    def __init__(self, worksheet: Worksheet) -> None:
        self._worksheet = worksheet
        self._known = _ByAttributes(worksheet)
        self._width = 0
        self._inline: frozenset[str] = frozenset()
        self._row = row_pattern(0, self._inline)

    def take(self, text: str) -> str:
        """What was not taken, from its first row on."""
        if not self._inline and "<is>" in text:
            self._inline = frozenset(TEXT_COLUMN.findall(text, text.rfind("<row ")))
            self._row = row_pattern(self._width, self._inline)
        rows: list[Match] = []
        position, end = 0, len(text)
        while position < end:
            found = self._row.match(text, position)
            if found is not None:
                rows.append(found.groups())
                position = found.end()
                if text[position - 8 : position].endswith(BLANK_ENDS):
                    position = _after_blank_rows(text, position)
            elif not self._widen(text, position):
                break
            elif rows:
                # Matches of one width only are put side by side.
                if not self._keep(rows):
                    return text
                text, rows = text[position:], []
                position, end = 0, len(text)
        return text[position:] if self._keep(rows) else text

    def _widen(self, text: str, position: int) -> bool:
        """Whether the row may be tried again, with the columns that it has."""
        row = text[position : text.index("</row>", position) + 6]
        tail = BLANK_TAIL.search(row)
        last = LAST_CELL.match(row, 0, tail.start() if tail else len(row))
        width = COLUMN_NAMES.index(last[1]) + 1 if last and last[1] in COLUMN_NAMES else 0
        if not self._width < width <= self._worksheet.widest:
            return False
        # A pattern takes a while to build: should rows grow wider and wider, not one is built for each.
        self._width = width if not self._width else max(width, min(self._width + 8, self._worksheet.widest))
        self._row = row_pattern(self._width, self._inline)
        return True

    def _keep(self, rows: list[Match]) -> bool:
        if not rows:
            return True
        try:
            columns = list(zip(*rows, strict=True))
            numbers = self._worksheet.row_numbers(columns[0])
            hidden = [is_hidden(text) for text in columns[1]]
            table = [
                self._column(columns[i], columns[i + 1], columns[i + 2]) for i in range(2, len(columns), 3)
            ]
        except (Unusual, ValueError, IndexError):
            return False
        struck = self._struck(rows) if self._worksheet.has_struck else [False] * len(rows)
        contents = zip(*table, strict=True) if table else [()] * len(rows)
        self._worksheet.add_rows(zip(numbers, contents, hidden, struck, strict=True), numbers[-1])
        return True

    def _column(self, styles: Match, values: Match, others: Match) -> Sequence[Cell]:
        known = self._known
        if styles.count(styles[0]) == len(styles):
            contents = known[styles[0]]
            if None not in values:
                return contents.of_values(cast(Sequence[str], values))
            if None not in others:
                return [contents[other] for other in others]
        return [
            known[style].of_value(value) if value is not None else known[style][other]
            for style, value, other in zip(styles, values, others, strict=True)
        ]

    def _struck(self, rows: list[Match]) -> list[bool]:
        return [self._is_struck(row) for row in rows]

    def _is_struck(self, row: Match) -> bool:
        found = [
            self._known[style].is_struck(value, other)
            for style, value, other in zip(row[2::3], row[3::3], row[4::3], strict=True)
            if value is not None or other is not None
        ]
        filled = [struck for struck in found if struck is not None]
        return bool(filled) and all(filled)


@lru_cache(maxsize=64)
def row_pattern(width: int, inline: frozenset[str]) -> re.Pattern[str]:
    """inline: the columns whose texts stand in the cells, as libraries write them, and are had quickly."""
    # Atomic: a column that has matched is not tried again in another way when something later does not match.
    columns = "".join(
        rf'(?><c r="{name}\1"({MORE})(?:>{TEXT_INSIDE if name in inline else VALUE_INSIDE}</c>|/>|>{OTHER}</c>)|)'
        for name in COLUMN_NAMES[:width]
    )
    return re.compile(
        rf'\s*+<row r="([1-9]\d{{0,6}})"({MORE})(?:/>|>\s*+{columns}(?:<c r="[A-Z]{{1,3}}\1"{MORE}/>)*+</row>)'
    )


@lru_cache(maxsize=1_000)
def is_hidden(attributes: str) -> bool:
    """Of a row; most rows of a sheet have the same attributes."""
    return is_true(attributes_of(attributes).get("hidden"))


def _after_blank_rows(text: str, position: int) -> int:
    found = BLANK_ROWS.match(text, position)
    return found.end() if found else position


def _column_names() -> list[str]:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [*alphabet, *(first + second for first in alphabet for second in alphabet)]


COLUMN_NAMES = _column_names()


# Cell._make without a call in Python.
_cell = partial(tuple.__new__, Cell)


class _ByAttributes(dict[str | None, "_Contents"]):
    """What cells with these attributes contain; None for a column that the row does not have."""

    def __init__(self, worksheet: Worksheet) -> None:
        super().__init__()
        self._worksheet = worksheet
        self[None] = _Contents(worksheet, None, None)

    def __missing__(self, text: str) -> "_Contents":
        attributes = attributes_of(text)
        kind = _SharedTexts if attributes.get("t") == "s" else _Contents
        self[text] = contents = kind(self._worksheet, attributes.get("t"), attributes.get("s"))
        return contents


class _Contents(dict[str | None, Cell]):
    """Cells by their content when it is more than a value."""

    def __init__(self, worksheet: Worksheet, kind: str | None, style: str | None) -> None:
        super().__init__()
        self._worksheet = worksheet
        self._kind = kind
        self._style = style
        self._values = _values(worksheet, kind, style)
        self[None] = NOTHING

    def of_values(self, values: Sequence[str]) -> Sequence[Cell]:
        return self._values.cells(values)

    def of_value(self, value: str) -> Cell:
        return self.of_values((value,))[0]

    def is_struck(self, value: str | None, other: str | None) -> bool | None:
        """None when there is nothing to draw a line through."""
        stored = self._stored(other) if value is None else (self._kind, self._style, value, None)
        return None if is_blank(self._worksheet.cell(*stored)) else self._worksheet.is_struck(*stored)

    def __missing__(self, content: str) -> Cell:
        if len(self) > MOST_KNOWN:
            self.clear()
            self[None] = NOTHING
        value = ONLY_VALUE.fullmatch(content)
        self[content] = cell = (
            self.of_value(value[1]) if value else self._worksheet.cell(*self._stored(content))
        )
        return cell

    def _stored(self, content: str | None) -> Stored:
        inline = INLINE.fullmatch(content or "")
        if inline:
            return self._kind, self._style, text_of(inline[1]), None
        found = VALUE.fullmatch(content or "")
        if found is None:
            raise Unusual
        formula = None if found[1] is None else text_of(found[2] or "")
        return self._kind, self._style, text_of(found[3] or ""), formula


class _SharedTexts(_Contents):
    def of_values(self, values: Sequence[str]) -> Sequence[Cell]:
        numbers = list(map(int, values))
        if min(numbers) < 0:
            raise Unusual
        return list(map(self._worksheet.strings.__getitem__, numbers))


class _Values(dict[str, Cell]):
    """Cells by their value, those that came last."""

    def __init__(self, worksheet: Worksheet, kind: str | None, style: str | None) -> None:
        super().__init__()
        self._worksheet = worksheet
        self._kind = kind
        self._style = style

    def cells(self, values: Sequence[str]) -> Sequence[Cell]:
        return list(map(self.__getitem__, values))

    def __missing__(self, value: str) -> Cell:
        if len(self) > MOST_KNOWN:
            self.clear()
        self[value] = cell = self.new(value)
        return cell

    def new(self, value: str) -> Cell:
        return self._worksheet.cell(self._kind, self._style, text_of(value), None)


class _Numbers(_Values):
    def new(self, value: str) -> Cell:
        if value.isdecimal() and value.isascii() and len(value) <= LONGEST_NUMBER:
            return Cell(NUMBER, value)
        return super().new(value)


class _Texts(_Values):
    """Texts in the cells themselves; a column of names is made at once, one of departments is remembered."""

    def cells(self, values: Sequence[str]) -> Sequence[Cell]:
        self._worksheet.spend_characters(sum(map(len, values)))
        different = set(values)
        if (
            2 * len(different) < len(values)
            or "" in different
            or len(max(different, key=len)) > LONGEST_NUMBER
        ):
            return super().cells(values)
        # Together, with a character between them that XML has no way to write.
        whole = text_of("\0".join(values))
        if "_x" in whole:
            return super().cells(values)
        return list(map(_cell, zip(repeat(TEXT), whole.split("\0"), strict=False)))


def _values(worksheet: Worksheet, kind: str | None, style: str | None) -> _Values:
    if kind == "inlineStr":
        return _Texts(worksheet, kind, style)
    if kind in (None, "n") and not worksheet.is_date(style):
        return _Numbers(worksheet, kind, style)
    return _Values(worksheet, kind, style)
