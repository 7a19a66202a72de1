"""The page of questions about a file: what must be answered, and which of its columns is which."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from console.bulk import asking, messages, presenting, queries, remembering, shapes
from console.bulk.asking import Trouble
from console.bulk.kind import KINDS, UploadKind
from console.bulk.models import Batch
from console.bulk.presenting import Shown
from console.bulk.states import BatchState
from console.spreadsheets.headings import fields_by_heading, normalised

LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){8,}[Xx]?", re.ASCII)
"""Nine digits and more: of whatever, it is nobody's business here."""


def page(
    batch: Batch,
    *,
    may_answer: bool,
    answers: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    troubles: Sequence[Trouble] = (),
) -> Shown:
    """`answers` and `columns` are what somebody has just sent, when it could not be taken for its `troubles`."""
    kind = KINDS[batch.kind]
    labels = {column.field: str(column.label) for column in asking.columns_of(kind)}
    headings = _headings(batch, kind, columns or {}, troubles)
    fields = _fields(batch, kind, {heading["field"] for heading in headings})
    return {
        "batch": presenting.head(batch, queries.tally(batch.id)),
        "sheet": (batch.layout or {}).get("sheet", ""),
        "header_row": (batch.layout or {}).get("header_row", 0),
        "questions": _questions(batch, labels, answers or {}),
        "headings": headings,
        "fields": fields,
        "missing": [one["label"] for one in fields if one["required"] and not one["used"]],
        "troubles": [_sentence(code, values, labels) for code, values in troubles],
        "may_answer": may_answer,
    } | _addresses(batch, may_answer=may_answer)


def _addresses(batch: Batch, *, may_answer: bool) -> Shown:
    is_asking = batch.state == BatchState.ASKING
    return {
        "is_asking": is_asking,
        "batches_url": url_for("bulk.batches"),
        "upload_url": url_for("bulk.upload", kind=batch.kind),
        "answers_url": url_for("bulk.answers", batch_id=batch.id),
        "forget_url": url_for("bulk.forget_heading", batch_id=batch.id),
        "withdraw_url": url_for("bulk.withdraw", batch_id=batch.id) if may_answer and is_asking else None,
        "check_url": None if is_asking else url_for("bulk.check", batch_id=batch.id),
    }


def _fields(batch: Batch, kind: UploadKind, used: set[str]) -> list[Shown]:
    needed = asking.required(kind, batch.defaults)
    return [
        {
            "field": column.field,
            "label": str(column.label),
            "required": column.field in needed,
            "used": column.field in used,
            "compared": column in kind.witnesses,
        }
        for column in asking.columns_of(kind)
    ]


def _questions(batch: Batch, labels: Mapping[str, str], answers: Mapping[str, str]) -> list[Shown]:
    shown = []
    for code, values in batch.questions:
        missing = [f"“{labels.get(field, field)}”" for field in values.get("missing", ())]
        said = {"label": labels.get(values.get("field", ""), ""), "labels": missing} | values
        title, detail, options = messages.question(code, said)
        chosen = answers.get(code, values.get("default"))
        shown.append(
            {
                "code": code,
                "title": title,
                "detail": detail,
                "options": [
                    {"value": value, "label": label, "checked": value == chosen} for value, label in options
                ],
            }
        )
    return shown


def _headings(
    batch: Batch, kind: UploadKind, sent: Mapping[str, str], troubles: Sequence[Trouble]
) -> list[Shown]:
    found = (batch.layout or {"columns": []})["columns"]
    memory, known = remembering.recall(batch.kind), fields_by_heading(asking.synonyms(kind))
    fields = {one["key"]: sent.get(one["key"], one["field"]) for one in found}
    free = {
        one["key"]: one["samples"]
        for one in found
        if not fields[one["key"]] and normalised(one["text"]) not in memory
    }
    suggested = shapes.suggested(kind.columns, free, fields.values(), kind.reference())
    labels = {column.field: str(column.label) for column in asking.columns_of(kind)}
    compared = {column.field for column in kind.witnesses}
    wrong = {key for _code, values in troubles for key in values["keys"]}
    return [
        {
            "key": one["key"],
            "name": one["text"] or _("%(letter)s 列（没有列名）", letter=one["name"]),
            "samples": [_masked(kind, fields[one["key"]], text) for text in one["samples"]],
            "field": fields[one["key"]],
            "compared": one["field"] in compared,
            "suggestion": _suggestion(suggested.get(one["key"]), labels),
            "remembered": _is_remembered(one["text"], memory, known),
            "wrong": one["key"] in wrong,
        }
        for one in found
    ]


def _suggestion(field: str | None, labels: Mapping[str, str]) -> Shown | None:
    return {"field": field, "label": labels[field]} if field else None


def _is_remembered(text: str, memory: Mapping[str, str], known: Mapping[str, str]) -> bool:
    plain = normalised(text)
    return plain in memory and memory[plain] != known.get(plain, "")


def _masked(kind: UploadKind, field: str, text: str) -> str:
    mask = next((column.mask for column in asking.columns_of(kind) if column.field == field), None)
    return LONG_NUMBER.sub(_stars, mask(text) if mask else text)


def _stars(found: re.Match[str]) -> str:
    return f"{found[0][:3]}{'*' * (len(found[0]) - 5)}{found[0][-2:]}"


def _sentence(code: str, values: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    label = labels[values["field"]]
    if code == "MISSING":
        return _("还没有选哪一列是“%(label)s”，请在“对应到”里选出", label=label)
    names = _("、").join(f"“{name}”" for name in values["headings"])
    return _("%(names)s都选成了“%(label)s”，请只留一列", names=names, label=label)
