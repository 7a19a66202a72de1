"""Choosing the sheet and the row of headings, with what people have said about files like it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from console.spreadsheets.cells import Note, Sheet, Workbook, is_blank
from console.spreadsheets.headings import Header, best_header, fields_by_heading, keys, letter, normalised
from console.spreadsheets.refusals import F_NO_TABLE, Refused

Q_SHEET: Final = "Q_SHEET"
W_OTHER_SHEETS: Final = "W_OTHER_SHEETS"
W_HIDDEN_SHEETS: Final = "W_HIDDEN_SHEETS"
W_COLUMN_TWICE: Final = "W_COLUMN_TWICE"
W_HIDDEN_COLUMNS: Final = "W_HIDDEN_COLUMNS"
W_HEADING_REMEMBERED: Final = "W_HEADING_REMEMBERED"

FEWEST_HEADINGS = 2
ROWS_FOR_SAMPLES = 200
SAMPLES = 3
LONGEST_SAMPLE = 40


@dataclass(frozen=True)
class Told:
    """What people have said: about this file, and about headings of earlier files.

    `answers` go by the code of the question: yes, no, or the name of a sheet. `columns` say for a heading of this file
    (see headings.keys) which field it is, `remembered` for normalised headings of any file; '' is not imported.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    remembered: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FoundColumn:
    """A column of the file with the field that it was taken for, '' for none, and the first different values."""

    index: int
    key: str
    text: str
    field: str
    samples: tuple[str, ...]

    @property
    def name(self) -> str:
        """The heading, or the letter of a column without one."""
        return self.text or letter(self.index)


@dataclass(frozen=True)
class Choice:
    header: Header
    columns: tuple[FoundColumn, ...]
    # Fields that a person, now or earlier, gave to their columns.
    told: frozenset[str]
    notes: tuple[Note, ...]
    questions: tuple[Note, ...]


def choose(
    workbook: Workbook, headings: Mapping[str, Collection[str]], required: Collection[str], told: Told
) -> Choice:
    """Raises Refused when no row of headings is among the first rows of a sheet that can be seen."""
    known = fields_by_heading(headings)
    said = {key.partition("#")[0]: name for key, name in told.columns.items() if name}
    fields = known | {key: name for key, name in {**told.remembered, **said}.items() if key and name}
    headers = [header for sheet in workbook.sheets if (header := best_header(sheet, fields)) is not None]
    seen = [header for header in headers if not header.sheet.hidden]
    best, equals = _best(seen, required, told.answers.get(Q_SHEET), len(headings))
    samples = _samples(best)
    header = _as_told(best, samples, told)
    notes = [
        *_notes_on_sheets(best, equals, [one for one in headers if one.sheet.hidden], required),
        *_notes_on_columns(header),
        *_notes_on_memory(header, known, told),
    ]
    told_columns = _said(header.texts, told).keys() & header.columns.keys()
    return Choice(
        header,
        tuple(_found(header, samples)),
        frozenset(header.columns[column] for column in told_columns),
        tuple(notes),
        tuple(_which_sheet(best, equals, told)),
    )


def _found(header: Header, samples: Mapping[int, tuple[str, ...]]) -> Iterator[FoundColumn]:
    for column, key in keys(header.texts).items():
        yield FoundColumn(column, key, header.texts[column], header.columns.get(column, ""), samples[column])


def _which_sheet(best: Header, equals: list[Header], told: Told) -> Iterator[Note]:
    others = [one.sheet.name for one in equals if not _is_copy(best, one)]
    if others and told.answers.get(Q_SHEET) != best.sheet.name:
        yield Note(Q_SHEET, {"options": [best.sheet.name, *others], "default": best.sheet.name})


def _best(
    headers: list[Header], required: Collection[str], wanted: str | None, fields: int
) -> tuple[Header, list[Header]]:
    """The header with the most columns, and others that are as good and have rows."""
    if not headers:
        raise Refused(F_NO_TABLE)
    chosen = [header for header in headers if header.sheet.name == wanted] or headers
    best = max(chosen, key=lambda header: _rank(header, required))
    stands_alone = len(best.texts) >= FEWEST_HEADINGS and best.below < len(best.sheet.rows)
    # One column is a table when nothing else is needed: a list of numbers.
    whole = bool(best.columns) and set(required) <= set(best.columns.values())
    if len(best.columns) < min(FEWEST_HEADINGS, fields) and not stands_alone and not whole:
        raise Refused(F_NO_TABLE)
    equals = [
        header
        for header in headers
        if header is not best
        and _rank(header, required) == _rank(best, required)
        and header.below < len(header.sheet.rows)
    ]
    return best, equals


def _rank(header: Header, required: Collection[str]) -> tuple[int, int, bool]:
    """An empty copy of the template loses to the filled one."""
    fields = set(header.columns.values())
    return len(fields & set(required)), len(fields), header.below < len(header.sheet.rows)


def _is_copy(one: Header, other: Header) -> bool:
    """花名册 and 花名册(2): the same headings and the same rows."""
    if one.texts != other.texts or len(one.sheet.rows) - one.below != len(other.sheet.rows) - other.below:
        return False
    pairs = zip(one.sheet.rows[one.below :], other.sheet.rows[other.below :], strict=True)
    return all(mine.cells == theirs.cells for mine, theirs in pairs)


def _samples(header: Header) -> dict[int, tuple[str, ...]]:
    """Column -> its first different values, for every column that has a heading or a value."""
    found: dict[int, dict[str, None]] = {column: {} for column in header.texts}
    for row in header.sheet.rows[header.below : header.below + ROWS_FOR_SAMPLES]:
        for column, cell in enumerate(row.cells):
            if is_blank(cell) or (row.number, column) in header.sheet.merged:
                continue
            values = found.setdefault(column, {})
            if len(values) < SAMPLES:
                values[cell.value.strip()[:LONGEST_SAMPLE]] = None
    return {column: tuple(values) for column, values in sorted(found.items())}


def _as_told(header: Header, samples: Mapping[int, tuple[str, ...]], told: Told) -> Header:
    """The columns as people want them; of two columns for one field, one that was told wins, then the first."""
    texts = {column: header.texts.get(column, "") for column in samples}
    said = _said(texts, told)
    wanted = {**header.ambiguous, **header.columns, **said}
    columns: dict[int, str] = {}
    ambiguous: dict[int, str] = {}
    for column in sorted(wanted, key=lambda column: (column not in said, column)):
        if name := wanted[column]:
            (ambiguous if name in columns.values() else columns)[column] = name
    return replace(header, columns=dict(sorted(columns.items())), ambiguous=ambiguous, texts=texts)


def _said(texts: Mapping[int, str], told: Told) -> dict[int, str]:
    """Column -> field, of the columns that people have spoken of; about this file first."""
    found = {}
    for column, key in keys(texts).items():
        name = told.columns.get(key, told.remembered.get(normalised(texts[column])))
        if name is not None:
            found[column] = name
    return found


def _notes_on_sheets(
    best: Header, equals: list[Header], hidden: list[Header], required: Collection[str]
) -> Iterator[Note]:
    if equals:
        yield Note(W_OTHER_SHEETS, {"sheet": best.sheet.name, "others": [one.sheet.name for one in equals]})
    names = [one.sheet.name for one in hidden if _is_roster(one, required)]
    if names:
        yield Note(W_HIDDEN_SHEETS, {"n": len(names), "sheets": names})


def _is_roster(header: Header, required: Collection[str]) -> bool:
    """Lists for drop-downs lie in hidden sheets as well, under one heading each."""
    found = set(header.columns.values())
    return len(found) >= FEWEST_HEADINGS and set(required) <= found and _has_rows(header.sheet, header)


def _has_rows(sheet: Sheet, header: Header) -> bool:
    return header.below < len(sheet.rows)


def _notes_on_columns(header: Header) -> Iterator[Note]:
    first = {name: column for column, name in header.columns.items()}
    for column, name in header.ambiguous.items():
        yield Note(
            W_COLUMN_TWICE,
            {"field": name, "used": header.texts[first[name]], "ignored": header.texts[column]},
        )
    hidden = [column for column in header.columns if column in header.sheet.hidden_columns]
    if hidden:
        yield Note(W_HIDDEN_COLUMNS, {"headings": [header.texts[column] for column in hidden]})


def _notes_on_memory(header: Header, known: Mapping[str, str], told: Told) -> Iterator[Note]:
    """Only where the memory decided: neither this file's own answer nor the synonyms say the same."""
    used = []
    for column, key in keys(header.texts).items():
        plain = normalised(header.texts[column])
        said = told.remembered.get(plain)
        if said is not None and key not in told.columns and said != known.get(plain, ""):
            used.append(header.texts[column])
    if used:
        yield Note(W_HEADING_REMEMBERED, {"n": len(used), "headings": used})
