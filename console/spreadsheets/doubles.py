"""What the binary formats of Excel have in common: numbers of eight and of four bytes, errors, dates."""

import math
import struct

from console.spreadsheets.cells import BOOL, DATE, ERROR, NUMBER, Cell
from console.spreadsheets.dates import iso_date

# MS-XLS 2.5.10, MS-XLSB 2.5.97.2
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
# From here on a double holds digits that nobody typed.
FIFTEEN_DIGITS = 1e15


def as_text(number: float) -> str:
    """As an .xlsx stores it: no digit is shown that Excel does not keep."""
    if number.is_integer() and abs(number) < FIFTEEN_DIGITS:
        return str(int(number))
    return repr(number).upper()


def number_cell(number: float, *, is_date: bool, date1904: bool) -> Cell:
    if not math.isfinite(number):
        return Cell(ERROR, "#NUM!")
    day = iso_date(number, date1904=date1904) if is_date else None
    return Cell(DATE, day) if day else Cell(NUMBER, as_text(number))


def error_cell(code: int) -> Cell:
    return Cell(ERROR, ERRORS.get(code, "#UNKNOWN!"))


def bool_cell(value: int) -> Cell:
    return Cell(BOOL, "TRUE" if value else "FALSE")


def of_rk(packed: int) -> float:
    """Four bytes: an integer or the upper half of a double, perhaps of its hundredfold (MS-XLS 2.5.217)."""
    if packed & 2:
        number = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        (number,) = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))
    return number / 100 if packed & 1 else number
