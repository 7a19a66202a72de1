"""The pages of a second person: what waits for him, one batch with its money and rows, the rules, the deputies."""

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.accounts import freshness
from console.bulk import approval_settings, approving, asked_of, presenting
from console.bulk.approval_rules import Rule
from console.bulk.fixing_views import get_batch
from console.bulk.kind import KINDS
from console.bulk.states import BatchState
from console.core.db import transaction
from console.core.errors import NotAllowed
from console.core.permissions import Permission
from console.core.web import ConsoleView, requires, written


class ApprovingPages(ConsoleView):
    @expose("/approvals")
    def approvals(self) -> Any:
        may = approving.may_decide(current_user.role, current_user.user_id)
        return self.render("bulk/approvals.html", **asked_of.waiting(current_user.user_id, may_decide=may))

    @expose("/<int:batch_id>/approval")
    def approval(self, batch_id: int) -> Any:
        batch = get_batch(batch_id)
        if batch.state != BatchState.APPROVING:
            return redirect(presenting.batch_url(batch))
        may = approving.may_decide(current_user.role, current_user.user_id)
        return self.render("bulk/approval.html", **asked_of.page(batch, current_user.user_id, may_decide=may))

    @expose("/<int:batch_id>/approval/decide", methods=["POST"])
    def decide(self, batch_id: int) -> Any:
        batch = get_batch(batch_id)
        if not approving.may_decide(current_user.role, current_user.user_id):
            raise NotAllowed(permission=Permission.BATCHES_APPROVE.value)
        here = url_for(".approval", batch_id=batch.id)
        if (first := freshness.code_first(here, _("审批前请再验证一次身份"))) is not None:
            return first
        listed, kept = _ids("listed"), _ids("row")
        returned = listed if request.form.get("answer") == "return" else listed - kept
        with transaction():
            decided = approving.decide(
                current_user.role, current_user.user_id, batch.id, request.form.get("shown", ""), returned,
                request.form.get("reason", ""),
            )  # fmt: skip
        if decided is None:
            flash(_("名单或价格和你看到的不一样了，什么都没有决定。请看过新的内容再审批"), "warning")
            return redirect(here)
        flash(asked_of.decided(batch.id, decided), "warning" if decided.changed else "success")
        return redirect(url_for(".approvals"))

    @expose("/<int:batch_id>/approval/remind", methods=["POST"])
    @requires(Permission.BATCHES_CONFIRM)
    def remind(self, batch_id: int) -> Any:
        with transaction():
            approving.remind(current_user.role, current_user.user_id, batch_id)
        flash(_("已提醒审批人"), "success")
        return redirect(url_for(".batch", batch_id=batch_id))

    @expose("/<int:batch_id>/approval/take-back", methods=["POST"])
    @requires(Permission.BATCHES_CONFIRM)
    def take_back_question(self, batch_id: int) -> Any:
        with transaction():
            approving.take_back(current_user.role, batch_id)
        flash(_("已撤回，没有办理。可以修改后重新提交"), "success")
        return redirect(url_for(".check", batch_id=batch_id, tab="ready"))

    @expose("/approval-rules")
    @requires(Permission.APPROVALS_SET)
    def approval_rules(self) -> Any:
        return self.render("bulk/approval_rules.html", **asked_of.settings(list(KINDS.values())))

    @expose("/approval-rules/add", methods=["POST"])
    @requires(Permission.APPROVALS_SET)
    def add_approval_rule(self) -> Any:
        with transaction():
            approval_settings.add_rule(
                Rule(
                    0, request.form.get("kind", ""), _whole("least_rows"), _yuan("least_monthly"), _yuan("least_once"),
                    written("cost_center", 30) or None, written("department", 200) or None,
                )
            )  # fmt: skip
        flash(_("审批规则已加上，之后提交的批次按它执行"), "success")
        return redirect(url_for(".approval_rules"))

    @expose("/approval-rules/recommended", methods=["POST"])
    @requires(Permission.APPROVALS_SET)
    def recommended_approval_rules(self) -> Any:
        with transaction():
            approval_settings.recommend()
        flash(_("建议的规则已加上，可以逐条删除"), "success")
        return redirect(url_for(".approval_rules"))

    @expose("/approval-rules/<int:rule_id>/remove", methods=["POST"])
    @requires(Permission.APPROVALS_SET)
    def remove_approval_rule(self, rule_id: int) -> Any:
        with transaction():
            approval_settings.remove_rule(rule_id)
        flash(_("审批规则已删除，已经在等审批的批次不受影响"), "success")
        return redirect(url_for(".approval_rules"))

    @expose("/deputies/add", methods=["POST"])
    @requires(Permission.BATCHES_APPROVE)
    def add_deputy(self) -> Any:
        first, last = _day("first_day"), _day("last_day")
        deputy = request.form.get("deputy", 0, type=int)
        if first is None or last is None or last < first or not 0 < deputy < 2**31:
            flash(_("请选择代理人，结束日期不能早于开始日期"), "warning")
            return redirect(url_for(".approvals"))
        with transaction():
            approval_settings.appoint(current_user.user_id, deputy, first, last)
        flash(_("代理已设置，期间对方也能审批"), "success")
        return redirect(url_for(".approvals"))

    @expose("/deputies/<int:deputy_id>/remove", methods=["POST"])
    @requires(Permission.BATCHES_APPROVE)
    def remove_deputy(self, deputy_id: int) -> Any:
        with transaction():
            approval_settings.dismiss(current_user.user_id, deputy_id)
        flash(_("代理已取消"), "success")
        return redirect(url_for(".approvals"))


def _ids(name: str) -> set[int]:
    return {int(text) for text in request.form.getlist(name) if text.isascii() and text.isdecimal()}


def _whole(name: str) -> int | None:
    number = request.form.get(name, type=int)
    return number if number is not None and 0 < number < 10**6 else None


def _yuan(name: str) -> int | None:
    """A whole number of yuan, in 分."""
    number = request.form.get(name, type=int)
    return number * 100 if number is not None and 0 < number < 10**7 else None


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None
