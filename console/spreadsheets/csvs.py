"""Reading CSV and TSV, in the encodings and with the separators that Excel and WPS write in China."""

import csv
import io
import re

from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import NOTHING, TEXT, Cell, Workbook
from console.spreadsheets.gathering import Gathering
from console.spreadsheets.refusals import (
    F_CELL_TOO_LONG,
    F_DAMAGED,
    F_ENCODING,
    F_NOT_SPREADSHEET,
    F_TOO_MANY_COLUMNS,
    Refused,
)
from console.spreadsheets.sniffing import CSV

MARKED = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# No guessing: detectors take two lines of GBK for Korean. GB18030 contains GBK and GB2312.
UNMARKED = ("utf-8", "gb18030")
SEPARATORS = (",", "\t", ";")
LINES_TO_LOOK_AT = 20
# Excel has no more; a record of millions is not even looked at.
LAST_COLUMN = 16_384
ROWS_BETWEEN_LOOKS = 1_000
QUOTED = re.compile(r'"(?:[^"]|"")*"')
# What keeps Excel from making a number of it: ="110101…"
KEPT_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")


def read(data: bytes, name: str, budget: Budget) -> Workbook:
    text = decoded(data)
    if CONTROL.search(text):
        raise Refused(F_NOT_SPREADSHEET, found="binary")
    gathering = Gathering(budget, name)
    _gather(text, gathering)
    return Workbook(CSV, (gathering.sheet(),), notes=tuple(gathering.notes()))


def decoded(data: bytes) -> str:
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


def _gather(text: str, gathering: Gathering) -> None:
    said = SEPARATOR_LINE.match(text)
    separator = said[1] if said else _separator(text)
    lines = io.StringIO(text[said.end() :] if said else text, newline="")
    # Strict, because an unclosed quote would swallow rows in silence.
    records = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for number, record in enumerate(records, start=2 if said else 1):
            gathering.add(number, _cells(record, number, gathering))
            if not number % ROWS_BETWEEN_LOOKS:
                gathering.budget.check_time()
    except csv.Error as error:
        raise Refused(F_DAMAGED, row=records.line_num) from error


def _cells(record: list[str], number: int, gathering: Gathering) -> list[Cell]:
    if len(record) > LAST_COLUMN:
        raise Refused(
            F_TOO_MANY_COLUMNS, sheet=gathering.name, row=number, limit=gathering.budget.limits.columns
        )
    if record and len(max(record, key=len)) > gathering.budget.limits.cell_length:
        raise Refused(F_CELL_TOO_LONG, sheet=gathering.name, row=number)
    return [Cell(TEXT, _unwrapped(value)) if value else NOTHING for value in record]


def _unwrapped(value: str) -> str:
    if not value.startswith('="'):
        return value
    match = KEPT_AS_TEXT.fullmatch(value.rstrip())
    return match[1].replace('""', '"') if match else value
