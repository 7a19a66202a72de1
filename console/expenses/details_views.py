"""The pages of detail records: requests, what a second person decides, and what was fetched, with a fresh code only."""

import csv
import io
from typing import Any

from flask import abort, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.accounts import freshness
from console.audit import actions as audit
from console.core import clock
from console.core.db import transaction
from console.core.listing import LARGEST_ID
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, requires, written
from console.expenses import details, listing, rules
from console.expenses.attention import data
from console.identifiers import numbers


class DetailsView(ConsoleView):
    permission = Permission.DETAILS_READ

    @expose("/")
    def index(self) -> Any:
        line = request.args.get("line", type=int)
        known = listing.telephone_numbers([line]) if line and 0 < line <= LARGEST_ID else {}
        now = rules.period_of(clock.today())
        return self.render(
            "expenses/details.html",
            rows=[_row(one, name, msisdn) for one, name, msisdn in details.listed()],
            line=line if known else None,
            number=known.get(line or 0),
            periods=[rules.months_before(now, back) for back in range(details.MONTHS_BACK + 1)],
            purposes=_purposes(),
            longest=details.LONGEST_NOTE,
            may_ask=allows(current_user.role, Permission.DETAILS_ASK),
            may_decide=allows(current_user.role, Permission.DETAILS_APPROVE),
        )

    @expose("/ask", methods=["POST"])
    @requires(Permission.DETAILS_ASK)
    def ask(self) -> Any:
        line = request.form.get("line", 0, type=int)
        if not 0 < line <= LARGEST_ID:
            abort(404)
        here = url_for(".index", line=line)
        if (first := freshness.code_first(here, _("申请详单前请再验证一次身份"))) is not None:
            return first
        with transaction():
            details.ask(
                current_user.role,
                current_user.user_id,
                line,
                written("period"),
                written("purpose"),
                written("note"),
            )
        flash(_("已提交，等另一位同事审批，再由号码使用人本人同意"), "success")
        return redirect(url_for(".index"))

    @expose("/<int:request_id>/decide", methods=["POST"])
    @requires(Permission.DETAILS_APPROVE)
    def decide(self, request_id: int) -> Any:
        details.get(request_id)
        if (first := freshness.code_first(url_for(".index"), _("审批详单前请再验证一次身份"))) is not None:
            return first
        agrees = written("answer") == "agree"
        with transaction():
            details.decide(current_user.role, current_user.user_id, request_id, agrees=agrees)
        flash(_("已同意，运营商正在征求使用人同意") if agrees else _("已退回"), "success")
        return redirect(url_for(".index"))

    @expose("/<int:request_id>/take-back", methods=["POST"])
    @requires(Permission.DETAILS_ASK)
    def take_back(self, request_id: int) -> Any:
        details.get(request_id)
        with transaction():
            details.take_back(current_user.role, current_user.user_id, request_id)
        flash(_("已撤回"), "success")
        return redirect(url_for(".index"))

    @expose("/<int:request_id>/")
    @requires(Permission.DETAILS_ASK)
    def one(self, request_id: int) -> Any:
        wanted = details.get(request_id)
        here = url_for(".one", request_id=request_id)
        if (first := freshness.code_first(here, _("看详单前请再验证一次身份"))) is not None:
            return first
        found = details.days(wanted)
        _seen(wanted, "look")
        return self.render(
            "expenses/detail.html",
            wanted=wanted,
            number=numbers.mask(details.msisdn(wanted)),
            purpose=_purposes()[wanted.purpose],
            days=[
                {"day": one.day, "calls": one.calls, "minutes": one.minutes, "messages": one.messages, "data": data(one.data_kb)}
                for one in found
            ],
            total={
                "calls": sum(one.calls for one in found), "minutes": sum(one.minutes for one in found),
                "messages": sum(one.messages for one in found), "data": data(sum(one.data_kb for one in found)),
            },
        )  # fmt: skip

    @expose("/<int:request_id>/file.csv")
    @requires(Permission.DETAILS_ASK)
    def file(self, request_id: int) -> Any:
        wanted = details.get(request_id)
        here = url_for(".one", request_id=request_id)
        if (first := freshness.code_first(here, _("看详单前请再验证一次身份"))) is not None:
            return first
        found = details.days(wanted)
        _seen(wanted, "file")
        stream = io.StringIO()
        stream.write("\ufeff")
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(
            [str(_("日期")), str(_("通话次数")), str(_("通话分钟")), str(_("短信条数")), str(_("流量（KB）"))]
        )
        writer.writerows(
            [one.day.isoformat(), one.calls, one.minutes, one.messages, one.data_kb] for one in found
        )
        return send_file(
            io.BytesIO(stream.getvalue().encode()), mimetype="text/csv", as_attachment=True,
            download_name=f"{wanted.period}{_('详单')}.csv",
        )  # fmt: skip


def _seen(wanted: details.DetailRequest, how: str) -> None:
    with transaction():
        audit.record("reveal", "detail_requests", wanted.id, {"purpose": wanted.purpose, "fields": [how]})


def _row(one: details.DetailRequest, name: str, msisdn: str) -> dict[str, Any]:
    tone, label = _states()[one.state]
    return {
        "id": one.id, "number": numbers.mask(msisdn), "period": one.period, "purpose": _purposes()[one.purpose],
        "note": one.note, "by": name, "when": one.asked_at, "tone": tone, "label": label, "state": one.state,
        "own": one.asked_by == current_user.user_id, "until": one.expires_at, "why": _why(one.code),
    }  # fmt: skip


def _purposes() -> dict[str, str]:
    return {
        "dispute": _("核对有疑问的费用"),
        "unusual": _("查异常用量"),
        "own_request": _("使用人本人要求"),
        "audit": _("内部审计"),
    }


def _states() -> dict[str, tuple[str, str]]:
    return {
        "asked": ("warn", _("等审批")),
        "consenting": ("accent", _("等使用人同意")),
        "fetching": ("accent", _("正在取")),
        "ready": ("ok", _("可以查看")),
        "returned": ("mute", _("已退回")),
        "declined": ("bad", _("使用人没有同意")),
        "failed": ("bad", _("没有取到")),
        "expired": ("mute", _("已删除")),
    }


def _why(code: str | None) -> str | None:
    known = {
        "REFUSED": _("使用人不同意"),
        "EXPIRED": _("72 小时没有答复"),
        "NUMBER_NOT_FOUND": _("运营商没有这个号码"),
        "PERIOD_NOT_KEPT": _("运营商只保留最近 6 个月"),
    }
    return known.get(code, code) if code else None


def pages() -> list[Any]:
    return [DetailsView(name="details", endpoint="details", url="/details")]
