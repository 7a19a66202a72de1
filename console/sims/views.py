"""The pages that look at lines, and at the numbers and cards in stock. What changes them is a batch."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask_admin import expose
from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from console.core.listing import DASH, AskedList, Shown, asked, link, pill, search_field, select_field
from console.core.permissions import Permission
from console.core.web import ConsoleView
from console.identifiers import numbers
from console.orders.models import Difference, Order
from console.sims import choosing_views, listing, presenting
from console.sims.models import Line, LineEvent, PhoneNumber, SimCard

SHOWN_OF_STOCK = 50
MINUTES = "yyyy-MM-dd HH:mm"


class LinesView(AskedList):
    permission = Permission.LINES_READ
    heading = _l("号码管理")
    asks = ("q", "plan", "state")
    column_list = ("msisdn", "person", "department", "plan", "fee", "state", "opened_on")
    column_sortable_list = ("opened_on",)
    column_default_sort = ("id", True)
    column_labels = {
        "msisdn": _l("号码"),
        "person": _l("使用人"),
        "department": _l("部门"),
        "plan": _l("套餐"),
        "fee": _l("月费（元）"),
        "state": _l("状态"),
        "opened_on": _l("开通日期"),
    }
    column_formatters = {
        "msisdn": lambda view, _c, line, _n: numbers.mask(line.number.msisdn),
        "person": lambda view, _c, line, _n: _person(line),
        "department": lambda view, _c, line, _n: _department(line) or DASH,
        "plan": lambda view, _c, line, _n: line.plan.name,
        "fee": lambda view, _c, line, _n: presenting.money(line.plan.fee_fen),
        "state": lambda view, _c, line, _n: pill(presenting.line_pill(line.state)),
        "opened_on": lambda view, _c, line, _n: str(line.opened_on) if line.opened_on else DASH,
    }

    def get_query(self) -> Any:
        return super().get_query().options(*listing.with_all())

    def conditions(self) -> list[Any]:
        return listing.narrowed(asked("q"), asked("plan"), asked("state"))

    def fields(self) -> list[Shown]:
        states = [("", _("现有号码")), *((key, str(word)) for key, word in STAGES.items())]
        return [
            search_field("q", _("号码后四位"), _("例如 1160")),
            select_field("plan", _("套餐"), [("", _("全部套餐")), *listing.plans_in_use()]),
            select_field("state", _("状态"), states),
        ]

    def chips(self) -> list[Shown]:
        counts = listing.counts(listing.narrowed(asked("q"), asked("plan"), "")[1:])
        living = sum(counts.get(state, 0) for state in listing.LIVING)
        views = [self.chip(_("现有号码"), living, state="")]
        for key, word in STAGES.items():
            views.append(self.chip(str(word), sum(counts.get(s, 0) for s in listing.STAGES[key]), state=key))
        return views

    def around_list(self, shown: dict[str, Any]) -> dict[str, Any]:
        return super().around_list(shown) | {
            "trail": _trail(_("号码管理")),
            "numeric_columns": ["fee"],
            "choose": choosing_views.offer(self.asks),
            "empty_state": {
                "title": _("还没有号码"),
                "text": _("批量开通后，号码会出现在这里"),
                "url": url_for("plans.index"),
                "label": _("看可选套餐"),
            },
        }

    @expose("/details/")
    def details_view(self) -> Any:
        line = self.get_one(request.args.get("id"))
        shown = numbers.mask(line.number.msisdn)
        return self.render(
            self.details_template,
            model=line,
            heading=shown,
            trail=_trail(_("号码管理"), self.get_url(".index_view"), shown),
            facts=_facts(line, listing.product_names()),
            actions=choosing_views.actions_of(line),
            sections=[_orders_section(listing.orders_of(line.id))],
            timeline=_timeline(line, listing.told_of(line.id), listing.product_names()),
        )


STAGES = {
    "active": _l("在用"),
    "suspended": _l("停机"),
    "opening": _l("办理中"),
    "ended": _l("已结束"),
}


class DifferencesView(AskedList):
    permission = Permission.LINES_READ
    heading = _l("对账差异")
    lead = _l("运营商的账和本公司的账对不上的地方，两边的值都在这里；能以运营商为准的已经改好")
    asks = ("open",)
    column_list = ("found_at", "about", "what", "ours", "theirs", "repaired")
    column_sortable_list = ()
    column_default_sort = ("id", True)
    column_labels = {
        "found_at": _l("发现时间"),
        "about": _l("号码或办理"),
        "what": _l("内容"),
        "ours": _l("本公司"),
        "theirs": _l("运营商"),
        "repaired": _l("处理"),
    }
    column_formatters = {
        "found_at": lambda view, _c, one, _n: format_datetime(one.found_at, MINUTES),
        "about": lambda view, _c, one, _n: _about(one, view.gathered),
        "what": lambda view, _c, one, _n: presenting.difference(one.what),
        "ours": lambda view, _c, one, _n: presenting.difference_value(one.what, one.ours),
        "theirs": lambda view, _c, one, _n: presenting.difference_value(one.what, one.theirs),
        "repaired": lambda view, _c, one, _n: pill(presenting.repaired_pill(one.repaired)),
    }

    def gather(self, rows: Sequence[Difference]) -> dict[int, str]:
        return listing.numbers_of({one.line_id for one in rows if one.line_id})

    def conditions(self) -> list[Any]:
        return [Difference.repaired.is_(False)] if asked("open") else []

    def chips(self) -> list[Shown]:
        everything, unsolved = listing.differences()
        return [
            self.chip(_("全部"), everything, open=""),
            self.chip(_("要人处理"), unsolved, open="1"),
        ]

    def around_list(self, shown: dict[str, Any]) -> dict[str, Any]:
        empty = {
            "title": _("差异 0"),
            "text": _("每张号码和每笔办理都和运营商一致。系统定时对账，有出入会列在这里"),
        }
        trail = [
            {"label": label, "url": url}
            for label, url in [(_("首页"), url_for("admin.index")), (_("对账差异"), None)]
        ]
        return super().around_list(shown) | {"trail": trail, "empty_state": empty}


def _about(one: Difference, known: Mapping[int, str]) -> Any:
    if one.line_id:
        return link(url_for("lines.details_view", id=one.line_id), known.get(one.line_id, DASH))
    return one.details.get("number") or DASH


class StockView(ConsoleView):
    permission = Permission.LINES_READ

    @expose("/")
    def index(self) -> Any:
        number_counts, card_counts = listing.stock_counts(PhoneNumber), listing.stock_counts(SimCard)
        return self.render(
            "console/details.html",
            heading=_("号码与卡库存"),
            lead=_("开通时没有指定号码或卡的行，按下面的顺序分配"),
            trail=_trail(_("号码与卡库存")),
            facts=[
                *_counted(_("号码"), presenting.number_words(), number_counts),
                *_counted(_("SIM 卡"), presenting.card_words(), card_counts),
            ],
            sections=[_numbers_section(), _cards_section()],
        )


def _trail(name: str, url: str | None = None, leaf: str | None = None) -> list[Shown]:
    steps = [(_("首页"), url_for("admin.index")), (_("员工与号码"), None), (name, url)]
    return [{"label": label, "url": to} for label, to in [*steps, *([(leaf, None)] if leaf else [])]]


def _person(line: Line) -> Markup:
    return link(url_for("employees.details_view", id=line.employee_id), line.employee.name)


def _department(line: Line) -> str | None:
    return line.employee.department.path if line.employee.department else None


def _facts(line: Line, names: Mapping[str, str]) -> list[Shown]:
    return [
        {"label": _("号码"), "value": numbers.mask(line.number.msisdn)},
        {"label": _("状态"), "value": pill(presenting.line_pill(line.state))},
        {"label": _("使用人"), "value": _person(line)},
        {"label": _("部门"), "value": _department(line)},
        {"label": _("套餐"), "value": line.plan.name},
        {"label": _("月费（元）"), "value": presenting.money(line.plan.fee_fen)},
        {"label": _("附加产品"), "value": presenting.products(line.products, names)},
        {"label": _("流量限额"), "value": presenting.limit(line.limit_mb, line.limit_action)},
        {"label": _("合约到期"), "value": str(line.contract_end or "")},
        {"label": _("SIM 卡号"), "value": line.sim.iccid},
        {"label": _("开通日期"), "value": str(line.opened_on or "")},
    ]


def _orders_section(found: Sequence[tuple[Order, str | None]]) -> Shown:
    rows = [
        (
            presenting.order_kind(order.kind),
            pill(presenting.order_pill(order)),
            presenting.order_reason(order),
            format_datetime(order.placed_at, MINUTES),
            link(url_for("bulk.batch", batch_id=order.batch_id), number) if number else None,
        )
        for order, number in found
    ]
    columns = [_("办理"), _("状态"), _("原因"), _("提交时间"), _("批次")]
    return {"title": _("办理记录"), "columns": columns, "rows": rows, "empty": _("还没有办理过")}


def _timeline(line: Line, events: Sequence[LineEvent], names: Mapping[str, str]) -> list[Shown]:
    """What was done to it, at whichever door, the latest first."""
    steps = [
        {"done": True, "title": title, "when": when}
        for title, when in [(_("号码激活"), line.active_at), (_("提交开通"), line.created_at)]
        if when
    ]
    told = [
        {
            "done": True,
            "title": presenting.order_kind(one.kind) if one.kind else presenting.lifecycle(one.lifecycle),
            "detail": presenting.what_changed(one.facts, one.lifecycle, names),
            "when": one.at,
            "who": presenting.channel(one.channel),
        }
        for one in events
    ]
    return sorted([*told, *steps], key=lambda step: step["when"], reverse=True)


def _counted(what: str, words: dict[Any, str], counts: dict[str, int]) -> list[Shown]:
    return [
        {"label": f"{what} {word}", "value": f"{counts.get(state.value, 0):,}"}
        for state, word in words.items()
    ]


def _numbers_section() -> Shown:
    rows = [
        (numbers.mask(one.msisdn), format_datetime(one.locked_until, MINUTES) if one.locked_until else None)
        for one in listing.free_numbers(SHOWN_OF_STOCK)
    ]
    columns = [_("号码"), _("保留到")]
    return {
        "title": _("接下来分配的号码"),
        "columns": columns,
        "rows": rows,
        "empty": _("没有可用号码，办理时会向运营商申请"),
    }


def _cards_section() -> Shown:
    rows = [(card.iccid,) for card in listing.cards_in_stock(SHOWN_OF_STOCK)]
    empty = _("没有在库的卡，请联系客户经理补充")
    return {"title": _("接下来分配的 SIM 卡"), "columns": [_("SIM 卡号")], "rows": rows, "empty": empty}


def pages() -> list[Any]:
    return [
        LinesView(Line, name="lines", endpoint="lines", url="/lines"),
        DifferencesView(Difference, name="differences", endpoint="differences", url="/differences"),
        StockView(name="stock", endpoint="stock", url="/stock"),
    ]
