"""Stocking the operator for one company: numbers, cards, lines already in use, people known to it."""

import json
from typing import Any

from console.carrier.simulator import catalogue, numbers, payloads, signing
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.simulation import Desk


def seed(desk: Desk, payload: dict[str, Any]) -> dict[str, int]:
    """Bring in what is not there yet; asking twice changes nothing.

    {"groupCode", "uscc", "arrears": bool, "numbers": [msisdn], "sims": [{"iccid", "state"?}],
    "lines": [{"msisdn", "iccid", "plan", "products"?, "arrears"?}],
    "people": [{"idType", "idNo", "otherLines"?, "blacklisted"?, "name"?}]}
    """
    group_code = payloads.text(payload, "groupCode")
    desk.db.execute(
        "INSERT INTO customers (group_code, uscc, arrears) VALUES (?, ?, ?) "
        "ON CONFLICT (group_code) DO UPDATE SET uscc = excluded.uscc, arrears = excluded.arrears",
        (group_code, payload.get("uscc"), payload.get("arrears") is True),
    )
    for msisdn in payload.get("numbers", []):
        numbers.seed(desk, str(msisdn), group_code)
    for sim in payload.get("sims", []):
        state = payloads.text(sim, "state", needed=False) or "PREPERSO"
        numbers.seed_sim(desk, payloads.text(sim, "iccid"), group_code, state)
    for line in payload.get("lines", []):
        _seed_line(desk, group_code, line)
    for person in payload.get("people", []):
        _seed_person(desk, person)
    return {name: len(payload.get(name, [])) for name in ("numbers", "sims", "lines", "people")}


def _seed_line(desk: Desk, group_code: str, line: dict[str, Any]) -> None:
    msisdn, iccid = payloads.text(line, "msisdn"), payloads.text(line, "iccid")
    plan = payloads.text(line, "plan")
    if not catalogue.is_main(plan):
        raise ApiError("INVALID_PARAM", f"没有主套餐 {plan}", "lines.plan")
    numbers.seed(desk, msisdn, group_code)
    numbers.seed_sim(desk, iccid, group_code)
    if numbers.state(desk, msisdn) in (numbers.ASSIGNED, numbers.QUARANTINE):
        return
    numbers.check_card(desk, iccid, msisdn, group_code)
    numbers.occupy(desk, msisdn)
    numbers.move_card(desk, numbers.key19(iccid), "ACTIVE", msisdn)
    desk.db.execute(
        "INSERT INTO subscribers (msisdn, key19, iccid, group_code, lifecycle, plan, products, arrears, "
        "activated_at) VALUES (?, ?, ?, ?, 'ACTIVE', ?, ?, ?, ?)",
        (
            msisdn,
            numbers.key19(iccid),
            iccid,
            group_code,
            plan,
            json.dumps(line.get("products", [])),
            line.get("arrears") is True,
            # Long before this month, so that a new plan waits for the next one.
            desk.now - 200 * 86_400_000,
        ),
    )


def _seed_person(desk: Desk, person: dict[str, Any]) -> None:
    document = signing.document_hash(
        desk.secret, payloads.text(person, "idType"), payloads.text(person, "idNo")
    )
    desk.db.execute(
        "INSERT INTO people (doc_hash, name, other_lines, blacklisted) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (doc_hash) DO UPDATE SET name = coalesce(excluded.name, name), "
        "other_lines = excluded.other_lines, blacklisted = excluded.blacklisted",
        (
            document,
            person.get("name"),
            int(person.get("otherLines", 0)),
            person.get("blacklisted") is True,
        ),
    )
