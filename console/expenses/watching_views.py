"""The page of budgets and warnings."""

from typing import Any

from flask import flash, redirect, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.core import clock
from console.core.db import transaction
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, requires, written
from console.expenses import actions, attention, rules
from console.identifiers import amounts

LARGEST = 10**14
"""分 of a budget: more than any company has, and less than a column holds."""


class WatchingPages(ConsoleView):
    @expose("/watch")
    def watch(self) -> Any:
        return self.render(
            "expenses/watch.html",
            **attention.page(),
            may_set=allows(current_user.role, Permission.BUDGETS_SET),
            may_work=allows(current_user.role, Permission.LINES_CHANGE),
        )

    @expose("/budgets/set", methods=["POST"])
    @requires(Permission.BUDGETS_SET)
    def set_budget(self) -> Any:
        scope, key = written("scope"), written("key", 200)
        fen = amounts.fen(written("amount") or "0")
        if (
            scope not in attention.scopes()
            or fen is None
            or fen > LARGEST
            or (scope != "company" and not key)
        ):
            flash(_("请选择范围，填写部门或成本中心，以及金额"), "warning")
            return redirect(url_for(".watch"))
        with transaction():
            actions.set_budget(
                current_user.role,
                scope,
                "" if scope == "company" else key,
                rules.period_of(clock.today()),
                fen,
            )
        flash(_("预算已保存，从本月起执行") if fen else _("预算已取消"), "success")
        return redirect(url_for(".watch"))
