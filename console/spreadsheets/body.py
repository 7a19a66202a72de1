"""The rows below the headings: which of them are data, and what was left out."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from operator import itemgetter
from typing import Final, NamedTuple

from console.spreadsheets.cells import NOTHING, Cell, Note, Row, all_blank, is_blank
from console.spreadsheets.headings import Header

Q_HIDDEN: Final = "Q_HIDDEN"
Q_STRIKE: Final = "Q_STRIKE"
W_HIDDEN_ROWS: Final = "W_HIDDEN_ROWS"
W_HIDDEN_ROWS_READ: Final = "W_HIDDEN_ROWS_READ"
W_STRUCK_ROWS: Final = "W_STRUCK_ROWS"
W_STRUCK_ROWS_READ: Final = "W_STRUCK_ROWS_READ"
W_HEADER_REPEATED: Final = "W_HEADER_REPEATED"
W_SUBTOTALS: Final = "W_SUBTOTALS"
W_ENDED_EARLY: Final = "W_ENDED_EARLY"
W_TOTAL_MISMATCH: Final = "W_TOTAL_MISMATCH"
W_MERGED: Final = "W_MERGED"

FEWEST_CELLS = 2
SUM = r"(?:合\s*计|总\s*计|共\s*计|小\s*计)"
END = re.compile(
    rf"\s*(?:{SUM}|共\s*\d+\s*(?:人|行|条)|制表|制单|审核|复核|批准|填表|填报|经办|打印|签字|签名|备注|说明|注[:：]"
    r"|(?i:total|subtotal|note|prepared by)\b)"
)
BEGINNINGS = frozenset("合总共小制审复批填经打签备说注tTsSnNpP \t\n\r\u3000\xa0")
"""The first characters of all that END matches."""
SUM_OF_A_GROUP = re.compile(r".{1,30}(?:小\s*计|合\s*计)\s*[:：]?\s*")
TOTAL_ALONE = re.compile(rf"\s*(?:{SUM}|(?i:total|subtotal))\s*[:：]?\s*")
SUBTOTAL = re.compile(r"\s*(?:小\s*计|(?i:subtotal))")
STATED_TOTAL = re.compile(r"共\s*(\d{1,6})\s*(?:人|行|条)")
NOT_MERGED: Final[frozenset[str]] = frozenset()
AS_IT_WAS: Final[Mapping[str, str]] = {}


class TableRow(NamedTuple):
    """`cells` by field, one for each column of the table; `number` is Excel's own.

    `merged` are the fields whose value comes from the first cell of a merge; `tidied` says for a field that was
    changed as the person wanted by which code.
    """

    number: int
    cells: dict[str, Cell]
    merged: frozenset[str] = NOT_MERGED
    tidied: Mapping[str, str] = AS_IT_WAS


class Body:
    """`hidden` and `struck` are the numbers of such rows, whether they were taken or are among `left_out`."""

    def __init__(self, header: Header, required: Collection[str], answers: Mapping[str, str]) -> None:
        self.hidden: list[int] = []
        self.struck: list[int] = []
        self.left_out: list[TableRow] = []
        self._header = header
        self._required = [column for column, field in header.columns.items() if field in required]
        self._heads = [
            {column: cell.value.strip() for column, cell in enumerate(row.cells)} for row in header.rows
        ]
        written = {cell.value for row in header.rows for cell in row.cells if not is_blank(cell)}
        self._head_words = written | {text.strip() for text in written}
        self._with_hidden = answers.get(Q_HIDDEN) == "yes"
        self._with_struck = answers.get(Q_STRIKE) == "no"
        self._merged_rows = {number for number, _column in header.sheet.merged}
        self._repeated: list[int] = []
        self._subtotals: list[int] = []
        self._after_end: list[int] = []
        self._merged: list[int] = []
        self._end = 0
        self._stated_total = 0

    def rows(self) -> list[TableRow]:
        found: list[TableRow] = []
        rows, words = self._header.sheet.rows, self._head_words
        fields, pick, width = self._picking()
        # All of this runs for each row: what looks like a person's row at a glance is not looked at twice.
        for at in range(self._header.below, len(rows)):
            number, cells, hidden, struck = row = rows[at]
            first = cells[0].value if cells else ""
            if not first or first.isspace():
                first = next((cell.value for cell in cells if not is_blank(cell)), "")
            if (first in words or first[:1] in BEGINNINGS or "计" in first) and self._is_no_data(row, first):
                if self._end:
                    self._after_end += [one.number for one in rows[at + 1 :] if self._is_data(one)]
                    break
                continue
            if len(cells) < width:
                cells += (NOTHING,) * (width - len(cells))
            picked = pick(cells)
            merged = number in self._merged_rows
            if self._is_empty(row) if merged else all_blank(picked):
                continue
            values = dict(zip(fields, picked, strict=True))
            one = self._merged_row(number, values) if merged else TableRow(number, values)
            taken = not (hidden or struck) or self._takes(number, hidden=hidden, struck=struck)
            (found if taken else self.left_out).append(one)
        return found

    def notes(self, count: int) -> Iterator[Note]:
        """About the rows that were left out, and about `count` rows that were taken."""
        if self.hidden:
            yield _on_rows(W_HIDDEN_ROWS_READ if self._with_hidden else W_HIDDEN_ROWS, self.hidden)
        if self.struck:
            yield _on_rows(W_STRUCK_ROWS_READ if self._with_struck else W_STRUCK_ROWS, self.struck)
        if self._repeated:
            yield _on_rows(W_HEADER_REPEATED, self._repeated)
        if self._subtotals:
            yield _on_rows(W_SUBTOTALS, self._subtotals)
        if self._after_end:
            yield _on_rows(W_ENDED_EARLY, self._after_end, end=self._end)
        if self._stated_total and self._stated_total != count:
            yield Note(W_TOTAL_MISMATCH, {"row": self._end, "stated": self._stated_total, "n": count})
        if self._merged:
            yield _on_rows(W_MERGED, self._merged)

    def questions(self, answers: Mapping[str, str]) -> Iterator[Note]:
        for code, numbers, default in ((Q_HIDDEN, self.hidden, "no"), (Q_STRIKE, self.struck, "yes")):
            if numbers and code not in answers:
                yield _on_rows(code, numbers, default=default)

    def _picking(self) -> tuple[tuple[str, ...], Callable[[tuple[Cell, ...]], tuple[Cell, ...]], int]:
        """The fields, what takes their cells out of a row, and how many cells a row must have for it."""
        columns = tuple(self._header.columns)
        fields = tuple(self._header.columns.values())
        only = columns[0]
        pick = itemgetter(*columns) if len(columns) > 1 else (lambda cells: (cells[only],))
        return fields, pick, max(columns) + 1

    def _is_no_data(self, row: Row, first: str) -> bool:
        """Headings once more, a sum, or the end of the table; remembered as such."""
        if first.strip() in self._head_words and self._repeats_header(row):
            self._repeated.append(row.number)
            return True
        if not self._is_closing(row, first):
            return False
        if SUBTOTAL.match(first) or not END.match(first):
            self._subtotals.append(row.number)
            return True
        self._end = row.number
        stated = STATED_TOTAL.search(" ".join(cell.value for cell in row.cells))
        self._stated_total = int(stated[1]) if stated else 0
        return True

    def _repeats_header(self, row: Row) -> bool:
        texts = {column: cell.value.strip() for column, cell in enumerate(row.cells) if not is_blank(cell)}
        if len(texts) < FEWEST_CELLS:
            return False
        return any(all(head.get(column) == text for column, text in texts.items()) for head in self._heads)

    def _is_closing(self, row: Row, first: str) -> bool:
        """A sum or a signature. A department may well be called 审核部: a row with all its data is none."""
        if TOTAL_ALONE.fullmatch(first):
            return True
        closing = END.match(first) or SUM_OF_A_GROUP.fullmatch(first)
        return closing is not None and not self._is_data(row)

    def _takes(self, number: int, *, hidden: bool, struck: bool) -> bool:
        if hidden:
            self.hidden.append(number)
            if not self._with_hidden:
                return False
        if struck:
            self.struck.append(number)
        return self._with_struck or not struck

    def _is_data(self, row: Row) -> bool:
        """More than half of the required cells are filled, or of all when none is required."""
        columns = self._required or list(self._header.columns)
        return sum(self._is_own(row, column) for column in columns) * 2 > len(columns)

    def _is_empty(self, row: Row) -> bool:
        """Nothing of its own in the table's columns: a merge over it makes no row."""
        return not any(self._is_own(row, column) for column in self._header.columns)

    def _is_own(self, row: Row, column: int) -> bool:
        if column >= len(row.cells) or is_blank(row.cells[column]):
            return False
        return (row.number, column) not in self._header.sheet.merged

    def _merged_row(self, number: int, cells: dict[str, Cell]) -> TableRow:
        merged = self._header.sheet.merged
        columns = self._header.columns.items()
        fields = frozenset(field for column, field in columns if (number, column) in merged)
        if fields:
            self._merged.append(number)
        return TableRow(number, cells, fields)


def _on_rows(code: str, numbers: list[int], **values: object) -> Note:
    return Note(code, {"n": len(numbers), "rows": numbers[:20], **values})
