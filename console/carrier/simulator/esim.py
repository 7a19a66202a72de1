"""Profiles that are downloaded instead of put in: their activation code, given out once, and their download."""

import hashlib
import json
import sqlite3
from typing import Any

from console.carrier.simulator import agenda, faults, numbers, states
from console.carrier.simulator.clock import rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.simulation import Desk

SERVER = "rsp.operator.example"
# States of a profile as SGP.22 names them, without the ones that nobody sees.
ORDERED, RELEASED, INSTALLED, FAILED, EXPIRED = "ORDERED", "RELEASED", "INSTALLED", "ERROR", "EXPIRED"
# Subject and reason code of ES9+: no room left in the eUICC.
_NO_ROOM = {"subjectCode": "8.1", "reasonCode": "4.8", "message": "eUICC 存储空间不足"}
_SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def activation_code(matching_id: str, *, confirmed: bool) -> str:
    """GSMA SGP.22 §4.1."""
    return f"LPA:1${SERVER}${matching_id}" + ("$$1" if confirmed else "")


def prepare(desk: Desk, external_id: str, group_code: str, eid: str) -> str:
    """A profile made for one eUICC; return its ICCID."""
    iccid = numbers.made_iccid(desk, f"{external_id}|profile")
    numbers.seed_sim(desk, iccid, group_code, "PREPERSO", "ESIM")
    digest = hashlib.sha256(f"{desk.secret}|{desk.seed}|{iccid}".encode()).digest()
    signs = "".join(_SIGNS[byte % len(_SIGNS)] for byte in digest[:15])
    needs_code = desk.dice(external_id).happens("confirmation", desk.settings.esim_confirmation_rate)
    desk.db.execute(
        "UPDATE sims SET eid = ?, matching_id = ?, confirmation_code = ?, download = ? WHERE key19 = ?",
        (
            eid,
            f"{signs[:5]}-{signs[5:10]}-{signs[10:]}",
            f"{digest[15] * 256 + digest[16]:06d}" if needs_code else None,
            ORDERED,
            numbers.key19(iccid),
        ),
    )
    return iccid


def release(desk: Desk, card: str, order_id: str) -> None:
    """From now on the code may be fetched, for a while."""
    expires_at = desk.now + int(desk.settings.esim_code_valid_s * 1000)
    _put(desk, card, RELEASED, code_expires_at=expires_at)
    agenda.at(desk, expires_at, "code_expires", order_id=order_id)


def take_code(desk: Desk, order: sqlite3.Row) -> dict[str, Any]:
    """The secret, once. ApiError when there is none, not yet, not any more, or somebody has it already."""
    card = profile_of(desk, order)
    if card is None:
        raise ApiError("SIM_NOT_FOUND", "订单没有 eSIM", "orderId")
    if card["code_taken_at"] is not None:
        raise ApiError("STATE_NOT_ALLOWED", "激活码已领取，只发一次", "activationCode")
    if card["download"] == EXPIRED:
        raise ApiError("STATE_NOT_ALLOWED", "激活码已过期", "expiresAt")
    if card["download"] != RELEASED:
        raise ApiError("STATE_NOT_ALLOWED", "eSIM 尚未就绪", "state")
    _put(desk, card["key19"], RELEASED, code_taken_at=desk.now)
    agenda.after(desk, int(desk.settings.esim_download_s * 1000), "download", order_id=order["order_id"])
    return {
        "orderId": order["order_id"],
        "msisdn": order["msisdn"],
        "iccid": card["iccid"],
        "activationCode": activation_code(card["matching_id"], confirmed=bool(card["confirmation_code"])),
        "confirmationCode": card["confirmation_code"],
        "expiresAt": rfc3339(card["code_expires_at"]),
    }


def profile_of(desk: Desk, order: sqlite3.Row) -> sqlite3.Row | None:
    row: sqlite3.Row | None = desk.db.execute(
        "SELECT * FROM sims WHERE key19 = ? AND sim_type = 'ESIM'", (order["new_card"],)
    ).fetchone()
    return row


def download(desk: Desk, order: sqlite3.Row) -> None:
    card = profile_of(desk, order)
    if card is None or card["download"] != RELEASED:
        return
    rate = desk.settings.esim_download_failure_rate
    dice = desk.dice(order["external_id"])
    if faults.ending(order["msisdn"]) == faults.DOWNLOAD_FAILS or dice.happens("download fails", rate):
        _put(desk, card["key19"], FAILED, download_error=json.dumps(_NO_ROOM, ensure_ascii=False))
    else:
        _put(desk, card["key19"], INSTALLED)
    _tell(desk, order)


def expire(desk: Desk, order: sqlite3.Row) -> None:
    card = profile_of(desk, order)
    if card is not None and card["download"] == RELEASED:
        _put(desk, card["key19"], EXPIRED)
        _tell(desk, order)


def _tell(desk: Desk, order: sqlite3.Row) -> None:
    line = states.line(desk, order["subscriber_id"])
    if not line["closed"]:
        states.note_line(desk, line["id"], ["card"], order)


def _put(desk: Desk, card: str, download_state: str, **facts: int | str) -> None:
    names = "".join(f", {name} = ?" for name in facts)
    desk.db.execute(
        f"UPDATE sims SET download = ?{names} WHERE key19 = ?", (download_state, *facts.values(), card)
    )
