"""What pages show of a batch: its state in words, its rows, its money. Text in the reader's language; no HTTP."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from console.accounts.models import User
from console.bulk import messages, queries
from console.bulk.kind import KINDS, Outcome, UploadKind
from console.bulk.models import Batch, BatchRow, Problem
from console.bulk.queries import Tally
from console.bulk.states import BatchState, RowState
from console.core import clock
from console.core.db import session
from console.orders import messages as operator
from console.spreadsheets.cells import Cell

Shown = dict[str, Any]
Words = Callable[[str, Any], str]


def pill(tone: str, icon: str, label: str) -> Shown:
    return {"tone": tone, "icon": icon, "label": label}


def batch_pill(batch: Batch, tally: Tally) -> Shown:
    """One state for header, list, chip and home (DESIGN 4); never green when something failed."""
    wrong, ready = tally.of(RowState.WRONG), tally.of(RowState.READY)
    plain = {
        BatchState.RECEIVED: pill("run", "i-spin", _("核对中")),
        BatchState.CHECKING: pill("run", "i-spin", _("核对中")),
        BatchState.REFUSED: pill("danger", "i-bad", _("没有读成")),
        BatchState.WITHDRAWN: pill("", "i-x", _("已撤回")),
        BatchState.EXPIRED: pill("", "i-x", _("已过期")),
    }
    state = BatchState(batch.state)
    if state in plain:
        return plain[state]
    if state is BatchState.CHECKED:
        if wrong:
            return pill("warn", "i-warn", _("待修正"))
        return pill("", "i-clock", _("待确认") if ready else _("没有可办的行"))
    if state is BatchState.RUNNING:
        return pill("run", "i-spin", _("办理中 %(percent)s%%", percent=tally.percent))
    if tally.ok == 0:
        return pill("danger", "i-bad", _("未办成"))
    if tally.bad or wrong or ready:
        everyone = tally.total + wrong + ready
        return pill("warn", "i-warn", _("部分完成 %(ok)s/%(total)s", ok=tally.ok, total=everyone))
    return pill("ok", "i-ok", _("已完成"))


def batch_url(batch: Batch) -> str:
    """The page on which there is something to see or to do."""
    page = {
        BatchState.CHECKED: "bulk.check",
        BatchState.RUNNING: "bulk.batch",
        BatchState.FINISHED: "bulk.batch",
    }
    return url_for(page.get(BatchState(batch.state), "bulk.checking"), batch_id=batch.id)


def summaries(batches: Sequence[Batch]) -> list[Shown]:
    """For lists: one query for the counts and one for the names, however many."""
    counted = queries.tallies([batch.id for batch in batches])
    people = names_of({batch.submitted_by for batch in batches})
    return [summary(batch, counted[batch.id], people.get(batch.submitted_by, "")) for batch in batches]


def summary(batch: Batch, tally: Tally, by: str = "") -> Shown:
    kind = KINDS.get(batch.kind)
    return {
        "url": batch_url(batch),
        "title": batch.title,
        "number": batch.number,
        "kind_title": kind.short if kind else batch.kind,
        "rows": tally.total or batch.rows_total or None,
        "pill": batch_pill(batch, tally),
        "by": by,
        "when": batch.created_at,
        "filename": batch.title,
    }


def names_of(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = [id_ for id_ in ids if id_ is not None]
    return {id_: name for id_, name in session.execute(select(User.id, User.name).where(User.id.in_(wanted)))}


def head(batch: Batch, tally: Tally) -> Shown:
    kind = KINDS[batch.kind]
    by = names_of([batch.submitted_by, batch.confirmed_by])
    return {
        "id": batch.id,
        "number": batch.number,
        "title": batch.title,
        "kind": batch.kind,
        "kind_title": kind.short,
        "filename": batch.file.name,
        "rows_total": batch.rows_total,
        "columns_total": batch.columns_total,
        "url": batch_url(batch),
        "pill": batch_pill(batch, tally),
        "submitted_by": by.get(batch.confirmed_by or batch.submitted_by, ""),
        "submitted_at": batch.confirmed_at or batch.created_at,
    }


def yuan(fen: int, *, sign: bool = False) -> str:
    plus = ("+" if fen >= 0 else "-") if sign else ("-" if fen < 0 else "")
    return f"{plus}¥{abs(fen) // 100:,}.{abs(fen) % 100:02}"


def money(batch: Batch, kind: UploadKind, ready: int) -> Shown | None:
    """「确认后会发生什么」: exactly what the digest of the confirm button covers."""
    if not ready:
        return None
    priced = queries.money(batch.id)
    if not priced:
        lines = [{"label": _("写入花名册"), "sub": None, "amount": _("%(n)s 人", n=ready), "strong": True}]
        return {"lines": lines, "hint": _("只改花名册，不办理业务，不产生费用")}
    names = plan_names(kind, [key for key, *_rest in priced])
    lines = [{"label": _("新开号码"), "sub": None, "amount": _("+%(n)s 个", n=ready), "strong": False}]
    lines += [
        {
            "label": names[key],
            "sub": _("%(n)s 人", n=count),
            "amount": yuan(monthly, sign=True),
            "strong": False,
        }
        for key, count, monthly, _cycle in priced
    ]
    today = clock.today()
    last = _month_end(today)
    lines.append(
        _line(_("每月增加"), None, yuan(sum(monthly for _k, _n, monthly, _c in priced)), strong=True)
    )
    days = _(
        "%(first)s ～ %(last)s，%(n)s 天",
        first=f"{today:%m-%d}",
        last=f"{last:%m-%d}",
        n=(last - today).days + 1,
    )
    lines.append(_line(_("本账期按天计"), days, yuan(sum(cycle for _k, _n, _m, cycle in priced))))
    lines += [_line(str(label), None, text) for label, text in kind.preview(ready)]
    return {"lines": lines, "hint": _("现有号码不受影响。确认前什么都不会改变，也不产生费用")}


def _line(label: str, sub: str | None, amount: str, *, strong: bool = False) -> Shown:
    return {"label": label, "sub": sub, "amount": amount, "strong": strong}


def _month_end(day: Any) -> Any:
    return day.replace(day=monthrange(day.year, day.month)[1])


def plan_names(kind: UploadKind, keys: Sequence[str]) -> dict[str, str]:
    labels = kind.price_labels()
    return {key: labels.get(key, key) for key in keys}


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


def pager(page: int, total: int, address: Any) -> Shown:
    pages = max(1, -(-total // queries.PAGE))
    return {
        "page": page,
        "pages": pages,
        "total": total,
        "first": (page - 1) * queries.PAGE + 1,
        "last": min(page * queries.PAGE, total),
        "url": address,
    }


def check_rows(batch: Batch, kind: UploadKind, kept: Sequence[BatchRow], reference: Any) -> list[Shown]:
    """Rows of the check page; a faulty cell shows what stood there, every other cell is masked."""
    found = queries.problems([row.id for row in kept])
    fields = shown_fields(kind, found)
    options = {column.field: list(column.options(reference)) for column in kind.columns if column.options}
    words = kind.words()
    return [_check_row(batch, kind, row, found[row.id], fields, options, words) for row in kept]


def shown_fields(kind: UploadKind, found: Mapping[int, list[Problem]]) -> list[str]:
    """The columns that tell rows apart, and every column in which something was found."""
    faulty = {problem.field for problems in found.values() for problem in problems}
    return [column.field for column in kind.columns if column.shown or column.field in faulty]


def _check_row(
    batch: Batch,
    kind: UploadKind,
    row: BatchRow,
    found: list[Problem],
    fields: list[str],
    options: Shown,
    words: Words,
) -> Shown:
    shown = [column for column in kind.columns if column.field in fields]
    cells = [_check_cell(kind, column, row, found, options, words) for column in shown]
    out = row.state == RowState.LEFT_OUT
    return {
        "id": row.id,
        "number": row.number,
        "name": row.values.get("name") or row.cells.get("name", ["", ""])[1],
        "cells": cells,
        "fix_url": url_for("bulk.fix", batch_id=batch.id, row_id=row.id),
        "leave_out_url": None if out else url_for("bulk.leave_out", batch_id=batch.id, row_id=row.id),
        "take_back_url": url_for("bulk.take_back", batch_id=batch.id, row_id=row.id) if out else None,
    }


def _check_cell(
    kind: UploadKind, column: Any, row: BatchRow, found: list[Problem], options: Shown, words: Words
) -> Shown:
    raw = Cell(*row.cells.get(column.field, ("blank", "")))
    wrong = next((p for p in found if p.field == column.field and p.level == "error"), None)
    noted = next((p for p in found if p.field == column.field and p.level == "note"), None)
    choices = options.get(column.field)
    if wrong and wrong.values.get("options") and choices:
        choices = [choice for choice in choices if choice[0] in wrong.values["options"]]
    text = shown_value(column, row, words)
    return {
        "field": column.field,
        "label": str(column.label),
        "text": text,
        "anchor": f"r{row.number}-{column.field}",
        "problem": _problem(wrong, raw.value, words) if wrong else None,
        "input": ("select" if choices else "text") if wrong else None,
        "value": _editable(raw) if wrong else "",
        "options": choices or [],
        "suggestion": _suggestion(kind, wrong or noted, words) if row.state != RowState.LEFT_OUT else None,
        "note": _note(column, noted, raw.value, text, words) if noted and not wrong else None,
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


def groups(batch: Batch) -> list[Shown]:
    """The blocking problems by what is to be done about them."""
    return [
        {
            "code": code,
            "title": str(messages.ROWS[code].title),
            "count": count,
            "remedy": str(messages.ROWS[code].remedy),
            "url": url_for("bulk.check", batch_id=batch.id, tab="wrong", code=code),
            "apply": _group_apply(batch, code, suggested),
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


def outcome_pill(outcome: Outcome) -> Shown:
    return {
        "ok": pill("ok", "i-ok", _("成功")),
        "bad": pill("danger", "i-bad", _("失败")),
        "run": pill("run", "i-spin", _("办理中")),
        "wait": pill("", "i-clock", _("等待")),
        "wrong": pill("warn", "i-warn", _("待修正")),
    }[outcome.category]


def explanation(outcome: Outcome) -> str:
    return operator.reason(outcome.error) if outcome.category == "bad" else operator.stage(outcome.code)
