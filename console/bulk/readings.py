"""What a reader makes of a cell: a value with what was found; and cells that hold no value whatever the column. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from console.identifiers import words
from console.identifiers.amounts import as_typed
from console.identifiers.text import CONTROL, INVISIBLE, change, code_points
from console.spreadsheets import cells
from console.spreadsheets.cells import Cell

ERROR, NOTE = "error", "note"
DOUBTFUL = frozenset({"W_DEPT_NEW", "W_COST_NEW"})
"""Notes on a value that is in no list: it would be made anew, or it is a slip."""
DIGITS_THAT_EXCEL_KEEPS = 15
_LOST_IN_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?(?:1[5-9]|[23][0-9])")
_PICTURE = re.compile(r"=(_xlfn\.)?DISPIMG\(", re.IGNORECASE)
_FAILED_FORMULA = re.compile(
    r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|GETTING_DATA|####)"
)


@dataclass(frozen=True)
class Found:
    """A code of the message catalogue and the values of its sentence; never the cell's own text."""

    code: str
    level: str = ERROR
    values: Mapping[str, Any] = field(default_factory=dict)


class Reading(NamedTuple):
    """Made for every cell, so a tuple: half the cost of a dataclass."""

    value: Any = None
    found: tuple[Found, ...] = ()


Reader = Callable[[Cell, Any], Reading]


def note(code: str, **values: Any) -> Found:
    return Found(code, NOTE, values)


def refused(code: str, **values: Any) -> Reading:
    return Reading(None, (Found(code, ERROR, values),))


def broken(cell: Cell) -> Reading | None:
    """Cells that hold no value at all, whatever the column."""
    kind, value = cell
    if kind == cells.TEXT and value[:1] not in ("#", "="):
        return None
    if kind in (cells.TEXT, cells.FORMULA) and _PICTURE.match(value):
        return refused("E_IMAGE")
    failed = kind in (cells.ERROR, cells.FORMULA) or (kind == cells.TEXT and _FAILED_FORMULA.match(value))
    return refused("E_FORMULA") if failed else None


def is_blank(cell: Cell) -> bool:
    """Nothing, or nothing that can be seen."""
    value = cell.value
    if value.isprintable() and not value.isspace():
        return not value
    return not CONTROL.sub("", INVISIBLE.sub("", value)).strip()


def is_placeholder(cell: Cell) -> bool:
    """同上, /, N/A: somebody wanted to write nothing, or was too lazy to write something."""
    return cell.kind == cells.TEXT and words.is_placeholder(cell.value)


def destroyed(cell: Cell) -> bool:
    """Sixteen digits and more, stored as a number, or as the text of one."""
    kind, value = cell
    if kind == cells.NUMBER:
        return (
            len(as_typed(value).partition(".")[0].lstrip("-")) > DIGITS_THAT_EXCEL_KEEPS
            or "E+1" in value.upper()
        )
    return kind == cells.TEXT and _LOST_IN_SCIENTIFIC.fullmatch(value.strip()) is not None


def changed(before: str, after: str) -> tuple[Found, ...]:
    """The page shows the text before and after, and this says what was done to it."""
    what = change(before, after)
    if what == "INVISIBLE":
        return (note("W_INVISIBLE", points=code_points(INVISIBLE.findall(before))),)
    return (note(TEXT_NOTES[what]),) if what else ()


TEXT_NOTES = {
    "INVISIBLE": "W_INVISIBLE",
    "SPACE": "W_SPACE",
    "QUOTE": "W_QUOTE",
    "ID_X": "W_ID_X",
    "DASH": "W_NORMALIZED",
    "NORMALIZED": "W_NORMALIZED",
}
