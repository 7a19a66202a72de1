"""What will happen to an order, written down when it is accepted so that a restart changes nothing."""

import json
from dataclasses import asdict, dataclass

from console.carrier.simulator import faults
from console.carrier.simulator.faults import Dice
from console.carrier.simulator.settings import Settings

_SLOW_SPREAD = 3.0


@dataclass(frozen=True)
class Script:
    """Delays are milliseconds of the simulated clock, each counted from the step before."""

    start_ms: int
    finish_ms: int
    rejected: str | None = None
    hold_ms: int | None = None
    hold_fails: bool = False
    partial: bool = False
    short_no_used: bool = False
    ship_ms: int = 0
    sign_ms: int = 0
    face_ms: int | None = None
    reversal_ms: int | None = None
    cancel_refused: bool = False

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def from_json(text: str) -> Script:
    return Script(**json.loads(text))


def written(settings: Settings, dice: Dice, order_type: str, msisdn: str) -> Script:
    activation = order_type == "ACTIVATE"
    tail = faults.ending(msisdn)
    whole = _completion_s(settings, dice)
    short_no_used = activation and dice.happens("short number", settings.short_no_used_rate)
    return Script(
        start_ms=_ms(whole * 0.2),
        finish_ms=_ms(whole * 0.8),
        rejected=faults.drawn_rejection(settings, dice) if activation else None,
        hold_ms=_hold_ms(settings, dice, tail),
        hold_fails=tail != faults.HELD and dice.happens("hold fails", settings.held_failure_rate),
        partial=tail == faults.PARTIAL or dice.happens("partial", settings.partial_rate),
        short_no_used=short_no_used,
        ship_ms=_ms(settings.ship_s),
        sign_ms=_ms(dice.between("sign", settings.sign_min_s, settings.sign_max_s)),
        face_ms=_face_ms(settings, dice, tail),
        reversal_ms=_reversal_ms(settings, dice, tail) if activation else None,
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
