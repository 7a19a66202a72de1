"""What the operator calls back with: kept as it came, each once, until it is applied."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update

from console.core import acting, clock, db, queue
from console.core.db import session
from console.orders.models import OperatorEvent

AT_ONCE = 500


def store_event(event_id: str, payload: dict[str, Any]) -> bool:
    """Keep a call-back as it came; False when it was here already."""
    known = session.scalar(select(func.count(OperatorEvent.id)).where(OperatorEvent.event_id == event_id))
    if known:
        return False
    session.add(OperatorEvent(event_id=event_id, payload=payload, received_at=clock.now()))
    queue.enqueue(queue.Job.APPLY_EVENTS, acting.company())
    return True


def store_events(events: Mapping[str, dict[str, Any]]) -> int:
    """The same for many by their id, as the operator's feed has them; how many were new."""
    known = set(
        session.scalars(select(OperatorEvent.event_id).where(OperatorEvent.event_id.in_(list(events))))
    )
    now = clock.now()
    fresh = [
        {"event_id": id_, "payload": payload, "received_at": now}
        for id_, payload in events.items()
        if id_ not in known
    ]
    if fresh:
        db.insert_many(OperatorEvent, fresh)
        queue.enqueue(queue.Job.APPLY_EVENTS, acting.company())
    return len(fresh)


def waiting_events() -> list[OperatorEvent]:
    wanted = select(OperatorEvent).where(OperatorEvent.applied_at.is_(None)).order_by(OperatorEvent.id)
    return list(session.scalars(wanted.limit(AT_ONCE).with_for_update(skip_locked=True)))


def events_applied(events: list[OperatorEvent]) -> None:
    ids = [event.id for event in events]
    session.execute(update(OperatorEvent).where(OperatorEvent.id.in_(ids)).values(applied_at=clock.now()))
