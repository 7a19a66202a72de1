"""Reads of messages."""

from sqlalchemy import func, select

from console.core.db import session
from console.notices.models import Notice

SHOWN = 50


def unread(user_id: int) -> int:
    wanted = select(func.count(Notice.id)).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    return session.scalar(wanted) or 0


def latest(user_id: int) -> list[Notice]:
    wanted = select(Notice).where(Notice.user_id == user_id).order_by(Notice.id.desc()).limit(SHOWN)
    return list(session.scalars(wanted))
