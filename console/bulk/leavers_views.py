"""What is answered about people whom a full roster does not mention."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk import leavers
from console.bulk.fixing_views import get_batch
from console.bulk.kind import Operation
from console.core.db import transaction
from console.core.errors import Conflict
from console.core.permissions import Permission
from console.core.web import ConsoleView, requires


class LeaversPages(ConsoleView):
    """Of the batches; console/bulk/views.py adds the others."""

    permission = Permission.BATCHES_READ

    @expose("/<int:batch_id>/leavers/accept", methods=["POST"])
    @requires(Permission.LEAVERS_ACCEPT)
    def accept_leavers(self, batch_id: int) -> Any:
        get_batch(batch_id)
        people = request.form.get("people", 0, type=int)
        if request.form.get("sure") != "yes":
            flash(_("还没有勾选，什么都没有改变"), "warning")
            return redirect(url_for(".check", batch_id=batch_id))
        try:
            with transaction():
                leavers.accept(current_user.role, batch_id, people)
        except Conflict as error:
            if error.code != "E_LEAVERS":
                raise
            flash(_("人数和你看到的不一样了，请看过新的结果再确认"), "warning")
            return redirect(url_for(".check", batch_id=batch_id, tab=Operation.LEAVE.value))
        flash(_("已记录：这 %(n)s 人确实离职", n=people), "success")
        return redirect(url_for(".check", batch_id=batch_id))

    @expose("/<int:batch_id>/leavers/keep", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def keep_leavers(self, batch_id: int) -> Any:
        with transaction():
            rows = leavers.keep(current_user.role, batch_id)
        flash(_("%(n)s 行都保留，不停机", n=rows), "success")
        return redirect(url_for(".check", batch_id=batch_id))
