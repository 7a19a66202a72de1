"""What is done to messages: told, read."""

from typing import Any

from sqlalchemy import select, update

from console.accounts.models import User
from console.core import clock
from console.core.db import session
from console.core.permissions import Permission, Role, allows
from console.notices.models import Notice


def tell(user_id: int, code: str, batch_id: int | None = None, **values: Any) -> None:
    """`code` and `values` as in messages.sentence()."""
    session.add(Notice(user_id=user_id, code=code, values=values, batch_id=batch_id, at=clock.now()))


def tell_all(permission: Permission, code: str, but: int | None = None, **values: Any) -> None:
    """Everybody who may do something about it, `but` whoever knows already."""
    for user, role in session.execute(select(User.id, User.role).where(User.enabled)):
        if user != but and allows(Role(role), permission):
            tell(user, code, **values)


def mark_read(user_id: int) -> None:
    session.execute(
        update(Notice)
        .where(Notice.user_id == user_id, Notice.read_at.is_(None))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )
