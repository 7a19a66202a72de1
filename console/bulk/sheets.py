"""The workbooks that a batch gives out: template, results. Words in the reader's language."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from console.bulk import mending, presenting
from console.bulk.kind import Outcome, UploadKind
from console.bulk.models import Batch, BatchRow
from console.bulk.states import RowState
from console.core.db import session
from console.identifiers import numbers
from console.spreadsheets import templates, writing


def template(kind: UploadKind, company: str) -> bytes:
    """The sheet to fill in, with the company's own departments, plans and cost centres as drop-downs."""
    reference, names = kind.reference(), kind.price_labels()
    columns = tuple(
        templates.TemplateColumn(
            heading=str(column.label),
            hint=str(column.hint),
            required=column.required,
            width=column.width,
            text=True,
            choices=tuple(
                choice(column, value, label, names) for value, label in column.options(reference) if value
            )
            if column.options
            else None,
            example=column.example,
        )
        for column in kind.columns
    )
    return templates.template(
        templates.TemplateSpec(
            title=str(kind.title),
            columns=columns,
            kind=kind.slug,
            version=str(kind.version),
            company=company,
            labels=_labels(),
        )
    )


def choice(column: Any, value: str, label: str, names: dict[str, str]) -> str:
    """What stands in the drop-down must be understood when it comes back: the plan by its bare name."""
    if column.field in ("plan", "new_plan", "product"):
        return names.get(value, value)
    return label if column.field == "document_type" else value


def _labels() -> templates.TemplateLabels:
    return templates.TemplateLabels(
        table_sheet=_("名单"),
        guide_sheet=_("填写说明"),
        column=_("列名"),
        obligation=_("是否必填"),
        explanation=_("怎么填"),
        example=_("示例"),
        required=_("必填"),
        optional=_("选填"),
        choice_title=_("请从列表里选"),
        choice_error=_("这里只能填列表里的内容"),
    )


def results(batch: Batch, kind: UploadKind, *, in_full: bool) -> bytes:
    """Every row of the batch with what became of it; document numbers masked, and telephone numbers unless `in_full`."""
    kept = all_rows(batch, tuple(RowState))
    outcomes, words = outcomes_of(batch, kind, kept), kind.words()
    columns = [column for column in kind.columns if column.shown]
    headings = [_("行"), *(str(column.label) for column in columns), _("号码"), _("状态"), _("说明")]
    rows = []
    for row in kept:
        outcome = outcomes[row.id]
        shown = [mending.shown_value(column, row, words) or None for column in columns]
        pill = presenting.outcome_pill(outcome) if outcome else {"label": _("已移出")}
        told = presenting.explanation(outcome) if outcome and outcome.category != "wrong" else None
        msisdn = outcome.msisdn if outcome else None
        if msisdn and not in_full:
            msisdn = numbers.mask(msisdn)
        number = None if row.values.get("absent") else row.number
        rows.append([number, *shown, msisdn, str(pill["label"]), told])
    return writing.table(headings, rows, sheet_name=_("办理结果"))


def outcomes_of(batch: Batch, kind: UploadKind, kept: list[BatchRow]) -> dict[int, Any]:
    """Every row's outcome, also of rows that were not sent; None for those left out."""
    told = kind.outcomes(batch, [row for row in kept if row.state in (RowState.ORDERED, RowState.DONE)])
    found: dict[int, Any] = {}
    for row in kept:
        if row.state in (RowState.WRONG, RowState.READY):
            found[row.id] = Outcome("wrong", "wrong")
        elif row.state == RowState.LEFT_OUT:
            found[row.id] = None
        elif row.state == RowState.UNCHANGED:
            found[row.id] = Outcome("same", "same")
        else:
            found[row.id] = told.get(row.id) or Outcome("wait", "placed")
    return found


def all_rows(batch: Batch, states: tuple[RowState, ...]) -> list[BatchRow]:
    wanted = select(BatchRow).where(BatchRow.batch_id == batch.id, BatchRow.state.in_(states))
    return list(session.scalars(wanted.order_by(BatchRow.number)))
