"""The buttons of a batch at work: pause, go on, call off the rest, another day, take back."""

from datetime import date
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk import planning, steering
from console.bulk.fixing_views import get_batch
from console.core import acting, queue
from console.core.db import transaction
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, requires


class SteeringPages(ConsoleView):
    @expose("/plans")
    def plans(self) -> Any:
        may = allows(current_user.role, Permission.BATCHES_CONFIRM)
        return self.render("bulk/plans.html", **planning.page(may_steer=may))

    @expose("/<int:batch_id>/ask-standing", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def ask_standing(self, batch_id: int) -> Any:
        get_batch(batch_id)
        with transaction():
            queue.enqueue(queue.Job.LOOK_AT_STANDING, acting.company())
        flash(_("正在向运营商查询，几秒后刷新页面就能看到"), "info")
        return redirect(url_for(".check", batch_id=batch_id, tab="ready"))

    @expose("/<int:batch_id>/pause", methods=["POST"])
    @requires(Permission.BATCHES_CONFIRM)
    def pause(self, batch_id: int) -> Any:
        with transaction():
            steering.pause(current_user.role, current_user.user_id, batch_id)
        flash(_("已暂停。已经发给运营商的会继续办完"), "success")
        return redirect(url_for(".batch", batch_id=batch_id))

    @expose("/<int:batch_id>/resume", methods=["POST"])
    @requires(Permission.BATCHES_CONFIRM)
    def resume(self, batch_id: int) -> Any:
        with transaction():
            steering.resume(current_user.role, batch_id)
        flash(_("继续办理"), "success")
        return redirect(url_for(".batch", batch_id=batch_id))

    @expose("/<int:batch_id>/call-off", methods=["POST"])
    @requires(Permission.BATCHES_CONFIRM)
    def call_off(self, batch_id: int) -> Any:
        with transaction():
            count = steering.call_off(current_user.role, batch_id)
        flash(_("已撤回 %(n)s 行，没有发给运营商。已经发出的会继续办完", n=count), "success")
        return redirect(url_for(".batch", batch_id=batch_id))

    @expose("/<int:batch_id>/plan-again", methods=["POST"])
    @requires(Permission.BATCHES_CONFIRM)
    def plan_again(self, batch_id: int) -> Any:
        get_batch(batch_id)
        with transaction():
            steering.plan_again(current_user.role, batch_id, _wanted())
        flash(_("办理日期已改"), "success")
        return redirect(url_for(".batch", batch_id=batch_id))

    @expose("/<int:batch_id>/take-back", methods=["POST"])
    @requires(Permission.BATCHES_CONFIRM)
    def take_back_plan(self, batch_id: int) -> Any:
        with transaction():
            steering.take_back(current_user.role, batch_id)
        flash(_("计划已撤回，没有办理。可以修改后重新确认"), "success")
        return redirect(url_for(".check", batch_id=batch_id, tab="ready"))


def _wanted() -> date:
    try:
        return date.fromisoformat(request.form.get("run_on", ""))
    except ValueError:
        return abort(400)
