"""Rows of the check page: what is wrong in each cell, what it may become, and how it is mended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from console.bulk import fixing, messages, queries
from console.bulk.kind import Column, UploadKind
from console.bulk.models import Batch, BatchRow, Problem
from console.bulk.presenting import Shown, Words
from console.bulk.states import RowState
from console.orders import messages as operator
from console.spreadsheets.cells import Cell

DEED = "operation"


@dataclass(frozen=True)
class ShownCell:
    """`seen` goes back with what is typed, so that nobody overwrites what he did not see."""

    field: str
    label: str
    text: str
    anchor: str
    problem: Shown | None
    input: str | None
    value: str
    options: Sequence[tuple[str, str]]
    suggestion: Shown | None
    note: Shown | None
    seen: str
    was: str | None = None
    """What the books say, where that is something else; '' when they say nothing."""


@dataclass(frozen=True)
class ShownRow:
    id: int
    number: int
    name: str
    cells: list[ShownCell]
    fix_url: str
    leave_out_url: str | None
    take_back_url: str | None
    absent: bool = False
    """In no row of the file, but in the books."""


@dataclass(frozen=True)
class Look:
    """Who looks at which batch: options of drop-downs, words for values, and whether cells may be mended.

    `typed` is what could not be saved; it stays in its field.
    """

    batch: Batch
    kind: UploadKind
    labels: Mapping[str, str]
    options: Mapping[str, Sequence[tuple[str, str]]]
    words: Words
    may_mend: bool
    typed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        batch: Batch,
        kind: UploadKind,
        reference: Any,
        *,
        may_mend: bool = True,
        typed: Mapping[str, str] | None = None,
    ) -> "Look":
        labels = {column.field: str(column.label) for column in kind.columns}
        options = {column.field: list(column.options(reference)) for column in kind.columns if column.options}
        return cls(batch, kind, labels, options, kind.words(), may_mend, typed or {})


def rows(look: Look, kept: Sequence[BatchRow], fields: Sequence[str] = ()) -> list[ShownRow]:
    """A faulty cell shows what stood there to who may mend it, all else is masked; `fields` are shown besides."""
    found = queries.problems([row.id for row in kept])
    differing = {name for row in kept for name in row.values.get("was", ())}
    shown = {*shown_fields(look.kind, found), *fields, *look.typed, *differing}
    columns = [column for column in look.kind.columns if column.field in shown]
    return [_row(look, row, found[row.id], columns) for row in kept]


def shown_fields(kind: UploadKind, found: Mapping[int, list[Problem]]) -> list[str]:
    """The columns that tell rows apart, and every column in which something was found."""
    faulty = {problem.field for problems in found.values() for problem in problems}
    return [column.field for column in kind.columns if column.shown or column.field in faulty]


def _row(look: Look, row: BatchRow, found: list[Problem], columns: list[Column]) -> ShownRow:
    out, done = row.state == RowState.LEFT_OUT, row.state == RowState.UNCHANGED
    here: Shown = {"batch_id": look.batch.id, "row_id": row.id}
    return ShownRow(
        id=row.id,
        number=row.number,
        name=row.values.get("name") or row.cells.get("name", ["", ""])[1],
        cells=[*_deed(look, row), *(_cell(look, column, row, found) for column in columns)],
        fix_url=url_for("bulk.fix", **here),
        leave_out_url=url_for("bulk.leave_out", **here) if look.may_mend and not out and not done else None,
        take_back_url=url_for("bulk.take_back", **here) if look.may_mend and out else None,
        absent=bool(row.values.get("absent")),
    )


def _deed(look: Look, row: BatchRow) -> list[ShownCell]:
    """What is done for a row of a mixed batch stands before its cells."""
    if not look.kind.mixed:
        return []
    text = "" if row.state == RowState.WRONG else look.kind.deed(row, look.words)
    anchor = f"r{row.number}-{DEED}"
    return [ShownCell(DEED, _("办理"), text, anchor, None, None, "", (), None, None, "")]


def _cell(look: Look, column: Column, row: BatchRow, found: list[Problem]) -> ShownCell:
    raw = Cell(*row.cells.get(column.field, ("blank", "")))
    seen = raw.value if look.may_mend or not column.mask else column.mask(raw.value)
    wrong = next((p for p in found if p.field == column.field and p.level == "error"), None)
    noted = next((p for p in found if p.field == column.field and p.level == "note"), None)
    choices = look.options.get(column.field, ())
    if wrong and wrong.values.get("options") and choices:
        choices = [choice for choice in choices if choice[0] in wrong.values["options"]]
    mended = look.may_mend and row.state != RowState.LEFT_OUT
    text = shown_value(column, row, look.words)
    typed = look.typed.get(column.field)
    suggestion = _suggestion(look.kind, wrong or noted, look.words) if mended else None
    problem = (
        {"code": wrong.code, "sentence": sentence(wrong, seen, look.words), "level": "error"}
        if wrong
        else None
    )
    if typed is not None:
        problem = {"code": "E_CELL_CHANGED", "sentence": _changed(text), "level": "error"}
        label = dict(choices).get(typed, typed)
        suggestion = {"value": typed, "label": _("仍改为 %(label)s", label=label)} if typed else None
    open_ = look.may_mend and (wrong is not None or typed is not None)
    target = (suggestion or {}).get("field", column.field)
    return ShownCell(
        field=column.field,
        label=look.labels[column.field],
        text=text,
        anchor=f"r{row.number}-{column.field}",
        problem=problem,
        input=("select" if choices else "text") if open_ else None,
        value=(typed if typed is not None else _editable(raw)) if open_ else "",
        options=choices,
        suggestion=suggestion,
        note=_note(column, noted, raw.value, text, look.words) if noted and not problem else None,
        seen=fixing.seen(row, target) if open_ or suggestion else "",
        was=_was(column, row, look.words) if not problem else None,
    )


def _was(column: Column, row: BatchRow, words: Words) -> str | None:
    was = row.values.get("was", {})
    if column.field not in was:
        return None
    value = was[column.field]
    text = "" if value is None else words(column.field, value)
    return column.mask(text) if column.mask and text else text


def _changed(now: str) -> str:
    return _("刚刚有人把这一格改成了“%(now)s”，你填的还没有保存", now=now or "--")


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


def sentence(problem: Problem, raw: str, words: Words) -> str:
    return messages.sentence(problem.code, _said(problem, words), raw)


def _said(problem: Problem, words: Words) -> Shown:
    """The values of a problem's sentence, in words."""
    values = {
        name: words(name, value) if name == "looks" else value for name, value in problem.values.items()
    }
    if code := problem.values.get("operator_code"):
        values["reason"] = operator.reason(code)
    return values


def _note(column: Any, problem: Problem, raw: str, text: str, words: Words) -> Shown:
    before = (column.mask(raw) if column.mask and raw else raw) if problem.code not in _NO_BEFORE else None
    told = messages.cause(problem.code, _said(problem, words), raw)
    return {"before": before or None, "after": text, "sentence": told}


_NO_BEFORE = {
    "W_DOC_TYPE_INFERRED",
    "W_LINE_ENDS",
    "W_PLAN_REQUIRES",
    "W_DEPT_NEW",
    "W_COST_NEW",
    "W_PADDED",
    "W_FILLED_DOWN",
    "W_MERGED",
    "W_PLACEHOLDER",
    "W_RARE_CHAR",
    "W_ADDR_SHORT",
    "W_ICCID_LUHN",
    "W_ID_BIRTH_MISMATCH",
    "W_PHONE_SEGMENT",
}


def _suggestion(kind: UploadKind, problem: Problem | None, words: Words) -> Shown | None:
    if problem is None:
        return None
    if problem.code in ("E_DUP_ID", "E_DUP_BATCH", "E_HAS_LINE") and any(
        column.field == "second" for column in kind.columns
    ):
        return {"field": "second", "value": "是", "label": _("确实要再开一个")}
    suggested = problem.values.get("suggest")
    if not suggested:
        return None
    return {"value": suggested, "label": _("改为 %(label)s", label=words(problem.field, suggested))}


def errors(shown: Sequence[ShownRow]) -> list[Shown]:
    """The summary says the same words as the fields, and leads to them."""
    found = []
    for row in shown:
        for cell in row.cells:
            if cell.problem:
                where = {"n": row.number, "label": cell.label, "sentence": cell.problem["sentence"]}
                found.append(
                    {"sentence": _("第 %(n)s 行 %(label)s：%(sentence)s", **where), "anchor": cell.anchor}
                )
    return found
