"""Recognising the row of headings: whatever order, spelling and decoration the columns have."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from console.spreadsheets.cells import Row, Sheet, is_blank

ROWS_TO_LOOK_AT = 15
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


def best_header(sheet: Sheet, fields: Mapping[str, str]) -> Header | None:
    """The row, or pair of rows, among the first ones that names the most fields; the first of equals."""
    best: Header | None = None
    for index in range(min(len(sheet.rows), ROWS_TO_LOOK_AT)):
        for header in (_one_row(sheet, index, fields), _two_rows(sheet, index, fields)):
            if header and header.columns and (best is None or len(header.columns) > len(best.columns)):
                best = header
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
    for column in sorted(upper.keys() | lower.keys()):
        top, bottom = upper.get(column, ""), lower.get(column, "")
        parts = [text for text in dict.fromkeys((top, bottom)) if text]
        texts[column] = "/".join(parts)
        tries = (texts[column], "".join(parts), bottom)
        field = next((fields[key] for key in map(normalised, tries) if key in fields), "")
        if not field and normalised(top) in fields:
            return None
        found[column] = field
    return _header(sheet, tuple(pair), index + 2, found, texts)


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
