"""The page on which a batch is undone: what can be, how, and what cannot, before anything happens."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk import presenting, queries
from console.bulk.kind import KINDS
from console.bulk.models import Batch
from console.core.db import session, transaction
from console.core.listing import LARGEST_ID
from console.core.permissions import Permission
from console.core.web import ConsoleView
from console.sims import undoing


class UndoView(ConsoleView):
    permission = Permission.BATCHES_CONFIRM

    @expose("/")
    def index(self) -> Any:
        """`?batch=17`"""
        asked_for = request.args.get("batch", 0, type=int)
        batch = session.get_one(Batch, asked_for if 0 < asked_for <= LARGEST_ID else 0)
        found = undoing.look(batch)
        reasons = _reasons()
        return self.render(
            "sims/undo.html",
            batch=presenting.head(batch, queries.tally(batch.id)),
            in_time=undoing.in_time(batch),
            until=batch.confirmed_at + undoing.WITHIN if batch.confirmed_at else None,
            back=len(found.back),
            rows=len(found.rows),
            how=str(KINDS[found.kind].short) if found.kind else None,
            impossible=[{"text": reasons[code], "count": n} for code, n in found.impossible.items()],
            possible=found.possible,
            undo_url=url_for(".undo", batch_id=batch.id),
            batch_url=url_for("bulk.batch", batch_id=batch.id),
        )

    @expose("/<int:batch_id>/do", methods=["POST"])
    def undo(self, batch_id: int) -> Any:
        session.get_one(Batch, batch_id)
        with transaction():
            made, back = undoing.undo(current_user.role, current_user.user_id, batch_id)
        if back:
            flash(_("%(n)s 项还没有生效的，已向运营商撤回", n=back), "success")
        if made is None:
            return redirect(url_for("bulk.batch", batch_id=batch_id))
        flash(_("撤回要办的业务在这个批次里，看过金额后确认"), "info")
        return redirect(url_for("bulk.checking", batch_id=made.id))


def _reasons() -> dict[str, str]:
    return {
        "E_UNDO_OPENED": _("已开通的号码不能撤回，不需要可以停机或销户"),
        "E_UNDO_PLAN": _("已立即生效的套餐变更不能撤回，可以再变更"),
        "E_UNDO_USER": _("使用人已在运营商登记，要换回请再办一次换使用人"),
        "E_UNDO_PRODUCT": _("已退的产品不能撤回，可以重新加包"),
        "E_UNDO_CARD": _("旧卡已作废，不能换回"),
        "E_UNDO_END": _("已销户的号码不能找回"),
        "E_UNDO_PACK": _("一次性的包已经到账，不能退"),
        "E_UNDO_BOOKS": _("只写入花名册的内容，请在花名册里改回"),
        "E_UNDO_NOWHERE": _("原来没有部门和成本中心，没有可以改回的"),
    }


def pages() -> list[Any]:
    return [UndoView(name="undo", endpoint="undo", url="/undo")]
