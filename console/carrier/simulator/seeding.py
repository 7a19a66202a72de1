"""Stocking the operator for one company: numbers, cards, lines already in use, people known to it."""

import json
from typing import Any

from console.carrier.simulator import catalogue, numbers, payloads, signing
from console.carrier.simulator.clock import from_rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.simulation import Desk

_LISTS: tuple[str, ...] = ("numbers", "sims", "lines", "people", "pools", "authorizations")


def seed(desk: Desk, payload: dict[str, Any]) -> dict[str, int]:
    """Bring in what is not there yet; asking twice changes nothing.

    {"groupCode", "uscc", "arrears": bool, "creditLimitFen"?, "numbers": [msisdn],
    "sims": [{"iccid", "state"?}],
    "lines": [{"msisdn", "iccid", "plan", "products"?, "arrears"?, "contractEnd"?, "activatedAt"?, "user"?}],
    "people": [{"idType", "idNo", "otherLines"?, "blacklisted"?, "name"?}],
    "pools": [{"poolId", "sizeMb", "most"}], "authorizations": [{"id", "validTo"}]}
    """
    group_code = payloads.text(payload, "groupCode")
    desk.db.execute(
        "INSERT INTO customers (group_code, uscc, arrears, credit_limit_fen) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (group_code) DO UPDATE SET uscc = excluded.uscc, arrears = excluded.arrears, "
        "credit_limit_fen = coalesce(excluded.credit_limit_fen, credit_limit_fen)",
        (group_code, payload.get("uscc"), payload.get("arrears") is True, payload.get("creditLimitFen")),
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
    _seed_contracts(desk, group_code, payload)
    return {name: len(payload.get(name, [])) for name in _LISTS}


def _seed_contracts(desk: Desk, group_code: str, payload: dict[str, Any]) -> None:
    for pool in payload.get("pools", []):
        desk.db.execute(
            "INSERT INTO pools (group_code, pool_id, size_mb, most) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (group_code, pool_id) DO UPDATE SET size_mb = excluded.size_mb, most = excluded.most",
            (group_code, payloads.text(pool, "poolId"), int(pool["sizeMb"]), int(pool["most"])),
        )
    for letter in payload.get("authorizations", []):
        desk.db.execute(
            "INSERT INTO authorizations (group_code, id, valid_to) VALUES (?, ?, ?) "
            "ON CONFLICT (group_code, id) DO UPDATE SET valid_to = excluded.valid_to",
            (group_code, payloads.text(letter, "id"), payloads.text(letter, "validTo")),
        )


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
    user = line.get("user")
    desk.db.execute(
        "INSERT INTO subscribers (msisdn, key19, iccid, group_code, lifecycle, plan, products, arrears, "
        "activated_at, contract_end, doc_hash) VALUES (?, ?, ?, ?, 'ACTIVE', ?, ?, ?, ?, ?, ?)",
        (
            *(msisdn, numbers.key19(iccid), iccid, group_code, plan, json.dumps(line.get("products", []))),
            line.get("arrears") is True,
            # Long before this month, so that a new plan waits for the next one.
            _time(line, "activatedAt") or desk.now - 200 * 86_400_000,
            _time(line, "contractEnd"),
            _seed_person(desk, user) if user else None,
        ),
    )


def _time(line: dict[str, Any], name: str) -> int | None:
    text = payloads.text(line, name, needed=False)
    try:
        return from_rfc3339(text) if text else None
    except ValueError as error:
        raise ApiError("INVALID_PARAM", text, f"lines.{name}") from error


def _seed_person(desk: Desk, person: dict[str, Any]) -> str:
    id_type = payloads.text(person, "idType")
    document = signing.document_hash(desk.secret, id_type, payloads.text(person, "idNo"))
    desk.db.execute(
        "INSERT INTO people (doc_hash, name, id_type, other_lines, blacklisted) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (doc_hash) DO UPDATE SET name = coalesce(excluded.name, name), "
        "other_lines = excluded.other_lines, blacklisted = excluded.blacklisted",
        (
            *(document, person.get("name"), id_type, int(person.get("otherLines", 0))),
            person.get("blacklisted") is True,
        ),
    )
    return document
