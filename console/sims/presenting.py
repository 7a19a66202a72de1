"""What pages show of numbers, cards and lines: states in words. Text in the reader's language; no HTTP."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from console.core import clock
from console.orders import messages as operator
from console.orders.models import Order
from console.orders.states import OrderState
from console.sims.states import LineState, NumberState, SimState

Shown = dict[str, str]


def money(fen: int) -> str:
    """For a column whose heading has the unit."""
    return f"{fen // 100:,}.{fen % 100:02}"


def line_pill(state: str) -> Shown:
    return {
        LineState.RESERVED: _pill("run", "i-spin", _("办理中")),
        LineState.ASSIGNED: _pill("run", "i-spin", _("已配号")),
        LineState.SHIPPED: _pill("run", "i-spin", _("已寄出")),
        LineState.SIGNED: _pill("run", "i-spin", _("已签收")),
        LineState.WAIT_FACE: _pill("warn", "i-clock", _("等本人人像核验")),
        LineState.ACTIVE: _pill("ok", "i-ok", _("在用")),
        LineState.SUSPENDED: _pill("warn", "i-pause", _("停机")),
        LineState.LOST: _pill("danger", "i-warn", _("已挂失")),
        LineState.RISK_SUSPENDED: _pill("danger", "i-warn", _("运营商停用")),
        LineState.TERMINATED: _pill("", "i-x", _("已销号")),
        LineState.RELEASED: _pill("", "i-x", _("没有办成")),
    }[LineState(state)]


def no_line_pill() -> Shown:
    return _pill("", "i-phone", _("未开通"))


def number_words() -> dict[NumberState, str]:
    return {
        NumberState.LOCKED: _("可用"),
        NumberState.RESERVED: _("办理中"),
        NumberState.ASSIGNED: _("已分配"),
        NumberState.LOST: _("已收回"),
    }


def card_words() -> dict[SimState, str]:
    return {
        SimState.IN_STOCK: _("在库"),
        SimState.RESERVED: _("办理中"),
        SimState.ASSIGNED: _("已使用"),
        SimState.SCRAPPED: _("已作废"),
    }


def order_pill(order: Order) -> Shown:
    state = OrderState(order.state)
    if state is OrderState.DONE:
        return _pill("ok", "i-ok", _("已办成"))
    if state in (OrderState.FAILED, OrderState.REVERSED):
        return _pill("danger", "i-bad", _("没有办成"))
    if state is OrderState.ATTENTION:
        return _pill("warn", "i-warn", _("结果待确认"))
    if state is OrderState.CANCELLED:
        return _pill("", "i-x", _("已撤回"))
    if state is OrderState.ACCEPTED and order.effective_on and order.effective_on > clock.today():
        return _pill("plan", "i-cal", _("%(day)s 生效", day=f"{order.effective_on:%m-%d}"))
    return (
        _pill("", "i-clock", _("等待")) if state is OrderState.PLACED else _pill("run", "i-spin", _("办理中"))
    )


def order_reason(order: Order) -> str:
    return operator.reason(order.error_code) if order.error_code else ""


def order_kind(kind: str) -> str:
    known = {
        "ACTIVATE": _("开通号码"),
        "ADD_PRODUCT": _("加包"),
        "CHANGE_PLAN": _("套餐变更"),
        "CHANGE_USER": _("换使用人"),
        "CLEAR_DATA_LIMIT": _("取消流量限额"),
        "JOIN_POOL": _("加入流量池"),
        "JOIN_VNET": _("加入 V 网"),
        "LEAVE_POOL": _("退出流量池"),
        "LEAVE_VNET": _("退出 V 网"),
        "REMOVE_PRODUCT": _("退包"),
        "REPLACE_SIM": _("补换卡"),
        "REPORT_LOST": _("挂失"),
        "RESUME": _("复机"),
        "ROAMING_ON": _("开通国际漫游"),
        "SET_DATA_LIMIT": _("流量限额"),
        "SUSPEND": _("停机保号"),
        "TERMINATE": _("销户"),
        "TRANSFER": _("过户"),
    }
    return str(known.get(kind, kind))


def channel(name: str) -> str:
    """Who did it: ourselves, somebody at another door of the operator, or the operator itself."""
    known = {
        "ACCOUNT_MANAGER": _("客户经理"),
        "API": _("管理台"),
        "BILLING": _("运营商计费"),
        "COUNTER": _("营业厅"),
        "HOTLINE": _("热线"),
        "RISK_CONTROL": _("运营商风控"),
        "SYSTEM": _("运营商系统"),
    }
    return str(known.get(name, name))


def lifecycle(name: str) -> str:
    """The operator's life cycle, as the state of a line is said."""
    state = {"TRANSFERRED": "terminated", "CANCELLED": "released", "EXPIRED": "released"}.get(
        name, name.lower()
    )
    return line_pill(state)["label"] if state in set(LineState) else name


def _pill(tone: str, icon: str, label: str) -> Shown:
    return {"tone": tone, "icon": icon, "label": label}


def products(codes: Sequence[str], names: Mapping[str, str]) -> str:
    return "、".join(names.get(code, code) for code in codes)


def limit(megabytes: int | None, action: str | None) -> str:
    """How much data in a month, and what happens then."""
    if megabytes is None:
        return ""
    amount = f"{megabytes / 1024:g} GB" if megabytes >= 1024 else f"{megabytes} MB"
    return (
        _("%(amount)s，到限后限速", amount=amount)
        if action == "THROTTLE"
        else _("%(amount)s，到限后断网", amount=amount)
    )


def limit_words(megabytes: Any) -> str:
    """0 is no limit any more."""
    if not megabytes:
        return _("不限")
    return f"{megabytes / 1024:g} GB" if megabytes >= 1024 else f"{megabytes} MB"


def what_changed(facts: Mapping[str, Any], lifecycle_: str, names: Mapping[str, str]) -> str:
    """One line on what was different afterwards."""
    said = []
    if facts.get("plan"):
        said.append(_("套餐 %(name)s", name=names.get(facts["plan"], facts["plan"])))
    if facts.get("pendingPlan"):
        said.append(_("下个账期起 %(name)s", name=names.get(facts["pendingPlan"], facts["pendingPlan"])))
    if "products" in facts:
        said.append(_("附加产品 %(names)s", names=products(facts["products"] or [], names) or "--"))
    if "dataLimit" in facts:
        shown = facts["dataLimit"] or {}
        said.append(_("流量限额 %(limit)s", limit=limit(shown.get("limitMb"), shown.get("action")) or "--"))
    if "card" in facts:
        said.append(_("新卡尾号 %(tail)s", tail=facts["card"]))
    if facts.get("user"):
        said.append(_("使用人 %(name)s", name=facts["user"]))
    return "，".join(said) or lifecycle(lifecycle_)


def difference(what: str) -> str:
    """In what the two books did not agree."""
    known = {
        "card": _("SIM 卡尾号"),
        "limit": _("流量限额（MB）"),
        "line": _("号码"),
        "next_plan": _("下个账期的套餐"),
        "order": _("办理状态"),
        "plan": _("套餐"),
        "products": _("附加产品"),
        "state": _("号码状态"),
    }
    return str(known.get(what, what))


def difference_value(what: str, value: str) -> str:
    if what in ("state", "line") and value in set(LineState):
        return line_pill(value)["label"]
    return value


def repaired_pill(repaired: bool) -> Shown:
    return _pill("ok", "i-ok", _("已按运营商更正")) if repaired else _pill("warn", "i-warn", _("要人处理"))
