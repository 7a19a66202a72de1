"""The life of a line beside its orders: shipped, signed for, shown a face for, resumed, closed."""

import json
import sqlite3
from typing import Any

from console.carrier.simulator import agenda, catalogue, charging, esim, numbers, pricing, states
from console.carrier.simulator.clock import months_later
from console.carrier.simulator.script import Script
from console.carrier.simulator.simulation import Desk


def open_line(desk: Desk, order: sqlite3.Row, plot: Script, done: list[dict[str, Any]]) -> None:
    line = states.line(desk, order["subscriber_id"])
    codes = [item["code"] for item in done if not catalogue.is_main(item.get("code", ""))]
    short_no = next((item["shortNo"] for item in done if item.get("shortNo")), None)
    desk.db.execute(
        "UPDATE subscribers SET products = ?, short_no = ? WHERE id = ?",
        (json.dumps(codes), short_no, line["id"]),
    )
    numbers.count_activation(desk, line["msisdn"])
    if order["ships"]:
        agenda.after(desk, plot.ship_ms, "ship", line_id=line["id"])
    else:
        _wait_for_face(desk, line, plot)


def _wait_for_face(desk: Desk, line: sqlite3.Row, plot: Script) -> None:
    states.move_line(desk, line["id"], "WAIT_FACE")
    if plot.face_ms is None:
        agenda.after(desk, int(desk.settings.face_expiry_s * 1000), "expire", line_id=line["id"])
    else:
        agenda.after(desk, plot.face_ms, "face", line_id=line["id"])


def ship(desk: Desk, line: sqlite3.Row, plot: Script) -> None:
    states.move_line(desk, line["id"], "SHIPPED")
    agenda.after(desk, plot.sign_ms, "sign", line_id=line["id"])


def sign(desk: Desk, line: sqlite3.Row, plot: Script) -> None:
    states.move_line(desk, line["id"], "SIGNED")
    _wait_for_face(desk, line, plot)


def face(desk: Desk, line: sqlite3.Row, plot: Script) -> None:
    months = catalogue.PRODUCTS[line["plan"]].contract_months
    desk.db.execute(
        "UPDATE subscribers SET activated_at = ?, contract_end = ? WHERE id = ?",
        (desk.now, months_later(desk.now, months) if months else None, line["id"]),
    )
    numbers.move_card(desk, line["key19"], "ACTIVE", line["msisdn"])
    charges = pricing.added([line["plan"], *json.loads(line["products"])], desk.now)
    charging.charge(desk, line, line["order_id"], charges)
    states.move_line(desk, line["id"], "ACTIVE")
    card = numbers.find_sim(desk, line["iccid"])
    if card is not None and card["sim_type"] == "ESIM":
        esim.release(desk, card["key19"], line["order_id"])
    if plot.reversal_ms is not None:
        agenda.after(desk, plot.reversal_ms, "reverse", order_id=line["order_id"])


def expire(desk: Desk, line: sqlite3.Row, _plot: Script) -> None:
    close(desk, line, "EXPIRED", None)


def close(desk: Desk, line: sqlite3.Row, lifecycle: str, cause: sqlite3.Row | None) -> None:
    states.move_line(desk, line["id"], lifecycle, cause)
    numbers.quarantine(desk, line["msisdn"])
    numbers.move_card(desk, line["key19"], "SCRAPPED", None)


def resume(desk: Desk, line: sqlite3.Row, _plot: Script) -> None:
    """The last day of a suspension is over."""
    if line["lifecycle"] == "SUSPENDED" and line["suspended_for"] == "VOLUNTARY":
        end_suspension(desk, line["id"])
        states.move_line(desk, line["id"], "ACTIVE", source="SYSTEM", reason="SUSPENSION_OVER")


def end_suspension(desk: Desk, line_id: int) -> None:
    """Whatever ends it, the days until now are paid, and it will not end a second time."""
    line = states.line(desk, line_id)
    if line["suspended_for"] == "VOLUNTARY":
        charging.charge(desk, line, None, pricing.suspension(line["suspended_at"], desk.now))
    agenda.drop_for_line(desk, line_id, "resume")
    desk.db.execute(
        "UPDATE subscribers SET suspended_for = NULL, suspended_at = NULL, suspended_until = NULL WHERE id = ?",
        (line_id,),
    )
