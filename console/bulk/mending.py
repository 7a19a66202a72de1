"""The check page: what is wrong in each cell and how it is mended, and everything that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from console.bulk import messages, presenting, queries
from console.bulk.kind import KINDS, Column, UploadKind
from console.bulk.models import Batch, BatchRow, Problem
from console.bulk.presenting import Shown, Words
from console.bulk.queries import Tally
from console.bulk.states import BatchState, RowState
from console.orders import messages as operator
from console.spreadsheets.cells import Cell

TABS = ("wrong", "ready", "notes", "left_out")
MOST_TOLD = 10


@dataclass(frozen=True)
class Asked:
    """Which part of the page somebody wants to see."""

    tab: str
    code: str | None
    page: int


def page(
    batch: Batch, asked: Asked, kept: list[BatchRow] | None, *, may_mend: bool, may_confirm: bool
) -> Shown:
    """Everything on the page, from the database as it is now; `kept` shows these rows only.

    Who may not mend sees no cell whole, also not the wrong ones.
    """
    kind, tally = KINDS[batch.kind], queries.tally(batch.id)
    wrong, ready = tally.of(RowState.WRONG), tally.of(RowState.READY)
    tab = asked.tab if asked.tab in TABS else "wrong" if wrong or not ready else "ready"
    total, found = queries.rows(batch.id, tab, asked.page, asked.code)
    reference = kind.reference()
    rows = check_rows(batch, kind, found if kept is None else kept, reference, may_mend=may_mend)
    told = rows
    if tab != "wrong" or asked.code or kept is not None:
        wrong_rows = queries.rows(batch.id, "wrong", 1)[1]
        told = check_rows(batch, kind, wrong_rows, reference, may_mend=may_mend)
    faults, notes = errors(told), queries.notes_count(batch.id)
    here: Shown = {"batch_id": batch.id, "tab": tab, "code": asked.code}
    return {
        "batch": presenting.head(batch, tally),
        "batches_url": url_for("bulk.batches"),
        "upload_url": url_for("bulk.upload", kind=batch.kind),
        "tab": tab,
        "code": asked.code,
        "tabs": tabs(batch, tally, notes),
        "tally": {"ready": ready, "wrong": wrong, "notes": notes, "left_out": tally.of(RowState.LEFT_OUT)},
        "groups": groups(batch, may_mend=may_mend),
        "errors": faults[:MOST_TOLD],
        "more_errors": max(0, len(faults) - MOST_TOLD) + max(0, wrong - queries.PAGE),
        "columns": [{"field": cell["field"], "label": cell["label"]} for cell in rows[0]["cells"]]
        if rows
        else [],
        "rows": rows,
        "pager": presenting.pager(asked.page, total, lambda n: url_for("bulk.check", **here, page=n)),
        "money": presenting.money(batch, kind, ready),
        "confirm": _confirm(batch, ready, wrong, may_confirm=may_confirm),
        "mapping": _mapping(batch, kind),
        "unused": batch.unused,
        "file_notes": [text for code, values in batch.notes if (text := messages.file_note(code, values))],
        "report_url": url_for("bulk.faulty", batch_id=batch.id) if may_mend else None,
        "withdraw_url": url_for("bulk.withdraw", batch_id=batch.id)
        if may_mend and batch.state == BatchState.CHECKED
        else None,
    }


def _confirm(batch: Batch, ready: int, wrong: int, *, may_confirm: bool) -> Shown:
    blocked = None
    if not ready:
        blocked = _("还没有可以办理的行")
    elif not may_confirm:
        blocked = _("你的角色不能确认办理，请联系主管理员")
    return {
        "count": ready,
        "rest": wrong,
        "url": url_for("bulk.confirm", batch_id=batch.id),
        "shown": queries.shown(batch.id),
        "label": _("确认办理 %(n)s 人", n=ready),
        "blocked": blocked,
    }


def _mapping(batch: Batch, kind: UploadKind) -> list[Shown]:
    labels = {column.field: str(column.label) for column in kind.columns}
    return [
        {"heading": heading, "label": labels.get(field, field)} for field, heading in batch.headings.items()
    ]


def tabs(batch: Batch, tally: Tally, notes: int) -> list[Shown]:
    counts = {
        "wrong": (tally.of(RowState.WRONG), _("需要修正")),
        "ready": (tally.of(RowState.READY), _("可以办理")),
        "notes": (notes, _("已自动整理")),
        "left_out": (tally.of(RowState.LEFT_OUT), _("已移出")),
    }
    return [
        {
            "key": key,
            "label": label,
            "count": count,
            "hot": key == "wrong" and count > 0,
            "url": url_for("bulk.check", batch_id=batch.id, tab=key),
        }
        for key, (count, label) in counts.items()
        if key != "left_out" or count
    ]


@dataclass(frozen=True)
class _Look:
    """Who looks at which batch: options of drop-downs, words for values, and whether cells may be mended."""

    batch: Batch
    kind: UploadKind
    options: Shown
    words: Words
    may_mend: bool


def check_rows(
    batch: Batch, kind: UploadKind, kept: Sequence[BatchRow], reference: Any, *, may_mend: bool = True
) -> list[Shown]:
    """Rows of the check page; a faulty cell shows what stood there to who may mend it, all else is masked."""
    found = queries.problems([row.id for row in kept])
    fields = shown_fields(kind, found)
    options = {column.field: list(column.options(reference)) for column in kind.columns if column.options}
    look = _Look(batch, kind, options, kind.words(), may_mend)
    return [_check_row(look, row, found[row.id], fields) for row in kept]


def shown_fields(kind: UploadKind, found: Mapping[int, list[Problem]]) -> list[str]:
    """The columns that tell rows apart, and every column in which something was found."""
    faulty = {problem.field for problems in found.values() for problem in problems}
    return [column.field for column in kind.columns if column.shown or column.field in faulty]


def _check_row(look: _Look, row: BatchRow, found: list[Problem], fields: list[str]) -> Shown:
    out = row.state == RowState.LEFT_OUT
    here: Shown = {"batch_id": look.batch.id, "row_id": row.id}
    return {
        "id": row.id,
        "number": row.number,
        "name": row.values.get("name") or row.cells.get("name", ["", ""])[1],
        "cells": [_check_cell(look, c, row, found) for c in look.kind.columns if c.field in fields],
        "fix_url": url_for("bulk.fix", **here),
        "leave_out_url": url_for("bulk.leave_out", **here) if look.may_mend and not out else None,
        "take_back_url": url_for("bulk.take_back", **here) if look.may_mend and out else None,
    }


def _check_cell(look: _Look, column: Column, row: BatchRow, found: list[Problem]) -> Shown:
    raw = Cell(*row.cells.get(column.field, ("blank", "")))
    seen = raw.value if look.may_mend or not column.mask else column.mask(raw.value)
    wrong = next((p for p in found if p.field == column.field and p.level == "error"), None)
    noted = next((p for p in found if p.field == column.field and p.level == "note"), None)
    choices = look.options.get(column.field)
    if wrong and wrong.values.get("options") and choices:
        choices = [choice for choice in choices if choice[0] in wrong.values["options"]]
    mended = look.may_mend and row.state != RowState.LEFT_OUT
    text = shown_value(column, row, look.words)
    return {
        "field": column.field,
        "label": str(column.label),
        "text": text,
        "anchor": f"r{row.number}-{column.field}",
        "problem": _problem(wrong, seen, look.words) if wrong else None,
        "input": ("select" if choices else "text") if wrong and look.may_mend else None,
        "value": _editable(raw) if wrong and look.may_mend else "",
        "options": choices or [],
        "suggestion": _suggestion(look.kind, wrong or noted, look.words) if mended else None,
        "note": _note(column, noted, raw.value, text, look.words) if noted and not wrong else None,
    }


def _editable(raw: Cell) -> str:
    """A number that Excel destroyed is not offered for mending: it must be typed anew."""
    return "" if raw.kind == "number" and len(raw.value) > 15 else raw.value


def shown_value(column: Any, row: BatchRow, words: Words) -> str:
    value = row.values.get(column.field)
    if value is None:
        raw = row.cells.get(column.field, ("", ""))[1]
        return column.mask(raw) if column.mask and raw else raw
    text = words(column.field, value)
    return column.mask(text) if column.mask else text


def _problem(problem: Problem, raw: str, words: Words) -> Shown:
    return {"code": problem.code, "sentence": sentence(problem, raw, words), "level": "error"}


def sentence(problem: Problem, raw: str, words: Words) -> str:
    values = {
        name: words(name, value) if name == "looks" else value for name, value in problem.values.items()
    }
    if code := problem.values.get("operator_code"):
        values["reason"] = operator.reason(code)
    return messages.sentence(problem.code, values, raw)


def _note(column: Any, problem: Problem, raw: str, text: str, words: Words) -> Shown:
    values = {
        name: words(name, value) if name == "looks" else value for name, value in problem.values.items()
    }
    before = (column.mask(raw) if column.mask and raw else raw) if problem.code not in _NO_BEFORE else None
    return {"before": before or None, "after": text, "sentence": messages.cause(problem.code, values, raw)}


_NO_BEFORE = {"W_DOC_TYPE_INFERRED", "W_PLAN_REQUIRES", "W_DEPT_NEW", "W_COST_NEW", "W_MERGED"}


def _suggestion(kind: UploadKind, problem: Problem | None, words: Words) -> Shown | None:
    if problem is None:
        return None
    if problem.code in ("E_DUP_ID", "E_HAS_LINE") and any(
        column.field == "second" for column in kind.columns
    ):
        return {"field": "second", "value": "是", "label": _("确实要再开一个")}
    suggested = problem.values.get("suggest")
    if not suggested:
        return None
    return {"value": suggested, "label": _("改为 %(label)s", label=words(problem.field, suggested))}


def groups(batch: Batch, *, may_mend: bool) -> list[Shown]:
    """The blocking problems by what is to be done about them."""
    return [
        {
            "code": code,
            "title": str(messages.ROWS[code].title),
            "count": count,
            "remedy": str(messages.ROWS[code].remedy),
            "url": url_for("bulk.check", batch_id=batch.id, tab="wrong", code=code),
            "apply": _group_apply(batch, code, suggested) if may_mend else None,
        }
        for code, count, suggested in queries.groups(batch.id)
    ]


def _group_apply(batch: Batch, code: str, suggested: int) -> Shown | None:
    url = url_for("bulk.suggestions", batch_id=batch.id)
    if code.startswith("E_STOCK"):
        return {"label": _("重新核对这些行"), "url": url, "hidden": {"code": code}}
    if suggested > 1:
        return {"label": _("%(n)s 行都按建议修改", n=suggested), "url": url, "hidden": {"code": code}}
    return None


def errors(rows: Sequence[Shown]) -> list[Shown]:
    """The summary says the same words as the fields, and leads to them."""
    found = []
    for row in rows:
        for cell in row["cells"]:
            if cell["problem"]:
                told = cell["problem"]["sentence"]
                where = {"n": row["number"], "label": cell["label"], "sentence": told}
                found.append(
                    {"sentence": _("第 %(n)s 行 %(label)s：%(sentence)s", **where), "anchor": cell["anchor"]}
                )
    return found
