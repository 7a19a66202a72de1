"""The page on which questions about a file are answered and its columns are matched."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk import asking, mapping, presenting
from console.bulk.kind import KINDS
from console.bulk.models import Batch
from console.core.db import session, transaction
from console.core.errors import NotFound
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, requires

ANSWER, COLUMN = "answer:", "column:"
"""How the fields of the form begin."""


class AskingPages(ConsoleView):
    """Of the batches; console/bulk/views.py adds the others."""

    permission = Permission.BATCHES_READ

    @expose("/<int:batch_id>/questions")
    def questions(self, batch_id: int) -> Any:
        batch = _get(batch_id)
        if batch.state not in asking.OPEN or not batch.layout:
            return redirect(presenting.batch_url(batch))
        return self.render("bulk/questions.html", **mapping.page(batch, may_answer=_may_answer(batch)))

    @expose("/<int:batch_id>/answers", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def answers(self, batch_id: int) -> Any:
        answers, columns = _sent(ANSWER), _sent(COLUMN)
        with transaction():
            troubles = asking.answer(current_user.role, batch_id, answers, columns)
        if not troubles:
            return redirect(url_for(".checking", batch_id=batch_id))
        values = mapping.page(
            _get(batch_id), may_answer=True, answers=answers, columns=columns, troubles=troubles
        )
        return self.render("bulk/questions.html", **values), 400

    @expose("/<int:batch_id>/headings/forget", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def forget_heading(self, batch_id: int) -> Any:
        heading = request.form.get("heading", "")
        with transaction():
            asking.forget(current_user.role, batch_id, heading)
        flash(_("已忘记这一列的对应，下次上传会重新识别"), "success")
        return redirect(url_for(".questions", batch_id=batch_id))


def _sent(beginning: str) -> dict[str, str]:
    return {
        name.removeprefix(beginning): text
        for name, text in request.form.items()
        if name.startswith(beginning)
    }


def _may_answer(batch: Batch) -> bool:
    role = current_user.role
    return allows(role, Permission.BATCHES_UPLOAD) and allows(role, KINDS[batch.kind].permission)


def _get(batch_id: int) -> Batch:
    batch = session.get(Batch, batch_id)
    if batch is None:
        raise NotFound()
    return batch
