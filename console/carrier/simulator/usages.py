"""What a customer's lines used in a month, counted after it has ended, under /gw/v1; and the lever that corrects it."""

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
        rows = desk.db.execute(
            "SELECT * FROM subscribers WHERE group_code = ? AND activated_at IS NOT NULL AND id > ? "
            "ORDER BY id LIMIT ?",
            (group_code, after, limit + 1),
        ).fetchall()
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
