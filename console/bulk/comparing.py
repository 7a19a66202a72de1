"""A repair workbook beside the batch: what to write, what both sides changed, and what was not taken in. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.bulk.states import RowState
from console.spreadsheets.cells import BLANK, TEXT, Cell
from console.spreadsheets.repair_returned import Difference, Returned, difference
from console.spreadsheets.repair_tokens import same_as

WAITING = (RowState.WRONG, RowState.READY)
LONGEST_CELL = 500


@dataclass
class Compared:
    """`changes` by row id. `conflicts` are (row, field, held, returned); `gone_on` rows were confirmed meanwhile.

    `added`, `copied` and `foreign` are Excel's numbers in the workbook that came back.
    """

    changes: dict[int, dict[str, list[str] | None]] = field(default_factory=dict)
    conflicts: list[tuple[int, str, str, str]] = field(default_factory=list)
    gone_on: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    copied: list[int] = field(default_factory=list)
    foreign: list[int] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        lists = ("conflicts", "gone_on", "added", "copied", "foreign")
        return {name: len(getattr(self, name)) for name in lists} | {
            "rows": len(self.changes),
            "cells": sum(map(len, self.changes.values())),
        }

    def told(self, most: int) -> dict[str, Any]:
        """What the page lists, `most` of each, and what was written, by same_as()."""
        lists = ("conflicts", "gone_on", "added", "copied", "foreign")
        return {name: getattr(self, name)[:most] for name in lists} | {
            "written": {
                str(row): {name: same_as(Cell(*cell)) for name, cell in cells.items() if cell}
                for row, cells in self.changes.items()
            }
        }


def compared(
    secret: bytes,
    lines: Sequence[Returned],
    rows: Sequence[Any],
    written: Mapping[int, Mapping[str, str]],
) -> Compared:
    """`rows` have id, number, state and cells as held now; `written` is what this workbook wrote earlier."""
    found, held = Compared(), {row.id: row for row in rows}
    nearest: dict[int, tuple[Returned, Difference]] = {}
    for line in lines:
        if line.row is None or line.row not in held:
            (found.foreign if line.typed or line.row else found.added).append(line.number)
            continue
        one = difference(secret, line, _cells(held[line.row]), written.get(line.row, {}))
        before = nearest.get(line.row)
        if before is None or _changed(one) < _changed(before[1]):
            nearest[line.row] = line, one
        if before is not None:
            # A row that was copied brings its key along: the one that differs less is the row itself.
            found.copied.append((line if nearest[line.row] is before else before[0]).number)
    for id_, (_line, one) in nearest.items():
        _take(found, held[id_], one)
    return found


def _cells(row: Any) -> dict[str, Cell]:
    return {name: Cell(*cell) for name, cell in row.cells.items()}


def _changed(one: Difference) -> int:
    return len(one.changes) + len(one.conflicts)


def _take(found: Compared, row: Any, one: Difference) -> None:
    if row.state not in WAITING:
        if _changed(one):
            found.gone_on.append(row.number)
        return
    if one.changes:
        found.changes[row.id] = {name: _stored(cell) for name, cell in one.changes.items()}
    found.conflicts += [
        (row.number, name, there.value, mine.value) for name, (there, mine) in one.conflicts.items()
    ]


def _stored(cell: Cell) -> list[str]:
    if not cell.value.strip():
        return [BLANK, ""]
    return [cell.kind, cell.value[:LONGEST_CELL] if cell.kind == TEXT else cell.value]
