"""The operator's stock and people as the customer may see them, under /gw/v1: numbers, cards, lines, real names."""

import sqlite3
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from console.carrier.simulator import (
    access,
    charging,
    lines,
    numbers,
    paging,
    payloads,
    persons,
    placing,
    rules,
    signing,
)
from console.carrier.simulator.access import simulation
from console.carrier.simulator.answers import answer
from console.carrier.simulator.clock import rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.orders import Reply
from console.carrier.simulator.simulation import Desk

resources = Blueprint("resources", __name__, url_prefix="/gw/v1")
resources.before_request(access.check_signature)
resources.before_request(access.check_rate)

_MOST_NUMBERS, _MOST_LOCKS, _MOST_SIMS, _MOST_A_PAGE = 200, 50, 100, 200


@resources.post("/realname/checks")
def check_person() -> Response:
    sim, payload = simulation(), access.payload()
    sealed = payloads.text(payload, "idNoEnc", needed=False)
    number = payloads.id_number(sim.options.secret, sealed) if sealed else payloads.text(payload, "idNo")
    document = signing.document_hash(sim.options.secret, payloads.text(payload, "idType"), number)
    msisdn = payloads.text(payload, "msisdn", needed=False)
    with sim.desk() as desk:
        code = persons.enquired(desk, document, payloads.text(payload, "name"), msisdn)
        count, limit = persons.one_id_count(desk, document), desk.settings.one_id_limit
    result = "FAIL" if code else "PASS"
    return answer(Reply(200, {"result": result, "code": code, "oneIdCount": count, "oneIdLimit": limit}))


@resources.get("/customers/<group_code>")
def customer(group_code: str) -> Response:
    """How a customer stands: what it owes, whether that stops it, and who may sign for it until when."""
    with simulation().desk() as desk:
        row = desk.db.execute("SELECT * FROM customers WHERE group_code = ?", (group_code,)).fetchone()
        if row is None:
            raise ApiError("NOT_FOUND", group_code, "groupCode")
        letters = desk.db.execute(
            "SELECT id, valid_to FROM authorizations WHERE group_code = ? ORDER BY valid_to DESC, id",
            (group_code,),
        ).fetchall()
        found = {
            "groupCode": group_code,
            "arrears": rules.in_arrears(desk, group_code),
            "owedFen": charging.owed_fen(desk, group_code),
            "creditLimitFen": row["credit_limit_fen"],
            "authorizations": [{"id": letter["id"], "validTo": letter["valid_to"]} for letter in letters],
        }
    return answer(Reply(200, found))


@resources.get("/numbers")
def free_numbers() -> Response:
    with simulation().desk() as desk:
        found = numbers.free_numbers(
            desk,
            prefix=request.args.get("prefix", ""),
            pattern=request.args.get("pattern", ""),
            wanted_level=request.args.get("level", ""),
            limit=paging.limit(_MOST_NUMBERS, 50),
        )
    city = request.args.get("city") or None
    shown = [{"msisdn": msisdn, "level": numbers.level(msisdn), "city": city} for msisdn in found]
    return answer(Reply(200, {"numbers": shown}))


@resources.post("/numbers/locks")
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


@resources.delete("/numbers/locks/<msisdn>")
def unlock_number(msisdn: str) -> Response:
    key, payload = access.idempotency_key(), access.payload()
    group_code = payloads.text(payload, "groupCode")

    def work(desk: Desk) -> Reply:
        numbers.unlock(desk, msisdn, group_code)
        return Reply(204, None)

    return answer(placing.once(simulation(), key, f"/numbers/locks/{msisdn}", payload, work))


@resources.get("/numbers/<msisdn>")
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


@resources.post("/sims/query")
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
    return lines.card_view(sim)


@resources.get("/sims")
def all_sims() -> Response:
    return _page(
        "sims",
        "key19",
        lambda desk, after, limit: numbers.sims_page(
            desk, _group(), request.args.get("state", ""), after, limit
        ),
        lambda _desk, card: lines.card_view(card),
    )


@resources.get("/numbers/locks")
def all_locks() -> Response:
    return _page(
        "locks",
        "msisdn",
        lambda desk, after, limit: numbers.locks_page(desk, _group(), after, limit),
        lambda _desk, row: {"msisdn": row["msisdn"], "lockedUntil": rfc3339(row["locked_until"])},
    )


@resources.get("/subscribers")
def all_subscribers() -> Response:
    """Open lines only; one that ended is told of by its last event."""
    lifecycle = request.args.get("lifecycle", "")
    return _page(
        "subscribers",
        "msisdn",
        lambda desk, after, limit: lines.page(desk, _group(), lifecycle, after, limit),
        lines.view,
    )


def _group() -> str:
    group_code = request.args.get("groupCode", "")
    if not group_code:
        raise ApiError("MISSING_FIELD", "缺少 groupCode", "groupCode")
    return group_code


def _page(
    name: str,
    key: str,
    find: Callable[[Desk, str, int], list[sqlite3.Row]],
    show: Callable[[Desk, sqlite3.Row], dict[str, Any]],
) -> Response:
    limit, place = paging.limit(_MOST_A_PAGE, _MOST_A_PAGE), paging.read_cursor(1)
    with simulation().desk() as desk:
        rows = find(desk, place[0] if place else "", limit + 1)
        shown = [show(desk, row) for row in rows[:limit]]
    cursor = paging.cursor(rows[limit - 1][key]) if len(rows) > limit else None
    return answer(Reply(200, {name: shown, "nextCursor": cursor}))


@resources.get("/subscribers/<msisdn>")
def one_subscriber(msisdn: str) -> Response:
    with simulation().desk() as desk:
        line = lines.current(desk, msisdn)
        if line is None:
            raise ApiError("NUMBER_NOT_FOUND", msisdn)
        if request.args.get("groupCode", line["group_code"]) != line["group_code"]:
            raise ApiError("NOT_YOUR_NUMBER", msisdn)
        return answer(Reply(200, lines.view(desk, line)))
