"""What each step on the agenda does to an order or a line."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from console.carrier.simulator import agenda, catalogue, numbers, rules, script, states
from console.carrier.simulator.clock import months_later, next_month_start
from console.carrier.simulator.errors import brief
from console.carrier.simulator.script import Script
from console.carrier.simulator.simulation import Desk


def park(desk: Desk, order: sqlite3.Row, _plot: Script) -> None:
    states.move_order(desk, order["order_id"], "pending")


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
        _come_to_nothing(desk, order, "failed", "REALNAME_MISMATCH")
        return
    states.move_order(desk, order["order_id"], "inProgress")
    agenda.after(desk, plot.finish_ms // 2, "finish", order_id=order["order_id"])


def finish(desk: Desk, order: sqlite3.Row, plot: Script) -> None:
    items = _worked_items(desk, order, plot)
    done = [item for item in items if item["state"] == "completed"]
    order_id = order["order_id"]
    if not done:
        states.move_order(desk, order_id, "failed", error=items[0]["error"]["code"], items=items)
        return
    if order["type"] == "ACTIVATE":
        _open_line(desk, order, plot, done)
    elif states.line(desk, order["subscriber_id"])["lifecycle"] in rules.ALLOWED_IN[order["type"]]:
        _CHANGES[order["type"]](desk, order, done)
    else:
        # Something else, a late reversal for one, has moved the line since the order was taken.
        states.move_order(desk, order_id, "failed", error="STATE_NOT_ALLOWED")
        return
    states.move_order(desk, order_id, "completed" if len(done) == len(items) else "partial", items=items)


def cancel(desk: Desk, order: sqlite3.Row, plot: Script) -> None:
    if order["resume_state"] == "inProgress" and plot.cancel_refused:
        states.move_order(desk, order["order_id"], "inProgress")
        agenda.after(desk, plot.finish_ms, "finish", order_id=order["order_id"])
        return
    states.move_order(desk, order["order_id"], "pendingCancellation")
    _come_to_nothing(desk, order, "cancelled", None)


def reverse(desk: Desk, order: sqlite3.Row, _plot: Script) -> None:
    line = states.line(desk, order["subscriber_id"])
    if line["closed"] or line["lifecycle"] == "RISK_SUSPENDED":
        return
    states.move_line(desk, line["id"], "RISK_SUSPENDED", order)
    states.reverse(desk, order["order_id"])


def _come_to_nothing(desk: Desk, order: sqlite3.Row, state: str, error: str | None) -> None:
    if order["type"] == "ACTIVATE":
        line = states.line(desk, order["subscriber_id"])
        states.move_line(desk, line["id"], "CANCELLED", order)
        numbers.give_back(desk, line["msisdn"])
        numbers.move_card(desk, line["key19"], "BLANK" if order["ships"] else "PREPERSO", None)
    states.move_order(desk, order["order_id"], state, error=error)


def _worked_items(desk: Desk, order: sqlite3.Row, plot: Script) -> list[dict[str, Any]]:
    """Every item with what became of it; a main plan never fails on its own."""
    items = [item | {"state": "completed"} for item in json.loads(order["items"])]
    extras = [item for item in items[1:] if not catalogue.is_main(item.get("code", ""))]
    for item in items:
        if item.get("shortNo") and (plot.short_no_used or _short_number_taken(desk, order, item["shortNo"])):
            _fail(item, "SHORT_NO_USED")
    if plot.partial and extras and extras[-1]["state"] == "completed":
        _fail(extras[-1], "SHORT_NO_USED" if extras[-1].get("shortNo") else "CREDIT_EXCEEDED")
    return items


def _fail(item: dict[str, Any], code: str) -> None:
    item.update(state="failed", error=brief(code))


def _short_number_taken(desk: Desk, order: sqlite3.Row, short_no: str) -> bool:
    row = desk.db.execute(
        "SELECT 1 FROM subscribers WHERE group_code = ? AND short_no = ? AND closed = 0 AND id <> ?",
        (order["group_code"], short_no, order["subscriber_id"]),
    ).fetchone()
    return row is not None


def _open_line(desk: Desk, order: sqlite3.Row, plot: Script, done: list[dict[str, Any]]) -> None:
    line = states.line(desk, order["subscriber_id"])
    codes = [item["code"] for item in done if not catalogue.is_main(item.get("code", ""))]
    short_no = next((item["shortNo"] for item in done if item.get("shortNo")), None)
    desk.db.execute(
        "UPDATE subscribers SET products = ?, short_no = ? WHERE id = ?",
        (json.dumps(codes), short_no, line["id"]),
    )
    numbers.count_activation(desk, line["msisdn"])
    if order["ships"]:
        agenda.after(desk, plot.ship_ms, "ship", line_id=line["id"])
    else:
        _wait_for_face(desk, line, plot)


def _wait_for_face(desk: Desk, line: sqlite3.Row, plot: Script) -> None:
    states.move_line(desk, line["id"], "WAIT_FACE")
    if plot.face_ms is None:
        agenda.after(desk, int(desk.settings.face_expiry_s * 1000), "expire", line_id=line["id"])
    else:
        agenda.after(desk, plot.face_ms, "face", line_id=line["id"])


def ship(desk: Desk, line: sqlite3.Row, plot: Script) -> None:
    states.move_line(desk, line["id"], "SHIPPED")
    agenda.after(desk, plot.sign_ms, "sign", line_id=line["id"])


def sign(desk: Desk, line: sqlite3.Row, plot: Script) -> None:
    states.move_line(desk, line["id"], "SIGNED")
    _wait_for_face(desk, line, plot)


def face(desk: Desk, line: sqlite3.Row, plot: Script) -> None:
    months = catalogue.PRODUCTS[line["plan"]].contract_months
    desk.db.execute(
        "UPDATE subscribers SET activated_at = ?, contract_end = ? WHERE id = ?",
        (desk.now, months_later(desk.now, months) if months else None, line["id"]),
    )
    numbers.move_card(desk, line["key19"], "ACTIVE", line["msisdn"])
    states.move_line(desk, line["id"], "ACTIVE")
    if plot.reversal_ms is not None:
        agenda.after(desk, plot.reversal_ms, "reverse", order_id=line["order_id"])


def expire(desk: Desk, line: sqlite3.Row, _plot: Script) -> None:
    _close(desk, line, "EXPIRED", None)


def _close(desk: Desk, line: sqlite3.Row, lifecycle: str, cause: sqlite3.Row | None) -> None:
    states.move_line(desk, line["id"], lifecycle, cause)
    numbers.quarantine(desk, line["msisdn"])
    numbers.move_card(desk, line["key19"], "SCRAPPED", None)


def change_plan(desk: Desk, line: sqlite3.Row, _plot: Script) -> None:
    if line["pending_plan"] and not line["closed"]:
        _take_plan(desk, line["id"], line["pending_plan"])


def _take_plan(desk: Desk, line_id: int, code: str) -> None:
    months = catalogue.PRODUCTS[code].contract_months
    desk.db.execute(
        "UPDATE subscribers SET plan = ?, pending_plan = NULL, pending_from = NULL, "
        "contract_end = coalesce(?, contract_end) WHERE id = ?",
        (code, months_later(desk.now, months) if months else None, line_id),
    )


def _plan_changed(desk: Desk, order: sqlite3.Row, done: list[dict[str, Any]]) -> None:
    item = next(item for item in done if catalogue.is_main(item["code"]))
    line_id = order["subscriber_id"]
    extras = [other for other in done if other is not item]
    _add(desk, line_id, [other["code"] for other in extras])
    agenda.drop_for_line(desk, line_id, "change_plan")
    moment = desk.now if item.get("effective") == "NOW" else next_month_start(desk.now)
    desk.db.execute("UPDATE orders SET effective_at = ? WHERE order_id = ?", (moment, order["order_id"]))
    if item.get("effective") == "NOW":
        _take_plan(desk, line_id, item["code"])
        return
    desk.db.execute(
        "UPDATE subscribers SET pending_plan = ?, pending_from = ? WHERE id = ?",
        (item["code"], moment, line_id),
    )
    agenda.at(desk, moment, "change_plan", line_id=line_id)


def _products_added(desk: Desk, order: sqlite3.Row, done: list[dict[str, Any]]) -> None:
    _add(desk, order["subscriber_id"], [item["code"] for item in done])
    short_no = next((item["shortNo"] for item in done if item.get("shortNo")), None)
    desk.db.execute(
        "UPDATE subscribers SET short_no = coalesce(?, short_no) WHERE id = ?",
        (short_no, order["subscriber_id"]),
    )


def _add(desk: Desk, line_id: int, codes: list[str]) -> None:
    present = json.loads(states.line(desk, line_id)["products"])
    _set_products(desk, line_id, present + [code for code in codes if code not in present])


def _products_removed(desk: Desk, order: sqlite3.Row, done: list[dict[str, Any]]) -> None:
    gone = {item["code"] for item in done}
    present = json.loads(states.line(desk, order["subscriber_id"])["products"])
    _set_products(desk, order["subscriber_id"], [code for code in present if code not in gone])


def _set_products(desk: Desk, line_id: int, codes: list[str]) -> None:
    desk.db.execute("UPDATE subscribers SET products = ? WHERE id = ?", (json.dumps(codes), line_id))


def _moves_to(lifecycle: str) -> Callable[[Desk, sqlite3.Row, list[dict[str, Any]]], None]:
    def move(desk: Desk, order: sqlite3.Row, _done: list[dict[str, Any]]) -> None:
        states.move_line(desk, order["subscriber_id"], lifecycle, order)

    return move


def _terminated(desk: Desk, order: sqlite3.Row, _done: list[dict[str, Any]]) -> None:
    _close(desk, states.line(desk, order["subscriber_id"]), "TERMINATED", order)


_CHANGES: dict[str, Callable[[Desk, sqlite3.Row, list[dict[str, Any]]], None]] = {
    "CHANGE_PLAN": _plan_changed,
    "ADD_PRODUCT": _products_added,
    "REMOVE_PRODUCT": _products_removed,
    "SUSPEND": _moves_to("SUSPENDED"),
    "RESUME": _moves_to("ACTIVE"),
    "REPORT_LOST": _moves_to("LOST"),
    "TERMINATE": _terminated,
}
Step = Callable[[Desk, sqlite3.Row, Script], None]
ORDER_STEPS: dict[str, Step] = {
    "park": park,
    "start": start,
    "hold": hold,
    "decide": decide,
    "finish": finish,
    "cancel": cancel,
    "reverse": reverse,
}
LINE_STEPS: dict[str, Step] = {
    "ship": ship,
    "sign": sign,
    "face": face,
    "expire": expire,
    "change_plan": change_plan,
}


def take(desk: Desk, row: sqlite3.Row) -> None:
    """Do one row of the agenda at the time it was due."""
    if row["step"] in ORDER_STEPS:
        order = states.order(desk, row["order_id"])
        ORDER_STEPS[row["step"]](desk, order, script.from_json(order["script"]))
        return
    line = states.line(desk, row["subscriber_id"])
    opened_by = states.order(desk, line["order_id"])
    # A line that was there from the beginning has no order behind it; nothing of its life was drawn.
    plot = script.from_json(opened_by["script"]) if opened_by else Script(0, 0)
    LINE_STEPS[row["step"]](desk, line, plot)
