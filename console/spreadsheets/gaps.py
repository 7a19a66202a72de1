"""What only the person knows about cells of a table: zeros that Excel dropped, and departments written once."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from console.spreadsheets.body import TableRow
from console.spreadsheets.cells import NOTHING, NUMBER, TEXT, Cell, Note, is_blank

Q_PAD: Final = "Q_PAD"
Q_FILLDOWN: Final = "Q_FILLDOWN"
W_PADDED: Final = "W_PADDED"
W_FILLED_DOWN: Final = "W_FILLED_DOWN"

LEAST_GAPS = 2
LEAST_SHARE = 0.2


def settle(
    rows: list[TableRow],
    left_out: list[TableRow],
    answers: Mapping[str, str],
    *,
    padded: Collection[str],
    filled_down: Collection[str],
) -> Iterator[Note]:
    """Changes `rows` where a person said yes; yields the questions that nobody has answered yet.

    `left_out` are rows of the same table that are not imported: a department may be written in one of them.
    """
    for field in padded:
        width, short = _unpadded(rows, field)
        if short and answers.get(Q_PAD) == "yes":
            for at in short:
                _write(rows, at, field, Cell(TEXT, _digits(rows[at].cells[field]).zfill(width)), W_PADDED)
        elif short and Q_PAD not in answers:
            yield _question(Q_PAD, rows, short, field=field, width=width)
    for field in filled_down:
        below = _below(rows, left_out, field)
        if below and answers.get(Q_FILLDOWN) == "yes":
            for at, cell in below.items():
                _write(rows, at, field, cell, W_FILLED_DOWN)
        elif below and Q_FILLDOWN not in answers:
            yield _question(Q_FILLDOWN, rows, list(below), field=field)


def _question(code: str, rows: list[TableRow], found: list[int], **values: object) -> Note:
    numbers = [rows[at].number for at in found[:20]]
    return Note(code, {"n": len(found), "rows": numbers, "default": "no", **values})


def _write(rows: list[TableRow], at: int, field: str, cell: Cell, code: str) -> None:
    row = rows[at]
    rows[at] = row._replace(cells=row.cells | {field: cell}, tidied={**row.tidied, field: code})


def _unpadded(rows: list[TableRow], field: str) -> tuple[int, list[int]]:
    """(width, rows) of numbers that are shorter than texts with leading zeros, all of one width, in their column."""
    if not rows or field not in rows[0].cells:
        return 0, []
    written = [row.cells[field] for row in rows]
    numbers = [at for at, (kind, _value) in enumerate(written) if kind == NUMBER]
    if not numbers:
        return 0, []
    widths = Counter(
        len(value)
        for kind, value in written
        if kind == TEXT and value.startswith("0") and value.isascii() and value.isdecimal()
    )
    if len(widths) != 1:
        return 0, []
    width = next(iter(widths))
    return width, [at for at in numbers if 0 < len(_digits(written[at])) < width]


def _digits(cell: Cell) -> str:
    """Of a whole number; nothing for any other."""
    plain = cell.value.removesuffix(".0")
    return plain if plain.isascii() and plain.isdecimal() else ""


def _below(rows: list[TableRow], left_out: list[TableRow], field: str) -> dict[int, Cell]:
    """Rows without a value, each with the one above it, where a value seems to be written once for several rows.

    Where neighbours repeat the value, people write it into each row: then an empty cell was forgotten.
    """
    if not rows or field not in rows[0].cells:
        return {}
    places = {row.number: at for at, row in enumerate(rows)}
    everyone = sorted([*rows, *left_out], key=lambda row: row.number) if left_out else rows
    gaps: dict[int, Cell] = {}
    above = NOTHING
    is_gap = False
    for row in everyone:
        cell = row.cells[field]
        if is_blank(cell):
            if is_blank(above):
                return {}
            is_gap = True
            if row.number in places:
                gaps[places[row.number]] = above
            continue
        if cell.value == above.value and not is_gap and field not in row.merged:
            return {}
        above, is_gap = cell, False
    return gaps if len(gaps) >= max(LEAST_GAPS, LEAST_SHARE * len(rows)) else {}
