"""A repair workbook that came back: its rows by their keys, wherever they and the columns stand now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from console.spreadsheets.cells import NOTHING, Cell, Sheet, Workbook, is_blank
from console.spreadsheets.headings import best_header, fields_by_heading, keys
from console.spreadsheets.refusals import F_REPAIR_KEYS, Refused
from console.spreadsheets.repair_tokens import KEY_HEADING, NO_ROW, read_key, same_as, trace

KEY = "console-row-key"
"""Among fields: the column with the keys."""


@dataclass(frozen=True)
class Columns:
    """Where the columns of the fields are, from 0, and in which rows of which sheet the headings stand."""

    sheet: int
    below: int
    rows: tuple[int, ...]
    columns: Mapping[str, int]


@dataclass(frozen=True)
class Returned:
    """`number` is Excel's own, in the file that came back; `row` is None where nobody gave the row a key of ours."""

    number: int
    row: int | None
    traces: frozenset[str]
    cells: Mapping[str, Cell]
    typed: bool = False
    """A key stands there and is not genuine: filled down, or from another workbook."""


@dataclass(frozen=True)
class Difference:
    """What to write, and what was changed on both sides: field → (held, returned)."""

    changes: Mapping[str, Cell]
    conflicts: Mapping[str, tuple[Cell, Cell]]


def best_columns(
    sheets: Sequence[Sheet], headings: Mapping[str, str], chosen: Mapping[str, str]
) -> Columns | None:
    """The sheet with the most of these headings; columns that a person gave to a field are taken at his word."""
    fields = fields_by_heading({field: [heading] for field, heading in headings.items()})
    wanted = {key.partition("#")[0]: field for key, field in chosen.items() if field}
    best: Columns | None = None
    for index, sheet in enumerate(sheets):
        header = best_header(sheet, fields | {key: field for key, field in wanted.items() if key})
        if header is None:
            continue
        width = max((len(row.cells) for row in sheet.rows), default=0)
        texts = {column: header.texts.get(column, "") for column in range(width)}
        found = {field: column for column, field in header.columns.items() if field in headings}
        by_hand = {chosen[key]: column for column, key in keys(texts).items() if chosen.get(key) in headings}
        columns = {field: column for field, column in found.items() if column not in by_hand.values()}
        if best is None or len(columns | by_hand) > len(best.columns):
            rows = tuple(row.number for row in header.rows)
            best = Columns(index, header.below, rows, columns | by_hand)
    return best if best and best.columns else None


def returned(
    workbook: Workbook, secret: bytes, headings: Mapping[str, str], chosen: Mapping[str, str]
) -> list[Returned]:
    """Raises Refused F_REPAIR_KEYS: the column with the keys is gone."""
    known = {KEY: KEY_HEADING, **headings}
    found = best_columns(workbook.sheets, known, chosen)
    if found is None or KEY not in found.columns:
        raise Refused(F_REPAIR_KEYS)
    lines = list(_lines(workbook.sheets[found.sheet], found, secret))
    if not any(line.row for line in lines):
        raise Refused(F_REPAIR_KEYS)
    return lines


def _lines(sheet: Sheet, found: Columns, secret: bytes) -> Iterator[Returned]:
    columns = {field: column for field, column in found.columns.items() if field != KEY}
    at = found.columns[KEY]
    for row in sheet.rows[found.below :]:
        width = len(row.cells)
        key = row.cells[at].value.strip() if at < width else ""
        if key == NO_ROW:
            continue
        cells = {field: row.cells[column] if column < width else NOTHING for field, column in columns.items()}
        genuine = read_key(secret, key) if key else None
        if genuine:
            yield Returned(row.number, genuine[0], genuine[1], cells)
        elif not all(is_blank(cell) for cell in cells.values()):
            yield Returned(row.number, None, frozenset(), cells, typed=bool(key))


def difference(
    secret: bytes, line: Returned, held: Mapping[str, Cell], before: Mapping[str, str]
) -> Difference:
    """What the person changed in a row. `before` is what this very workbook wrote earlier, as same_as() says it."""
    changes: dict[str, Cell] = {}
    conflicts: dict[str, tuple[Cell, Cell]] = {}
    for field, mine in line.cells.items():
        there = held.get(field, NOTHING)
        said = same_as(there)
        if same_as(mine) == said or trace(secret, field, mine) in line.traces:
            continue
        if trace(secret, field, there) in line.traces or before.get(field) == said:
            changes[field] = mine
        else:
            conflicts[field] = there, mine
    return Difference(changes, conflicts)
