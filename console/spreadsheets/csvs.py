"""Reading CSV and TSV, in the encodings and with the separators that Excel and WPS write in China."""

import csv
import io
import re

from console.spreadsheets.cells import NOTHING, TEXT, Cell, Note, Row, Sheet, Workbook, all_blank
from console.spreadsheets.limits import Limits
from console.spreadsheets.refusals import (
    F_CELL_TOO_LONG,
    F_DAMAGED,
    F_ENCODING,
    F_NOT_SPREADSHEET,
    F_TOO_LARGE,
    F_TOO_MANY_COLUMNS,
    F_TOO_MANY_ROWS,
    Refused,
)
from console.spreadsheets.sniffing import CSV
from console.spreadsheets.worksheet import W_ROWS_BEYOND_GAP

MARKED = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# No guessing: detectors take two lines of GBK for Korean. GB18030 contains GBK and GB2312.
UNMARKED = ("utf-8", "gb18030")
SEPARATORS = (",", "\t", ";")
LINES_TO_LOOK_AT = 20
QUOTED = re.compile(r'"(?:[^"]|"")*"')
# What keeps Excel from making a number of it: ="110101…"
KEPT_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")


def read(data: bytes, name: str, limits: Limits) -> Workbook:
    text = _decoded(data)
    if CONTROL.search(text):
        raise Refused(F_NOT_SPREADSHEET, found="binary")
    rows, notes = _rows(text, limits)
    return Workbook(CSV, (Sheet(name, hidden=False, rows=rows),), notes=tuple(notes))


def _decoded(data: bytes) -> str:
    for mark, encoding in MARKED.items():
        if data.startswith(mark):
            return _strictly(data, (encoding,))
    return _strictly(data, UNMARKED)


def _strictly(data: bytes, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(F_ENCODING)


def _separator(text: str) -> str:
    lines = QUOTED.sub("", text[:65_536]).splitlines()[:LINES_TO_LOOK_AT]
    return max(SEPARATORS, key=lambda separator: sum(line.count(separator) for line in lines))


def _rows(text: str, limits: Limits) -> tuple[list[Row], list[Note]]:
    said = SEPARATOR_LINE.match(text)
    separator = said[1] if said else _separator(text)
    lines = io.StringIO(text[said.end() :] if said else text, newline="")
    rows: list[Row] = []
    last = count = first_beyond = beyond = 0
    # Strict, because an unclosed quote would swallow rows in silence.
    records = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for number, record in enumerate(records, start=2 if said else 1):
            cells = _cells(record, number, limits)
            if all_blank(cells):
                continue
            if number - last > limits.blank_rows + 1:
                first_beyond, beyond = first_beyond or number, beyond + 1
                continue
            last, count = number, count + len(cells)
            _check_size(len(rows), count, limits)
            rows.append(Row(number, cells, hidden=False))
    except csv.Error as error:
        raise Refused(F_DAMAGED, row=records.line_num) from error
    notes = [Note(W_ROWS_BEYOND_GAP, {"sheet": "", "row": first_beyond, "n": beyond})] if beyond else []
    return rows, notes


def _cells(record: list[str], number: int, limits: Limits) -> tuple[Cell, ...]:
    while record and not record[-1]:
        record.pop()
    if len(record) > limits.columns:
        raise Refused(F_TOO_MANY_COLUMNS, sheet="", row=number, limit=limits.columns)
    if any(len(value) > limits.cell_length for value in record):
        raise Refused(F_CELL_TOO_LONG, sheet="", row=number)
    return tuple(Cell(TEXT, _unwrapped(value)) if value else NOTHING for value in record)


def _unwrapped(value: str) -> str:
    if not value.startswith('="'):
        return value
    match = KEPT_AS_TEXT.fullmatch(value.rstrip())
    return match[1].replace('""', '"') if match else value


def _check_size(rows: int, cells: int, limits: Limits) -> None:
    if rows >= limits.rows + limits.other_rows:
        raise Refused(F_TOO_MANY_ROWS, sheet="", limit=limits.rows)
    if cells > limits.cells:
        raise Refused(F_TOO_LARGE, what="cells", limit=limits.cells)
