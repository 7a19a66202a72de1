"""What people write to each other about a month, and about a question on one of its charges."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select

from console.accounts.models import User
from console.core import clock, permissions
from console.core.db import session
from console.core.errors import Conflict, NotFound
from console.core.permissions import Permission
from console.expenses import queries
from console.expenses.talk import Comment, Question
from console.notices import actions as notices

LONGEST = 500


def write(role: str, user_id: int, period: str, text: str, question_id: int | None = None) -> Comment:
    """Whoever has part in the talk is told. Raises NotFound when there is no such statement or question."""
    permissions.check(role, Permission.STATEMENTS_READ)
    question = session.get(Question, question_id) if question_id is not None else None
    if queries.in_force(period) is None or (
        question_id is not None and (question is None or question.period != period)
    ):
        raise NotFound
    told = {one.written_by for one in _of(period) if one.question_id == question_id}
    if question is not None:
        told |= {question.asked_by} | ({question.answered_by} if question.answered_by else set())
    comment = Comment(
        period=period, question_id=question_id, text=text[:LONGEST], written_by=user_id, written_at=clock.now()
    )  # fmt: skip
    session.add(comment)
    by = session.get_one(User, user_id).name
    for other in sorted(told - {user_id}):
        notices.tell(other, "COMMENTED", title=period, by=by)
    return comment


def remove(role: str, user_id: int, comment_id: int) -> Comment:
    """One's own; raises Conflict E_COMMENT_OF_OTHERS."""
    permissions.check(role, Permission.STATEMENTS_READ)
    comment = session.get(Comment, comment_id)
    if comment is None:
        raise NotFound
    if comment.written_by != user_id:
        raise Conflict("E_COMMENT_OF_OTHERS")
    session.delete(comment)
    return comment


def shown(period: str, user_id: int) -> dict[int | None, list[dict[str, Any]]]:
    """Question, or None for the month as such → what was written, in its order."""
    wanted = (
        select(Comment, User.name)
        .join(User, User.id == Comment.written_by)
        .where(Comment.period == period)
        .order_by(Comment.id)
    )
    found: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for comment, name in session.execute(wanted):
        found[comment.question_id].append(
            {
                "id": comment.id,
                "text": comment.text,
                "by": name,
                "when": comment.written_at,
                "own": comment.written_by == user_id,
            }
        )
    return found


def _of(period: str) -> list[Comment]:
    return list(session.scalars(select(Comment).where(Comment.period == period)))
