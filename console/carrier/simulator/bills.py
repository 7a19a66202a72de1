"""Bills as the customer reads them, under /gw/v1, and the levers that correct them, under /sim."""

from typing import Any

from flask import Blueprint, Response, request

from console.carrier.simulator import access, billing, paging, payloads
from console.carrier.simulator.access import simulation
from console.carrier.simulator.answers import answer
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.ledger import remember
from console.carrier.simulator.orders import Reply

bills = Blueprint("bills", __name__, url_prefix="/gw/v1")
bills.before_request(access.check_signature)
bills.before_request(access.check_rate)
levers = Blueprint("bill levers", __name__, url_prefix="/sim/bills")
levers.before_request(access.check_admin)

_MOST_LINES = 5000


@bills.get("/bills")
def one_bill() -> Response:
    """?groupCode=&period=2026-10. `revision` grows with every correction."""
    with simulation().desk() as desk:
        bill = billing.find(desk, request.args.get("groupCode", ""), request.args.get("period", ""))
        return answer(Reply(200, billing.view(bill, desk)))


@bills.get("/bills/<bill_id>/lines")
def bill_lines(bill_id: str) -> Response:
    limit, place = paging.limit(_MOST_LINES, 1000), paging.read_cursor(1)
    after = paging.number(place[0]) if place else 0
    with simulation().desk() as desk:
        rows = billing.page(desk, bill_id, after, limit + 1)
        if not rows and not after and not _known(desk, bill_id):
            raise ApiError("NOT_FOUND", bill_id, "billId")
    shown = rows[:limit]
    cursor = paging.cursor(shown[-1]["place"]) if len(rows) > limit else None
    return answer(Reply(200, {"lines": [billing.line_view(row) for row in shown], "nextCursor": cursor}))


def _known(desk: Any, bill_id: str) -> bool:
    return desk.db.execute("SELECT 1 FROM bills WHERE bill_id = ?", (bill_id,)).fetchone() is not None


@levers.post("/correct")
def correct() -> dict[str, Any]:
    """{"billId", "lineId", "fen"}"""
    payload = access.payload()
    with simulation().desk() as desk:
        return billing.correct(
            desk, payloads.text(payload, "billId"), payloads.text(payload, "lineId"), _fen(payload)
        )


@levers.post("/late")
def late() -> dict[str, Any]:
    """{"billId", "msisdn", "fen", "name"}"""
    payload = access.payload()
    with simulation().desk() as desk:
        return billing.late(
            desk, payloads.text(payload, "billId"), payloads.text(payload, "msisdn"), _fen(payload),
            payloads.text(payload, "name"),
        )  # fmt: skip


@levers.post("/history")
def history() -> dict[str, Any]:
    """{"groupCode", "from": "2025-11"}: bills of months before a line was opened are as if it had been open then."""
    payload = access.payload()
    group_code, since = payloads.text(payload, "groupCode"), payloads.text(payload, "from")
    with simulation().desk() as desk:
        remember(desk.db, f"billed from {group_code}", since)
    return {"groupCode": group_code, "from": since}


def _fen(payload: dict[str, Any]) -> int:
    fen = payload.get("fen")
    if isinstance(fen, bool) or not isinstance(fen, int):
        raise ApiError("INVALID_PARAM", "fen 应为整数", "fen")
    return fen
