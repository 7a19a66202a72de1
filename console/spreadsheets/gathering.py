"""Gathering the rows of one sheet, within the limits, whichever format they come from."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from console.spreadsheets import merges
from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import NOTHING, Cell, Merge, Note, Row, Sheet, all_blank, is_blank
from console.spreadsheets.refusals import F_TOO_MANY_COLUMNS, F_TOO_MANY_ROWS, Refused

W_ROWS_BEYOND_GAP: Final = "W_ROWS_BEYOND_GAP"


Contents = tuple[int, Sequence[Cell], bool, bool]
"""A row to be: Excel's number, cells from column A on, whether it is hidden, whether it is struck through."""

# Row._make without a call in Python: this runs for each row.
_row = partial(tuple.__new__, Row)


class Gathering:
    """A hidden sheet is never the table: what exceeds the limits there is left out without a refusal."""

    def __init__(self, budget: Budget, name: str, *, hidden: bool = False) -> None:
        self.name = name
        self.hidden = hidden
        self.rows: list[Row] = []
        self.merges: list[Merge] = []
        self.hidden_columns: set[int] = set()
        self.budget = budget
        self._columns = budget.limits.columns
        self._rows = budget.limits.rows + budget.limits.other_rows
        self._gap = budget.limits.blank_rows + 1
        self._last = self._first_beyond = self._beyond = 0

    def add(self, number: int, cells: Sequence[Cell], hidden: bool = False, struck: bool = False) -> None:
        self.add_all([(number, cells, hidden, struck)])

    def add_all(self, rows: Iterable[Contents]) -> None:
        """In rising order; blank rows, and those after a long gap, are left out."""
        spent = 0
        for number, cells, hidden, struck in rows:
            if cells and cells[-1] is NOTHING:
                cells = _without_tail(cells)
            if not cells or (is_blank(cells[0]) and all_blank(cells)):
                continue
            if self._has_room(number):
                if len(cells) > self._columns:
                    cells = self._cut(number, cells)
                spent += len(cells)
                self.rows.append(_row((number, tuple(cells), hidden, struck)))
        self.budget.spend_cells(spent)

    def add_merge(self, merge: Merge) -> None:
        if merge.first_row <= merge.last_row and 0 <= merge.first_column <= merge.last_column:
            self.budget.spend_cells(1)
            self.merges.append(merge)

    def hide_columns(self, first: int, last: int) -> None:
        """Counted from 0, both ends hidden."""
        self.hidden_columns.update(range(first, min(last + 1, self._columns)))

    def notes(self) -> list[Note]:
        if not self._beyond or self.hidden:
            return []
        return [Note(W_ROWS_BEYOND_GAP, {"sheet": self.name, "row": self._first_beyond, "n": self._beyond})]

    def sheet(self) -> Sheet:
        filled = merges.fill(self.rows, self.merges, self.budget)
        return Sheet(
            self.name,
            self.hidden,
            self.rows,
            tuple(self.merges),
            frozenset(self.hidden_columns),
            frozenset(filled),
        )

    def _has_room(self, number: int) -> bool:
        if number - self._last > self._gap:
            self._first_beyond = self._first_beyond or number
            self._beyond += 1
            return False
        self._last = number
        if len(self.rows) < self._rows:
            return True
        if self.hidden:
            return False
        raise Refused(F_TOO_MANY_ROWS, sheet=self.name, limit=self.budget.limits.rows)

    def _cut(self, number: int, cells: Sequence[Cell]) -> Sequence[Cell]:
        if not self.hidden and not all_blank(cells[self._columns :]):
            raise Refused(F_TOO_MANY_COLUMNS, sheet=self.name, row=number, limit=self._columns)
        return cells[: self._columns]


def _without_tail(cells: Sequence[Cell]) -> Sequence[Cell]:
    last = len(cells)
    while last and cells[last - 1] is NOTHING:
        last -= 1
    return cells[:last]
