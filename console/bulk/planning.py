"""What is planned: batches that wait for their day, and what waits at the operator for the day on which it takes effect."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from console.bulk import presenting, queries
from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow
from console.bulk.presenting import Shown
from console.bulk.states import BatchState, RowState
from console.core import clock
from console.core.db import session
from console.identifiers.amounts import yuan
from console.orders.models import Order
from console.orders.states import OrderState


def page(*, may_steer: bool) -> Shown:
    """By day, the nearest first: each with its countdown, its batches, and what the operator keeps until then."""
    batches, waiting = _batches(), _waiting()
    days = sorted({*(batch.run_on for batch in batches if batch.run_on), *(day for day, _rest in waiting)})
    return {
        "days": [
            {
                "day": day,
                "countdown": countdown(day),
                "until": _("可撤回至 %(day)s 24:00", day=f"{day - timedelta(days=1):%m-%d}"),
                "batches": [one for one in _shown(batches, may_steer=may_steer) if one["day"] == day],
                "waiting": [one for on, one in waiting if on == day],
            }
            for day in days
        ],
        "batches_url": url_for("bulk.batches"),
        "upload_url": url_for("bulk.upload"),
    }


def countdown(day: date) -> str:
    """「还有 3 天」."""
    left = (day - clock.today()).days
    return _("明天") if left == 1 else _("今天") if left <= 0 else _("还有 %(n)s 天", n=left)


def _batches() -> Sequence[Batch]:
    wanted = select(Batch).where(Batch.state == BatchState.SCHEDULED).order_by(Batch.run_on, Batch.id)
    return list(session.scalars(wanted))


def _shown(batches: Sequence[Batch], *, may_steer: bool) -> list[Shown]:
    ids = [batch.id for batch in batches]
    counted, money = queries.tallies(ids), _monthly(ids)
    people = presenting.names_of({batch.confirmed_by for batch in batches})
    return [
        {
            "day": batch.run_on,
            "title": batch.title,
            "number": batch.number,
            "kind": KINDS[batch.kind].short,
            "rows": counted[batch.id].total,
            "monthly": yuan(money.get(batch.id, 0), sign=True),
            "by": people.get(batch.confirmed_by or 0, ""),
            "url": url_for("bulk.batch", batch_id=batch.id),
            "take_back_url": url_for("bulk.take_back_plan", batch_id=batch.id) if may_steer else None,
        }
        for batch in batches
    ]


def _monthly(ids: Sequence[int]) -> dict[int, int]:
    """Batch → 分 that its confirmed rows change each month."""
    wanted = (
        select(BatchRow.batch_id, func.sum(BatchRow.monthly_fen))
        .where(BatchRow.batch_id.in_(ids), BatchRow.state == RowState.CONFIRMED)
        .group_by(BatchRow.batch_id)
    )
    return {batch: int(fen) for batch, fen in session.execute(wanted)}


def _waiting() -> list[tuple[date, Shown]]:
    """Orders that the operator has accepted for a later day, by day and batch."""
    later = (Order.state == OrderState.ACCEPTED, Order.effective_on > clock.today())
    wanted = (
        select(Order.effective_on, Order.batch_id, func.count(Order.id))
        .where(*later, Order.batch_id.is_not(None))
        .group_by(Order.effective_on, Order.batch_id)
        .order_by(Order.effective_on, Order.batch_id)
    )
    found: list[Any] = list(session.execute(wanted))
    batches = {
        one.id: one for one in session.scalars(select(Batch).where(Batch.id.in_({row[1] for row in found})))
    }
    return [
        (
            day,
            {
                "title": batches[batch_id].title,
                "number": batches[batch_id].number,
                "kind": KINDS[batches[batch_id].kind].short,
                "count": count,
                "url": url_for("bulk.batch", batch_id=batch_id),
                "undo_url": url_for("undo.index", batch=batch_id),
            },
        )
        for day, batch_id, count in found
    ]
