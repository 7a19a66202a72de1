"""Giving each cell of a merge the value that its first cell shows."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import NOTHING, Cell, Merge, Row, is_blank


def fill(rows: list[Row], merges: Iterable[Merge], budget: Budget) -> set[tuple[int, int]]:
    """Changes `rows`; returns (row number, column) of what was filled in.

    A row without any content of its own is not among `rows` and does not come into being here.
    """
    numbers = [row.number for row in rows]
    filled: set[tuple[int, int]] = set()
    for merge in merges:
        first, last = bisect_left(numbers, merge.first_row), bisect_right(numbers, merge.last_row)
        value = _value_of(rows[first], merge) if first < last else NOTHING
        if is_blank(value):
            continue
        columns = range(merge.first_column, min(merge.last_column + 1, budget.limits.columns))
        # Merges of a hostile file may lie on top of each other: each of them has its price.
        budget.spend_cells((last - first) * len(columns))
        for index in range(first, last):
            rows[index] = _filled(rows[index], columns, value)
            filled.update((rows[index].number, column) for column in columns)
        filled.discard((merge.first_row, merge.first_column))
    return filled


def _value_of(row: Row, merge: Merge) -> Cell:
    if row.number != merge.first_row or merge.first_column >= len(row.cells):
        return NOTHING
    return row.cells[merge.first_column]


def _filled(row: Row, columns: range, value: Cell) -> Row:
    cells = list(row.cells)
    cells.extend([NOTHING] * (columns.stop - len(cells)))
    cells[columns.start : columns.stop] = [value] * len(columns)
    return row._replace(cells=tuple(cells))
