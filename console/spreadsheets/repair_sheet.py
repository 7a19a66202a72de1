"""One worksheet taken apart: its rows as plain cells without formulas or links, and the little else that is kept.

Rows that are written in the usual way are recognised as such and taken as they are; all others are written anew, cell by
cell. Either way nothing is left in them but numbers, texts, dates, truth values and errors.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from console.spreadsheets.limits import DEFAULT
from console.spreadsheets.refusals import F_DAMAGED, F_XML_ENTITIES, Refused
from console.spreadsheets.repair_markup import (
    Element,
    child,
    column_name,
    column_number,
    parse,
    text_of,
    text_xml,
)

STYLE = rb'(?: s="\d{1,5}")?'
VALUES = (
    rb' t="s"' + STYLE + rb"(?:/>|><v>\d{1,9}</v></c>)",
    rb'(?: t="n")?' + STYLE + rb"(?:/>|><v>-?\d{1,25}(?:\.\d{1,25})?(?:[eE][-+]?\d{1,3})?</v></c>)",
    rb' t="inlineStr"' + STYLE + rb'(?:/>|><is><t(?: xml:space="preserve")?>[^<]{0,40000}</t></is></c>)',
    rb' t="b"' + STYLE + rb"><v>[01]</v></c>",
    rb' t="e"' + STYLE + rb"><v>#[A-Z0-9/!?]{1,12}</v></c>",
)
CELL = rb'<c r="[A-Z]{1,3}(?P=row)"' + STYLE + rb"(?:" + rb"|".join(VALUES) + rb")"
# Where nothing is commented out or quoted, these characters can be nothing else.
FORMULA = re.compile(rb"<f(?: [^<>]*)?(?:/>|>[^<]*</f>)")
TEXT_RESULT = re.compile(rb' t="str"(' + STYLE + rb')>(?:<v(?: xml:space="preserve")?>([^<]*)</v>)?</c>')
AS_TEXT = rb' t="inlineStr"\1><is><t xml:space="preserve">\2</t></is></c>'
ROW = re.compile(
    rb'\s*<row r="(?P<row>\d{1,7})"(?P<attributes>(?: [A-Za-z0-9:]{1,30}="[^"<>&]{0,40}")*)'
    rb"(?:/>|>(?P<cells>(?:" + CELL + rb")*)</row>)\s*"
)
SHEET_DATA = re.compile(rb"<sheetData\s*/>|<sheetData>(?P<rows>.*)</sheetData>", re.DOTALL)
ONE_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})\d+"(?: s="(\d+)")?(?: t="(\w+)")?(?: s="(\d+)")?(?:/>|>(.*?)</c>)', re.DOTALL
)
FILLED = re.compile(rb'<c r="([A-Z]{1,3})\d+"[^<>]*[^/]>')
USED_STYLE = re.compile(rb' s="(\d{1,5})"')
REFERENCE = re.compile(rb'<c r="([A-Z]{1,3})')
ATTRIBUTE = re.compile(rb' (ht|customHeight|s|customFormat|outlineLevel|hidden)="([\w.]{1,20})"')
NUMBER = re.compile(r"[-+]?\d{1,25}(?:\.\d{1,25})?(?:[eE][-+]?\d{1,3})?", re.ASCII)
ISO = re.compile(r"[0-9T:.\-Z]{8,30}", re.ASCII)
MERGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", re.ASCII)
TRUTHS = {"1": "1", "0": "0", "true": "1", "false": "0"}
LAST_ROW = 1_048_576


class SheetRow(NamedTuple):
    """`attributes` and `cells` as XML that holds nothing but what was looked at."""

    number: int
    attributes: bytes
    hidden: bool
    cells: bytes


class StoredCell(NamedTuple):
    """`body` is the inside of the element."""

    style: int
    kind: bytes
    body: bytes


class Area(NamedTuple):
    """Rows and columns counted from 1; both ends belong to it."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass
class Worksheet:
    """`root` is the tree of the part without its rows. `notes` are the comments by cell."""

    name: str
    state: str
    root: Element
    rows: list[SheetRow]
    merges: list[Area]
    notes: dict[str, str]


def worksheet(name: str, state: str, data: bytes, part: str, notes: dict[str, str]) -> Worksheet:
    """Raises Refused."""
    usual = b"<!" not in data
    if usual and b"<f" in data:
        data = TEXT_RESULT.sub(AS_TEXT, FORMULA.sub(b"", data))
    found = SHEET_DATA.search(data) if usual else None
    rows = _usual_rows(found["rows"] or b"") if found else None
    if found is None or rows is None:
        root, rows = _other_rows(data, part)
    else:
        root = parse(data[: found.start()] + b"<sheetData/>" + data[found.end() :], part)
    return Worksheet(name, state, root, rows, _merges(root), notes)


def _usual_rows(data: bytes) -> list[SheetRow] | None:
    rows: list[SheetRow] = []
    known: dict[bytes, tuple[bytes, bool]] = {}
    at = last = blank = 0
    for match in ROW.finditer(data):
        number = int(match["row"])
        if match.start() != at or not last < number <= LAST_ROW:
            return None
        at, last = match.end(), number
        given = match["attributes"]
        attributes = known.get(given)
        if attributes is None:
            attributes = known[given] = _attributes(given)
        blank = _add(rows, SheetRow(number, *attributes, match["cells"] or b""), blank)
    return rows if at == len(data) else None


def _add(rows: list[SheetRow], row: SheetRow, blank: int) -> int:
    """Formatted rows without content may go on for a million; returns how many there are now in a row."""
    blank = 0 if is_filled(row.cells) else blank + 1
    if blank <= DEFAULT.blank_rows:
        rows.append(row)
    return blank


def is_filled(cells: bytes) -> bool:
    return b"<v>" in cells or b"<is>" in cells


def _attributes(given: bytes) -> tuple[bytes, bool]:
    found = dict(ATTRIBUTE.findall(given))
    hidden = found.pop(b"hidden", b"0") in (b"1", b"true")
    return b"".join(b' %s="%s"' % pair for pair in found.items()), hidden


def _other_rows(data: bytes, part: str) -> tuple[Element, list[SheetRow]]:
    reader = etree.iterparse(
        io.BytesIO(data), tag="{*}row", resolve_entities=False, no_network=True, load_dtd=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    rows: list[SheetRow] = []
    last = blank = 0
    try:
        for _event, element in reader:
            number = _whole(element.get("r")) or last + 1
            if not last < number <= LAST_ROW:
                raise Refused(F_DAMAGED, part=part)
            last = number
            given = "".join(f' {key}="{value}"' for key, value in element.attrib.items())
            attributes = _attributes(given.encode())
            blank = _add(rows, SheetRow(number, *attributes, b"".join(_cells(element, number))), blank)
            element.clear()
    except etree.XMLSyntaxError as error:
        raise Refused(F_DAMAGED, part=part) from error
    root = reader.root
    if root.getroottree().docinfo.doctype:
        raise Refused(F_XML_ENTITIES)
    rows_element = child(root, "sheetData")
    if rows_element is not None:
        rows_element.clear()
    return root, rows


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 7 else 0


def _cells(row: Element, number: int) -> Iterator[bytes]:
    column = 0
    for cell in row:
        if not cell.tag.endswith("}c"):
            continue
        letters = (cell.get("r") or "").rstrip("0123456789")
        column = column_number(letters) if letters else column + 1
        if not column:
            raise Refused(F_DAMAGED, row=number)
        kind, body = _content(cell)
        yield cell_xml(column, number, StoredCell(_whole(cell.get("s")), kind, body))


def _content(cell: Element) -> tuple[bytes, bytes]:
    """A formula is its result; without one nothing is left of it."""
    kind, value, inline = cell.get("t") or "n", "", None
    for one in cell:
        if one.tag.endswith("}v"):
            value = one.text or ""
        elif one.tag.endswith("}is"):
            inline = one
    if kind == "inlineStr":
        return text_content(text_of(inline)) if inline is not None else (b"", b"")
    if not value:
        return b"", b""
    if kind == "str":
        return text_content(value)
    if kind == "s" and (value.strip() == "0" or _whole(value.strip())):
        return b"s", f"<v>{int(value)}</v>".encode()
    if kind == "b" and value.strip() in TRUTHS:
        return b"b", f"<v>{TRUTHS[value.strip()]}</v>".encode()
    if kind == "e":
        return b"e", f"<v>{text_xml(value[:20])}</v>".encode()
    if kind == "d" and ISO.fullmatch(value.strip()):
        return b"d", f"<v>{value.strip()}</v>".encode()
    if kind == "n" and NUMBER.fullmatch(value.strip()):
        return b"", f"<v>{value.strip()}</v>".encode()
    return text_content(value)


def text_content(text: str) -> tuple[bytes, bytes]:
    """A text of its own, which is shown and never worked out."""
    return b"inlineStr", f'<is><t xml:space="preserve">{text_xml(text)}</t></is>'.encode()


def cell_xml(column: int, row: int, cell: StoredCell) -> bytes:
    style = b' s="%d"' % cell.style if cell.style else b""
    kind = b' t="%s"' % cell.kind if cell.kind else b""
    start = b'<c r="%s%d"%s%s' % (column_name(column).encode(), row, style, kind)
    return start + (b">" + cell.body + b"</c>" if cell.body else b"/>")


def cells_of(row: SheetRow) -> dict[int, StoredCell]:
    """By column from 1."""
    found = {}
    for letters, style, kind, later, body in ONE_CELL.findall(row.cells):
        column = column_number(letters.decode())
        found[column] = StoredCell(int(style or later or 0), b"" if kind == b"n" else kind, body)
    return found


def highest_style(rows: list[SheetRow]) -> int:
    used: set[bytes] = set()
    for row in rows:
        used.update(USED_STYLE.findall(row.attributes + row.cells))
    return max(map(int, used), default=0)


def last_column(rows: list[SheetRow]) -> tuple[int, int]:
    """The last column with something in it, and the last that is there at all."""
    filled, there = set(), set()
    for row in rows:
        filled.update(FILLED.findall(row.cells))
        there.update(REFERENCE.findall(row.cells))
    return _last(filled), _last(there)


def _last(letters: set[bytes]) -> int:
    return max((column_number(one.decode()) for one in letters), default=0)


def _merges(root: Element) -> list[Area]:
    merged = child(root, "mergeCells")
    found = []
    for one in merged if merged is not None else ():
        match = MERGE.fullmatch((one.get("ref") or "").replace("$", ""))
        if match:
            first, last = column_number(match[1]), column_number(match[3])
            if 0 < first <= last:
                found.append(Area(int(match[2]), first, int(match[4]), last))
    return found
