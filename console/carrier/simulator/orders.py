"""Taking orders in: the same one only once, refused ones not at all, and showing them again."""

import json
import sqlite3
from dataclasses import asdict, dataclass, field
from typing import Any

from console.carrier.simulator import (
    agenda,
    esim,
    lines,
    numbers,
    payloads,
    persons,
    quoting,
    rules,
    scheduling,
    script,
    states,
    steps,
    wishes,
)
from console.carrier.simulator.clock import china, rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.script import Script
from console.carrier.simulator.simulation import Desk
from console.carrier.simulator.wishes import Wish


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


def accept(desk: Desk, payload: dict[str, Any]) -> Reply:
    """Raise ApiError when the order is refused; nothing is written then."""
    wish = wishes.read(desk.secret, payload)
    payload_hash = payloads.digest(desk.secret, "order", payload)
    known = find_by_external_id(desk, wish.external_id)
    if known is not None:
        return _again(desk, known, payload_hash)
    at = scheduling.moment(desk.settings, wish, desk.now)
    line = rules.check(desk, wish, at)
    if payload.get("dryRun") is True:
        return Reply(200, _offer(desk, wish, line, at))
    plot = script.written(
        desk.settings, desk.dice(wish.external_id), wish.type, wish.msisdn, scheduled=at is not None
    )
    return Reply(202, view(desk, take_in(desk, wish, line, Terms(at, plot, payload_hash))))


@dataclass(frozen=True)
class Terms:
    """How an accepted order will go: when, by which script, and for whom."""

    at: int | None
    plot: Script
    payload_hash: str
    source: str = "API"


def take_in(desk: Desk, wish: Wish, line: sqlite3.Row | None, terms: Terms) -> sqlite3.Row:
    order_id = _store(desk, wish, line["id"] if line else None, terms)
    if line is None:
        _reserve(desk, wish, order_id)
    else:
        _keep_for(desk, wish, line, order_id)
        _replace_pending(desk, wish, line, order_id)
    agenda.begin(desk, states.order(desk, order_id), terms.at)
    return states.order(desk, order_id)


def _offer(desk: Desk, wish: Wish, line: sqlite3.Row | None, at: int | None) -> dict[str, Any]:
    charges = quoting.quote(wish, line, desk.now if at is None else at)
    return {
        "externalId": wish.external_id,
        "dryRun": True,
        "result": "OK",
        "effectiveAt": rfc3339(at),
        "charges": [asdict(charge) for charge in charges],
        "dueFen": sum(charge.fen for charge in charges),
    }


def find_by_external_id(desk: Desk, external_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = desk.db.execute(
        "SELECT * FROM orders WHERE external_id = ?", (external_id,)
    ).fetchone()
    return row


def _again(desk: Desk, order: sqlite3.Row, payload_hash: str) -> Reply:
    if order["payload_hash"] != payload_hash:
        raise ApiError("DUPLICATE_EXTERNAL_ID", f"外部单号 {order['external_id']} 已用于 {order['order_id']}")
    return Reply(200, view(desk, order))


def _store(desk: Desk, wish: Wish, line_id: int | None, terms: Terms) -> str:
    cursor = desk.db.execute(
        "INSERT INTO orders (external_id, payload_hash, type, group_code, msisdn, subscriber_id, state, "
        "sequence, items, script, wish, source, effective_at, received_at, updated_at) "
        "VALUES (?, ?, ?, ?, ?, ?, 'acknowledged', 1, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(wish.external_id, terms.payload_hash, wish.type, wish.group_code, wish.msisdn, line_id),
            json.dumps(_items(wish), ensure_ascii=False),
            *(terms.plot.as_json(), wish.as_json(), terms.source, terms.at, desk.now, desk.written_at),
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
    sim = _take_card(desk, wish, order_id)
    numbers.occupy(desk, wish.msisdn)
    cursor = desk.db.execute(
        "INSERT INTO subscribers (msisdn, key19, iccid, group_code, order_id, external_id, doc_hash, "
        "lifecycle, plan, products) VALUES (?, ?, ?, ?, ?, ?, ?, 'RESERVED', ?, ?)",
        (
            *(wish.msisdn, sim["key19"], sim["iccid"], wish.group_code, order_id, wish.external_id),
            *(wish.doc_hash, wish.main_plan, json.dumps(wish.extras)),
        ),
    )
    desk.db.execute("UPDATE orders SET subscriber_id = ? WHERE order_id = ?", (cursor.lastrowid, order_id))
    persons.register(desk, wish)


def _take_card(desk: Desk, wish: Wish, order_id: str) -> sqlite3.Row:
    """The named card, a profile for the eUICC, or a blank card of the operator's own."""
    iccid = wish.iccid
    if wish.sim_type == wishes.ESIM:
        iccid = esim.prepare(desk, wish.external_id, wish.group_code, wish.eid)
    elif not iccid:
        iccid = numbers.new_card(desk, wish.external_id, wish.group_code)
    sim = numbers.check_card(desk, iccid, wish.msisdn, wish.group_code)
    numbers.move_card(desk, sim["key19"], "ASSIGNED", wish.msisdn)
    # The card that opens a line is the line's; it is the order's own when it replaces one or is downloaded.
    own = sim["key19"] if wish.type == "REPLACE_SIM" or wish.sim_type == wishes.ESIM else None
    desk.db.execute(
        "UPDATE orders SET ships = ?, new_card = ? WHERE order_id = ?",
        (sim["state"] == "BLANK", own, order_id),
    )
    return sim


def _keep_for(desk: Desk, wish: Wish, line: sqlite3.Row, order_id: str) -> None:
    """A replacing card and a new user's place are taken from now on, too."""
    if wish.type == "REPLACE_SIM":
        _take_card(desk, wish, order_id)
    if wish.type == "CHANGE_USER":
        desk.db.execute("UPDATE subscribers SET incoming_doc = ? WHERE id = ?", (wish.doc_hash, line["id"]))


def _replace_pending(desk: Desk, wish: Wish, line: sqlite3.Row, order_id: str) -> None:
    """A line has one plan change waiting at most: the earlier one is cancelled by the later."""
    if wish.type != "CHANGE_PLAN":
        return
    for before in lines.scheduled(desk, line["id"]):
        if before["type"] == "CHANGE_PLAN" and before["order_id"] != order_id:
            agenda.drop_for_order(desk, before["order_id"])
            if before["state"] in ("acknowledged", "pending"):
                states.move_order(desk, before["order_id"], "assessingCancellation")
            steps.give_up(desk, before)


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
        "externalId": order["external_id"] if order["source"] == "API" else None,
        "source": order["source"],
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
        "waitingFor": _waiting_for(desk, order),
        "sim": _sim(desk, order),
        "charges": _charges(desk, order["order_id"]),
        "effectiveAt": rfc3339(order["effective_at"]),
        "receivedAt": rfc3339(order["received_at"]),
        "updatedAt": rfc3339(order["updated_at"]),
    }


def _waiting_for(desk: Desk, order: sqlite3.Row) -> str | None:
    if order["state"] == "held":
        return script.from_json(order["script"]).hold_for
    waits = order["state"] in ("acknowledged", "pending") and (order["effective_at"] or 0) > desk.now
    return "DATE" if waits else None


def _sim(desk: Desk, order: sqlite3.Row) -> dict[str, Any] | None:
    """The card that an order for one brings."""
    card = numbers.find_sim(desk, order["new_card"] or "")
    if card is None:
        return None
    shown = lines.card_view(card)
    names = ("iccid", "simType", "eidMasked", "downloadState", "downloadError")
    times = {"codeTakenAt": rfc3339(card["code_taken_at"]), "codeExpiresAt": rfc3339(card["code_expires_at"])}
    return {name: shown[name] for name in names} | times


def _charges(desk: Desk, order_id: str) -> list[dict[str, Any]]:
    rows = desk.db.execute("SELECT item, code, fen FROM charges WHERE order_id = ? ORDER BY id", (order_id,))
    return [dict(row) for row in rows]


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
