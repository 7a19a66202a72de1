"""What happens to a customer's lines without its asking: at a counter, by hotline, by risk control."""

import uuid
from typing import Any

from console.carrier.simulator import (
    lines,
    numbers,
    opening,
    orders,
    payloads,
    rules,
    scheduling,
    states,
    wishes,
)
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.orders import Terms
from console.carrier.simulator.script import Script
from console.carrier.simulator.simulation import Desk

CHANNELS = ("COUNTER", "HOTLINE", "ACCOUNT_MANAGER")
RISK, BILLING = "RISK_CONTROL", "BILLING"
# Not orders of anybody: (source, from, to, reason of the suspension).
_MOVES: dict[str, tuple[str, frozenset[str], str, str | None]] = {
    "RISK_SUSPEND": (RISK, frozenset({"ACTIVE", "SUSPENDED", "LOST"}), "RISK_SUSPENDED", "RISK"),
    "RISK_RESTORE": (RISK, frozenset({"RISK_SUSPENDED"}), "ACTIVE", None),
    "ARREARS_SUSPEND": (BILLING, frozenset({"ACTIVE"}), "SUSPENDED", "ARREARS"),
    "ARREARS_RESTORE": (BILLING, frozenset({"SUSPENDED"}), "ACTIVE", None),
}
ORDERS = (
    *("SUSPEND", "RESUME", "REPORT_LOST", "CHANGE_PLAN", "ADD_PRODUCT", "REMOVE_PRODUCT"),
    *("REPLACE_SIM", "TERMINATE", "SET_DATA_LIMIT", "CLEAR_DATA_LIMIT"),
)
ACTIONS = (*ORDERS, *_MOVES)


def act(desk: Desk, payload: dict[str, Any]) -> dict[str, Any]:
    """{"msisdn", "channel"?, "action", and what the order of that type takes}; return the line as it is then.

    The rules of the line hold here too; its person stands at the counter, so that no face is waited for.
    """
    msisdn, action = payloads.text(payload, "msisdn"), payloads.text(payload, "action")
    line = lines.current(desk, msisdn)
    if line is None:
        raise ApiError("NUMBER_NOT_FOUND", msisdn, "msisdn")
    if action not in ACTIONS:
        raise ApiError("INVALID_PARAM", f"action 应为 {'、'.join(ACTIONS)}", "action")
    if action in _MOVES:
        _move(desk, line["id"], action)
    else:
        _order(desk, payload, line["group_code"])
    after = states.line(desk, line["id"])
    return lines.view(desk, after)


def _move(desk: Desk, line_id: int, action: str) -> None:
    source, allowed, lifecycle, reason = _MOVES[action]
    line = states.line(desk, line_id)
    arrears = action.startswith("ARREARS")
    if line["lifecycle"] not in allowed or (
        action == "ARREARS_RESTORE" and line["suspended_for"] != "ARREARS"
    ):
        raise ApiError("STATE_NOT_ALLOWED", f"{line['msisdn']} 当前状态 {line['lifecycle']}", "action")
    opening.end_suspension(desk, line_id)
    if arrears:
        desk.db.execute(
            "UPDATE subscribers SET arrears = ?, suspended_for = ? WHERE id = ?",
            (reason is not None, reason, line_id),
        )
    states.move_line(desk, line_id, lifecycle, source=source, reason=reason)


def _order(desk: Desk, payload: dict[str, Any], group_code: str) -> None:
    channel = payloads.text(payload, "channel", needed=False) or CHANNELS[0]
    if channel not in CHANNELS:
        raise ApiError("INVALID_PARAM", f"channel 应为 {'、'.join(CHANNELS)}", "channel")
    asked = payload | {
        "type": payload["action"],
        "externalId": f"{channel}-{uuid.uuid4()}",
        "customer": {"groupCode": group_code or "PERSON"},
        "subscriber": dict(payload.get("subscriber") or {}) | {"msisdn": payload["msisdn"]},
    }
    wish = wishes.read(desk.secret, asked)
    if wish.iccid:
        # The counter hands over a card of its own.
        numbers.seed_sim(desk, wish.iccid, wish.group_code)
    at = scheduling.moment(desk.settings, wish, desk.now)
    line = rules.check(desk, wish, at, by_customer=False)
    orders.take_in(desk, wish, line, Terms(at, Script(0, 0), "", channel))
