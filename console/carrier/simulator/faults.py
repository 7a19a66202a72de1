"""What goes wrong with one order: drawn from the seed and its external id, or asked for by a magic number."""

import hashlib
import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from console.carrier.simulator.settings import Settings

_NORMAL = NormalDist()
_P95 = _NORMAL.inv_cdf(0.95)


@dataclass(frozen=True)
class Dice:
    """The same subject and purpose always fall the same way under one seed."""

    seed: int
    subject: str

    def draw(self, purpose: str) -> float:
        digest = hashlib.sha256(f"{self.seed}|{self.subject}|{purpose}".encode()).digest()
        return int.from_bytes(digest[:8]) / 2**64

    def happens(self, purpose: str, rate: float) -> bool:
        return self.draw(purpose) < rate

    def between(self, purpose: str, low: float, high: float) -> float:
        return low + (high - low) * self.draw(purpose)

    def lognormal(self, purpose: str, median: float, p95: float) -> float:
        if median <= 0:
            return 0.0
        sigma = math.log(max(p95, median) / median) / _P95
        # The very ends of the distribution are infinite.
        u = min(max(self.draw(purpose), 1e-9), 1 - 1e-9)
        return median * math.exp(sigma * _NORMAL.inv_cdf(u))


class Transport(StrEnum):
    NONE = "none"
    COMMIT_THEN_TIMEOUT = "commit then timeout"
    TIMEOUT = "timeout without commit"
    INTERNAL = "500 without commit"
    RESET_BEFORE = "connection reset without commit"
    RESET_AFTER = "connection reset after commit"
    SLOW = "slow"
    MALFORMED = "malformed body"
    RATE_LIMITED = "429"
    MAINTENANCE = "503"


_ONCE = {
    "9003": Transport.COMMIT_THEN_TIMEOUT,
    "9004": Transport.TIMEOUT,
    "9021": Transport.SLOW,
    "9022": Transport.MALFORMED,
}
LOCK_EXPIRES = "9002"
HELD = "9010"
PARTIAL = "9011"
LATE_REVERSAL = "9012"
NEVER_FACE = "9020"
DOWNLOAD_FAILS = "9024"
_TRIPLE_CALLBACK, _REVERSED_CALLBACKS, _LOST_CALLBACKS = "9007", "9008", "9009"
_REFUSED_NUMBER = {"9001": "NUMBER_OCCUPIED", LOCK_EXPIRES: "NUMBER_LOCK_EXPIRED"}
_REFUSED_CARD = {"9013": "ICCID_USED"}
_REFUSED_PERSON = {"9014": "REALNAME_MISMATCH", "9015": "ONE_ID_LIMIT", "9016": "BLACKLISTED"}
_REFUSED_BY_TYPE = {
    "ACTIVATE": _REFUSED_NUMBER | _REFUSED_CARD | _REFUSED_PERSON,
    "REPLACE_SIM": _REFUSED_CARD,
    "CHANGE_USER": _REFUSED_PERSON,
    "TRANSFER": _REFUSED_PERSON,
}
_REFUSED_ALWAYS = {
    "9017": "ARREARS_NUMBER",
    "9018": "CONTRACT_LOCK",
    "9019": "ALREADY_SUBSCRIBED",
    "9023": "88888",
}
MAGIC = frozenset(f"{n}" for n in range(9001, 9025))


def ending(msisdn: str) -> str:
    return msisdn[-4:]


def transport(settings: Settings, dice: Dice, msisdn: str, attempt: int) -> Transport:
    """Attempt counts from 1. Only the first one meets a drawn fault, so that trying again helps."""
    tail = ending(msisdn)
    if tail == "9005" and attempt <= settings.rate_limit_refusals:
        return Transport.RATE_LIMITED
    if tail == "9006" and attempt <= settings.maintenance_refusals:
        return Transport.MAINTENANCE
    if attempt > 1:
        return Transport.NONE
    if tail in _ONCE:
        return _ONCE[tail]
    return _drawn(settings, dice)


def _drawn(settings: Settings, dice: Dice) -> Transport:
    reset = Transport.RESET_AFTER if dice.happens("reset after commit", 0.5) else Transport.RESET_BEFORE
    left = dice.draw("transport")
    for fault, rate in (
        (Transport.COMMIT_THEN_TIMEOUT, settings.commit_timeout_rate),
        (Transport.INTERNAL, settings.error_rate),
        (reset, settings.reset_rate),
        (Transport.SLOW, settings.slow_rate),
    ):
        if left < rate:
            return fault
        left -= rate
    return Transport.NONE


def magic_refusal(msisdn: str, order_type: str) -> str | None:
    tail = ending(msisdn)
    return _REFUSED_BY_TYPE.get(order_type, {}).get(tail) or _REFUSED_ALWAYS.get(tail)


def drawn_refusal(settings: Settings, dice: Dice, order_type: str, *, has_card: bool) -> str | None:
    """A refusal told at once; the ones of the person are told later, by the order being rejected."""
    for code, types, rate in (
        ("CONTRACT_LOCK", ("CHANGE_PLAN",), settings.contract_lock_rate),
        ("NUMBER_OCCUPIED", ("ACTIVATE",), settings.number_occupied_rate),
        ("ICCID_USED", ("ACTIVATE", "REPLACE_SIM") if has_card else (), settings.iccid_used_rate),
        ("ONE_ID_LIMIT", ("ACTIVATE", "CHANGE_USER"), settings.one_id_limit_rate),
    ):
        if order_type in types and dice.happens(_PURPOSE[code], rate):
            return code
    return None


_PURPOSE = {
    "CONTRACT_LOCK": "contract lock",
    "NUMBER_OCCUPIED": "number occupied",
    "ICCID_USED": "iccid used",
    "ONE_ID_LIMIT": "one id limit",
}


def drawn_rejection(settings: Settings, dice: Dice) -> str | None:
    for code, rate in (
        ("REALNAME_MISMATCH", settings.realname_mismatch_rate),
        ("REALNAME_ID_NOT_FOUND", settings.id_not_found_rate),
        ("BLACKLISTED", settings.blacklisted_rate),
    ):
        if dice.happens(code, rate):
            return code
    return None


def accept_latency_s(settings: Settings, dice: Dice) -> float:
    drawn = dice.lognormal("accept", settings.accept_median_ms, settings.accept_p95_ms)
    return min(drawn, settings.accept_max_ms) / 1000


@dataclass(frozen=True)
class Delivery:
    """How one call-back travels."""

    copies: int = 1
    delay_s: float = 0.0
    lost: bool = False
    withheld: bool = False
    wrong_signature: bool = False


def delivery(settings: Settings, dice: Dice, msisdn: str, event: str) -> Delivery:
    tail = ending(msisdn)
    if tail == _LOST_CALLBACKS or dice.happens(f"lost {event}", settings.callback_lost_rate):
        return Delivery(lost=True)
    if tail == _REVERSED_CALLBACKS:
        return Delivery(withheld=True)
    if tail == _TRIPLE_CALLBACK:
        return Delivery(copies=3)
    delay = 0.0
    if dice.happens(f"delayed {event}", settings.callback_delayed_rate):
        delay = settings.callback_delay_s
    elif dice.happens(f"out of order {event}", settings.callback_out_of_order_rate):
        delay = settings.callback_out_of_order_s
    return Delivery(
        copies=2 if dice.happens(f"duplicate {event}", settings.callback_duplicate_rate) else 1,
        delay_s=delay,
        wrong_signature=dice.happens(f"signature {event}", settings.callback_wrong_signature_rate),
    )
