"""Call-backs as they are written down: what each one says, and when and how often it is owed."""

import json
import sqlite3
import uuid
import zlib
from dataclasses import dataclass
from typing import Any

from console.carrier.simulator import faults, lines
from console.carrier.simulator.clock import rfc3339
from console.carrier.simulator.ledger import recall
from console.carrier.simulator.simulation import SHARDS, Desk

OWED, WITHHELD, LOST = "owed", "withheld", "lost"
UNSUBSCRIBED, SENT, GIVEN_UP = "unsubscribed", "sent", "given_up"


@dataclass(frozen=True)
class LineNews:
    """Sequence counts the events of the number, not the ones of an order."""

    sequence: int
    changed: tuple[str, ...]
    source: str
    reason: str | None


def tell_order(desk: Desk, order: sqlite3.Row, *, final: bool, reversal: bool = False) -> None:
    line = _line_of(desk, order)
    body = {
        "eventId": f"ev-{uuid.uuid4()}",
        "eventType": "ServiceOrderStateChangeEvent",
        "orderId": order["order_id"],
        "externalId": order["external_id"],
        "type": order["type"],
        "groupCode": order["group_code"],
        "msisdn": order["msisdn"],
        "iccid": line["iccid"] if line else None,
        "sequence": order["sequence"],
        "occurredAt": rfc3339(desk.now),
        "state": order["state"],
        "items": json.loads(order["items"]),
        "error": json.loads(order["error"]) if order["error"] else None,
        "lifecycle": line["lifecycle"] if line else None,
        "effectiveAt": rfc3339(order["effective_at"]),
        "final": final,
        "reversal": reversal,
    }
    _record(desk, body, f"order {order['sequence']}")
    if final:
        _release_withheld(desk, order["order_id"])


def tell_line(desk: Desk, line: sqlite3.Row, news: LineNews, cause: sqlite3.Row | None) -> None:
    """Cause may be an order of the operator's own counters, which has no external id."""
    ordered = cause is not None and cause["source"] == "API"
    body = {
        "eventId": f"ev-{uuid.uuid4()}",
        "eventType": "SubscriberLifecycleEvent",
        "groupCode": line["group_code"],
        "msisdn": line["msisdn"],
        "iccid": line["iccid"],
        "orderId": cause["order_id"] if cause else line["order_id"],
        "externalId": cause["external_id"] if cause and ordered else line["external_id"],
        "type": cause["type"] if cause else None,
        "sequence": news.sequence,
        "lifecycle": line["lifecycle"],
        "changed": news.changed,
        "source": news.source,
        "reason": news.reason,
        "line": lines.view(desk, line),
        "occurredAt": rfc3339(desk.now),
    }
    _record(desk, body, f"line {news.sequence}")


def _line_of(desk: Desk, order: sqlite3.Row) -> sqlite3.Row | None:
    row: sqlite3.Row | None = desk.db.execute(
        "SELECT * FROM subscribers WHERE id = ?", (order["subscriber_id"],)
    ).fetchone()
    return row


def _record(desk: Desk, body: dict[str, Any], occasion: str) -> None:
    subject = body["externalId"] or body["msisdn"]
    way = faults.delivery(desk.settings, desk.dice(subject), body["msisdn"], occasion)
    state, due_at = OWED, desk.now + int(way.delay_s * 1000)
    if recall(desk.db, "callback") is None:
        state = UNSUBSCRIBED
    elif way.lost:
        state = LOST
    elif way.withheld and _still_open(desk, body["orderId"]):
        state = WITHHELD
    for copy in range(way.copies):
        desk.db.execute(
            "INSERT INTO events (event_id, order_id, shard, body, due_at, state, wrong_signature, copy, "
            "group_code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                body["eventId"],
                body["orderId"],
                zlib.crc32(body["msisdn"].encode()) % SHARDS,
                json.dumps(body, ensure_ascii=False),
                due_at,
                state,
                way.wrong_signature,
                copy,
                body["groupCode"],
            ),
        )


def feed(desk: Desk, group_code: str, after: int, limit: int) -> list[sqlite3.Row]:
    """All that ever was to be told, each once and in the order in which it happened, lost call-backs included."""
    return desk.db.execute(
        "SELECT id, body FROM events WHERE id > ? AND copy = 0 AND (? = '' OR group_code = ?) "
        "ORDER BY id LIMIT ?",
        (after, group_code, group_code, limit),
    ).fetchall()


def _still_open(desk: Desk, order_id: str | None) -> bool:
    """The last event of an order releases the withheld ones; what comes after it travels as usual."""
    told = desk.db.execute(
        "SELECT 1 FROM events WHERE order_id = ? AND json_extract(body, '$.final') = 1", (order_id,)
    ).fetchone()
    return told is None


def _release_withheld(desk: Desk, order_id: str) -> None:
    rows = desk.db.execute(
        "SELECT id FROM events WHERE order_id = ? AND state = ? ORDER BY id DESC", (order_id, WITHHELD)
    ).fetchall()
    for position, row in enumerate(rows):
        desk.db.execute(
            "UPDATE events SET state = ?, due_at = ? WHERE id = ?", (OWED, desk.now + position, row["id"])
        )
