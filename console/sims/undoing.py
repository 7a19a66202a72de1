"""Undoing a batch: what waits at the operator is taken back, what is done is undone within a day by a batch of its own."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from console.bulk import actions as batches
from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow
from console.bulk.states import RowState
from console.core import clock, permissions
from console.core.db import session
from console.core.errors import Conflict
from console.core.permissions import Permission
from console.orders import queries as order_queries
from console.orders import steering
from console.orders.models import Order
from console.orders.states import OrderState
from console.sims import queries
from console.sims.models import Line
from console.sims.rules import Work
from console.spreadsheets import writing

WITHIN = timedelta(hours=24)
WORK_NAMES = {
    "resume": "复机", "suspend": "停机保号", "report-lost": "挂失", "data-limits": "流量限额", "remove-products": "退包",
}  # fmt: skip
"""As the column 业务 of the mixed kind has them."""
BEYOND = {"CUT": "断网", "THROTTLE": "限速"}
"""What happens at the limit, as the column 到限后 has it."""
ONCE_FOR_ALL = {
    Work.ACTIVATE.value: "E_UNDO_OPENED",
    Work.CHANGE_PLAN.value: "E_UNDO_PLAN",
    Work.CHANGE_USER.value: "E_UNDO_USER",
    Work.REMOVE_PRODUCT.value: "E_UNDO_PRODUCT",
    Work.REPLACE_SIM.value: "E_UNDO_CARD",
    Work.TERMINATE.value: "E_UNDO_END",
}
"""Why something cannot be undone once it is done."""


@dataclass
class Undoing:
    """What can be undone of a batch, and how; `impossible` counts the reasons for the rest."""

    back: list[int] = field(default_factory=list)
    """Orders that wait at the operator for their day."""
    rows: list[dict[str, str]] = field(default_factory=list)
    """Of the batch that undoes the others: column → what is written there."""
    kind: str = ""
    impossible: Counter[str] = field(default_factory=Counter)

    @property
    def possible(self) -> int:
        return len(self.back) + len(self.rows)


def in_time(batch: Batch) -> bool:
    """Only what was confirmed within the last day, and by something that was carried out.

    What waits at the operator for its day can be taken back until that day.
    """
    return batch.confirmed_at is not None and clock.now() - batch.confirmed_at < WITHIN


def look(batch: Batch) -> Undoing:
    """Reads only. A few queries, however many rows."""
    found, late = Undoing(), not in_time(batch)
    wanted = select(BatchRow).where(
        BatchRow.batch_id == batch.id, BatchRow.state.in_((RowState.ORDERED, RowState.DONE))
    )
    rows = list(session.scalars(wanted.order_by(BatchRow.number)))
    placed = order_queries.of_rows(batch.id, [row.id for row in rows if row.state == RowState.ORDERED])
    numbers = _numbers({order.line_id for order in placed.values()})
    for row in rows:
        if order := placed.get(row.id):
            _undo_order(found, row, order, numbers.get(order.line_id, ""), late=late)
        elif row.state == RowState.DONE and not late:
            _undo_books(found, batch, row)
    slugs = {one["slug"] for one in found.rows}
    found.kind = next(iter(slugs)) if len(slugs) == 1 else "several" if slugs else ""
    return found


def _numbers(line_ids: set[int]) -> dict[int, str]:
    """Line → its number."""
    wanted = select(Line.id, Line.number_id).where(Line.id.in_(line_ids))
    of_line: dict[int, int] = {line: number for line, number in session.execute(wanted)}
    msisdns = queries.msisdns(set(of_line.values()))
    return {line: msisdns[number] for line, number in of_line.items()}


def _undo_order(found: Undoing, row: BatchRow, order: Order, msisdn: str, *, late: bool) -> None:
    if order.state == OrderState.ACCEPTED and order.effective_on and order.effective_on > clock.today():
        found.back.append(order.id)
        return
    if order.state != OrderState.DONE or late:
        return
    if reason := ONCE_FOR_ALL.get(order.kind):
        found.impossible[reason] += 1
        return
    cells = _opposite(order.kind, row.values)
    if cells is None:
        found.impossible["E_UNDO_PACK"] += 1
    else:
        found.rows.append(cells | {"msisdn": msisdn})


def _opposite(kind: str, values: dict[str, Any]) -> dict[str, str] | None:
    """What is written to undo an order that is done."""
    if kind in (Work.SUSPEND, Work.REPORT_LOST):
        return {"slug": "resume"}
    if kind == Work.RESUME:
        return {"slug": "report-lost" if values.get("was_lost") else "suspend"}
    if kind in (Work.SET_DATA_LIMIT, Work.CLEAR_DATA_LIMIT):
        before = (values.get("was") or {}).get("limit")
        if not before:
            return {"slug": "data-limits", "limit": "不限"}
        beyond = BEYOND.get(values.get("beyond_before") or "", "")
        return {"slug": "data-limits", "limit": f"{before}MB", "beyond": beyond}
    if kind == Work.ADD_PRODUCT and values.get("product"):
        return {"slug": "remove-products", "product": str(values["product"])}
    return None


def _undo_books(found: Undoing, batch: Batch, row: BatchRow) -> None:
    """People who were moved go back to where they were, when the books said where."""
    was = row.values.get("was") or {}
    back = {name: was[name] for name in ("department", "cost_center") if was.get(name)}
    if batch.kind != "move-people":
        found.impossible["E_UNDO_BOOKS"] += 1
    elif not back:
        found.impossible["E_UNDO_NOWHERE"] += 1
    else:
        found.rows.append({"slug": batch.kind, "employee_number": row.values["employee_number"], **back})


def undo(role: str, user_id: int, batch_id: int) -> tuple[Batch | None, int]:
    """The batch that undoes what was done, to be looked at and confirmed like any other, and how many are taken back.

    Raises Conflict E_UNDO_NOTHING, and what batches.receive() raises.
    """
    permissions.check(role, Permission.BATCHES_CONFIRM)
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    permissions.check(role, KINDS[batch.kind].permission)
    found = look(batch)
    if not found.possible:
        raise Conflict("E_UNDO_NOTHING")
    steering.ask_back(found.back)
    if not found.rows:
        return None, len(found.back)
    headings, rows = _sheet(found)
    name = _("撤回 %(title)s", title=batch.title)
    received = batches.receive(role, user_id, found.kind, f"{name}.xlsx", writing.table(headings, rows), {})
    assert isinstance(received, Batch), "what we write ourselves is no repair workbook"
    received.parent_id = batch.id
    return received, len(found.back)


def _sheet(found: Undoing) -> tuple[list[str], list[list[str]]]:
    columns = list(_columns(found))
    labels = {column.field: str(column.label) for column in KINDS[found.kind].columns}
    rows = [
        [WORK_NAMES[one["slug"]] if name == "work" else one.get(name, "") for name in columns]
        for one in found.rows
    ]
    return [labels[name] for name in columns], rows


def _columns(found: Undoing) -> Iterator[str]:
    if found.kind == "several":
        yield "work"
    used = {name for one in found.rows for name in one if name != "slug"}
    yield from (column.field for column in KINDS[found.kind].columns if column.field in used)
