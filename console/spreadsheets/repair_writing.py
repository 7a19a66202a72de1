"""A worksheet written again: its rows, and of all else only what gives it its looks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from console.spreadsheets.repair_markup import (
    DECLARATION,
    LAST_COLUMN,
    MAIN,
    OFFICE,
    Element,
    child,
    column_name,
    kept,
)
from console.spreadsheets.repair_sheet import Area, Worksheet

PROPERTIES = {"sheetPr": (), "tabColor": ("rgb", "theme", "indexed", "tint")}
FORMAT = {
    "sheetFormatPr": ("baseColWidth", "defaultColWidth", "defaultRowHeight", "customHeight", "zeroHeight")
}
VIEW = ("showGridLines", "showRowColHeaders", "showZeros", "rightToLeft", "zoomScale", "zoomScaleNormal")
FROZEN = ("frozen", "frozenSplit")
PAGE = {
    "printOptions": ("horizontalCentered", "verticalCentered", "headings", "gridLines"),
    "pageMargins": ("left", "right", "top", "bottom", "header", "footer"),
    "pageSetup": ("paperSize", "orientation", "scale", "fitToWidth", "fitToHeight"),
}
COLUMN = ("width", "style", "hidden", "customWidth", "outlineLevel", "bestFit")
LISTED_COLUMNS = 256
WITH_NOTES = b'<legacyDrawing r:id="rId2"/>'

Columns = dict[tuple[int, int], dict[str, str]]
"""Widths and formats by the first and last column, counted from 1."""


@dataclass(frozen=True)
class Written:
    """All that is not taken from the sheet itself; `filter` and `choices` are XML."""

    rows: Iterable[bytes]
    columns: Columns
    merges: Sequence[Area]
    filter: bytes = b""
    choices: bytes = b""
    opened: bool = False
    notes: bool = False


def sheet_xml(sheet: Worksheet, written: Written) -> bytes:
    """In the order of the standard."""
    parts = [
        DECLARATION,
        f'<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}">'.encode(),
        _kept(sheet.root, PROPERTIES),
        _view(sheet.root, opened=written.opened),
        _kept(sheet.root, FORMAT),
        _columns_xml(written.columns),
        b"<sheetData>",
        *written.rows,
        b"</sheetData>",
        written.filter,
        _merges_xml(written.merges),
        written.choices,
        *(_kept(sheet.root, {name: names}) for name, names in PAGE.items()),
        WITH_NOTES if written.notes else b"",
        b"</worksheet>",
    ]
    return b"".join(parts)


def _kept(root: Element, names: Mapping[str, tuple[str, ...]]) -> bytes:
    found = child(root, next(iter(names)))
    return b"" if found is None else kept(found, names)


def _view(root: Element, *, opened: bool) -> bytes:
    views = child(root, "sheetViews")
    view = child(views, "sheetView") if views is not None else None
    given = {name: view.get(name) for name in VIEW if view.get(name)} if view is not None else {}
    attributes = "".join(f" {name}={quoteattr(str(value))}" for name, value in given.items())
    selected = ' tabSelected="1"' if opened else ""
    pane = _pane(view) if view is not None else ""
    return f'<sheetViews><sheetView{attributes}{selected} workbookViewId="0">{pane}</sheetView></sheetViews>'.encode()


def _pane(view: Element) -> str:
    """Frozen rows and columns; scrolled back to the beginning."""
    pane = child(view, "pane")
    if pane is None or pane.get("state") not in FROZEN:
        return ""
    right, down = _whole(pane.get("xSplit")), _whole(pane.get("ySplit"))
    if not 0 < right + down < LAST_COLUMN:
        return ""
    active = "bottomRight" if right and down else "topRight" if right else "bottomLeft"
    splits = (f' xSplit="{right}"' if right else "") + (f' ySplit="{down}"' if down else "")
    corner = f"{column_name(right + 1)}{down + 1}"
    return f'<pane{splits} topLeftCell="{corner}" activePane="{active}" state="frozen"/><selection pane="{active}"/>'


def _whole(text: str | None) -> int:
    digits = (text or "0").partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0


def columns_of(sheet: Worksheet) -> Columns:
    """One entry for each of the first columns, so that they can be changed one by one."""
    found: Columns = {}
    listed = child(sheet.root, "cols")
    for one in listed if listed is not None else ():
        first, last = _whole(one.get("min")), min(_whole(one.get("max")), LAST_COLUMN)
        attributes = {name: str(one.get(name)) for name in COLUMN if one.get(name)}
        if first < 1:
            continue
        for column in range(first, min(last, LISTED_COLUMNS) + 1):
            found[column, column] = dict(attributes)
        if last > LISTED_COLUMNS:
            found[max(first, LISTED_COLUMNS + 1), last] = attributes
    return found


def _columns_xml(columns: Columns) -> bytes:
    listed = "".join(
        f'<col min="{first}" max="{last}"'
        + "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        + ("" if "width" in attributes else ' width="9.140625"')
        + "/>"
        for (first, last), attributes in sorted(columns.items())
    )
    return f"<cols>{listed}</cols>".encode() if listed else b""


def _merges_xml(merges: Sequence[Area]) -> bytes:
    listed = "".join(
        f'<mergeCell ref="{column_name(one.first_column)}{one.first_row}:'
        f'{column_name(one.last_column)}{one.last_row}"/>'
        for one in merges
    )
    return f'<mergeCells count="{len(merges)}">{listed}</mergeCells>'.encode() if merges else b""
