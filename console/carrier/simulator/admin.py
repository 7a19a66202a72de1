"""The levers of a rehearsal: clock, settings, seeding, the whole ledger. Off unless asked for."""

import json
from typing import Any

from flask import Blueprint

from console.carrier.simulator import (
    access,
    channels,
    charging,
    payloads,
    progress,
    seeding,
    settings,
    verifying,
)
from console.carrier.simulator.access import simulation
from console.carrier.simulator.clock import duration_ms, rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.simulation import Desk, Simulation

admin = Blueprint("admin", __name__, url_prefix="/sim")
admin.before_request(access.check_admin)


@admin.post("/clock")
def move_clock() -> dict[str, Any]:
    """{"advance": "P1D"}; everything due by then is done before the answer."""
    sim = simulation()
    try:
        sim.advance(duration_ms(str(access.payload().get("advance", ""))))
    except ValueError as error:
        raise ApiError("INVALID_PARAM", str(error), "advance") from error
    progress.catch_up(sim)
    return {"now": rfc3339(sim.clock.now())}


@admin.get("/config")
def show_settings() -> dict[str, Any]:
    sim = simulation()
    return {"preset": sim.preset, "seed": sim.options.seed} | settings.as_json(sim.settings)


@admin.post("/config")
def change_settings() -> dict[str, Any]:
    """Single settings by name, and perhaps "preset" to start again from another one."""
    changes = access.payload()
    preset = changes.pop("preset", None)
    try:
        simulation().change(changes, preset)
    except ValueError as error:
        raise ApiError("INVALID_PARAM", str(error), status=422) from error
    return show_settings()


@admin.post("/reset")
def reset() -> dict[str, Any]:
    simulation().reset()
    return {"reset": True}


@admin.post("/seed")
def seed() -> dict[str, Any]:
    with simulation().desk() as desk:
        return {"seeded": seeding.seed(desk, access.payload())}


@admin.post("/lines")
def act_on_line() -> dict[str, Any]:
    """What a counter, the hotline, the account manager, risk control or billing does to a line."""
    sim = simulation()
    with sim.desk() as desk:
        line = channels.act(desk, access.payload())
    progress.catch_up(sim)
    sim.wake()
    return line


@admin.post("/payments")
def take_payment() -> dict[str, Any]:
    """{"groupCode", "fen"}: what the customer owes less, which also ends its arrears."""
    payload = access.payload()
    group_code, fen = payloads.text(payload, "groupCode"), payload.get("fen")
    if isinstance(fen, bool) or not isinstance(fen, int) or fen <= 0:
        raise ApiError("INVALID_PARAM", "fen 应为正整数", "fen")
    with simulation().desk() as desk:
        desk.db.execute(
            "UPDATE customers SET paid_fen = paid_fen + ?, arrears = 0 WHERE group_code = ?",
            (fen, group_code),
        )
        return {"groupCode": group_code, "owedFen": charging.owed_fen(desk, group_code)}


@admin.get("/ledger/verify")
def verify() -> dict[str, Any]:
    with simulation().desk() as desk:
        return verifying.verify(desk)


@admin.get("/state")
def state() -> dict[str, Any]:
    sim = simulation()
    with sim.desk() as desk:
        return _ledger(sim, desk)


def _ledger(sim: Simulation, desk: Desk) -> dict[str, Any]:
    activations = {
        row["msisdn"]: row["activations"]
        for row in desk.db.execute("SELECT msisdn, activations FROM numbers WHERE activations > 0")
    }
    events = desk.db.execute("SELECT state, count(*) AS n FROM events GROUP BY state").fetchall()
    return {
        "now": rfc3339(desk.now),
        "preset": sim.preset,
        "orders": _rows(desk, _ORDERS),
        "subscribers": [_products_read(row) for row in _rows(desk, _SUBSCRIBERS)],
        "numbers": _rows(desk, "SELECT msisdn, state, group_code AS groupCode FROM numbers ORDER BY msisdn"),
        "charges": _rows(desk, _CHARGES),
        "sims": _rows(desk, "SELECT iccid, state, group_code AS groupCode, msisdn FROM sims ORDER BY iccid"),
        "counters": {
            "activations": activations,
            "mostActivationsOfOneNumber": max(activations.values(), default=0),
            "callbacks": {row["state"]: row["n"] for row in events},
            "stepsAhead": desk.db.execute("SELECT count(*) AS n FROM agenda").fetchone()["n"],
        },
    }


_ORDERS = (
    "SELECT o.order_id AS orderId, o.external_id AS externalId, o.type, o.state, o.sequence, "
    "o.msisdn, s.iccid, o.group_code AS groupCode, s.lifecycle FROM orders o "
    "LEFT JOIN subscribers s ON s.id = o.subscriber_id ORDER BY o.serial"
)
_CHARGES = (
    "SELECT group_code AS groupCode, msisdn, order_id AS orderId, item, code, fen FROM charges ORDER BY id"
)
_SUBSCRIBERS = (
    "SELECT msisdn, iccid, group_code AS groupCode, lifecycle, plan, limit_mb AS limitMb, pool_id AS poolId, "
    "products, short_no AS shortNo, external_id AS externalId FROM subscribers ORDER BY id"
)


def _rows(desk: Desk, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in desk.db.execute(query)]


def _products_read(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"products": json.loads(row["products"])}
