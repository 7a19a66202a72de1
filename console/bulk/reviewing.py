"""The check page: figures, groups, rows and what follows from a confirmation, whole or as the answer to a fix."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from console.bulk import (
    barring,
    costs,
    deeds,
    fixing,
    grouping,
    mending,
    messages,
    papers,
    presenting,
    queries,
    steering,
    steps,
    vouching,
)
from console.bulk.grouping import Group
from console.bulk.kind import KINDS, UploadKind
from console.bulk.models import Batch, BatchRow
from console.bulk.presenting import Shown
from console.bulk.queries import Tally
from console.bulk.states import BatchState, RowState
from console.core import clock

TABS = ("wrong", "ready", "notes", "left_out")
MOST_TOLD = 10


@dataclass(frozen=True)
class Asked:
    """Which part of the page somebody wants to see; `lines` is the page of equal cells."""

    tab: str
    code: str | None
    page: int
    lines: int = 1


@dataclass(frozen=True)
class May:
    """Who may not mend sees no cell whole, also not the wrong ones."""

    mend: bool
    confirm: bool
    accept: bool = False
    """Say that people leave whom the file does not mention."""


def page(batch: Batch, asked: Asked, may: May) -> Shown:
    """Everything on the page, from the database as it is now."""
    view = _View.of(batch, asked, may)
    total, found = queries.rows(batch.id, view.tab, asked.page, asked.code)
    look = mending.Look.of(batch, view.kind, view.reference, may_mend=may.mend)
    rows = mending.rows(look, found)
    first = view.tab == "wrong" and asked.page == 1 and not asked.code
    told = rows[:MOST_TOLD] if first else None
    return _figures(view, look, told) | {
        "batch": presenting.head(batch, view.tally),
        "batches_url": url_for("bulk.batches"),
        "upload_url": url_for("bulk.upload", kind=batch.kind),
        "columns": [{"field": cell.field, "label": cell.label} for cell in rows[0].cells] if rows else [],
        "rows": rows,
        "pager": presenting.pager(asked.page, total, lambda n: url_for("bulk.check", **view.here, page=n)),
        "mapping": _mapping(batch, view.kind),
        "mapping_url": url_for("bulk.questions", batch_id=batch.id) if batch.layout else None,
        "unused": batch.unused,
        "file_notes": [text for code, values in batch.notes if (text := messages.file_note(code, values))],
        "workbook_url": url_for("bulk.repair_workbook", batch_id=batch.id) if may.mend else None,
        "repair_url": url_for("bulk.correct", batch_id=batch.id) if may.mend else None,
    }


def after(
    batch: Batch, asked: Asked, may: May, row: BatchRow, fields: list[str], typed: Mapping[str, str] | None
) -> Shown:
    """The answer to a change in one row: the row, with the columns of the table it stands in, and all figures.

    `typed` is what could not be saved, because somebody else was quicker.
    """
    view = _View.of(batch, asked, may)
    look = mending.Look.of(batch, view.kind, view.reference, may_mend=may.mend, typed=typed)
    return _figures(view, look, None) | {"row": mending.rows(look, [row], fields)[0]}


@dataclass(frozen=True)
class _View:
    """A batch as one person looks at it."""

    batch: Batch
    kind: UploadKind
    reference: Any
    tally: Tally
    tab: str
    asked: Asked
    may: May

    @classmethod
    def of(cls, batch: Batch, asked: Asked, may: May) -> "_View":
        kind, tally = KINDS[batch.kind], queries.tally(batch.id)
        wrong, ready = tally.of(RowState.WRONG), tally.of(RowState.READY)
        tab = asked.tab if asked.tab in (*TABS, *deeds.TABS) else "wrong" if wrong or not ready else "ready"
        return cls(batch, kind, kind.reference(), tally, tab, asked, may)

    @property
    def here(self) -> Shown:
        return {"batch_id": self.batch.id, "tab": self.tab, "code": self.asked.code}


def _figures(view: _View, look: mending.Look, told: list[mending.ShownRow] | None) -> Shown:
    """All that follows from the rows: counts, groups, money, the confirmation and the last step."""
    batch, tally, may = view.batch, view.tally, view.may
    wrong, ready = tally.of(RowState.WRONG), tally.of(RowState.READY)
    notes = queries.notes_count(batch.id)
    groups = grouping.by_code(batch.id, "error") if wrong else []
    if told is None:
        told = mending.rows(look, queries.first_wrong(batch.id, MOST_TOLD)) if wrong else []
    errors = mending.errors(told)[:MOST_TOLD]
    return {
        "tab": view.tab,
        "code": view.asked.code,
        "tabs": _tabs(batch, tally, notes),
        "leaving": deeds.leaving(batch, may_accept=may.accept, may_mend=may.mend),
        "tally": {"ready": ready, "wrong": wrong, "notes": notes, "left_out": tally.of(RowState.LEFT_OUT)},
        "groups": _groups(view, look, groups),
        "errors": errors,
        "more_errors": max(0, sum(group.cells for group in groups) - len(errors)),
        "money": (deeds if view.kind.mixed else presenting).money(batch, view.kind, ready),
        "confirm": _confirm(batch, ready, wrong, may_confirm=may.confirm),
        "step": _step(view) if may.mend else None,
        "people": people_asked(batch, may_mend=may.mend),
        "papers": papers.count(batch.id) if wrong and may.mend else 0,
        "papers_url": url_for("bulk.papers", batch_id=batch.id),
        "withdraw_url": url_for("bulk.withdraw", batch_id=batch.id)
        if may.mend and batch.state == BatchState.CHECKED
        else None,
    }


def people_asked(batch: Batch, *, may_mend: bool) -> Shown | None:
    """How far the operator was asked about the people of the roster; None where nobody is asked about."""
    found = vouching.progress(batch)
    if not found.people:
        return None
    return {
        "people": found.people,
        "asked": found.asked,
        "running": found.running and found.asked < found.people,
        "moving": found.moving and found.asked < found.people,
        "percent": 100 * found.asked // found.people,
        "url": url_for("bulk.people", batch_id=batch.id),
        "ask_url": url_for("bulk.ask_people", batch_id=batch.id) if may_mend else None,
    }


def _groups(view: _View, look: mending.Look, groups: list[Group]) -> Shown:
    """By what to do; what stops a row apart from what would be made anew."""
    batch, tab, code = view.batch, view.tab, view.asked.code
    wrong, noted = tab == "wrong", tab == "notes"
    shown = grouping.by_code(batch.id, "note") if noted else groups if wrong else []
    if not view.may.mend or tab == "left_out":
        return {
            "chips": grouping.chips(batch, tab, shown, code),
            "suggestions": [],
            "equal": None,
            "doubtful": None,
        }
    page = view.asked.lines
    equal = grouping.alike(batch.id, "error", page) if wrong and groups else []
    doubtful = grouping.alike(batch.id, "note", page if noted else 1, all_notes=noted)
    return {
        "chips": grouping.chips(batch, tab, shown, code),
        "suggestions": grouping.suggestions(batch, groups) if wrong else [],
        "equal": grouping.lines(look, equal, view.here, page),
        "doubtful": grouping.lines(look, doubtful, view.here | {"tab": "notes"}, page if noted else 1),
    }


def _step(view: _View) -> Shown | None:
    """「撤销上一步：第 5 行 套餐」, and to remember what it meant."""
    batch = view.batch
    step = steps.latest(batch.id)
    if step is None:
        return None
    labels = {column.field: str(column.label) for column in view.kind.columns}
    offer = fixing.to_remember(batch, view.reference)
    look = view.kind.words() if offer else None
    return {
        "id": step.id,
        "label": _step_words(step.kind, step.number, step.count, labels.get(step.field or "")),
        "by": presenting.names_of([step.by]).get(step.by or 0, ""),
        "url": url_for("bulk.undo", batch_id=batch.id),
        "remember": {"written": offer[1], "value": look(offer[0], offer[2])} if offer and look else None,
        "remember_url": url_for("bulk.remember", batch_id=batch.id),
    }


def _step_words(kind: str, number: int | None, count: int, column: str | None) -> str:
    where = _("第 %(n)s 行", n=number) if number else _("%(n)s 行", n=count)
    if kind == steps.LEFT_OUT:
        return _("移出%(where)s", where=where)
    if kind == steps.TAKEN_BACK:
        return _("放回%(where)s", where=where)
    if kind == steps.MERGED:
        return _("合并修正表：%(where)s", where=where)
    return f"{where} {column}" if column else where


def _confirm(batch: Batch, ready: int, wrong: int, *, may_confirm: bool) -> Shown:
    blocked, barred = None, None
    if not ready:
        blocked = _("还没有可以办理的行")
    elif not may_confirm:
        blocked = _("你的角色不能确认办理，请联系主管理员")
    else:
        barred = barring.sentence(batch)
        blocked = deeds.blocked(batch) or barred
    return {
        "count": ready,
        "rest": wrong,
        "url": url_for("bulk.confirm", batch_id=batch.id),
        "shown": queries.shown(batch.id),
        "seen": presenting.seen(costs.total(batch.id)),
        "today": str(clock.today()),
        "last_day": str(clock.today() + steering.LONGEST_PLAN),
        "next_cycle": clock.next_cycle(clock.today()),
        "label": _("确认办理 %(n)s 人", n=ready),
        "blocked": blocked,
        "ask_again_url": url_for("bulk.ask_standing", batch_id=batch.id) if barred else None,
    }


def _mapping(batch: Batch, kind: UploadKind) -> list[Shown]:
    labels = {column.field: str(column.label) for column in (*kind.columns, *kind.witnesses)}
    return [
        {"heading": heading, "label": labels.get(field, field)} for field, heading in batch.headings.items()
    ]


def _tabs(batch: Batch, tally: Tally, notes: int) -> list[Shown]:
    counts = {
        "wrong": (tally.of(RowState.WRONG), _("需要修正")),
        "ready": (tally.of(RowState.READY), _("可以办理")),
        "notes": (notes, _("已自动整理")),
        "left_out": (tally.of(RowState.LEFT_OUT), _("已移出")),
    }
    shown = [
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
    # What is done for the ready rows stands beside them.
    return [*shown[:2], *deeds.tabs(batch), *shown[2:]]
