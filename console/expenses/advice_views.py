"""The page of advice: what could be saved, with its receipt, and what was saved."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk.kind import KINDS
from console.core import clock
from console.core.db import transaction
from console.core.errors import Conflict
from console.core.listing import LARGEST_ID
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, page_number, requires
from console.expenses import advice, advice_asking, listing, terms
from console.expenses.advice import Came
from console.expenses.advising import monthly
from console.expenses.items import TITLES
from console.expenses.measured import Advice
from console.expenses.metering import KB_OF_A_GB
from console.expenses.presenting import month
from console.identifiers.amounts import yuan

ROWS, ACTED = 50, 50
Shown = dict[str, Any]


class AdviceView(ConsoleView):
    permission = Permission.STATEMENTS_READ

    @expose("/")
    def index(self) -> Any:
        noted = advice.newest()
        count, saving = advice.open_sums()
        page, pages = page_number(), max(1, -(-count // ROWS))
        first = (page - 1) * ROWS
        rows, acted = advice.open_advice(ROWS, first), advice.acted(ACTED)
        numbers = listing.telephone_numbers(list({one.line_id for one in (*rows, *acted)}))
        plans = advice.names([*rows, *acted])
        came = advice.came(acted)
        return self.render(
            "expenses/advice.html",
            noted=noted,
            heading=month(noted.period) if noted else "",
            stats=_stats(noted.values, count, saving) if noted else [],
            pool=_pool(noted.values) if noted else None,
            rows=[_row(one, numbers, plans) for one in rows],
            acted=[_row(one, numbers, plans) | _result(one, came.get(one.id)) for one in acted],
            may_ask=_may_ask(),
            pager={
                "page": page,
                "pages": pages,
                "total": f"{count:,}",
                "first": min(first + 1, count),
                "last": min(first + ROWS, count),
                "url": lambda number: url_for(".index", page=number),
            },
        )

    @expose("/ask", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def ask(self) -> Any:
        """The ticked ones become a batch, which is looked at and confirmed like any other."""
        ticked = request.form.getlist("advice")[:ROWS]
        chosen = [int(one) for one in ticked if one.isascii() and one.isdecimal() and int(one) <= LARGEST_ID]
        if not chosen:
            flash(_("没有选中号码，请先勾选"), "warning")
            return redirect(url_for(".index"))
        try:
            with transaction():
                batch = advice_asking.ask(current_user.role, current_user.user_id, chosen)
        except Conflict as error:
            if error.code != "E_ADVICE_GONE":
                raise
            flash(_("这些号码的套餐刚刚变过，建议已经不适用"), "warning")
            return redirect(url_for(".index"))
        return redirect(url_for("bulk.checking", batch_id=batch.id))


def _may_ask() -> bool:
    kind = KINDS[advice_asking.CHANGE]
    return allows(current_user.role, Permission.BATCHES_UPLOAD) and allows(current_user.role, kind.permission)


def _stats(values: dict[str, Any], count: int, saving: int) -> list[Shown]:
    return [
        {
            "label": _("每月可省"),
            "value": yuan(saving),
            "more": _("%(n)s 个号码有更合适的套餐", n=f"{count:,}"),
        },
        {
            "label": _("现在每月"),
            "value": yuan(values["before"]),
            "more": _("三个月平均，按现在的套餐和各自的用量"),
        },
        {
            "label": _("看过的号码"),
            "value": f"{values['lines']:,}",
            "more": _("开通不满三个月、合约期内要付违约金的不建议"),
        },
    ]


def _pool(values: dict[str, Any]) -> Shown | None:
    """What a shared pool would bring beyond the advice; None when it brings nothing."""
    more = values["alone"] - values["pooled"]
    if not values["pools"] or more <= 0:
        return None
    sold, today = terms.sold(), clock.today()
    named = [(one.name if (one := sold.on(code, today)) else code, n) for code, n in values["pools"].items()]
    return {"pools": sorted(named), "members": values["members"], "saving": yuan(more)}


def _row(one: Advice, numbers: dict[int, str], plans: dict[int, Any]) -> Shown:
    months = one.receipt["months"]
    return {
        "id": one.id,
        "line": numbers.get(one.line_id, "--"),
        "url": url_for("lines.details_view", id=one.line_id),
        "plan": plans[one.plan_id].name,
        "advised": plans[one.advised_id].name,
        "least": one.receipt.get("least", 1),
        "before": listing.bare(one.before_fen),
        "after": listing.bare(one.after_fen),
        "saving": listing.bare(one.before_fen - one.after_fen),
        "use": _("平均每月 %(gb)s GB、%(minutes)s 分钟、%(messages)s 条", **_average(months)),
        "months": [_month(one) for one in months],
    }


def _average(months: list[Shown]) -> dict[str, str]:
    n = len(months)
    return {
        "gb": f"{sum(one['data_kb'] for one in months) / n / KB_OF_A_GB:.1f}",
        "minutes": str(monthly(sum(one["minutes"] for one in months), n)),
        "messages": str(monthly(sum(one["messages"] for one in months), n)),
    }


def _month(one: Shown) -> Shown:
    return {
        "period": one["period"],
        "use": _(
            "%(gb)s GB、%(minutes)s 分钟、%(messages)s 条",
            gb=f"{one['data_kb'] / KB_OF_A_GB:.2f}", minutes=one["minutes"], messages=one["messages"],
        ),
        "before": _charges(one["before"]),
        "after": _charges(one["after"]),
    }  # fmt: skip


def _charges(rows: list[list[Any]]) -> Shown:
    return {
        "rows": [{"name": _named(item, name), "sum": listing.bare(fen)} for item, name, fen in rows],
        "sum": listing.bare(sum(fen for _item, _name, fen in rows)),
    }


def _named(item: str, name: str) -> str:
    """Usage beyond the plan is called as on the bill."""
    return name if item == "RENT" else str(TITLES.get(item, name))


def _result(one: Advice, came: Came | None) -> Shown:
    return {
        "batch_url": url_for("bulk.batch", batch_id=one.batch_id),
        "asked": one.asked_at,
        "came": month(came.period) if came else None,
        "saved": listing.bare(came.saved_fen) if came else "--",
    }


def pages() -> list[Any]:
    return [AdviceView(name="advice", endpoint="advice", url="/advice")]
