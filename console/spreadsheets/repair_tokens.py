"""What a repair workbook carries to find its way back: a token for the workbook, and a key with traces for each row.

The token stands among the document's properties and in a hidden sheet, because not every program keeps both.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import BLANK, DATE, FORMULA, NUMBER, TEXT, Cell
from console.spreadsheets.limits import DEFAULT
from console.spreadsheets.package import Package
from console.spreadsheets.refusals import Refused

PROPERTY = "console-repair"
TOKEN_SHEET = "_repair"
KEY_HEADING = "console-row-key"
TOKEN = re.compile(r"QX1\.(\d{1,10})\.(\d{1,10})\.([0-9a-f]{16})\.([0-9a-f]{32})", re.ASCII)
KEY = re.compile(r"k(\d{1,10})\.([0-9a-f]{8})\.([0-9a-f]*)", re.ASCII)
NO_ROW = "-"
"""In place of a key: this row was there before and is none of the table, such as a sum."""
TRACE = 6
SMALL = 1_048_576
# Whoever only wants to know whether there is a token does not unpack a whole workbook for it.
SEARCHED = replace(DEFAULT, unzipped_bytes=64 * SMALL, seconds=2.0)
PROPERTIES = ("docProps/custom.xml", "meta.xml")
WORKBOOK, STRINGS = "xl/workbook.xml", "xl/sharedStrings.xml"
OVERLAP = 128


@dataclass(frozen=True)
class Token:
    """As it stands in the file; whether it is genuine is for whoever knows the company's key."""

    company: int
    batch: int
    given: str
    signature: str

    def __str__(self) -> str:
        return f"QX1.{self.company}.{self.batch}.{self.given}.{self.signature}"


def find_token(data: bytes) -> Token | None:
    """The token of a repair workbook, whichever program saved it last. Looks at small parts and at nothing twice."""
    if not data.startswith(b"PK"):
        return _token_in(data[: 4 * SMALL]) or _token_in(data[: 4 * SMALL].replace(b"\0", b""))
    try:
        package = Package(data, Budget(SEARCHED))
        for part in PROPERTIES:
            if part in package and (found := _token_in(b"".join(package.pieces(part, most=SMALL)))):
                return found
        if WORKBOOK in package and TOKEN_SHEET.encode() in b"".join(package.pieces(WORKBOOK, most=SMALL)):
            return _token_in_sheets(package)
    except Refused:
        # What is wrong with the file is told by whoever reads it.
        return None
    return None


def _token_in_sheets(package: Package) -> Token | None:
    """Texts lie in one part together, or each in its sheet; the sheet with the token is a small one."""
    if STRINGS in package and (found := _token_along(package.pieces(STRINGS))):
        return found
    parts = (f"xl/worksheets/sheet{number}.xml" for number in range(1, DEFAULT.sheets + 3))
    starts = (next(package.pieces(part), b"") for part in parts if part in package)
    return next((found for start in starts if (found := _token_in(start))), None)


def _token_along(pieces: Iterable[bytes]) -> Token | None:
    before = b""
    for piece in pieces:
        if found := _token_in(before + piece):
            return found
        before = piece[-OVERLAP:]
    return None


def _token_in(data: bytes) -> Token | None:
    match = TOKEN.search(data.decode("latin-1")) if b"QX1." in data else None
    return Token(int(match[1]), int(match[2]), match[3], match[4]) if match else None


def row_key(secret: bytes, row: int, cells: Iterable[tuple[str, Cell]]) -> str:
    """`k<row>.<proof>.<a trace of each cell>`. `secret` belongs to one batch: keys of another one prove nothing."""
    traces = "".join(trace(secret, field, cell) for field, cell in cells)
    return f"k{row}.{_proof(secret, row, traces)}.{traces}"


def read_key(secret: bytes, text: str) -> tuple[int, frozenset[str]] | None:
    """The row and the traces of its cells; None for a key that was typed, filled down or belongs elsewhere."""
    match = KEY.fullmatch(text.strip())
    if match is None or _proof(secret, int(match[1]), match[3]) != match[2]:
        return None
    return int(match[1]), frozenset(match[3][i : i + TRACE] for i in range(0, len(match[3]), TRACE))


def trace(secret: bytes, field: str, cell: Cell) -> str:
    """Tells whether a cell is still what it was, without saying what it was."""
    begun = _begun(secret, field).copy()
    begun.update(same_as(cell).encode("utf-8", "surrogatepass"))
    return begun.hexdigest()


@lru_cache(maxsize=256)
def _begun(secret: bytes, field: str) -> Any:
    return hashlib.blake2b(f"{field}\0".encode(), digest_size=TRACE // 2, key=secret)


def _proof(secret: bytes, row: int, traces: str) -> str:
    return hashlib.blake2b(f"row {row} {traces}".encode(), digest_size=4, key=secret).hexdigest()


def same_as(cell: Cell) -> str:
    """Equal for cells that only another program has saved: 5, 5.0 and 5E+0 are one number."""
    kind, value = cell
    if kind in (TEXT, DATE):
        return "t" + " ".join(value.split()) if value and not value.isspace() else ""
    if kind in (BLANK, FORMULA):
        return ""
    if kind == NUMBER:
        return f"n{float(value)!r}"
    return f"{kind} {value.strip()}"
