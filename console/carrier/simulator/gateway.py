"""The operator's interface for customers, under /gw/v1."""

import base64
import binascii
import json
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from console.carrier.simulator import access, maintenance, numbers, orders, payloads, placing, rules, signing
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

_MOST_NUMBERS, _MOST_LOCKS, _MOST_SIMS, _MOST_ORDERS = 200, 50, 100, 200
_MISSING_OPERATIONS = ("usage", "bills", "cdr-exports")


@gateway.get("/health")
def health() -> Response:
    sim = simulation()
    now = sim.clock.now()
    windows = maintenance.announced(sim.settings, now)
    return answer(Reply(200, {"status": "UP", "time": rfc3339(now), "maintenance": windows}))


@gateway.post("/realname/checks")
def check_person() -> Response:
    sim, payload = simulation(), access.payload()
    number = _id_number(sim.options.secret, payload)
    document = signing.document_hash(sim.options.secret, payloads.text(payload, "idType"), number)
    msisdn = payloads.text(payload, "msisdn", needed=False)
    with sim.desk() as desk:
        code = rules.checked_person(desk, document, payloads.text(payload, "name"), msisdn)
        count, limit = rules.one_id_count(desk, document), desk.settings.one_id_limit
    result = "FAIL" if code else "PASS"
    return answer(Reply(200, {"result": result, "code": code, "oneIdCount": count, "oneIdLimit": limit}))


def _id_number(secret: str, payload: dict[str, Any]) -> str:
    sealed = payloads.text(payload, "idNoEnc", needed=False)
    if not sealed:
        return payloads.text(payload, "idNo")
    try:
        return signing.decrypt_id(secret, sealed)
    except ValueError as error:
        raise ApiError("INVALID_PARAM", "证件号码无法解密", "idNoEnc") from error


@gateway.get("/numbers")
def free_numbers() -> Response:
    with simulation().desk() as desk:
        found = numbers.free_numbers(
            desk,
            prefix=request.args.get("prefix", ""),
            pattern=request.args.get("pattern", ""),
            wanted_level=request.args.get("level", ""),
            limit=_limit(_MOST_NUMBERS, 50),
        )
    city = request.args.get("city") or None
    shown = [{"msisdn": msisdn, "level": numbers.level(msisdn), "city": city} for msisdn in found]
    return answer(Reply(200, {"numbers": shown}))


def _limit(most: int, usual: int) -> int:
    text = request.args.get("limit", str(usual))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ApiError("INVALID_PARAM", f"limit 应为 1～{most}", "limit")
    return int(text)


@gateway.post("/numbers/locks")
def lock_numbers() -> Response:
    key, payload = access.idempotency_key(), access.payload()
    group_code = payloads.text(payload, "groupCode")
    wanted, ttl_s = payload.get("msisdns"), payload.get("ttlSec", 1800)
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= _MOST_LOCKS:
        raise ApiError("INVALID_PARAM", f"msisdns 应为 1～{_MOST_LOCKS} 个", "msisdns")
    if isinstance(ttl_s, bool) or not isinstance(ttl_s, int) or not 1 <= ttl_s <= numbers.MAX_LOCK_S:
        raise ApiError("INVALID_PARAM", "ttlSec 最长 30 天", "ttlSec")

    def work(desk: Desk) -> Reply:
        return Reply(200, {"results": [_locked(desk, str(msisdn), group_code, ttl_s) for msisdn in wanted]})

    return answer(placing.once(simulation(), key, "/numbers/locks", payload, work))


def _locked(desk: Desk, msisdn: str, group_code: str, ttl_s: int) -> dict[str, Any]:
    try:
        until = numbers.lock(desk, msisdn, group_code, ttl_s)
    except ApiError as error:
        return {"msisdn": msisdn, "locked": False, "error": error.body()}
    return {"msisdn": msisdn, "locked": True, "lockedUntil": rfc3339(until)}


@gateway.delete("/numbers/locks/<msisdn>")
def unlock_number(msisdn: str) -> Response:
    key, payload = access.idempotency_key(), access.payload()
    group_code = payloads.text(payload, "groupCode")

    def work(desk: Desk) -> Reply:
        numbers.unlock(desk, msisdn, group_code)
        return Reply(204, None)

    return answer(placing.once(simulation(), key, f"/numbers/locks/{msisdn}", payload, work))


@gateway.get("/numbers/<msisdn>")
def one_number(msisdn: str) -> Response:
    with simulation().desk() as desk:
        state, row = numbers.state(desk, msisdn), numbers.find(desk, msisdn)
    if state is None:
        raise ApiError("NUMBER_NOT_FOUND", msisdn)
    held = row is not None and state in (numbers.LOCKED, numbers.ASSIGNED)
    return answer(
        Reply(
            200,
            {
                "msisdn": msisdn,
                "state": state,
                "level": numbers.level(msisdn),
                "operator": "CM",
                "groupCode": row["group_code"] if row and held else None,
                "lockedUntil": rfc3339(row["locked_until"]) if row and state == numbers.LOCKED else None,
            },
        )
    )


@gateway.post("/sims/query")
def query_sims() -> Response:
    wanted = access.payload().get("iccids")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= _MOST_SIMS:
        raise ApiError("INVALID_PARAM", f"iccids 应为 1～{_MOST_SIMS} 个", "iccids")
    with simulation().desk() as desk:
        return answer(Reply(200, {"sims": [_sim(desk, str(iccid)) for iccid in wanted]}))


def _sim(desk: Desk, iccid: str) -> dict[str, Any]:
    sim = numbers.find_sim(desk, iccid)
    if sim is None:
        return {"iccid": iccid, "state": None, "error": ApiError("SIM_NOT_FOUND", iccid).body()}
    masked = sim["imsi"][:5] + "******" + sim["imsi"][-4:]
    shown = {"iccid": sim["iccid"], "state": sim["state"], "imsi": masked}
    return shown | {"groupCode": sim["group_code"], "msisdn": sim["msisdn"]}


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
    limit, given = _limit(_MOST_ORDERS, _MOST_ORDERS), request.args.get("cursor", "")
    after, since = (_read_cursor(given) if given else None), request.args.get("updatedSince", "")
    try:
        since_ms = from_rfc3339(since) if since else 0
    except ValueError as error:
        raise ApiError("INVALID_PARAM", since, "updatedSince") from error
    with simulation().desk() as desk:
        rows = orders.feed(desk, since_ms, after, limit + 1)
        shown = [orders.view(desk, row) for row in rows[:limit]]
    more = len(rows) > limit
    cursor = _cursor(rows[limit - 1]["updated_at"], rows[limit - 1]["order_id"]) if more else None
    return answer(Reply(200, {"orders": shown, "nextCursor": cursor}))


def _cursor(updated_at: int, order_id: str) -> str:
    return base64.urlsafe_b64encode(f"{updated_at} {order_id}".encode()).decode()


def _read_cursor(text: str) -> tuple[int, str]:
    try:
        updated_at, order_id = base64.urlsafe_b64decode(text).decode().split(" ")
        return int(updated_at), order_id
    except (binascii.Error, ValueError) as error:
        raise ApiError("INVALID_PARAM", text, "cursor") from error


@gateway.post("/orders/<order_id>/cancel")
def cancel_order(order_id: str) -> Response:
    key = access.idempotency_key()
    payload = access.payload() if request.get_data() else {}

    def work(desk: Desk) -> Reply:
        return orders.cancel(desk, order_id)

    return answer(placing.once(simulation(), key, f"/orders/{order_id}/cancel", payload, work))


@gateway.get("/subscribers/<msisdn>")
def one_subscriber(msisdn: str) -> Response:
    with simulation().desk() as desk:
        line, number = rules.current_line(desk, msisdn), numbers.find(desk, msisdn)
    if line is None or number is None:
        raise ApiError("NUMBER_NOT_FOUND", msisdn)
    return answer(
        Reply(
            200,
            {
                "msisdn": msisdn,
                "iccid": line["iccid"],
                "groupCode": line["group_code"],
                "lifecycle": line["lifecycle"],
                "sequence": number["sequence"],
                "plan": line["plan"],
                "pendingPlan": line["pending_plan"],
                "pendingFrom": rfc3339(line["pending_from"]),
                "products": json.loads(line["products"]),
                "shortNo": line["short_no"],
                "contractEnd": rfc3339(line["contract_end"]),
                "arrears": bool(line["arrears"]),
                "userDocHash": line["doc_hash"],
                "activatedAt": rfc3339(line["activated_at"]),
                "orderId": line["order_id"],
                "externalId": line["external_id"],
            },
        )
    )


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


def not_offered(rest: str = "") -> Response:
    raise ApiError("NOT_OFFERED", rest)


for _operation in _MISSING_OPERATIONS:
    for _rule in (f"/{_operation}", f"/{_operation}/<path:rest>"):
        gateway.add_url_rule(_rule, f"not_offered {_rule}", not_offered, methods=["GET", "POST"])
