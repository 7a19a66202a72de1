"""What will happen to an order, written down when it is accepted so that a restart changes nothing."""

import json
from dataclasses import dataclass

from console.carrier.simulator import faults
from console.carrier.simulator.faults import Dice
from console.carrier.simulator.kinds import KINDS, REVERSIBLE
from console.carrier.simulator.settings import Settings

_SLOW_SPREAD = 3.0
_WITH_SHORT_NO = frozenset({"ACTIVATE", "JOIN_VNET"})


@dataclass(frozen=True)
class Script:
    """Delays are milliseconds of the simulated clock, each counted from the step before."""

    start_ms: int
    finish_ms: int
    rejected: str | None = None
    hold_ms: int | None = None
    hold_fails: bool = False
    # What is waited for meanwhile: somebody of the operator, or the face of the person.
    hold_for: str = "REVIEW"
    partial: bool = False
    short_no_used: bool = False
    ship_ms: int = 0
    sign_ms: int = 0
    face_ms: int | None = None
    reversal_ms: int | None = None
    cancel_refused: bool = False

    def as_json(self) -> str:
        return json.dumps(vars(self))


def from_json(text: str) -> Script:
    return Script(**json.loads(text))


def written(settings: Settings, dice: Dice, order_type: str, msisdn: str, *, scheduled: bool) -> Script:
    """A scheduled order has been worked on before its moment comes and is carried out in that moment."""
    kind, tail = KINDS[order_type], faults.ending(msisdn)
    whole = 0.0 if scheduled or not kind.waits else _completion_s(settings, dice)
    face_ms = _face_ms(settings, dice, tail)
    hold_ms, hold_fails = _hold_ms(settings, dice, tail), tail != faults.HELD
    hold_fails = hold_fails and dice.happens("hold fails", settings.held_failure_rate)
    if kind.face:
        hold_ms, hold_fails = _ms(settings.face_expiry_s) if face_ms is None else face_ms, face_ms is None
    return Script(
        start_ms=_ms(whole * 0.2),
        finish_ms=_ms(whole * 0.8),
        rejected=faults.drawn_rejection(settings, dice) if kind.new_user else None,
        hold_ms=hold_ms if kind.face or (not scheduled and kind.waits) else None,
        hold_fails=hold_fails,
        hold_for="FACE" if kind.face else "REVIEW",
        partial=tail == faults.PARTIAL or dice.happens("partial", settings.partial_rate),
        short_no_used=order_type in _WITH_SHORT_NO
        and dice.happens("short number", settings.short_no_used_rate),
        ship_ms=_ms(settings.ship_s),
        sign_ms=_ms(dice.between("sign", settings.sign_min_s, settings.sign_max_s)),
        face_ms=face_ms,
        reversal_ms=_reversal_ms(settings, dice, tail) if order_type in REVERSIBLE else None,
        cancel_refused=dice.happens("cancel refused", settings.cancel_refused_rate),
    )


def _ms(seconds: float) -> int:
    return int(seconds * 1000)


def _completion_s(settings: Settings, dice: Dice) -> float:
    if dice.happens("slow completion", settings.slow_completion_rate):
        median = settings.slow_completion_median_s
        return dice.lognormal("completion", median, median * _SLOW_SPREAD)
    return dice.lognormal("completion", settings.completion_median_s, settings.completion_p95_s)


def _hold_ms(settings: Settings, dice: Dice, tail: str) -> int | None:
    if tail == faults.HELD:
        return _ms(settings.magic_hold_s)
    if not dice.happens("held", settings.held_rate):
        return None
    return _ms(dice.between("hold", settings.held_min_s, settings.held_max_s))


def _face_ms(settings: Settings, dice: Dice, tail: str) -> int | None:
    if tail == faults.NEVER_FACE or not dice.happens("face", settings.face_rate):
        return None
    return _ms(dice.between("face delay", settings.face_min_s, settings.face_max_s))


def _reversal_ms(settings: Settings, dice: Dice, tail: str) -> int | None:
    drawn = dice.happens("late reversal", settings.late_reversal_rate)
    if tail != faults.LATE_REVERSAL and not drawn:
        return None
    return _ms(dice.between("reversal delay", settings.reversal_min_s, settings.reversal_max_s))
