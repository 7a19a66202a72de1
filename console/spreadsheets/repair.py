"""The repair workbook: somebody's own workbook, in which only what is wrong is shown, with the reason and what may stand there.

Nothing in it can run, call out or be worked out: it is put together anew from cells, formats and texts.
"""

from collections.abc import Mapping

from console.spreadsheets import reading
from console.spreadsheets.cells import Workbook
from console.spreadsheets.refusals import F_NOT_SPREADSHEET, Refused
from console.spreadsheets.repair_markup import MAIN, parse
from console.spreadsheets.repair_package import Part, packed
from console.spreadsheets.repair_plain import from_cells
from console.spreadsheets.repair_plan import Repair
from console.spreadsheets.repair_sheet import (
    SheetRow,
    StoredCell,
    Worksheet,
    cell_xml,
    highest_style,
    text_content,
)  # fmt: skip
from console.spreadsheets.repair_source import Source, take_apart
from console.spreadsheets.repair_styles import EMPTY, Styles
from console.spreadsheets.repair_table import LISTS_SHEET, Table, find_place, row_xml
from console.spreadsheets.repair_tokens import PROPERTY, TOKEN_SHEET
from console.spreadsheets.repair_writing import Written, columns_of, sheet_xml

OURS = {TOKEN_SHEET.casefold(), LISTS_SHEET.casefold()}


def workbook(original: bytes, filename: str, repair: Repair) -> bytes:
    """An .xlsx. Raises Refused when the original cannot be taken apart, or the table is not found in it again."""
    try:
        source = take_apart(original)
    except Refused as refused:
        if refused.code != F_NOT_SPREADSHEET and original.startswith(b"PK"):
            raise
        source = from_cells(reading.read(original, filename))
    return _repaired(source, repair)


def workbook_of(cells: Workbook, repair: Repair) -> bytes:
    """Of cells that are held, when the file itself does not serve."""
    return _repaired(from_cells(cells), repair)


def _repaired(source: Source, repair: Repair) -> bytes:
    source.sheets = [sheet for sheet in source.sheets if sheet.name.casefold() not in OURS]
    place = find_place(source, repair)
    styles = Styles(source.styles or EMPTY, "styles")
    styles.cover(max(highest_style(sheet.rows) for sheet in source.sheets))
    lists = {name: len(choices) for name, choices in repair.choices.items() if choices}
    table = Table(source.sheets[place.sheet], place, repair, styles, lists)
    parts = []
    for index, sheet in enumerate(source.sheets):
        if index == place.sheet:
            data = sheet_xml(sheet, table.written())
            named = "'" + sheet.name.replace("'", "''") + "'"
            parts.append(Part(sheet.name, sheet.state, data, table.notes, f"{named}!{table.area}"))
        else:
            parts.append(_other(sheet))
    parts += [_hidden(TOKEN_SHEET, [[PROPERTY, repair.token]]), _hidden(LISTS_SHEET, _columns(repair, lists))]
    shared = {"styles": styles.data(), "sharedStrings": source.strings, "theme": source.theme}
    return packed(parts, place.sheet, shared, repair.token, date1904=source.date1904)


def _other(sheet: Worksheet) -> Part:
    rows = [row_xml(row, row.cells, hidden=row.hidden) for row in sheet.rows]
    written = Written(rows, columns_of(sheet), sheet.merges, notes=bool(sheet.notes))
    return Part(sheet.name, sheet.state, sheet_xml(sheet, written), sheet.notes)


def _columns(repair: Repair, lists: Mapping[str, int]) -> list[list[str]]:
    """The choices side by side, one column for each field."""
    longest = max(lists.values(), default=0)
    return [
        [repair.choices[name][row] if row < count else "" for name, count in lists.items()]
        for row in range(longest)
    ]


def _hidden(name: str, rows: list[list[str]]) -> Part:
    written = [
        row_xml(SheetRow(number, b"", False, b""), b"".join(
            cell_xml(column, number, StoredCell(0, *text_content(text)))
            for column, text in enumerate(row, start=1) if text
        ), hidden=False)
        for number, row in enumerate(rows, start=1)
    ]  # fmt: skip
    root = parse(f'<worksheet xmlns="{MAIN}"/>'.encode(), name)
    sheet = Worksheet(name, "veryHidden", root, [], [], {})
    return Part(name, "veryHidden", sheet_xml(sheet, Written(written, {}, [])), {})
