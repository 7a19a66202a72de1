"""The only moves an order and a line can make, and the making of them."""

import json
import sqlite3
from typing import Any

from console.carrier.simulator import events, numbers
from console.carrier.simulator.errors import brief
from console.carrier.simulator.events import LineNews
from console.carrier.simulator.simulation import Desk

TERMINAL = frozenset({"rejected", "completed", "failed", "partial", "cancelled"})
_CANCELLING = "assessingCancellation"

ORDER_MOVES: dict[str, frozenset[str]] = {
    "acknowledged": frozenset({"rejected", "pending", "inProgress", _CANCELLING}),
    "pending": frozenset({"rejected", "inProgress", _CANCELLING}),
    "inProgress": frozenset({"held", "completed", "failed", "partial", _CANCELLING}),
    "held": frozenset({"inProgress", "failed", "cancelled", _CANCELLING}),
    _CANCELLING: frozenset({"pendingCancellation", "inProgress"}),
    "pendingCancellation": frozenset({"cancelled"}),
}
LINE_MOVES: dict[str, frozenset[str]] = {
    "RESERVED": frozenset({"ASSIGNED", "CANCELLED"}),
    "ASSIGNED": frozenset({"SHIPPED", "WAIT_FACE", "CANCELLED"}),
    "SHIPPED": frozenset({"SIGNED"}),
    "SIGNED": frozenset({"WAIT_FACE"}),
    # A line that is opened expires without its face; one that changed hands rests.
    "WAIT_FACE": frozenset({"ACTIVE", "EXPIRED", "SUSPENDED", "RISK_SUSPENDED"}),
    "ACTIVE": frozenset({"SUSPENDED", "LOST", "RISK_SUSPENDED", "TERMINATED", "WAIT_FACE", "TRANSFERRED"}),
    "SUSPENDED": frozenset({"ACTIVE", "LOST", "TERMINATED", "RISK_SUSPENDED", "WAIT_FACE"}),
    "LOST": frozenset({"ACTIVE", "TERMINATED", "RISK_SUSPENDED", "WAIT_FACE"}),
    "RISK_SUSPENDED": frozenset({"ACTIVE", "TERMINATED"}),
}
CLOSED = frozenset({"CANCELLED", "EXPIRED", "TERMINATED", "TRANSFERRED"})


class ImpossibleMove(Exception):
    """The simulator's own mistake: nothing a client does may lead here."""


def order(desk: Desk, order_id: str) -> sqlite3.Row:
    row: sqlite3.Row = desk.db.execute("SELECT * FROM orders WHERE order_id = ?", (order_id,)).fetchone()
    return row


def line(desk: Desk, line_id: int) -> sqlite3.Row:
    row: sqlite3.Row = desk.db.execute("SELECT * FROM subscribers WHERE id = ?", (line_id,)).fetchone()
    return row


def move_order(
    desk: Desk, order_id: str, state: str, *, error: str | None = None, items: list[Any] | None = None
) -> None:
    before = order(desk, order_id)
    if state not in ORDER_MOVES.get(before["state"], frozenset()):
        raise ImpossibleMove(f"order {order_id}: {before['state']} to {state}")
    moved = items or [item | {"state": state} for item in json.loads(before["items"])]
    _write(desk, order_id, state, moved, error)
    # Whoever asked at a counter was told there; the customer hears of what it did to his line.
    if before["source"] == "API":
        events.tell_order(desk, order(desk, order_id), final=state in TERMINAL)


def reverse(desk: Desk, order_id: str) -> None:
    """The one way out of a finished state: a completed activation is taken back by risk control."""
    before = order(desk, order_id)
    if before["state"] not in ("completed", "partial"):
        raise ImpossibleMove(f"order {order_id}: reversal of {before['state']}")
    failed = [item | {"state": "failed"} for item in json.loads(before["items"])]
    _write(desk, order_id, "failed", failed, "E_POST_REVERSAL")
    if before["source"] == "API":
        events.tell_order(desk, order(desk, order_id), final=True, reversal=True)


def _write(desk: Desk, order_id: str, state: str, items: list[Any], error: str | None) -> None:
    desk.db.execute(
        "UPDATE orders SET state = ?, sequence = sequence + 1, items = ?, error = ?, updated_at = ? "
        "WHERE order_id = ?",
        (state, json.dumps(items), json.dumps(brief(error)) if error else None, desk.written_at, order_id),
    )


def move_line(
    desk: Desk,
    line_id: int,
    lifecycle: str,
    cause: sqlite3.Row | None = None,
    *,
    source: str | None = None,
    reason: str | None = None,
    changed: list[str] | None = None,
) -> None:
    """Cause is the order that moved it; without one it is the order that opened the line."""
    before = line(desk, line_id)
    if lifecycle not in LINE_MOVES.get(before["lifecycle"], frozenset()):
        raise ImpossibleMove(f"line {before['msisdn']}: {before['lifecycle']} to {lifecycle}")
    desk.db.execute(
        "UPDATE subscribers SET lifecycle = ?, closed = ? WHERE id = ?",
        (lifecycle, lifecycle in CLOSED, line_id),
    )
    names = ["lifecycle", *(changed or [])]
    note_line(desk, line_id, names, cause, source=source, reason=reason)


def note_line(
    desk: Desk,
    line_id: int,
    changed: list[str],
    cause: sqlite3.Row | None,
    *,
    source: str | None = None,
    reason: str | None = None,
) -> None:
    """Something of the line is different now; changed names the members of its view."""
    after = line(desk, line_id)
    sequence = numbers.next_sequence(desk, after["msisdn"])
    _touch(desk, after["order_id"])
    news = LineNews(sequence, tuple(changed), source or (cause["source"] if cause else "API"), reason)
    events.tell_line(desk, after, news, cause)


def _touch(desk: Desk, order_id: str | None) -> None:
    """The reconciliation feed shows the life-cycle too, so an order's line moving is news of the order."""
    desk.db.execute("UPDATE orders SET updated_at = ? WHERE order_id = ?", (desk.written_at, order_id))
