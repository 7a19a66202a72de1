"""What pages show of numbers, cards and lines: states in words. Text in the reader's language; no HTTP."""

from flask_babel import gettext as _

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
    return (
        _pill("", "i-clock", _("等待")) if state is OrderState.PLACED else _pill("run", "i-spin", _("办理中"))
    )


def order_reason(order: Order) -> str:
    return operator.reason(order.error_code) if order.error_code else ""


def order_kind(kind: str) -> str:
    known = {
        "ACTIVATE": _("开通号码"),
        "CHANGE_PLAN": _("套餐变更"),
        "RESUME": _("复机"),
        "SUSPEND": _("停机保号"),
    }
    return str(known.get(kind, kind))


def _pill(tone: str, icon: str, label: str) -> Shown:
    return {"tone": tone, "icon": icon, "label": label}
