"""What is added to the trail by hand: looks, which change no row that the session could notice."""

from typing import Any

from console.audit.models import AuditEvent
from console.core import acting, clock
from console.core.db import session


def record(action: str, entity: str, entity_id: int | None, changes: dict[str, Any]) -> None:
    """`changes` never holds what was seen, only which fields and why."""
    who = acting.current()
    session.add(
        AuditEvent(
            at=clock.now(),
            actor_id=who.actor.user_id,
            actor_name=who.actor.name,
            address=who.actor.address,
            task=who.task,
            batch_id=who.batch,
            action=action,
            entity=entity,
            entity_id=entity_id,
            changes=changes,
        )
    )
