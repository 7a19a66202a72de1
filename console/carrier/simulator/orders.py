"""Taking orders in: the same one only once, refused ones not at all, and showing them again."""

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from console.carrier.simulator import agenda, catalogue, numbers, payloads, rules, script, states
from console.carrier.simulator.clock import china, rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.rules import Wish
from console.carrier.simulator.simulation import Desk


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


def accept(desk: Desk, payload: dict[str, Any]) -> Reply:
    """Raise ApiError when the order is refused; nothing is written then."""
    wish = payloads.wish(desk.secret, payload)
    payload_hash = payloads.digest(desk.secret, "order", payload)
    known = find_by_external_id(desk, wish.external_id)
    if known is not None:
        return _again(desk, known, payload_hash)
    start_at = payloads.start_at(payload)
    line = rules.check(desk, wish)
    if payload.get("dryRun") is True:
        return Reply(200, {"externalId": wish.external_id, "dryRun": True, "result": "OK"})
    order_id = _store(desk, wish, payload_hash, line["id"] if line else None)
    if line is None:
        _reserve(desk, wish, order_id)
    agenda.begin(desk, states.order(desk, order_id), start_at)
    return Reply(202, view(desk, states.order(desk, order_id)))


def find_by_external_id(desk: Desk, external_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = desk.db.execute(
        "SELECT * FROM orders WHERE external_id = ?", (external_id,)
    ).fetchone()
    return row


def _again(desk: Desk, order: sqlite3.Row, payload_hash: str) -> Reply:
    if order["payload_hash"] != payload_hash:
        raise ApiError("DUPLICATE_EXTERNAL_ID", f"外部单号 {order['external_id']} 已用于 {order['order_id']}")
    return Reply(200, view(desk, order))


def _store(desk: Desk, wish: Wish, payload_hash: str, line_id: int | None) -> str:
    plot = script.written(desk.settings, desk.dice(wish.external_id), wish.type, wish.msisdn)
    cursor = desk.db.execute(
        "INSERT INTO orders (external_id, payload_hash, type, group_code, msisdn, subscriber_id, state, "
        "sequence, items, script, received_at, updated_at) "
        "VALUES (?, ?, ?, ?, ?, ?, 'acknowledged', 1, ?, ?, ?, ?)",
        (
            wish.external_id,
            payload_hash,
            wish.type,
            wish.group_code,
            wish.msisdn,
            line_id,
            json.dumps(_items(wish), ensure_ascii=False),
            plot.as_json(),
            desk.now,
            desk.written_at,
        ),
    )
    order_id = f"CM{china(desk.now):%y%m%d}{cursor.lastrowid:08d}"
    desk.db.execute("UPDATE orders SET order_id = ? WHERE serial = ?", (order_id, cursor.lastrowid))
    return order_id


def _items(wish: Wish) -> list[dict[str, Any]]:
    if not wish.products:
        return [{"id": "1", "state": "acknowledged"}]
    wanted = ("code", "shortNo", "effective")
    return [
        {"id": str(number), "state": "acknowledged"} | {key: item[key] for key in wanted if item.get(key)}
        for number, item in enumerate(wish.products, start=1)
    ]


def _reserve(desk: Desk, wish: Wish, order_id: str) -> None:
    """The number, the card and one of the person's five places are taken from now on."""
    iccid = wish.iccid or numbers.new_card(desk, wish.external_id, wish.group_code)
    sim = numbers.check_card(desk, iccid, wish.msisdn, wish.group_code)
    numbers.occupy(desk, wish.msisdn)
    numbers.move_card(desk, sim["key19"], "ASSIGNED", wish.msisdn)
    extras = [code for code in wish.codes if not catalogue.is_main(code)]
    cursor = desk.db.execute(
        "INSERT INTO subscribers (msisdn, key19, iccid, group_code, order_id, external_id, doc_hash, "
        "lifecycle, plan, products) VALUES (?, ?, ?, ?, ?, ?, ?, 'RESERVED', ?, ?)",
        (
            wish.msisdn,
            sim["key19"],
            sim["iccid"],
            wish.group_code,
            order_id,
            wish.external_id,
            wish.doc_hash,
            wish.main_plan,
            json.dumps(extras),
        ),
    )
    desk.db.execute(
        "UPDATE orders SET subscriber_id = ?, ships = ? WHERE order_id = ?",
        (cursor.lastrowid, sim["state"] == "BLANK", order_id),
    )
    desk.db.execute(
        "INSERT INTO people (doc_hash, name) VALUES (?, ?) "
        "ON CONFLICT (doc_hash) DO UPDATE SET name = coalesce(name, excluded.name)",
        (wish.doc_hash, wish.name),
    )


def find(desk: Desk, order_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = states.order(desk, order_id)
    if row is None:
        raise ApiError("ORDER_NOT_FOUND", order_id)
    return row


def view(desk: Desk, order: sqlite3.Row) -> dict[str, Any]:
    line = states.line(desk, order["subscriber_id"]) if order["subscriber_id"] else None
    number = numbers.find(desk, order["msisdn"])
    error = json.loads(order["error"]) if order["error"] else None
    return {
        "orderId": order["order_id"],
        "externalId": order["external_id"],
        "type": order["type"],
        "groupCode": order["group_code"],
        "msisdn": order["msisdn"],
        "iccid": line["iccid"] if line else None,
        "state": order["state"],
        "sequence": order["sequence"],
        "final": order["state"] in states.TERMINAL,
        "items": json.loads(order["items"]),
        "error": error,
        "reversal": error is not None and error["code"] == "E_POST_REVERSAL",
        "lifecycle": line["lifecycle"] if line else None,
        "lifecycleSequence": number["sequence"] if number else 0,
        "effectiveAt": rfc3339(order["effective_at"]),
        "receivedAt": rfc3339(order["received_at"]),
        "updatedAt": rfc3339(order["updated_at"]),
    }


def feed(desk: Desk, since_ms: int, after: tuple[int, str] | None, limit: int) -> list[sqlite3.Row]:
    """Orders changed since, oldest change first; after is the place of the last one already read."""
    place = after or (since_ms, "")
    return desk.db.execute(
        "SELECT * FROM orders WHERE (updated_at, order_id) > (?, ?) ORDER BY updated_at, order_id LIMIT ?",
        (*place, limit),
    ).fetchall()


def cancel(desk: Desk, order_id: str) -> Reply:
    order = find(desk, order_id)
    if order["state"] in states.TERMINAL:
        raise ApiError("STATE_NOT_ALLOWED", f"订单已是 {order['state']}")
    if order["state"] not in ("assessingCancellation", "pendingCancellation"):
        desk.db.execute("UPDATE orders SET resume_state = state WHERE order_id = ?", (order_id,))
        states.move_order(desk, order_id, "assessingCancellation")
        agenda.cancel_instead(desk, order_id)
    return Reply(202, view(desk, states.order(desk, order_id)))
