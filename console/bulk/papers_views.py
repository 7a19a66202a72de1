"""The list of what lacks papers, to be printed, and the descriptions of kinds for machines."""

from typing import Any

from flask import Response, flash, jsonify, redirect, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk import describing, papers, presenting, queries
from console.bulk.fixing_views import get_batch
from console.bulk.kind import KINDS
from console.core import clock
from console.core.db import transaction
from console.core.errors import NotFound
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, requires


class PaperPages(ConsoleView):
    """Of the batches; console/bulk/views.py adds the others."""

    permission = Permission.BATCHES_READ

    @expose("/<int:batch_id>/papers")
    @requires(Permission.BATCHES_UPLOAD)
    def papers(self, batch_id: int) -> Any:
        batch = get_batch(batch_id)
        headings, lines = papers.listed(batch)
        return self.render(
            "bulk/papers.html",
            batch=presenting.head(batch, queries.tally(batch.id)),
            headings=headings,
            lines=lines,
            today=clock.today(),
            batches_url=url_for(".batches"),
            check_url=url_for(".check", batch_id=batch.id),
            again_url=url_for(".papers_again", batch_id=batch.id),
        )

    @expose("/<int:batch_id>/papers/again", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def papers_again(self, batch_id: int) -> Any:
        get_batch(batch_id)
        with transaction():
            left = papers.check_again(current_user.role, batch_id)
        if left:
            flash(_("还有 %(n)s 行缺资料", n=left), "warning")
            return redirect(url_for(".papers", batch_id=batch_id))
        flash(_("资料齐了，这些行可以办理"), "success")
        return redirect(url_for(".check", batch_id=batch_id, tab="ready"))

    @expose("/kinds.json")
    @requires(Permission.BATCHES_UPLOAD)
    def kinds(self) -> Response:
        """All kinds that this person may use, for systems that fill in the files."""
        allowed = [kind for kind in KINDS.values() if allows(current_user.role, kind.permission)]
        return jsonify({"kinds": [describing.summary(kind) for kind in allowed]})

    @expose("/kinds/<slug>.json")
    @requires(Permission.BATCHES_UPLOAD)
    def kind(self, slug: str) -> Response:
        kind = KINDS.get(slug)
        if kind is None or not allows(current_user.role, kind.permission):
            raise NotFound()
        return jsonify(describing.described(kind))
