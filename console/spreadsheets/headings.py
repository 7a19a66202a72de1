"""Recognising the row of headings: whatever order, spelling and decoration the columns have."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from console.spreadsheets.cells import Row, Sheet, is_blank

ROWS_TO_LOOK_AT = 15
HEADINGS_OF_A_ROW = 2
REQUIRED_MARK = re.compile(r"[(\[【<](?:必填|必填项|必录|选填|可选)[)\]】>]|[*＊]")


@dataclass(frozen=True)
class Header:
    """One row of headings, or two that are read together; `rows` are those of the sheet."""

    sheet: Sheet
    rows: tuple[Row, ...]
    # Index into sheet.rows of the first row below.
    below: int
    columns: Mapping[int, str]
    # Columns of a field that another column has already.
    ambiguous: Mapping[int, str]
    texts: Mapping[int, str]


def normalised(heading: str) -> str:
    """The heading without width, case, spaces, line breaks, invisible characters and marks of obligation."""
    text = unicodedata.normalize("NFKC", heading)
    text = "".join(char for char in text if unicodedata.category(char) not in ("Zs", "Zl", "Zp", "Cc", "Cf"))
    return REQUIRED_MARK.sub("", text).rstrip(":").casefold()


def fields_by_heading(headings: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Normalised synonym -> field; of two fields that claim a synonym, the first has it."""
    fields: dict[str, str] = {}
    for field, synonyms in headings.items():
        for synonym in synonyms:
            fields.setdefault(normalised(synonym), field)
    return fields


def letter(column: int) -> str:
    """The column's name in Excel: 0 is A."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def keys(texts: Mapping[int, str]) -> dict[int, str]:
    """Column -> what its heading goes by in a file: 手机, 手机#2 for the second of that name, #C without a name."""
    found: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for column, text in sorted(texts.items()):
        plain = normalised(text)
        seen[plain] += 1
        found[column] = (
            f"#{letter(column)}" if not plain else plain if seen[plain] == 1 else f"{plain}#{seen[plain]}"
        )
    return found


def best_header(sheet: Sheet, fields: Mapping[str, str]) -> Header | None:
    """The row, or pair of rows, among the first ones that names the most fields; the first of equals.

    A pair is no better than one row of it, such as headings below a title, unless both are rows of headings.
    """
    rows = min(len(sheet.rows), ROWS_TO_LOOK_AT)
    single = [_one_row(sheet, index, fields) for index in range(min(len(sheet.rows), rows + 1))]
    named = [len(header.columns) for header in single] + [0]
    best, best_rank = None, (0, 0)
    for index in range(rows):
        pair = _two_rows(sheet, index, fields)
        both = min(named[index], named[index + 1]) >= HEADINGS_OF_A_ROW
        candidates = [(single[index], 0 if both else 1), (pair, 2 if both else 0)]
        for header, rank in candidates:
            if header and header.columns and (len(header.columns), rank) > best_rank:
                best, best_rank = header, (len(header.columns), rank)
    return best


def _one_row(sheet: Sheet, index: int, fields: Mapping[str, str]) -> Header:
    row = sheet.rows[index]
    texts = _texts(row)
    found = {column: fields.get(normalised(text), "") for column, text in texts.items()}
    return _header(sheet, (row,), index + 1, found, texts)


def _two_rows(sheet: Sheet, index: int, fields: Mapping[str, str]) -> Header | None:
    """None when the lower row is not one of headings: then it has values below headings that stand alone."""
    pair = sheet.rows[index : index + 2]
    if len(pair) < 2 or pair[1].number != pair[0].number + 1:
        return None
    upper, lower = _texts(pair[0]), _texts(pair[1])
    found: dict[int, str] = {}
    texts: dict[int, str] = {}
    groups = _groups(upper, lower)
    for column in sorted(upper.keys() | lower.keys()):
        top, bottom = upper.get(column, ""), lower.get(column, "")
        parts = [text for text in dict.fromkeys((top, bottom)) if text]
        texts[column] = "/".join(parts)
        tries = (texts[column], "".join(parts), bottom)
        field = next((fields[key] for key in map(normalised, tries) if key in fields), "")
        if not field and normalised(top) in fields and top not in groups:
            return None
        found[column] = field
    return _header(sheet, tuple(pair), index + 2, found, texts)


def _groups(upper: Mapping[int, str], lower: Mapping[int, str]) -> set[str]:
    """Upper headings over several different lower ones, such as 联系方式 over 手机 and 短号."""
    below: dict[str, set[str]] = {}
    for column, top in upper.items():
        if lower.get(column):
            below.setdefault(top, set()).add(lower[column])
    return {top for top, texts in below.items() if len(texts) > 1}


def _header(
    sheet: Sheet, rows: Sequence[Row], below: int, found: Mapping[int, str], texts: Mapping[int, str]
) -> Header:
    columns: dict[int, str] = {}
    ambiguous: dict[int, str] = {}
    taken: set[str] = set()
    for column, field in sorted(found.items()):
        if field:
            (ambiguous if field in taken else columns)[column] = field
            taken.add(field)
    return Header(sheet, tuple(rows), below, columns, ambiguous, texts)


def _texts(row: Row) -> dict[int, str]:
    return {column: cell.value.strip() for column, cell in enumerate(row.cells) if not is_blank(cell)}
