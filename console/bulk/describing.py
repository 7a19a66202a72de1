"""What a kind takes, for machines: a JSON Schema of one row, with the words that are understood in each column."""

from typing import Any

from flask import url_for

from console.bulk.kind import Column, UploadKind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PATTERNS = {
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "mobile": r"^1[3-9][0-9]{9}$",
}
"""Of the shapes whose normal form is one; what else is understood is tidied."""


def summary(kind: UploadKind) -> dict[str, Any]:
    return {
        "slug": kind.slug,
        "title": str(kind.title),
        "version": kind.version,
        "group": kind.group.value,
        "schema": url_for("bulk.kind", slug=kind.slug),
        "template": url_for("bulk.template", slug=kind.slug),
        "upload": url_for("bulk.upload"),
    }


def described(kind: UploadKind) -> dict[str, Any]:
    """`properties` go by the names of the fields; headings of files are `title` or one of `x-headings`."""
    reference = kind.reference()
    return {
        "$schema": DIALECT,
        "title": str(kind.title),
        "description": str(kind.lead),
        "type": "object",
        "properties": {column.field: _property(column, reference) for column in kind.columns},
        "required": [column.field for column in kind.columns if column.required and not column.default],
        "additionalProperties": False,
        "x-kind": summary(kind),
        "x-example": {column.field: column.example for column in kind.columns if column.example},
        "x-columns": [column.field for column in kind.columns],
        "x-unique": sorted({unique.column for unique in kind.unique}),
    }


def _property(column: Column, reference: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "string", "title": str(column.label), "description": str(column.hint)}
    if column.options:
        found["enum"] = [value for value, _label in column.options(reference) if value]
    elif column.shape in PATTERNS:
        found["pattern"] = PATTERNS[column.shape]
    if column.example:
        found["examples"] = [column.example]
    return found | {"x-headings": [str(column.label), *column.synonyms]}
