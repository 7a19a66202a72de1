"""The page on which the activation code of an eSIM is handed over: once, after a fresh code, and recorded."""

from typing import Any

import segno
from flask import current_app, flash, redirect, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.accounts import freshness
from console.accounts.models import Company
from console.carrier.http import Gateway
from console.core import acting
from console.core.db import session, transaction
from console.core.errors import Conflict
from console.core.permissions import Permission
from console.core.web import ConsoleView
from console.identifiers import numbers
from console.orders.models import Order
from console.sims import handing_over
from console.sims.models import Line


class EsimView(ConsoleView):
    permission = Permission.LINES_CHANGE

    @expose("/")
    def index(self) -> Any:
        """The way to a code is by its number."""
        return redirect(url_for("lines.index_view"))

    @expose("/<int:order_id>")
    def hand_over(self, order_id: int) -> Any:
        return self._page(handing_over.ready(order_id))

    @expose("/<int:order_id>/code", methods=["POST"])
    def code(self, order_id: int) -> Any:
        """The only answer that has the secret; nothing of it is kept, and pages are never stored by browsers."""
        order = handing_over.ready(order_id)
        here = url_for(".hand_over", order_id=order_id)
        if answer := freshness.code_first(here, _("显示激活码前需要再验证一次。验证后请再按一次显示")):
            return answer
        operator_id = str(order.operator_id)
        try:
            with transaction():
                key = handing_over.begin(order_id, current_user.user_id)
                group = session.get_one(Company, acting.company()).group_code
            secret, refusal = _ask(operator_id, group, key)
            if secret is None:
                flash(_why_not(refusal), "warning")
                return redirect(here)
            with transaction():
                handing_over.finish(order_id)
        except Conflict:
            flash(_("激活码已经显示过，只显示一次"), "warning")
            return redirect(here)
        return self._page(handing_over.ready(order_id), secret)

    def _page(self, order: Order, secret: dict[str, Any] | None = None) -> Any:
        line = session.get_one(Line, order.line_id)
        handover = handing_over.shown(order.id)
        code = str(secret["activationCode"]) if secret else ""
        return self.render(
            "sims/esim.html",
            number=numbers.mask(line.number.msisdn),
            person=line.employee.name,
            shown_at=handover.shown_at if handover else None,
            code=code,
            confirmation=secret.get("confirmationCode") if secret else None,
            expires=str(secret.get("expiresAt") or "")[:16].replace("T", " ") if secret else "",
            picture=_picture(code) if code else None,
            code_url=url_for(".code", order_id=order.id),
            line_url=url_for("lines.details_view", id=line.id),
            lines_url=url_for("lines.index_view"),
        )


def _ask(operator_id: str, group: str, key: str) -> tuple[dict[str, Any] | None, str | None]:
    gateway = Gateway(current_app.extensions["settings"])
    try:
        return gateway.activation_code(operator_id, group, key)
    finally:
        gateway.close()


def _why_not(refusal: str | None) -> str:
    known = {
        "state": _("eSIM 还没有准备好，等使用人完成人像核验后再来"),
        "activationCode": _("激活码已经领取过，只发一次。需要时请重新办理补换卡"),
        "expiresAt": _("激活码已过期，请重新办理补换卡"),
    }
    if refusal is None:
        return _("没有得到运营商的答复，请再按一次")
    return known.get(refusal, _("运营商没有给出激活码，代码 %(code)s，请联系客户经理", code=refusal))


def _picture(code: str) -> str:
    return str(segno.make(code, error="m").svg_data_uri(scale=6, border=4, dark="#000", light="#fff"))


def pages() -> list[Any]:
    return [EsimView(name="esim", endpoint="esim", url="/esim")]
