"""Writing result files: tables whose texts stay texts, with the cells marked that need work."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from console.spreadsheets.limits import DEFAULT

Value = str | int | Decimal | date | None

# Excel keeps 15 digits of a number; a longer one is written as text, to lose none.
LARGEST_NUMBER = 10**15
# Before it, Excel and the calendar do not agree.
FIRST_DAY = "1900-03-01"
STANDARD_WIDTH = 16
LONGEST_NOTE = 2_000
MOMENT_FORMAT = "yyyy-mm-dd hh:mm"


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[Value]],
    marks: Mapping[tuple[int, int], str] | None = None,
    widths: Sequence[float] = (),
    sheet_name: str = "Sheet1",
) -> bytes:
    """An .xlsx that uploads again unchanged.

    `marks`: (index of the row in `rows`, index of the column) -> the note at the red cell.
    """
    stream = io.BytesIO()
    # In memory, because the other ways leave names and numbers of people in temporary files.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        _Writer(book, book.add_worksheet(sheet_name)).write(headings, rows, marks or {}, widths)
    return stream.getvalue()


class _Writer:
    def __init__(self, book: Any, sheet: Worksheet) -> None:
        self._sheet = sheet
        # Text format on texts and gaps: digits that are typed over them stay text.
        text, day = {"num_format": "@"}, {"num_format": "yyyy-mm-dd"}
        red = {"bg_color": "#FDE3E1", "font_color": "#B3261E"}
        self._plain = {
            str: book.add_format(text),
            date: book.add_format(day),
            datetime: book.add_format({"num_format": MOMENT_FORMAT}),
        }
        self._red = {
            str: book.add_format(text | red),
            date: book.add_format(day | red),
            datetime: book.add_format({"num_format": MOMENT_FORMAT} | red),
            int: book.add_format(red),
        }
        self._heading = book.add_format({"bold": True, "bg_color": "#E8EEF7", "num_format": "@"})

    def write(
        self,
        headings: Sequence[str],
        rows: Iterable[Sequence[Value]],
        marks: Mapping[tuple[int, int], str],
        widths: Sequence[float],
    ) -> None:
        for column, heading in enumerate(headings):
            self._sheet.set_column(column, column, widths[column] if column < len(widths) else STANDARD_WIDTH)
            self._sheet.write_string(0, column, heading, self._heading)
        self._sheet.freeze_panes(1, 0)
        for index, row in enumerate(rows):
            for column, value in enumerate(row):
                note = marks.get((index, column)) if marks else None
                self._write(index + 1, column, value, self._plain if note is None else self._red)
                if note:
                    self._sheet.write_comment(index + 1, column, note[:LONGEST_NOTE])

    def _write(self, row: int, column: int, value: Value, formats: Mapping[type, Any]) -> None:
        if value is None or value == "":
            self._sheet.write_blank(row, column, None, formats[str])
        elif isinstance(value, str):
            self._sheet.write_string(row, column, value[: DEFAULT.cell_length], formats[str])
        elif isinstance(value, date) and value.isoformat() >= FIRST_DAY:
            plain = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            self._sheet.write_datetime(row, column, plain, formats[type(plain)])
        elif isinstance(value, (int, Decimal)) and -LARGEST_NUMBER < value < LARGEST_NUMBER:
            self._sheet.write_number(row, column, value, formats.get(int))
        else:
            self._sheet.write_string(row, column, str(value), formats[str])
