"""What is due when: the steps still ahead of orders and lines, kept in the ledger."""

import sqlite3

from console.carrier.simulator import script
from console.carrier.simulator.simulation import Desk


def after(
    desk: Desk, milliseconds: int, step: str, *, order_id: str | None = None, line_id: int | None = None
) -> None:
    at(desk, desk.now + milliseconds, step, order_id=order_id, line_id=line_id)


def at(
    desk: Desk, due_at: int, step: str, *, order_id: str | None = None, line_id: int | None = None
) -> None:
    desk.db.execute(
        "INSERT INTO agenda (due_at, step, order_id, subscriber_id) VALUES (?, ?, ?, ?)",
        (due_at, step, order_id, line_id),
    )


def begin(desk: Desk, order: sqlite3.Row, start_at: int | None) -> None:
    """An order for later is parked at once; its work has been done when the moment comes."""
    plot = script.from_json(order["script"])
    begin_at = desk.now
    if start_at is not None:
        at(desk, desk.now, "park", order_id=order["order_id"])
        begin_at = start_at
    at(desk, begin_at + plot.start_ms, "start", order_id=order["order_id"])


def cancel_instead(desk: Desk, order_id: str) -> None:
    drop_for_order(desk, order_id)
    after(desk, int(desk.settings.cancel_decision_s * 1000), "cancel", order_id=order_id)


def drop_for_order(desk: Desk, order_id: str) -> None:
    desk.db.execute("DELETE FROM agenda WHERE order_id = ?", (order_id,))


def drop_for_line(desk: Desk, line_id: int, step: str) -> None:
    desk.db.execute("DELETE FROM agenda WHERE subscriber_id = ? AND step = ?", (line_id, step))


def first_due(desk: Desk) -> sqlite3.Row | None:
    """The earliest step whose time has come."""
    row: sqlite3.Row | None = desk.db.execute(
        "SELECT * FROM agenda WHERE due_at <= ? ORDER BY due_at, id LIMIT 1", (desk.written_at,)
    ).fetchone()
    return row


def next_due_at(desk: Desk) -> int | None:
    due_at: int | None = desk.db.execute("SELECT min(due_at) AS due FROM agenda").fetchone()["due"]
    return due_at
