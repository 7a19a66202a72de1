"""What is to be marked in somebody's workbook: the rows, their keys, what is wrong and what may stand there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.spreadsheets.cells import Cell


@dataclass(frozen=True)
class RepairRow:
    """A row of the table by Excel's own number.

    `marks` are notes by field; `told` says all that is wrong, and only rows that are `wrong` are shown. `cells` are what
    is held now; those in `rewritten` are written, because the file may no longer say the same.
    """

    key: str
    cells: Mapping[str, Cell]
    wrong: bool = False
    rewritten: frozenset[str] = frozenset()
    told: str = ""
    marks: Mapping[str, str] | None = None


@dataclass(frozen=True)
class RepairLabels:
    told: str
    choice_title: str
    choice_error: str


@dataclass(frozen=True)
class Repair:
    """`headings` are those of the file by field; `chosen` are columns that a person gave to a field (see headings.keys).

    `added` are the headings of fields that the file has no column for and that need one.
    """

    token: str
    headings: Mapping[str, str]
    chosen: Mapping[str, str]
    added: Mapping[str, str]
    choices: Mapping[str, Sequence[str]]
    rows: Mapping[int, RepairRow]
    labels: RepairLabels
