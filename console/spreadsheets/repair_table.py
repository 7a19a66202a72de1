"""The sheet with the table: wrong cells marked, good rows hidden, reasons and keys in columns at its end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from console.spreadsheets.cells import BOOL, DATE, ERROR, NUMBER, TEXT, Cell, Sheet
from console.spreadsheets.refusals import F_NO_TABLE, F_TOO_MANY_COLUMNS, Refused
from console.spreadsheets.repair_markup import LAST_COLUMN, attribute_xml, column_name, text_xml
from console.spreadsheets.repair_notes import MOST
from console.spreadsheets.repair_plan import Repair, RepairRow
from console.spreadsheets.repair_returned import best_columns
from console.spreadsheets.repair_sheet import (
    LAST_ROW,
    Area,
    SheetRow,
    StoredCell,
    Worksheet,
    cell_xml,
    cells_of,
    is_filled,
    last_column,
    text_content,
)  # fmt: skip
from console.spreadsheets.repair_source import Source, headings_sheet
from console.spreadsheets.repair_styles import Styles
from console.spreadsheets.repair_tokens import KEY_HEADING, NO_ROW
from console.spreadsheets.repair_writing import Written, columns_of

LISTS_SHEET = "_repair_lists"
TOLD_WIDTH, ADDED_WIDTH = "60", "18"
# Excel shows no more of a message, and takes a file with a longer one for damaged.
LONGEST_TITLE, LONGEST_MESSAGE = 32, 255
NO_CELL = StoredCell(0, b"", b"")


@dataclass(frozen=True)
class Place:
    """Where the table stands; columns from 1, by field, with those that are added."""

    sheet: int
    header_row: int
    columns: Mapping[str, int]
    added: Mapping[str, int]
    told: int
    key: int
    beyond: bool
    """Whether formatted blank cells stand where columns are added."""


def find_place(source: Source, repair: Repair) -> Place:
    """Raises Refused when the headings are no longer found, or nothing can be added to the sheet."""
    until = min(repair.rows, default=LAST_ROW) - 1
    seen = [
        headings_sheet(source, sheet, until) if sheet.state == "visible" else Sheet(sheet.name, True, [])
        for sheet in source.sheets
    ]
    found = best_columns(seen, repair.headings, repair.chosen)
    if found is None:
        raise Refused(F_NO_TABLE)
    index, row = found.sheet, found.rows[-1]
    filled, there = last_column([one for one in source.sheets[index].rows if one.number >= row])
    added = {name: filled + number for number, name in enumerate(repair.added, start=1)}
    end = filled + len(added)
    if end + 2 > LAST_COLUMN:
        raise Refused(F_TOO_MANY_COLUMNS, limit=LAST_COLUMN)
    own = {name: column + 1 for name, column in found.columns.items()}
    return Place(index, row, own | added, added, end + 1, end + 2, beyond=there > filled)


@dataclass
class Table:
    """The sheet while it is written; `notes` and `merges` come about on the way."""

    sheet: Worksheet
    place: Place
    repair: Repair
    styles: Styles
    lists: Mapping[str, int]
    notes: dict[str, str] = field(default_factory=dict)
    loose: set[tuple[int, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.notes |= self.sheet.notes
        self.columns = columns_of(self.sheet)
        self.merges = [one for one in self.sheet.merges if not self._comes_apart(one)]
        self._key = column_name(self.place.key).encode()
        self._last = max(self.repair.rows, default=self.place.header_row)
        self._set_columns()

    def written(self) -> Written:
        rows = list(self._rows())
        return Written(rows, self.columns, self.merges, self._filter(), self._choices(), opened=True,
                       notes=bool(self.notes))  # fmt: skip

    @property
    def area(self) -> str:
        last = column_name(self.place.told)
        return f"$A${self.place.header_row}:${last}${max(self._last, self.place.header_row)}"

    def _comes_apart(self, merge: Area) -> bool:
        """A row inside was changed since: it cannot show the value of the merge any more, nor can the others hide it."""
        rows = [n for n in range(merge.first_row, merge.last_row + 1) if n in self.repair.rows]
        inside = [name for name, column in self.place.columns.items()
                  if merge.first_column <= column <= merge.last_column]  # fmt: skip
        if not inside or not any(self.repair.rows[n].rewritten for n in rows):
            return False
        self.loose.update((n, name) for n in rows for name in inside)
        return True

    def _set_columns(self) -> None:
        place, wrong = self.place, [row for row in self.repair.rows.values() if row.wrong]
        for name in {name for row in wrong for name in row.marks or ()}:
            if column := place.columns.get(name):
                attributes = self.columns.setdefault((column, column), {})
                attributes.pop("hidden", None)
                style = attributes.get("style", "0")
                attributes["style"] = str(self.styles.text(int(style) if style.isdigit() else 0))
        for column in place.added.values():
            self.columns[column, column] = {"width": ADDED_WIDTH, "customWidth": "1",
                                            "style": str(self.styles.text(0))}  # fmt: skip
        self.columns[place.told, place.told] = {"width": TOLD_WIDTH, "customWidth": "1"}
        self.columns[place.key, place.key] = {"width": "9", "hidden": "1", "customWidth": "1"}

    def _rows(self) -> Iterator[bytes]:
        for row in self.sheet.rows:
            number = row.number
            if number < self.place.header_row:
                yield row_xml(row, row.cells, hidden=row.hidden)
                continue
            found = self.repair.rows.get(number)
            if number == self.place.header_row:
                yield row_xml(row, self._header(row), hidden=False)
            elif found is None:
                cells = self._without_end(row) + self._no_row(row)
                yield row_xml(row, cells, hidden=row.hidden or number < self._last)
            elif found.wrong or found.rewritten or any(number == n for n, _name in self.loose):
                yield row_xml(row, self._marked(row, found), hidden=not found.wrong)
            else:
                cells = self._without_end(row) + self._key_cell(number, found.key)
                yield row_xml(row, cells, hidden=True)

    def _without_end(self, row: SheetRow) -> bytes:
        """Formatted blank cells stand where our columns come."""
        if not self.place.beyond:
            return row.cells
        end = min(self.place.added.values(), default=self.place.told)
        return b"".join(cell_xml(c, row.number, cell) for c, cell in cells_of(row).items() if c < end)

    def _no_row(self, row: SheetRow) -> bytes:
        return self._key_cell(row.number, NO_ROW) if is_filled(row.cells) else b""

    def _key_cell(self, number: int, key: str) -> bytes:
        return b'<c r="%s%d" t="inlineStr"><is><t>%s</t></is></c>' % (self._key, number, key.encode())

    def _header(self, row: SheetRow) -> bytes:
        cells = {c: cell for c, cell in cells_of(row).items() if c not in self._ours()}
        style = cells[max(cells)].style if cells else 0
        for name, column in self.place.added.items():
            cells[column] = StoredCell(style, *text_content(self.repair.added[name]))
        cells[self.place.told] = StoredCell(style, *text_content(self.repair.labels.told))
        cells[self.place.key] = StoredCell(0, *text_content(KEY_HEADING))
        return _in_order(row.number, cells)

    def _ours(self) -> set[int]:
        return {*self.place.added.values(), self.place.told, self.place.key}

    def _marked(self, row: SheetRow, found: RepairRow) -> bytes:
        cells = {c: cell for c, cell in cells_of(row).items() if c not in self._ours()}
        for name, column in self.place.columns.items():
            if name in found.rewritten or (row.number, name) in self.loose:
                self._rewrite(cells, column, found.cells.get(name))
        for name, note in (found.marks or {}).items():
            marked = self.place.columns.get(name)
            if marked:
                self._mark(cells, marked, row.number, note, found.cells.get(name))
        if found.told:
            cells[self.place.told] = StoredCell(self.styles.told(), *text_content(found.told))
        cells[self.place.key] = StoredCell(0, *text_content(found.key))
        return _in_order(row.number, cells)

    def _rewrite(self, cells: dict[int, StoredCell], column: int, held: Cell | None) -> None:
        style = cells.get(column, NO_CELL).style
        if held is None or not held.value:
            cells[column] = StoredCell(style, b"", b"")
        elif held.kind in (TEXT, DATE):
            cells[column] = StoredCell(self.styles.text(style), *text_content(held.value))
        elif held.kind == NUMBER:
            cells[column] = StoredCell(style, b"", f"<v>{text_xml(held.value)}</v>".encode())
        elif held.kind == BOOL:
            cells[column] = StoredCell(style, b"b", b"<v>%d</v>" % (held.value == "TRUE"))
        elif held.kind == ERROR:
            cells[column] = StoredCell(style, b"e", f"<v>{text_xml(held.value)}</v>".encode())

    def _mark(
        self, cells: dict[int, StoredCell], column: int, number: int, note: str, held: Cell | None
    ) -> None:
        cell = cells.get(column) or StoredCell(self._style_of(column), b"", b"")
        # A date is told from a number by its format: it keeps it.
        is_date = held is not None and held.kind == DATE and cell.kind in (b"", b"d")
        cells[column] = cell._replace(style=self.styles.marked(cell.style, text=not is_date))
        at = f"{column_name(column)}{number}"
        if len(self.notes) < MOST:
            theirs = self.notes.get(at)
            self.notes[at] = f"{note}\n\n{theirs}" if theirs else note

    def _style_of(self, column: int) -> int:
        style = self.columns.get((column, column), {}).get("style", "0")
        return int(style) if style.isdigit() else 0

    def _filter(self) -> bytes:
        """As somebody would set it by hand: clearing it shows all rows again."""
        return (
            f'<autoFilter ref="{self.area.replace("$", "")}"><filterColumn colId="{self.place.told - 1}"><customFilters>'
            '<customFilter operator="notEqual" val=" "/></customFilters></filterColumn></autoFilter>'
        ).encode()

    def _choices(self) -> bytes:
        made = []
        for number, (name, count) in enumerate(self.lists.items(), start=1):
            column = self.place.columns.get(name)
            if column is None:
                continue
            letter, list_letter = column_name(column), column_name(number)
            labels = self.repair.labels
            made.append(
                '<dataValidation type="list" errorStyle="warning" allowBlank="1" showErrorMessage="1"'
                f" errorTitle={attribute_xml(labels.choice_title[:LONGEST_TITLE])}"
                f" error={attribute_xml(labels.choice_error[:LONGEST_MESSAGE])}"
                f' sqref="{letter}{self.place.header_row + 1}:{letter}{self._last}">'
                f"<formula1>'{LISTS_SHEET}'!${list_letter}$1:${list_letter}${count}</formula1></dataValidation>"
            )
        return (
            f'<dataValidations count="{len(made)}">{"".join(made)}</dataValidations>'.encode()
            if made
            else b""
        )


def row_xml(row: SheetRow, cells: bytes, *, hidden: bool) -> bytes:
    unseen = b' hidden="1"' if hidden else b""
    return b'<row r="%d"%s%s>%s</row>' % (row.number, row.attributes, unseen, cells)


def _in_order(number: int, cells: Mapping[int, StoredCell]) -> bytes:
    return b"".join(cell_xml(column, number, cells[column]) for column in sorted(cells))
