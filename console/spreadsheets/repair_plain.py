"""A table that was no .xlsx, as a new one of the same layout: same sheets, rows and columns, cells as they were read."""

from datetime import datetime

from console.spreadsheets.cells import BOOL, DATE, ERROR, NUMBER, TEXT, Cell, Sheet, Workbook
from console.spreadsheets.repair_markup import LAST_COLUMN, MAIN, parse, text_xml
from console.spreadsheets.repair_sheet import Area, SheetRow, StoredCell, Worksheet, cell_xml, text_content
from console.spreadsheets.repair_source import Source
from console.spreadsheets.repair_styles import EMPTY, PLAIN_DATE, PLAIN_TEXT

WIDTH = f'<cols><col min="1" max="{LAST_COLUMN}" width="16" customWidth="1" style="{PLAIN_TEXT}"/></cols>'
FIRST_DAY, EPOCH = datetime(1900, 3, 1), datetime(1899, 12, 30)
LONGEST_NAME = 31
UNWANTED_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))


def from_cells(workbook: Workbook) -> Source:
    sheets, taken = [], set[str]()
    for number, sheet in enumerate(workbook.sheets, start=1):
        name = sheet.name.translate(UNWANTED_IN_NAMES)[:LONGEST_NAME].strip() or f"Sheet{number}"
        name = f"Sheet{number}" if name.casefold() in taken else name
        taken.add(name.casefold())
        sheets.append(_worksheet(name, sheet))
    return Source(sheets, EMPTY, b"", b"", date1904=False)


def _worksheet(name: str, sheet: Sheet) -> Worksheet:
    rows = [
        SheetRow(row.number, b"", row.hidden, b"".join(
            cell_xml(column, row.number, _stored(cell))
            for column, cell in enumerate(row.cells, start=1)
            if cell.value and (row.number, column - 1) not in sheet.merged
        ))
        for row in sheet.rows
    ]  # fmt: skip
    root = parse(f'<worksheet xmlns="{MAIN}">{WIDTH}<sheetData/></worksheet>'.encode(), name)
    merges = [
        Area(one.first_row, one.first_column + 1, one.last_row, one.last_column + 1) for one in sheet.merges
    ]
    return Worksheet(name, "hidden" if sheet.hidden else "visible", root, rows, merges, {})


def _stored(cell: Cell) -> StoredCell:
    kind, value = cell
    if kind == NUMBER:
        return StoredCell(0, b"", f"<v>{text_xml(value)}</v>".encode())
    if kind == DATE and (moment := datetime.fromisoformat(value)) >= FIRST_DAY:
        days = (moment - EPOCH).total_seconds() / 86_400
        return StoredCell(PLAIN_DATE, b"", f"<v>{days!r}</v>".encode())
    if kind == BOOL:
        return StoredCell(0, b"b", b"<v>%d</v>" % (value == "TRUE"))
    if kind == ERROR:
        return StoredCell(0, b"e", f"<v>{text_xml(value)}</v>".encode())
    if kind in (TEXT, DATE):
        return StoredCell(PLAIN_TEXT, *text_content(value))
    return StoredCell(PLAIN_TEXT, b"", b"")
