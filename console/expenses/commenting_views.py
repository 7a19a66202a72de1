"""The forms with which people write on a month or on a question, and take back what they wrote."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.core.db import transaction
from console.core.listing import LARGEST_ID
from console.core.web import ConsoleView, written
from console.expenses import commenting, rules


class CommentPages(ConsoleView):
    @expose("/<period>/comments", methods=["POST"])
    def comment(self, period: str) -> Any:
        if not rules.is_period(period):
            abort(404)
        text = written("text", commenting.LONGEST)
        question = request.form.get("question", type=int)
        if question is not None and not 0 < question <= LARGEST_ID:
            abort(404)
        if not text:
            flash(_("请写下留言"), "warning")
            return redirect(_place(period, question))
        with transaction():
            commenting.write(current_user.role, current_user.user_id, period, text, question)
        flash(_("留言已记下"), "success")
        return redirect(_place(period, question))

    @expose("/comments/<int:comment_id>/remove", methods=["POST"])
    def remove_comment(self, comment_id: int) -> Any:
        with transaction():
            gone = commenting.remove(current_user.role, current_user.user_id, comment_id)
            place = _place(gone.period, gone.question_id)
        flash(_("留言已删除"), "success")
        return redirect(place)


def _place(period: str, question: int | None) -> str:
    """Where the talk is read."""
    if question is None:
        return url_for(".month", period=period, _anchor="talk")
    return url_for(".questions", period=period, _anchor=f"q-{question}")
