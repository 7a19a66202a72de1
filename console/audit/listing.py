"""Reads for the page of the trail."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import defer

from console.audit.models import AuditEvent
from console.bulk.models import Batch
from console.core.clock import SHANGHAI
from console.core.db import session


def without_changes() -> Any:
    """A roster's event lists thousands of ids; a list of events does not load them."""
    return defer(AuditEvent.changes)


def by_or_in(text: str) -> Any:
    """The condition for events of a person of this name, or of a batch whose number begins so."""
    batches = select(Batch.id).where(Batch.number.startswith(text.upper(), autoescape=True))
    itself = and_(AuditEvent.entity == "batches", AuditEvent.entity_id.in_(batches))
    return or_(
        AuditEvent.actor_name.contains(text, autoescape=True), AuditEvent.batch_id.in_(batches), itself
    )


def since(day: date) -> Any:
    return AuditEvent.at >= _midnight(day)


def until(day: date) -> Any:
    """The day itself is still in it."""
    return AuditEvent.at < _midnight(day + timedelta(days=1))


def batch_of(event: AuditEvent) -> int | None:
    """The batch that the event belongs to, or tells of."""
    return event.entity_id if event.entity == "batches" else event.batch_id


def batch_numbers(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    return dict(session.execute(select(Batch.id, Batch.number).where(Batch.id.in_(wanted))).all())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
