"""Lines as the operator shows them: one number whole, or a customer's stock page by page."""

import json
import sqlite3
from typing import Any

from console.carrier.simulator import numbers, wishes
from console.carrier.simulator.clock import rfc3339
from console.carrier.simulator.simulation import Desk

OPEN = ("acknowledged", "pending", "inProgress", "held", "assessingCancellation", "pendingCancellation")
_MARKS = ",".join("?" * len(OPEN))


def current(desk: Desk, msisdn: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = desk.db.execute(
        "SELECT * FROM subscribers WHERE msisdn = ? AND closed = 0", (msisdn,)
    ).fetchone()
    return row


def under_way(desk: Desk, line_id: int) -> list[sqlite3.Row]:
    """Orders that are being worked on now."""
    return desk.db.execute(
        f"SELECT * FROM orders WHERE subscriber_id = ? AND state IN ({_MARKS}) "
        "AND coalesce(effective_at, 0) <= ?",
        (line_id, *OPEN, desk.now),
    ).fetchall()


def scheduled(desk: Desk, line_id: int) -> list[sqlite3.Row]:
    """Orders that wait for their day, the earliest first."""
    return desk.db.execute(
        f"SELECT * FROM orders WHERE subscriber_id = ? AND state IN ({_MARKS}) AND effective_at > ? "
        "ORDER BY effective_at, serial",
        (line_id, *OPEN, desk.now),
    ).fetchall()


def page(desk: Desk, group_code: str, lifecycle: str, after: str, limit: int) -> list[sqlite3.Row]:
    """Open lines of a customer by number, from the one after."""
    return desk.db.execute(
        "SELECT * FROM subscribers WHERE closed = 0 AND group_code = ? AND msisdn > ? "
        "AND (? = '' OR lifecycle = ?) ORDER BY msisdn LIMIT ?",
        (group_code, after, lifecycle, lifecycle, limit),
    ).fetchall()


def view(desk: Desk, line: sqlite3.Row) -> dict[str, Any]:
    number, card = numbers.find(desk, line["msisdn"]), numbers.find_sim(desk, line["key19"] or "")
    changes = [_change(order) for order in scheduled(desk, line["id"])]
    plan = next((change for change in changes if change["type"] == "CHANGE_PLAN"), None)
    return {
        "msisdn": line["msisdn"],
        "iccid": line["iccid"],
        "groupCode": line["group_code"],
        "lifecycle": line["lifecycle"],
        "sequence": number["sequence"] if number else 0,
        "plan": line["plan"],
        "pendingPlan": plan["codes"][0] if plan else None,
        "pendingFrom": plan["effectiveAt"] if plan else None,
        "pendingChanges": changes,
        "products": json.loads(line["products"]),
        "shortNo": line["short_no"],
        "poolId": line["pool_id"],
        "dataLimit": _limit(line),
        "suspension": _suspension(line),
        "card": card_view(card) if card else None,
        "user": _user(desk, line["doc_hash"]),
        "userDocHash": line["doc_hash"],
        "contractEnd": rfc3339(line["contract_end"]),
        "arrears": bool(line["arrears"]),
        "smsHoldUntil": rfc3339(line["sms_hold_until"]),
        "activatedAt": rfc3339(line["activated_at"]),
        "orderId": line["order_id"],
        "externalId": line["external_id"],
    }


def _change(order: sqlite3.Row) -> dict[str, Any]:
    wish = wishes.of(order)
    return {
        "orderId": order["order_id"],
        "externalId": order["external_id"] if order["source"] == "API" else None,
        "source": order["source"],
        "type": order["type"],
        "codes": [wish.main_plan, *wish.extras] if wish.main_plan else wish.codes,
        "effectiveAt": rfc3339(order["effective_at"]),
    }


def _limit(line: sqlite3.Row) -> dict[str, Any] | None:
    if line["limit_mb"] is None:
        return None
    return {"limitMb": line["limit_mb"], "action": line["limit_action"]}


def _suspension(line: sqlite3.Row) -> dict[str, Any] | None:
    if not line["suspended_for"]:
        return None
    return {
        "reason": line["suspended_for"],
        "since": rfc3339(line["suspended_at"]),
        "until": rfc3339(line["suspended_until"]),
    }


def _user(desk: Desk, doc_hash: str | None) -> dict[str, Any] | None:
    person = desk.db.execute("SELECT * FROM people WHERE doc_hash = ?", (doc_hash,)).fetchone()
    if person is None:
        return None
    name = person["name"] or ""
    return {"nameMasked": name[:1] + "*" * (len(name) - 1), "idType": person["id_type"]}


def card_view(card: sqlite3.Row) -> dict[str, Any]:
    """The IMSI and the EID are the operator's business; their ends are enough to recognise them."""
    eid = card["eid"]
    return {
        "iccid": card["iccid"],
        "state": card["state"],
        "imsi": card["imsi"][:5] + "******" + card["imsi"][-4:],
        "groupCode": card["group_code"],
        "msisdn": card["msisdn"],
        "simType": card["sim_type"],
        "eidMasked": eid[:8] + "*" * 20 + eid[-4:] if eid else None,
        "downloadState": card["download"],
        "downloadError": json.loads(card["download_error"]) if card["download_error"] else None,
    }
