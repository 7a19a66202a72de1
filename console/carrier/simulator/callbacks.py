"""Sending call-backs to the customer's address, and again when it does not take them."""

import http.client
import json
import sqlite3
from urllib.parse import urlsplit

from console.carrier.simulator import events
from console.carrier.simulator.ledger import recall
from console.carrier.simulator.signing import signed_headers
from console.carrier.simulator.simulation import Simulation

RETRIES_S = (60, 300, 1800, 7200, 14_400)
_ANSWER_WITHIN_S = 3.0
_LONGEST_SLEEP_S = 1.0


def send(simulation: Simulation, shard: int) -> None:
    """Run until the simulation stops."""
    alarm = simulation.sender_alarms[shard]
    while not simulation.stopping.is_set():
        alarm.clear()
        while not simulation.stopping.is_set() and _send_one(simulation, shard):
            pass
        alarm.wait(_sleep_s(simulation, shard))


def _send_one(simulation: Simulation, shard: int) -> bool:
    with simulation.desk() as desk:
        event = desk.db.execute(
            "SELECT * FROM events WHERE state = ? AND shard = ? AND due_at <= ? ORDER BY due_at, id LIMIT 1",
            (events.OWED, shard, desk.now),
        ).fetchone()
        address = recall(desk.db, "callback")
    if event is None or address is None:
        return False
    taken = _post(simulation, event, address["url"], address["secret"])
    with simulation.desk() as desk:
        _note(desk.db, event, desk.now, taken=taken)
    return True


def _post(simulation: Simulation, event: sqlite3.Row, url: str, secret: str) -> bool:
    address = urlsplit(url)
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    body = event["body"].encode()
    key = f"{secret}-wrong" if event["wrong_signature"] else secret
    headers = signed_headers(simulation.options.app_id, key, "POST", target, body)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=_ANSWER_WITHIN_S)
    try:
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        return response.status == 200 and _says_taken(response.read())
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _says_taken(body: bytes) -> bool:
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("code") == "0"


def _note(db: sqlite3.Connection, event: sqlite3.Row, now: int, *, taken: bool) -> None:
    """Written after sending: a death in between sends it twice, which receivers must bear anyway."""
    attempts = event["attempts"] + 1
    if taken:
        state, due_at = events.SENT, event["due_at"]
    elif attempts > len(RETRIES_S):
        state, due_at = events.GIVEN_UP, event["due_at"]
    else:
        state, due_at = events.OWED, now + RETRIES_S[attempts - 1] * 1000
    db.execute(
        "UPDATE events SET state = ?, due_at = ?, attempts = ? WHERE id = ?",
        (state, due_at, attempts, event["id"]),
    )


def _sleep_s(simulation: Simulation, shard: int) -> float:
    with simulation.desk() as desk:
        due_at = desk.db.execute(
            "SELECT min(due_at) AS due FROM events WHERE state = ? AND shard = ?", (events.OWED, shard)
        ).fetchone()["due"]
    if due_at is None:
        return _LONGEST_SLEEP_S
    # Something due that cannot be sent, having no address, must not keep the sender busy.
    return min(max(simulation.clock.real_seconds(due_at - desk.now), 0.01), _LONGEST_SLEEP_S)
