"""What each step on the agenda does to an order or a line."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from console.carrier.simulator import (
    agenda,
    catalogue,
    charging,
    effects,
    esim,
    numbers,
    opening,
    product_rules,
    script,
    states,
    wishes,
)
from console.carrier.simulator.errors import brief
from console.carrier.simulator.kinds import KINDS
from console.carrier.simulator.script import Script
from console.carrier.simulator.simulation import Desk


def park(desk: Desk, order: sqlite3.Row, plot: Script) -> None:
    if plot.rejected:
        _come_to_nothing(desk, order, "rejected", plot.rejected)
        agenda.drop_for_order(desk, order["order_id"])
        return
    states.move_order(desk, order["order_id"], "pending")
    if order["source"] != "API":
        # What was booked at a counter is news of the line; of its own orders the customer hears anyway.
        states.note_line(desk, order["subscriber_id"], ["pendingChanges"], order)


def start(desk: Desk, order: sqlite3.Row, plot: Script) -> None:
    if plot.rejected:
        _come_to_nothing(desk, order, "rejected", plot.rejected)
        return
    if order["type"] == "ACTIVATE":
        states.move_line(desk, order["subscriber_id"], "ASSIGNED", order)
    states.move_order(desk, order["order_id"], "inProgress")
    if plot.hold_ms is None:
        agenda.after(desk, plot.finish_ms, "finish", order_id=order["order_id"])
    else:
        agenda.after(desk, plot.finish_ms // 2, "hold", order_id=order["order_id"])


def hold(desk: Desk, order: sqlite3.Row, plot: Script) -> None:
    states.move_order(desk, order["order_id"], "held")
    agenda.after(desk, plot.hold_ms or 0, "decide", order_id=order["order_id"])


def decide(desk: Desk, order: sqlite3.Row, plot: Script) -> None:
    if plot.hold_fails:
        code = "REALNAME_FACE_FAILED" if plot.hold_for == "FACE" else "REALNAME_MISMATCH"
        _come_to_nothing(desk, order, "failed", code)
        return
    states.move_order(desk, order["order_id"], "inProgress")
    agenda.after(desk, plot.finish_ms // 2, "finish", order_id=order["order_id"])


def finish(desk: Desk, order: sqlite3.Row, plot: Script) -> None:
    items = _worked_items(desk, order, plot)
    done = [item for item in items if item["state"] == "completed"]
    order_id = order["order_id"]
    if not done:
        _come_to_nothing(desk, order, "failed", items[0]["error"]["code"], items)
        return
    if order["type"] == "ACTIVATE":
        opening.open_line(desk, order, plot, done)
    elif not _possible_now(desk, order):
        # Something else, a late reversal for one, has moved the line since the order was taken.
        _come_to_nothing(desk, order, "failed", "STATE_NOT_ALLOWED")
        return
    else:
        desk.db.execute("UPDATE orders SET effective_at = ? WHERE order_id = ?", (desk.now, order_id))
        effects.carry_out(desk, order, done)
    states.move_order(desk, order_id, "completed" if len(done) == len(items) else "partial", items=items)


def _possible_now(desk: Desk, order: sqlite3.Row) -> bool:
    lifecycle = states.line(desk, order["subscriber_id"])["lifecycle"]
    return lifecycle in KINDS[order["type"]].carried_out


def cancel(desk: Desk, order: sqlite3.Row, plot: Script) -> None:
    if order["resume_state"] == "inProgress" and plot.cancel_refused:
        states.move_order(desk, order["order_id"], "inProgress")
        agenda.after(desk, plot.finish_ms, "finish", order_id=order["order_id"])
        return
    give_up(desk, order)


def give_up(desk: Desk, order: sqlite3.Row) -> None:
    """From the state in which a cancellation is being thought about."""
    states.move_order(desk, order["order_id"], "pendingCancellation")
    _come_to_nothing(desk, order, "cancelled", None)


def reverse(desk: Desk, order: sqlite3.Row, _plot: Script) -> None:
    line = states.line(desk, order["subscriber_id"])
    if line["closed"] or line["lifecycle"] == "RISK_SUSPENDED":
        return
    opening.end_suspension(desk, line["id"])
    charging.take_back(desk, line, order["order_id"])
    states.move_line(desk, line["id"], "RISK_SUSPENDED", order, source="RISK_CONTROL", reason="RISK")
    states.reverse(desk, order["order_id"])


def _come_to_nothing(
    desk: Desk, order: sqlite3.Row, state: str, error: str | None, items: list[Any] | None = None
) -> None:
    """All that was kept for the order is as before."""
    if order["type"] == "ACTIVATE":
        line = states.line(desk, order["subscriber_id"])
        states.move_line(desk, line["id"], "CANCELLED", order)
        numbers.give_back(desk, line["msisdn"])
        numbers.return_card(desk, line["key19"], blank=bool(order["ships"]))
    if order["new_card"]:
        numbers.return_card(desk, order["new_card"], blank=bool(order["ships"]))
    if order["type"] == "CHANGE_USER":
        desk.db.execute("UPDATE subscribers SET incoming_doc = NULL WHERE id = ?", (order["subscriber_id"],))
    states.move_order(desk, order["order_id"], state, error=error, items=items)


def _worked_items(desk: Desk, order: sqlite3.Row, plot: Script) -> list[dict[str, Any]]:
    """Every item with what became of it; a main plan never fails on its own."""
    items = [item | {"state": "completed"} for item in json.loads(order["items"])]
    extras = [item for item in items[1:] if not catalogue.is_main(item.get("code", ""))]
    line = states.line(desk, order["subscriber_id"])
    wish = wishes.of(order)
    for item in items:
        drawn = "SHORT_NO_USED" if item.get("shortNo") and plot.short_no_used else None
        code = drawn or product_rules.late_problem(desk, wish, line, item)
        if code:
            _fail(item, code)
    if plot.partial and extras and extras[-1]["state"] == "completed":
        _fail(extras[-1], "SHORT_NO_USED" if extras[-1].get("shortNo") else "CREDIT_EXCEEDED")
    return items


def _fail(item: dict[str, Any], code: str) -> None:
    item.update(state="failed", error=brief(code))


OrderStep = Callable[[Desk, sqlite3.Row, Script], None]
ORDER_STEPS: dict[str, OrderStep] = {
    "park": park,
    "start": start,
    "hold": hold,
    "decide": decide,
    "finish": finish,
    "cancel": cancel,
    "reverse": reverse,
}
# After an order is done: what its person still does.
AFTER_STEPS: dict[str, Callable[[Desk, sqlite3.Row], None]] = {
    "download": esim.download,
    "code_expires": esim.expire,
    "user_face": effects.user_face,
    "user_expires": effects.user_expires,
}
LINE_STEPS: dict[str, OrderStep] = {
    "ship": opening.ship,
    "sign": opening.sign,
    "face": opening.face,
    "expire": opening.expire,
    "resume": opening.resume,
}


def take(desk: Desk, row: sqlite3.Row) -> None:
    """Do one row of the agenda at the time it was due."""
    if row["order_id"]:
        order = states.order(desk, row["order_id"])
        if row["step"] in AFTER_STEPS:
            AFTER_STEPS[row["step"]](desk, order)
        else:
            ORDER_STEPS[row["step"]](desk, order, script.from_json(order["script"]))
        return
    line = states.line(desk, row["subscriber_id"])
    if line["closed"] or row["step"] not in LINE_STEPS:
        return
    opened_by = states.order(desk, line["order_id"])
    # A line that was there from the beginning has no order behind it; nothing of its life was drawn.
    plot = script.from_json(opened_by["script"]) if opened_by else Script(0, 0)
    LINE_STEPS[row["step"]](desk, line, plot)
