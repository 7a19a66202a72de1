"""What an order costs in 分, to the 分: shares of a month, packs, cards, suspensions and penalties. Pure."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from console.carrier.simulator import catalogue
from console.carrier.simulator.clock import china, month_start, next_month_start

SUSPENSION_FEN = 500


@dataclass(frozen=True)
class Charge:
    """Item says what it is for, code of which product; key tells charges of one order apart."""

    item: str
    code: str
    fen: int

    @property
    def key(self) -> str:
        return f"{self.item}|{self.code}"


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def rest_of_month_fen(fee_fen: int, at: int) -> int:
    """The days that are left, today included."""
    day = china(at).date()
    days = monthrange(day.year, day.month)[1]
    return _half_up(fee_fen * (days - day.day + 1), days)


def _with_a_month(at: int) -> bool:
    """What begins with a month is on the bill of that month; here is what begins inside one."""
    return at == month_start(at)


def added(codes: Iterable[str], at: int) -> list[Charge]:
    """Monthly products for the days that are left, packs in full."""
    rents = [
        Charge("RENT", code, rest_of_month_fen(catalogue.PRODUCTS[code].fee_fen, at))
        for code in codes
        if catalogue.is_monthly(code) and not _with_a_month(at)
    ]
    packs = [
        Charge("PACK", code, catalogue.PRODUCTS[code].fee_fen)
        for code in codes
        if not catalogue.is_monthly(code)
    ]
    return rents + packs


def plan_changed(old: str, new: str, at: int) -> list[Charge]:
    """Inside a month the difference of the days that are left."""
    if _with_a_month(at):
        return []
    fees = [rest_of_month_fen(catalogue.PRODUCTS[code].fee_fen, at) for code in (new, old)]
    return [Charge("RENT", new, fees[0] - fees[1])]


def card() -> Charge:
    return Charge("CARD", "SIMFEE", catalogue.SIM_FEE_FEN)


def months_bound(contract_end: int | None, at: int) -> int:
    """Whole months of a contract that are left; the one that has begun is paid in any case."""
    months = 0
    month = at if _with_a_month(at) else next_month_start(at)
    while contract_end is not None and month < contract_end:
        months, month = months + 1, next_month_start(month)
    return months


def penalty_fen(old_fee: int, new_fee: int, contract_end: int | None, at: int) -> int:
    """Leaving a contract for something cheaper, or for nothing at all."""
    return months_bound(contract_end, at) * max(0, old_fee - new_fee)


def suspension(begins: int, ends: int) -> list[Charge]:
    """One charge for each calendar month: 5 yuan for a whole one, else by the day at 60 yuan for 365 days.

    The day of coming back is not a suspended one, but there is always at least one.
    """
    first = china(begins).date()
    last = max(first, china(ends).date() - timedelta(days=1))
    return [
        Charge("SUSPEND", f"{month:%Y-%m}", _suspension_fen(days, monthrange(month.year, month.month)[1]))
        for month, days in _days_by_month(first, last)
    ]


def _days_by_month(first: date, last: date) -> Iterator[tuple[date, int]]:
    month = first.replace(day=1)
    while month <= last:
        after = (month + timedelta(days=32)).replace(day=1)
        yield month, (min(last, after - timedelta(days=1)) - max(first, month)).days + 1
        month = after


def _suspension_fen(days: int, whole: int) -> int:
    return SUSPENSION_FEN if days == whole else _half_up(SUSPENSION_FEN * 12 * days, 365)
