"""The operator's interface for orders and what is told of them, under /gw/v1."""

import json
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from console.carrier.simulator import access, esim, events, maintenance, orders, paging, payloads, placing
from console.carrier.simulator.access import simulation
from console.carrier.simulator.answers import answer
from console.carrier.simulator.clock import from_rfc3339, rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.ledger import remember
from console.carrier.simulator.orders import Reply
from console.carrier.simulator.simulation import Desk

gateway = Blueprint("gateway", __name__, url_prefix="/gw/v1")
gateway.before_request(access.check_signature)
gateway.before_request(access.check_rate)

_MOST_ORDERS, _MOST_EVENTS = 200, 500


@gateway.get("/health")
def health() -> Response:
    sim = simulation()
    now = sim.clock.now()
    windows = maintenance.announced(sim.settings, now)
    return answer(Reply(200, {"status": "UP", "time": rfc3339(now), "maintenance": windows}))


@gateway.post("/orders")
def place_order() -> Response:
    key = access.idempotency_key()
    return answer(placing.place(simulation(), key, access.payload()))


@gateway.post("/order-batches")
def place_batch() -> Response:
    key = access.idempotency_key()
    return answer(placing.place_batch(simulation(), key, access.payload()))


@gateway.get("/orders/<order_id>")
def one_order(order_id: str) -> Response:
    with simulation().desk() as desk:
        return answer(Reply(200, orders.view(desk, orders.find(desk, order_id))))


@gateway.get("/orders")
def find_orders() -> Response:
    external_id = request.args.get("externalId")
    if external_id is None:
        return _feed()
    with simulation().desk() as desk:
        order = orders.find_by_external_id(desk, external_id)
        if order is None:
            raise ApiError("ORDER_NOT_FOUND", external_id)
        return answer(Reply(200, orders.view(desk, order)))


def _feed() -> Response:
    limit, place = paging.limit(_MOST_ORDERS, _MOST_ORDERS), paging.read_cursor(2)
    after, since = (
        (paging.number(place[0]), place[1]) if place else None,
        request.args.get("updatedSince", ""),
    )
    try:
        since_ms = from_rfc3339(since) if since else 0
    except ValueError as error:
        raise ApiError("INVALID_PARAM", since, "updatedSince") from error
    with simulation().desk() as desk:
        rows = orders.feed(desk, since_ms, after, limit + 1)
        shown = [orders.view(desk, row) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    cursor = paging.cursor(last["updated_at"], last["order_id"]) if last else None
    return answer(Reply(200, {"orders": shown, "nextCursor": cursor}))


@gateway.post("/orders/<order_id>/cancel")
def cancel_order(order_id: str) -> Response:
    key = access.idempotency_key()
    payload = access.payload() if request.get_data() else {}

    def work(desk: Desk) -> Reply:
        return orders.cancel(desk, order_id)

    return answer(placing.once(simulation(), key, f"/orders/{order_id}/cancel", payload, work))


@gateway.post("/orders/<order_id>/activation-code")
def take_activation_code(order_id: str) -> Response:
    """A second key finds it gone; the same key gets the same answer again, should the first be lost."""
    key, payload = access.idempotency_key(), access.payload()
    group_code = payloads.text(payload, "groupCode")

    def work(desk: Desk) -> Reply:
        order = orders.find(desk, order_id)
        if order["group_code"] != group_code:
            raise ApiError("NOT_YOUR_NUMBER", order_id, "groupCode")
        return Reply(200, esim.take_code(desk, order))

    return answer(placing.once(simulation(), key, f"/orders/{order_id}/activation-code", payload, work))


@gateway.get("/events")
def all_events() -> Response:
    """Everything that call-backs tell, for whoever did not hear; nextCursor is given also on the last page."""
    limit, place = paging.limit(_MOST_EVENTS, _MOST_EVENTS), paging.read_cursor(1)
    after = paging.number(place[0]) if place else 0
    with simulation().desk() as desk:
        rows = events.feed(desk, request.args.get("groupCode", ""), after, limit)
    told = [json.loads(row["body"]) for row in rows]
    cursor = paging.cursor(rows[-1]["id"] if rows else after)
    return answer(Reply(200, {"events": told, "nextCursor": cursor, "more": len(rows) == limit}))


@gateway.put("/callbacks")
def set_callbacks() -> Response:
    key, payload = access.idempotency_key(), access.payload()
    url, secret = payloads.text(payload, "url"), payloads.text(payload, "secret")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ApiError("INVALID_PARAM", url, "url")

    def work(desk: Desk) -> Reply:
        remember(desk.db, "callback", {"url": url, "secret": secret})
        return Reply(200, {"url": url})

    return answer(placing.once(simulation(), key, "/callbacks", payload, work))
