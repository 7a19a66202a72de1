"""What a product costs and contains in the month in which it is activated."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class FirstMonthMode(StrEnum):
    FULL = "FULL"
    DAILY = "DAILY"
    HALF = "HALF"
    FREE_AFTER_25 = "FREE_AFTER_25"


@dataclass(frozen=True, slots=True)
class Allowance:
    voice_min: int
    data_mb: int
    sms: int


@dataclass(frozen=True, slots=True)
class FirstMonth:
    fee_fen: int
    allowance: Allowance


def first_month(mode: str, fee_fen: int, allowance: Allowance, activated: date) -> FirstMonth:
    """The day of activation counts. Fees round half up to whole 分, allowances round up in the user's favour.

    Raises ValueError for a mode that is not a FirstMonthMode.
    """
    paid, whole = _share(FirstMonthMode(mode), activated)
    fee = (Decimal(fee_fen * paid) / whole).quantize(Decimal(1), ROUND_HALF_UP)
    return FirstMonth(
        int(fee),
        Allowance(
            voice_min=_round_up(allowance.voice_min * paid, whole),
            data_mb=_round_up(allowance.data_mb * paid, whole),
            sms=_round_up(allowance.sms * paid, whole),
        ),
    )


def _share(mode: FirstMonthMode, activated: date) -> tuple[int, int]:
    """How much of the month counts, as a fraction."""
    days = monthrange(activated.year, activated.month)[1]
    if mode is FirstMonthMode.FULL:
        return 1, 1
    if mode is FirstMonthMode.HALF:
        return (1, 1) if activated.day <= 15 else (1, 2)
    if mode is FirstMonthMode.FREE_AFTER_25 and activated.day >= 26:
        return 0, 1
    return days - activated.day + 1, days


def _round_up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
