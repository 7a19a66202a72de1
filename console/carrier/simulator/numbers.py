"""The operator's stock of numbers and cards: who holds which, and until when."""

import fnmatch
import hashlib
import sqlite3
from collections.abc import Iterator

from console.carrier.simulator import faults
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.simulation import Desk

PREFIXES = tuple(f"{code}0000" for code in (*range(134, 140), 157, 172, 195, 197, 198))
MAX_LOCK_S = 30 * 86_400
_FOREVER_MS = 3650 * 86_400_000
FREE, LOCKED, ASSIGNED, QUARANTINE = "FREE", "LOCKED", "ASSIGNED", "QUARANTINE"


def in_stock(msisdn: str) -> bool:
    """Whether the number is one of the made-up ones that are free until somebody takes them."""
    return len(msisdn) == 11 and msisdn[:7] in PREFIXES and faults.ending(msisdn) not in faults.MAGIC


def find(desk: Desk, msisdn: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = desk.db.execute("SELECT * FROM numbers WHERE msisdn = ?", (msisdn,)).fetchone()
    return row


def state(desk: Desk, msisdn: str) -> str | None:
    """What the number is now, or None when the operator has no such number."""
    row = find(desk, msisdn)
    if row is None:
        return FREE if in_stock(msisdn) else None
    if row["state"] == LOCKED and row["locked_until"] <= desk.now:
        return FREE
    if row["state"] == QUARANTINE and row["quarantine_until"] <= desk.now:
        return FREE
    return str(row["state"])


def level(msisdn: str) -> str:
    """A: four equal digits at the end, not for self-service; B: three; N: ordinary."""
    if len(set(msisdn[-4:])) == 1:
        return "A"
    return "B" if len(set(msisdn[-3:])) == 1 else "N"


def lock(desk: Desk, msisdn: str, group_code: str, ttl_s: int) -> int:
    """Return until when; ApiError when somebody else has it."""
    now_state = state(desk, msisdn)
    if now_state is None:
        raise ApiError("NUMBER_NOT_FOUND", msisdn, "msisdns")
    row = find(desk, msisdn)
    own = row is not None and row["group_code"] == group_code
    if now_state != FREE and not (now_state == LOCKED and own):
        raise ApiError("NUMBER_OCCUPIED", msisdn, "msisdns")
    if level(msisdn) == "A" and row is None:
        raise ApiError("NUMBER_RESTRICTED", msisdn, "msisdns")
    until = desk.now + ttl_s * 1000
    if faults.ending(msisdn) == faults.LOCK_EXPIRES:
        until = desk.now
    _put(desk, msisdn, LOCKED, group_code, until)
    return until


def seed(desk: Desk, msisdn: str, group_code: str) -> None:
    """Give a number to a group for good, unless it is in use."""
    row = find(desk, msisdn)
    if row is not None and row["state"] in (ASSIGNED, QUARANTINE):
        return
    until = desk.now if faults.ending(msisdn) == faults.LOCK_EXPIRES else desk.now + _FOREVER_MS
    _put(desk, msisdn, LOCKED, group_code, until)


def _put(desk: Desk, msisdn: str, new_state: str, group_code: str, until: int) -> None:
    desk.db.execute(
        "INSERT INTO numbers (msisdn, state, group_code, locked_until) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (msisdn) DO UPDATE SET state = excluded.state, group_code = excluded.group_code, "
        "locked_until = excluded.locked_until, quarantine_until = NULL",
        (msisdn, new_state, group_code, until),
    )


def unlock(desk: Desk, msisdn: str, group_code: str) -> None:
    row = find(desk, msisdn)
    if row is None or row["state"] != LOCKED:
        return
    if row["group_code"] != group_code:
        raise ApiError("NOT_YOUR_NUMBER", msisdn)
    desk.db.execute(
        "UPDATE numbers SET state = ?, group_code = NULL, locked_until = NULL WHERE msisdn = ?",
        (FREE, msisdn),
    )


def check_locked_for(desk: Desk, msisdn: str, group_code: str) -> None:
    now_state = state(desk, msisdn)
    if now_state is None:
        raise ApiError("NUMBER_NOT_FOUND", msisdn, "subscriber.msisdn")
    row = find(desk, msisdn)
    if now_state == FREE:
        raise ApiError("NUMBER_LOCK_EXPIRED", msisdn, "subscriber.msisdn")
    if now_state != LOCKED or row is None or row["group_code"] != group_code:
        raise ApiError("NUMBER_OCCUPIED", msisdn, "subscriber.msisdn")


def occupy(desk: Desk, msisdn: str) -> None:
    desk.db.execute("UPDATE numbers SET state = ? WHERE msisdn = ?", (ASSIGNED, msisdn))


def give_back(desk: Desk, msisdn: str) -> None:
    """The order came to nothing: the group's lock is as it was."""
    desk.db.execute("UPDATE numbers SET state = ? WHERE msisdn = ?", (LOCKED, msisdn))


def quarantine(desk: Desk, msisdn: str) -> None:
    until = desk.now + int(desk.settings.quarantine_s * 1000)
    desk.db.execute(
        "UPDATE numbers SET state = ?, group_code = NULL, locked_until = NULL, quarantine_until = ? "
        "WHERE msisdn = ?",
        (QUARANTINE, until, msisdn),
    )


def count_activation(desk: Desk, msisdn: str) -> None:
    desk.db.execute("UPDATE numbers SET activations = activations + 1 WHERE msisdn = ?", (msisdn,))


def next_sequence(desk: Desk, msisdn: str) -> int:
    """Life-cycle events of a number are counted for ever, also over several owners."""
    row = desk.db.execute(
        "UPDATE numbers SET sequence = sequence + 1 WHERE msisdn = ? RETURNING sequence", (msisdn,)
    ).fetchone()
    return int(row["sequence"])


def free_numbers(desk: Desk, *, prefix: str, pattern: str, wanted_level: str, limit: int) -> list[str]:
    taken = {
        row["msisdn"]
        for row in desk.db.execute("SELECT msisdn FROM numbers")
        if state(desk, row["msisdn"]) != FREE
    }
    found: list[str] = []
    for msisdn in _stock(desk.seed):
        if len(found) >= limit:
            break
        if msisdn in taken or not msisdn.startswith(prefix):
            continue
        if wanted_level and level(msisdn) != wanted_level:
            continue
        if not pattern or fnmatch.fnmatchcase(msisdn, pattern):
            found.append(msisdn)
    return found


def _stock(seed: int) -> Iterator[str]:
    """All numbers of the stock, mixed: 7919 is a prime, so its multiples pass every ending once."""
    offset = seed * 104_729 % 10_000
    for position in range(10_000):
        tail = f"{(position * 7919 + offset) % 10_000:04d}"
        if tail in faults.MAGIC:
            continue
        for turn in range(len(PREFIXES)):
            yield PREFIXES[(position + turn) % len(PREFIXES)] + tail


def key19(iccid: str) -> str:
    """The part of a card number that identifies it; the 20th character is not reliable."""
    return iccid.strip().upper()[:19]


def find_sim(desk: Desk, iccid: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = desk.db.execute(
        "SELECT * FROM sims WHERE key19 = ?", (key19(iccid),)
    ).fetchone()
    return row


def seed_sim(
    desk: Desk, iccid: str, group_code: str, card_state: str = "PREPERSO", sim_type: str = "PHYSICAL"
) -> None:
    imsi = "46000" + f"{int(hashlib.sha256(iccid.encode()).hexdigest(), 16) % 10**10:010d}"
    desk.db.execute(
        "INSERT INTO sims (key19, iccid, state, group_code, imsi, sim_type) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (key19) DO NOTHING",
        (key19(iccid), iccid.strip().upper(), card_state, group_code, imsi, sim_type),
    )


def sims_page(desk: Desk, group_code: str, card_state: str, after: str, limit: int) -> list[sqlite3.Row]:
    """Cards of a customer by number, from the one after."""
    return desk.db.execute(
        "SELECT * FROM sims WHERE group_code = ? AND key19 > ? AND (? = '' OR state = ?) "
        "ORDER BY key19 LIMIT ?",
        (group_code, after, card_state, card_state, limit),
    ).fetchall()


def locks_page(desk: Desk, group_code: str, after: str, limit: int) -> list[sqlite3.Row]:
    """Numbers that are kept for a customer now, from the one after."""
    return desk.db.execute(
        "SELECT * FROM numbers WHERE group_code = ? AND state = ? AND locked_until > ? AND msisdn > ? "
        "ORDER BY msisdn LIMIT ?",
        (group_code, LOCKED, desk.now, after, limit),
    ).fetchall()


def check_card(desk: Desk, iccid: str, msisdn: str, group_code: str) -> sqlite3.Row:
    sim = find_sim(desk, iccid)
    if sim is None or sim["group_code"] != group_code:
        raise ApiError("SIM_NOT_FOUND", iccid, "subscriber.iccid")
    if sim["state"] == "SCRAPPED":
        raise ApiError("ICCID_SCRAPPED", iccid, "subscriber.iccid")
    if sim["state"] in ("ASSIGNED", "ACTIVE"):
        raise ApiError("ICCID_USED", iccid, "subscriber.iccid")
    if sim["msisdn"] not in (None, msisdn):
        raise ApiError("ICCID_NUMBER_MISMATCH", iccid, "subscriber.iccid")
    return sim


def move_card(desk: Desk, card: str | None, card_state: str, msisdn: str | None) -> None:
    desk.db.execute("UPDATE sims SET state = ?, msisdn = ? WHERE key19 = ?", (card_state, msisdn, card))


def return_card(desk: Desk, card: str, *, blank: bool) -> None:
    """Back into the customer's stock as it was; a profile that was made for one eUICC is of no use to others."""
    sim = find_sim(desk, card)
    downloaded = sim is not None and sim["sim_type"] == "ESIM"
    move_card(desk, card, "SCRAPPED" if downloaded else "BLANK" if blank else "PREPERSO", None)


def new_card(desk: Desk, external_id: str, group_code: str) -> str:
    """A blank card of the operator's own, to be written and shipped."""
    iccid = made_iccid(desk, f"{external_id}|card")
    seed_sim(desk, iccid, group_code, "BLANK")
    return iccid


def made_iccid(desk: Desk, subject: str) -> str:
    digits = f"{int(hashlib.sha256(f'{desk.seed}|{subject}'.encode()).hexdigest(), 16):d}"[:13]
    body = "898600" + digits
    return body + _luhn(body)


def _luhn(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
