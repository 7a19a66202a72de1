"""What the styles of a workbook say about its cells: which show a date, which are struck through."""

from typing import NamedTuple

from console.spreadsheets.dates import BUILT_IN_DATES, is_date_format
from console.spreadsheets.markup import is_true, walk
from console.spreadsheets.package import Package


class Styles(NamedTuple):
    """By the number with which cells name their style, as the file writes it."""

    dates: frozenset[str] = frozenset()
    struck: frozenset[str] = frozenset()


class CellFormat(NamedTuple):
    number_format: int
    font: int


def styles_of(package: Package, part: str) -> Styles:
    found = _Found()
    walk(part, package.pieces(part, most=package.limits.small_part_bytes), found.start, found.end)
    return meaning(found.cell_formats, found.number_formats, found.struck_fonts)


def meaning(cell_formats: list[CellFormat], number_formats: dict[int, str], struck_fonts: set[int]) -> Styles:
    """Number formats of the file itself take the place of the built-in ones."""
    dates = BUILT_IN_DATES - number_formats.keys()
    dates |= {number for number, code in number_formats.items() if is_date_format(code)}
    return Styles(
        frozenset(str(i) for i, each in enumerate(cell_formats) if each.number_format in dates),
        frozenset(str(i) for i, each in enumerate(cell_formats) if each.font in struck_fonts),
    )


class _Found:
    def __init__(self) -> None:
        self.number_formats: dict[int, str] = {}
        self.cell_formats: list[CellFormat] = []
        self.struck_fonts: set[int] = set()
        self._fonts = 0
        self._inside = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "xf" and self._inside == "cellXfs":
            numbers = attributes.get("numFmtId", "0"), attributes.get("fontId", "0")
            self.cell_formats.append(CellFormat(_number(numbers[0]), _number(numbers[1])))
        elif name == "numFmt":
            self.number_formats[_number(attributes.get("numFmtId", ""))] = attributes.get("formatCode", "")
        elif name == "font" and self._inside == "fonts":
            self._fonts += 1
        elif name == "strike" and self._inside == "fonts" and is_true(attributes.get("val", "1")):
            self.struck_fonts.add(self._fonts - 1)
        elif name in ("cellXfs", "fonts"):
            self._inside = name

    def end(self, name: str) -> None:
        if name == self._inside:
            self._inside = ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
