"""The page of rules by which charges are shared among departments and cost centres."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.core import clock
from console.core.db import transaction
from console.core.permissions import Permission
from console.core.web import ConsoleView, requires, written
from console.employees import queries as employees
from console.expenses import actions, rules, sharing
from console.expenses.rules import Share

EMPTY_ROWS = 2


class SharingPages(ConsoleView):
    @expose("/shares")
    def shares(self) -> Any:
        wanted = request.args.get("source")
        found = sharing.all_of_them()
        chosen = next((one for one in found if one.source == wanted and not one.ended), None)
        parts = (
            [(str(one.percent), one.department or "", one.cost_center or "") for one in chosen.parts]
            if chosen
            else []
        )
        return self._page(wanted or "", rules.period_of(clock.today()), parts)

    @expose("/shares/save", methods=["POST"])
    @requires(Permission.STATEMENTS_CLOSE)
    def save_shares(self) -> Any:
        source, since = written("source", 30), written("since", 7)
        rows = _rows()
        parts = [Share(int(percent) if percent.isdecimal() and len(percent) < 4 else 0, department or None, center or None)
                 for percent, department, center in rows]  # fmt: skip
        known = set(employees.departments()), set(employees.cost_centers())
        wrong = sharing.problem(source, parts)
        if any(
            (one.department or "") not in known[0] | {""} or (one.cost_center or "") not in known[1] | {""}
            for one in parts
        ):
            wrong = "target"
        if source and source not in known[1]:
            wrong = "target"
        if not rules.may_be_shared_since(since, clock.today()):
            wrong = "since"
        if wrong:
            flash(_problems()[wrong], "warning")
            return self._page(source, since, rows)
        with transaction():
            restated = actions.share(current_user.role, source, since, parts, str(_("分摊规则变更")))
            months = [one.period for one in restated if one.version > 1]
        if months:
            flash(_("规则已保存，%(n)s 个月的账单按它重新分摊", n=len(months)), "success")
        else:
            flash(_("规则已保存，出账时按它分摊"), "success")
        return redirect(url_for(".shares"))

    def _page(self, source: str, since: str, rows: list[tuple[str, str, str]]) -> Any:
        return self.render(
            "expenses/shares.html",
            rules=sharing.all_of_them(),
            source=source,
            since=since,
            rows=rows + [("", "", "")] * EMPTY_ROWS,
            departments=list(employees.departments()),
            cost_centers=list(employees.cost_centers()),
            may_set=actions.may_close(current_user.role),
        )


def _problems() -> dict[str, str]:
    return {
        "parts": _("一条规则最多 %(n)s 行", n=sharing.MOST),
        "target": _("每一行要选已有的部门或成本中心，不能分给被分摊的成本中心自己"),
        "percent": _("比例要是 1 到 100 的整数，加起来是 100"),
        "since": _("起始账期写成 2026-10 这样，不早于三年前，不晚于一年后"),
    }


def _rows() -> list[tuple[str, str, str]]:
    """As they were filled in, without empty ones."""
    lists = (
        request.form.getlist(name)[: 2 * sharing.MOST] for name in ("percent", "department", "cost_center")
    )
    rows = [
        (a.strip()[:3], b.replace("\0", "").strip()[:200], c.replace("\0", "").strip()[:30])
        for a, b, c in zip(*lists, strict=False)
    ]
    return [row for row in rows if any(row)]
