"""The pages on which a month's pack is asked for and fetched, and on which people ask for mail."""

from io import BytesIO
from typing import Any

from flask import abort, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.core import mail, queue, storage
from console.core.db import transaction
from console.core.listing import LARGEST_ID
from console.core.web import ConsoleView
from console.expenses import documents, mailing, packing, presenting, queries, rules
from console.expenses.asking import version_asked_for
from console.expenses.models import Statement


class DeliveryPages(ConsoleView):
    @expose("/<period>/pack/ask", methods=["POST"])
    def ask_for_pack(self, period: str) -> Any:
        wanted = request.form.get("version", 0, type=int)
        statement = next((one for one in _versions(period) if one.version == wanted), None) or abort(404)
        with transaction():
            packing.ask(current_user.role, current_user.user_id, statement)
        return redirect(url_for(".pack", period=period, version=wanted))

    @expose("/<period>/pack")
    def pack(self, period: str) -> Any:
        """The whole page, or to a page that waits only the part that changes."""
        statement = _statement(period)
        waits = "HX-Request" in request.headers
        return self.render(
            "expenses/_pack.html" if waits else "expenses/pack.html",
            period=period,
            heading=presenting.month(period),
            statement=statement,
            **_shown(statement),
        )

    @expose("/<period>/pack/file")
    def pack_file(self, period: str) -> Any:
        statement = _statement(period)
        made = packing.latest(statement.id)
        if made is None or made.file_id is None:
            abort(404)
        return send_file(
            BytesIO(storage.get(made.file_id)),
            mimetype="application/zip",
            as_attachment=True,
            download_name=documents.named(period, statement.version, documents.PACK),
        )

    @expose("/mailing")
    def mailing(self) -> Any:
        own, others = current_user.user_id, mailing.may_choose(current_user.role)
        return self.render(
            "expenses/mailing.html",
            is_open=mail.is_open(),
            people=[user for user in mailing.readers() if others or user.id == own],
            own=own,
            subscribed=[(one, name) for one, name in mailing.subscribed() if others or one.user_id == own],
        )

    @expose("/mailing/add", methods=["POST"])
    def add_mail(self) -> Any:
        email = request.form.get("email", "").strip()
        if not mail.is_address(email):
            flash(_("邮箱地址不对，请检查后重填"), "warning")
            return redirect(url_for(".mailing"))
        with transaction():
            mailing.subscribe(current_user.role, current_user.user_id, _person(), email)
        flash(_("以后月账单出来会发邮件"), "success")
        return redirect(url_for(".mailing"))

    @expose("/mailing/remove", methods=["POST"])
    def remove_mail(self) -> Any:
        with transaction():
            mailing.unsubscribe(current_user.role, current_user.user_id, _person())
        flash(_("不再发邮件"), "success")
        return redirect(url_for(".mailing"))


def _person() -> int:
    """0, whom nobody is, for what no column could hold."""
    told = request.form.get("user", 0, type=int)
    return told if 0 < told <= LARGEST_ID else 0


def _versions(period: str) -> list[Statement]:
    return queries.versions(period) if rules.is_period(period) else []


def _statement(period: str) -> Statement:
    if not rules.is_period(period):
        abort(404)
    return version_asked_for(period) or abort(404)


def _shown(statement: Statement) -> dict[str, Any]:
    found = packing.latest(statement.id)
    if found is None or found.file_id is None:
        told = queue.progress(packing.key(found.id)) if found else {}
        total = len(documents.KINDS)
        done = int(told.get("done", 0))
        given_up = found is not None and packing.given_up(found)
        percent = done * 100 // total
        return {
            "pack": found, "made": False, "given_up": given_up, "done": done, "total": total, "percent": percent,
        }  # fmt: skip
    return {"pack": found, "made": True, "given_up": False, "size": storage.size(found.file_id)}
