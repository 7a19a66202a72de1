"""What an order that is carried out does to its line, by its type."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from console.carrier.simulator import (
    agenda,
    catalogue,
    charging,
    esim,
    numbers,
    opening,
    persons,
    pricing,
    quoting,
    scheduling,
    script,
    states,
    wishes,
)
from console.carrier.simulator.clock import months_later
from console.carrier.simulator.kinds import ADDS
from console.carrier.simulator.simulation import Desk
from console.carrier.simulator.wishes import Wish

Items = list[dict[str, Any]]


def carry_out(desk: Desk, order: sqlite3.Row, done: Items) -> None:
    """Done are the items that come about; what they cost is charged with them."""
    wish, line = wishes.of(order), states.line(desk, order["subscriber_id"])
    charging.charge(desk, line, order["order_id"], _charges(wish, line, done, desk.now))
    _EFFECTS[order["type"]](desk, order, wish, done)


def _charges(wish: Wish, line: sqlite3.Row, done: Items, at: int) -> list[pricing.Charge]:
    codes = {item.get("code") for item in done}
    wanted = quoting.quote(wish, line, at)
    return [one for one in wanted if one.item in ("CARD", "PENALTY") or one.code in codes]


def _change(desk: Desk, line_id: int, **columns: Any) -> None:
    names = ", ".join(f"{name} = ?" for name in columns)
    desk.db.execute(f"UPDATE subscribers SET {names} WHERE id = ?", (*columns.values(), line_id))


def _note(desk: Desk, order: sqlite3.Row, *changed: str) -> None:
    states.note_line(desk, order["subscriber_id"], list(changed), order)


def _plan_changed(desk: Desk, order: sqlite3.Row, wish: Wish, done: Items) -> None:
    line_id, code = order["subscriber_id"], wish.main_plan or ""
    _take_plan(desk, line_id, code)
    _add(desk, line_id, [item for item in done if item["code"] != code])
    _note(desk, order, "plan", "products", "contractEnd")


def _take_plan(desk: Desk, line_id: int, code: str) -> None:
    """A plan with a contract begins a new one; one without ends what was left, its penalty being paid."""
    months = catalogue.PRODUCTS[code].contract_months
    line = states.line(desk, line_id)
    dearer = catalogue.PRODUCTS[code].fee_fen >= catalogue.PRODUCTS[line["plan"]].fee_fen
    end = months_later(desk.now, months) if months else line["contract_end"] if dearer else None
    _change(desk, line_id, plan=code, contract_end=end)


def _products_added(desk: Desk, order: sqlite3.Row, wish: Wish, done: Items) -> None:
    line_id = order["subscriber_id"]
    _add(desk, line_id, done)
    if wish.type == "JOIN_POOL":
        _change(desk, line_id, pool_id=wish.pool_id)
    _note(desk, order, "products", *_ALONG.get(wish.type, ()))


_ALONG = {
    "JOIN_VNET": ("shortNo",),
    "LEAVE_VNET": ("shortNo",),
    "JOIN_POOL": ("poolId",),
    "LEAVE_POOL": ("poolId",),
}


def _add(desk: Desk, line_id: int, items: Items) -> None:
    line = states.line(desk, line_id)
    present = json.loads(line["products"])
    new = [item["code"] for item in items if item["code"] not in present]
    short_no = next((item["shortNo"] for item in items if item.get("shortNo")), line["short_no"])
    _change(desk, line_id, products=json.dumps(present + new), short_no=short_no)


def _products_removed(desk: Desk, order: sqlite3.Row, wish: Wish, done: Items) -> None:
    line_id, gone = order["subscriber_id"], {item["code"] for item in done}
    present = json.loads(states.line(desk, line_id)["products"])
    _change(desk, line_id, products=json.dumps([code for code in present if code not in gone]))
    if "VNET_BASIC" in gone:
        _change(desk, line_id, short_no=None)
    if "POOL_MEMBER" in gone:
        _change(desk, line_id, pool_id=None)
    _note(desk, order, "products", *_ALONG.get(wish.type, ()))


def _suspended(desk: Desk, order: sqlite3.Row, wish: Wish, _done: Items) -> None:
    line_id = order["subscriber_id"]
    until = scheduling.suspended_until(desk.settings, wish, desk.now)
    _change(desk, line_id, suspended_for="VOLUNTARY", suspended_at=desk.now, suspended_until=until)
    agenda.at(desk, until, "resume", line_id=line_id)
    states.move_line(desk, line_id, "SUSPENDED", order, reason="VOLUNTARY")


def _resumed(desk: Desk, order: sqlite3.Row, _wish: Wish, _done: Items) -> None:
    opening.end_suspension(desk, order["subscriber_id"])
    states.move_line(desk, order["subscriber_id"], "ACTIVE", order)


def _lost(desk: Desk, order: sqlite3.Row, _wish: Wish, _done: Items) -> None:
    # Whoever loses the card of a suspended line is not also charged for keeping its number.
    opening.end_suspension(desk, order["subscriber_id"])
    states.move_line(desk, order["subscriber_id"], "LOST", order, reason="LOST")


def _card_replaced(desk: Desk, order: sqlite3.Row, wish: Wish, _done: Items) -> None:
    line, card = states.line(desk, order["subscriber_id"]), order["new_card"]
    iccid = desk.db.execute("SELECT iccid FROM sims WHERE key19 = ?", (card,)).fetchone()["iccid"]
    numbers.move_card(desk, line["key19"], "SCRAPPED", None)
    numbers.move_card(desk, card, "ACTIVE", line["msisdn"])
    hold = desk.now + int(desk.settings.sms_hold_s * 1000)
    _change(desk, line["id"], key19=card, iccid=iccid, sms_hold_until=hold)
    if wish.sim_type == wishes.ESIM:
        esim.release(desk, card, order["order_id"])
    if line["lifecycle"] == "LOST":
        states.move_line(desk, line["id"], "ACTIVE", order, changed=["card"])
    else:
        _note(desk, order, "card")
    _may_be_reversed(desk, order)


def _user_changed(desk: Desk, order: sqlite3.Row, wish: Wish, _done: Items) -> None:
    """The new user is registered from now on; he uses the line when he has shown his face."""
    line_id, plot = order["subscriber_id"], script.from_json(order["script"])
    persons.register(desk, wish)
    opening.end_suspension(desk, line_id)
    _change(desk, line_id, doc_hash=wish.doc_hash, incoming_doc=None)
    states.move_line(desk, line_id, "WAIT_FACE", order, changed=["user"])
    if plot.face_ms is None:
        agenda.after(
            desk, int(desk.settings.face_expiry_s * 1000), "user_expires", order_id=order["order_id"]
        )
    else:
        agenda.after(desk, plot.face_ms, "user_face", order_id=order["order_id"])


def _may_be_reversed(desk: Desk, order: sqlite3.Row) -> None:
    plot = script.from_json(order["script"])
    if plot.reversal_ms is not None:
        agenda.after(desk, plot.reversal_ms, "reverse", order_id=order["order_id"])


def user_face(desk: Desk, order: sqlite3.Row) -> None:
    if states.line(desk, order["subscriber_id"])["lifecycle"] == "WAIT_FACE":
        states.move_line(desk, order["subscriber_id"], "ACTIVE", order)
        _may_be_reversed(desk, order)


def user_expires(desk: Desk, order: sqlite3.Row) -> None:
    """The number is the customer's; it rests until somebody shows his face for it."""
    line_id = order["subscriber_id"]
    if states.line(desk, line_id)["lifecycle"] == "WAIT_FACE":
        _change(desk, line_id, suspended_for="FACE")
        states.move_line(desk, line_id, "SUSPENDED", order, source="SYSTEM", reason="FACE")


def _transferred(desk: Desk, order: sqlite3.Row, wish: Wish, _done: Items) -> None:
    """The line ends for its old owner and begins anew for the next; number and card stay what they are."""
    old = states.line(desk, order["subscriber_id"])
    owner = {"TO_PERSON": "", "TO_COMPANY": wish.to_group, "FROM_PERSON": wish.group_code}[wish.direction]
    persons.register(desk, wish)
    states.move_line(desk, old["id"], "TRANSFERRED", order)
    cursor = desk.db.execute(
        "INSERT INTO subscribers (msisdn, key19, iccid, group_code, doc_hash, lifecycle, plan, products, "
        "activated_at, transferred_at) VALUES (?, ?, ?, ?, ?, 'ACTIVE', ?, ?, ?, ?)",
        (
            *(old["msisdn"], old["key19"], old["iccid"], owner, wish.doc_hash),
            *(wish.main_plan or old["plan"], old["products"], old["activated_at"], desk.now),
        ),
    )
    desk.db.execute("UPDATE numbers SET group_code = ? WHERE msisdn = ?", (owner, old["msisdn"]))
    desk.db.execute("UPDATE sims SET group_code = ? WHERE key19 = ?", (owner, old["key19"]))
    states.note_line(desk, cursor.lastrowid or 0, ["owner"], None)


def _terminated(desk: Desk, order: sqlite3.Row, _wish: Wish, _done: Items) -> None:
    opening.end_suspension(desk, order["subscriber_id"])
    opening.close(desk, states.line(desk, order["subscriber_id"]), "TERMINATED", order)


def _limited(desk: Desk, order: sqlite3.Row, wish: Wish, _done: Items) -> None:
    limit = (wish.limit_mb, wish.limit_action) if wish.type == "SET_DATA_LIMIT" else (None, None)
    _change(desk, order["subscriber_id"], limit_mb=limit[0], limit_action=limit[1])
    _note(desk, order, "dataLimit")


_EFFECTS: dict[str, Callable[[Desk, sqlite3.Row, Wish, Items], None]] = {
    "CHANGE_PLAN": _plan_changed,
    **dict.fromkeys(ADDS, _products_added),
    "REMOVE_PRODUCT": _products_removed,
    "LEAVE_VNET": _products_removed,
    "LEAVE_POOL": _products_removed,
    "SUSPEND": _suspended,
    "RESUME": _resumed,
    "REPORT_LOST": _lost,
    "REPLACE_SIM": _card_replaced,
    "CHANGE_USER": _user_changed,
    "TRANSFER": _transferred,
    "TERMINATE": _terminated,
    "SET_DATA_LIMIT": _limited,
    "CLEAR_DATA_LIMIT": _limited,
}
