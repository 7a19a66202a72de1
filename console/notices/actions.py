"""What is done to messages: told, read."""

from typing import Any

from sqlalchemy import update

from console.core import clock
from console.core.db import session
from console.notices.models import Notice


def tell(user_id: int, code: str, batch_id: int | None = None, **values: Any) -> None:
    """`code` and `values` as in messages.sentence()."""
    session.add(Notice(user_id=user_id, code=code, values=values, batch_id=batch_id, at=clock.now()))


def mark_read(user_id: int) -> None:
    session.execute(
        update(Notice)
        .where(Notice.user_id == user_id, Notice.read_at.is_(None))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )
