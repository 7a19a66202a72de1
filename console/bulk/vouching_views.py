"""The pages on which the operator is asked about the people of a roster."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _

from console.bulk import queries, reviewing, vouching
from console.bulk.fixing_views import get_batch
from console.bulk.states import RowState
from console.core.db import transaction
from console.core.permissions import Permission
from console.core.web import ConsoleView, requires


class VouchingPages(ConsoleView):
    @expose("/<int:batch_id>/people")
    def people(self, batch_id: int) -> Any:
        """How far it is, for the check page; `was` is how many rows were wrong when that was shown."""
        batch = get_batch(batch_id)
        more = queries.tally(batch.id).of(RowState.WRONG) - request.args.get("was", 0, type=int)
        shown = reviewing.people_asked(batch, may_mend=True)
        return self.render(
            "bulk/_people.html", people=shown, more=max(0, more), was=request.args.get("was", 0, type=int),
            wrong_url=url_for(".check", batch_id=batch.id, tab="wrong"),
        )  # fmt: skip

    @expose("/<int:batch_id>/people/ask", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def ask_people(self, batch_id: int) -> Any:
        batch = get_batch(batch_id)
        with transaction():
            vouching.ask(batch.id)
        flash(_("正在请运营商核验，可以离开这个页面"), "info")
        return redirect(url_for(".check", batch_id=batch.id))
