"""What a file contains: cells as they are stored, in the rows that the user sees in Excel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

TEXT: Final = "text"
NUMBER: Final = "number"
DATE: Final = "date"
BOOL: Final = "bool"
ERROR: Final = "error"
FORMULA: Final = "formula"
BLANK: Final = "blank"

W_DATE_1904: Final = "W_DATE_1904"
"""Days are counted from 1904, as Excel for Mac once did: numbers in columns of dates are read so."""


class Cell(NamedTuple):
    """A kind and a value.

    number: the text as stored in the file, so that digits which Excel has lost stay visible.
    date: ISO 8601, with a time only when there is one. bool: TRUE or FALSE. error: as shown, `#N/A`.
    formula: a formula that was saved without its result, with its leading `=`.
    """

    kind: str
    value: str


NOTHING: Final = Cell(BLANK, "")


class Row(NamedTuple):
    """`number` is Excel's own; `cells` start in column A and end with the last one that is filled.

    struck: a line is drawn through every filled cell.
    """

    number: int
    cells: tuple[Cell, ...]
    hidden: bool
    struck: bool = False


class Merge(NamedTuple):
    """Rows are counted from 1 as in Excel, columns from 0; both ends belong to it."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Note:
    """Something the user should know about a file that was accepted."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """Rows without any content are left out; a merge has its value in all its cells."""

    name: str
    hidden: bool
    rows: list[Row]
    merges: tuple[Merge, ...] = ()
    hidden_columns: frozenset[int] = frozenset()
    # (row number, column) of the cells whose value comes from the first cell of their merge.
    merged: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Workbook:
    format: str
    sheets: tuple[Sheet, ...]
    date1904: bool = False
    notes: tuple[Note, ...] = ()


def is_blank(cell: Cell) -> bool:
    return not cell.value or cell.value.isspace()


def all_blank(cells: Sequence[Cell]) -> bool:
    for _, value in cells:  # noqa: SIM110 - runs for each row, and all() takes twice as long
        if value and not value.isspace():
            return False
    return True
