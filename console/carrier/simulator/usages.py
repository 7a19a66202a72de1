"""What a customer's lines used in a month, also in the present one, and its pools, under /gw/v1; and their levers."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, request

from console.carrier.simulator import access, billing, paging, payloads, usage
from console.carrier.simulator.access import simulation
from console.carrier.simulator.answers import answer
from console.carrier.simulator.clock import china
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.ledger import recall, remember
from console.carrier.simulator.orders import Reply
from console.carrier.simulator.simulation import Desk

usages = Blueprint("usage", __name__, url_prefix="/gw/v1")
usages.before_request(access.check_signature)
usages.before_request(access.check_rate)
usage_levers = Blueprint("usage levers", __name__, url_prefix="/sim/usage")
usage_levers.before_request(access.check_admin)

_MOST = 1000


@usages.get("/usage")
def month() -> Response:
    """?groupCode=&period=2026-10: minutes (a call that has begun a minute pays it), segments of messages, kilobytes."""
    limit, place = paging.limit(_MOST, 500), paging.read_cursor(1)
    after = paging.number(place[0]) if place else 0
    group_code, period = request.args.get("groupCode", ""), request.args.get("period", "")
    with simulation().desk() as desk:
        billing.find(desk, group_code, period)  # raises before the month has ended
        first = date.fromisoformat(f"{period}-01")
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        rows = _in_use(desk, group_code, after, limit + 1)
        history = period >= (recall(desk.db, f"billed from {group_code}") or "9999-12")
        counted = [_counted(desk, row, first, last, history) for row in rows[:limit]]
    cursor = paging.cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
    return answer(Reply(200, {"usage": [one for one in counted if one], "nextCursor": cursor}))


def _counted(desk: Desk, line: Any, first: date, last: date, history: bool) -> dict[str, Any] | None:
    begins = first if history else max(first, china(line["activated_at"]).date())
    if begins > last or line["lifecycle"] == "terminated":
        return None
    days = usage.month(desk.seed, line["msisdn"], line["plan"], begins, last)
    told = {
        "msisdn": line["msisdn"],
        "period": f"{first:%Y-%m}",
        "version": 1,
        "minutes": sum(-(-day.voice_s // 60) for day in days),
        "onNetMinutes": 0,
        "messages": sum(day.messages for day in days),
        "dataKb": sum(day.data_kb for day in days),
        "directedKb": {},
    }
    corrected = recall(desk.db, f"usage {line['msisdn']} {first:%Y-%m}")
    return told | (corrected or {})


@usages.get("/usage/running")
def running() -> Response:
    """?groupCode=: what each line used in the present month up to yesterday, with its data day by day. Not final."""
    limit, place = paging.limit(_MOST, 500), paging.read_cursor(1)
    after = paging.number(place[0]) if place else 0
    group_code = request.args.get("groupCode", "")
    with simulation().desk() as desk:
        first, through = _so_far(desk)
        rows = _in_use(desk, group_code, after, limit + 1)
        history = f"{first:%Y-%m}" >= (recall(desk.db, f"billed from {group_code}") or "9999-12")
        counted = [_counted(desk, row, first, through, history) for row in rows[:limit]]
        for row, one in zip(rows, counted, strict=False):
            if one:
                begins = first if history else max(first, china(row["activated_at"]).date())
                days = usage.month(desk.seed, row["msisdn"], row["plan"], begins, through)
                one["dailyKb"] = [0] * (begins.day - 1) + [day.data_kb for day in days]
    cursor = paging.cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
    body = {"through": through.isoformat(), "usage": [one for one in counted if one], "nextCursor": cursor}
    return answer(Reply(200, body))


@usages.get("/pools")
def pools() -> Response:
    """?groupCode=&period=: each shared pool, and what its members took from it in that month, the present one up to yesterday."""
    group_code, period = request.args.get("groupCode", ""), request.args.get("period", "")
    with simulation().desk() as desk:
        first, through = _so_far(desk)
        if period and period != f"{first:%Y-%m}":
            billing.find(desk, group_code, period)  # raises before the month has ended
            first = date.fromisoformat(f"{period}-01")
            through = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        rows = desk.db.execute(
            "SELECT * FROM pools WHERE group_code = ? ORDER BY pool_id", (group_code,)
        ).fetchall()
        found = [_pool(desk, row, first, through) for row in rows]
    return answer(Reply(200, {"through": through.isoformat(), "pools": found}))


def _pool(desk: Desk, pool: Any, first: date, through: date) -> dict[str, Any]:
    """What a member's own plan does not cover is taken from the pool."""
    taken = billing.taken_from(desk, pool, first, through)
    told = recall(desk.db, f"pool {pool['group_code']} {pool['pool_id']} {first:%Y-%m}")
    return {
        "poolId": pool["pool_id"],
        "sizeMb": pool["size_mb"],
        "members": len(taken),
        "usedKb": told["usedKb"] if told else sum(taken.values()),
        "taken": [{"msisdn": number, "usedKb": kb} for number, kb in taken.items()],
    }


def _so_far(desk: Desk) -> tuple[date, date]:
    """The first day of the month and yesterday; on the first day yesterday is of the month before: nothing is counted."""
    today = china(desk.now).date()
    return today.replace(day=1), today - timedelta(days=1)


def _in_use(desk: Desk, group_code: str, after: int, most: int) -> list[Any]:
    return desk.db.execute(
        "SELECT * FROM subscribers WHERE group_code = ? AND activated_at IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
        (group_code, after, most),
    ).fetchall()


@usage_levers.post("/pool")
def take_from_pool() -> dict[str, Any]:
    """{"groupCode", "poolId", "usedKb"}: what was taken this month, instead of what members seem to have used."""
    payload = access.payload()
    if not isinstance(payload.get("usedKb"), int):
        raise ApiError("INVALID_PARAM", "usedKb 应为整数", "usedKb")
    with simulation().desk() as desk:
        first, _through = _so_far(desk)
        name = f"pool {payloads.text(payload, 'groupCode')} {payloads.text(payload, 'poolId')} {first:%Y-%m}"
        remember(desk.db, name, {"usedKb": payload["usedKb"]})
    return {"ok": True}


@usage_levers.post("/correct")
def correct() -> dict[str, Any]:
    """{"msisdn", "period", "version", "dataKb"}: what was counted late."""
    payload = access.payload()
    facts = {name: payload.get(name) for name in ("version", "dataKb")}
    if not all(isinstance(value, int) for value in facts.values()):
        raise ApiError("INVALID_PARAM", "version 和 dataKb 应为整数", "version")
    with simulation().desk() as desk:
        name = f"usage {payloads.text(payload, 'msisdn')} {payloads.text(payload, 'period')}"
        remember(desk.db, name, facts)
    return facts
