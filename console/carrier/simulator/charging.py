"""Charges in the ledger: written once each, taken back with the order they belong to, held against credit."""

import sqlite3
from collections.abc import Iterable

from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.pricing import Charge
from console.carrier.simulator.simulation import Desk

TAKEN_BACK = "REVERSAL"


def charge(desk: Desk, line: sqlite3.Row, order_id: str | None, charges: Iterable[Charge]) -> None:
    """The same charge of one order, or of one suspension, is entered once however often it is asked for."""
    occasion = order_id or f"line {line['id']} since {line['suspended_at']}"
    for one in charges:
        _write(desk, line, order_id, f"{occasion}|{one.key}", one)


def _write(desk: Desk, line: sqlite3.Row, order_id: str | None, key: str, one: Charge) -> None:
    desk.db.execute(
        "INSERT INTO charges (key, group_code, msisdn, line_id, order_id, item, code, fen, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
        (
            key,
            line["group_code"],
            line["msisdn"],
            line["id"],
            order_id,
            one.item,
            one.code,
            one.fen,
            desk.now,
        ),
    )


def take_back(desk: Desk, line: sqlite3.Row, order_id: str) -> None:
    """A reversed order costs nothing: what it cost is entered once more with the other sign."""
    rows = desk.db.execute("SELECT * FROM charges WHERE order_id = ?", (order_id,)).fetchall()
    for row in rows:
        _write(
            desk, line, order_id, f"{row['key']}|{TAKEN_BACK}", Charge(TAKEN_BACK, row["code"], -row["fen"])
        )


def owed_fen(desk: Desk, group_code: str) -> int:
    charged = desk.db.execute(
        "SELECT coalesce(sum(fen), 0) AS fen FROM charges WHERE group_code = ?", (group_code,)
    ).fetchone()["fen"]
    customer = desk.db.execute(
        "SELECT paid_fen FROM customers WHERE group_code = ?", (group_code,)
    ).fetchone()
    return int(charged) - int(customer["paid_fen"] if customer else 0)


def check_credit(desk: Desk, group_code: str, order_type: str, wanted_fen: int) -> None:
    """Raise ApiError when the order would go over the customer's limit; one without a limit has none."""
    customer = desk.db.execute("SELECT * FROM customers WHERE group_code = ?", (group_code,)).fetchone()
    if customer is None or customer["credit_limit_fen"] is None:
        return
    left = customer["credit_limit_fen"] - owed_fen(desk, group_code)
    # Roaming costs nothing now and may cost much tomorrow.
    if wanted_fen > max(left, 0) or (order_type == "ROAMING_ON" and left <= 0):
        raise ApiError("CREDIT_EXCEEDED", f"可用额度 {max(left, 0) / 100:.2f} 元", "customer.groupCode")
