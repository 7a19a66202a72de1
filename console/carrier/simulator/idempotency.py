"""One answer for one Idempotency-Key, also when copies of the request arrive together."""

import json

from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.orders import Reply
from console.carrier.simulator.simulation import Desk


def claim(desk: Desk, key: str, payload_hash: str) -> Reply | None:
    """Return the stored answer of a finished request; None when this request is the first."""
    row = desk.db.execute("SELECT * FROM idempotency WHERE key = ?", (key,)).fetchone()
    if row is None:
        desk.db.execute("INSERT INTO idempotency (key, payload_hash) VALUES (?, ?)", (key, payload_hash))
        return None
    if row["payload_hash"] != payload_hash:
        raise ApiError("IDEMPOTENCY_KEY_REUSED")
    if row["status"] is None:
        raise ApiError("REQUEST_IN_PROGRESS", retry_after_s=1)
    return Reply(row["status"], json.loads(row["body"]), {"Idempotency-Replayed": "true"})


def settle(desk: Desk, key: str, reply: Reply) -> None:
    desk.db.execute(
        "UPDATE idempotency SET status = ?, body = ? WHERE key = ?",
        (reply.status, json.dumps(reply.body, ensure_ascii=False), key),
    )


def abandon(desk: Desk, key: str) -> None:
    """Nothing has come of the request: the same key may try again."""
    desk.db.execute("DELETE FROM idempotency WHERE key = ? AND status IS NULL", (key,))
