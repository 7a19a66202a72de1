"""What a line's month costs, computed by ourselves: out of what it had, used and was agreed, and of no bill."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from console.expenses import paying
from console.expenses.items import BillItem, TaxClass
from console.expenses.metering import (
    KB_OF_A_GB,
    KB_OF_A_MB,
    Bucket,
    Source,
    Taken,
    consume,
    priced,
)
from console.expenses.rated import Cycle, Held, Month, Over, Product, Rated
from console.expenses.rules import first_day, last_day
from console.plans.rules import Allowance, FirstMonthMode, first_month

SUSPENSION_FEN = 500
"""Of a whole calendar month; of a part of it the days of a year's twelve."""
DATA_CAP_FEN = 60000
"""Data beyond a plan costs no more than this in a month: then it stops."""
UNLIMITED_ONNET, ONNET_MINUTES = "VNET_UNL", {"VNET_FLEX": 1000}


@dataclass(frozen=True, slots=True)
class Priced:
    """A month's charges, and what its pool has to carry, in kilobytes; what may be used next month as well."""

    charges: tuple[Rated, ...]
    pool_kb: int = 0
    carry_kb: int = 0

    @property
    def total_fen(self) -> int:
        return sum(one.amount_fen for one in self.charges)


@dataclass(frozen=True, slots=True)
class _Part:
    """A product in this month: its fee, what it contains, and the days it was there."""

    held: Held
    first: date
    last: date
    fee_fen: int
    allowance: Allowance
    directed_mb: int
    whole: bool


def rate_month(month: Month, agreed: paying.PaySplit = paying.ALL) -> Priced:
    """Fees, usage beyond what is contained, suspension, and what was charged once; each with its payer.

    It does not depend on the order in which products, suspensions and single charges are given.
    """
    first, last = first_day(month.period), last_day(month.period)
    stopped = _days(month.suspended, first, last)
    parts = [part for held in _sorted(month.held) if (part := _part(held, first, last, stopped))]
    charges = [_fee(part) for part in parts if part.fee_fen]
    taken, carry_kb = _data(month, parts, last)
    pool_kb = taken.by_source().get(Source.POOL, 0)
    charges += _beyond(month, parts, taken, first, last)
    charges += _suspension(stopped, first, last)
    charges += [
        Rated(one.item, one.tax_class, one.product, one.name, one.on, one.on, one.amount_fen)
        for one in sorted(month.once, key=lambda one: (one.on, one.item, one.name, one.amount_fen))
        if one.amount_fen
    ]
    return Priced(tuple(paying.split(charges, agreed)), pool_kb, carry_kb)


def suspension_fen(first: date, last: date) -> int:
    """Of the days from `first` to `last` of one month, both included."""
    days = (last - first).days + 1
    if first.day == 1 and days == (last_day(f"{first:%Y-%m}") - first).days + 1:
        return SUSPENSION_FEN
    return priced(days, SUSPENSION_FEN * 12, 365)


def _sorted(held: Iterable[Held]) -> list[Held]:
    return sorted(held, key=lambda one: (one.product.kind != "MAIN", one.product.code, one.since))


def _days(stretches: Iterable[tuple[date, date]], first: date, last: date) -> set[date]:
    """Of this month, each once."""
    return {
        begins + timedelta(days=n)
        for begins, ends in ((max(begins, first), min(ends, last)) for begins, ends in stretches)
        for n in range((ends - begins).days + 1)
    }


def _part(held: Held, first: date, last: date, stopped: set[date]) -> _Part | None:
    begins, ends = max(first, held.since), min(last, held.until or last)
    if begins > ends:
        return None
    one = held.product
    if one.cycle != Cycle.MONTH:
        return _bought(held, first, begins, ends)
    contains, full, directed = _contains(held), one.fee_fen * held.times, one.directed_mb * held.times
    fee, whole = full, held.since <= first
    if not whole:
        mode, since = one.first_month, held.since
        directed = first_month(mode, 0, Allowance(0, directed, 0), since).allowance.data_mb
        began = first_month(mode, full, contains, since)
        fee, contains = began.fee_fen, began.allowance
    if one.first_month == FirstMonthMode.DAILY:
        fee = _for_days(full, fee, held, (begins, ends), (first, last), stopped)
    return _Part(held, begins, ends, fee, contains, directed, whole)


def _contains(held: Held) -> Allowance:
    one, times = held.product, held.times
    return Allowance(one.voice_min * times, one.data_mb * times, one.sms * times)


def _for_days(
    full: int,
    charged: int,
    held: Held,
    there: tuple[date, date],
    month: tuple[date, date],
    stopped: set[date],
) -> int:
    """Days of suspension cost nothing, nor do those after the end if the contract says so."""
    (begins, ends), (first, last) = there, month
    until = ends if held.priced_daily_at_end else last
    idle = sum(1 for day in stopped if begins <= day <= until)
    if not idle and until == last:
        return charged
    return priced((until - begins).days + 1 - idle, full, (last - first).days + 1)


def _bought(held: Held, first: date, begins: date, ends: date) -> _Part | None:
    """What is paid when it is bought, or by the day of use; a year's fee in the month in which the year begins.

    What a pack contains counts in the month in which it was bought.
    """
    one, contains = held.product, _contains(held)
    if one.cycle == Cycle.DAY:
        days = (ends - begins).days + 1
        contains = Allowance(contains.voice_min * days, contains.data_mb * days, contains.sms * days)
        return _Part(held, begins, ends, one.fee_fen * held.times * days, contains, 0, False)
    if one.cycle == Cycle.YEAR:
        due = held.since.month == first.month
        return _Part(held, begins, ends, one.fee_fen * held.times * due, contains, 0, False)
    if held.since < first:
        return None
    if one.valid_days:
        ends = min(ends, held.since + timedelta(days=one.valid_days - 1))
    return _Part(held, begins, ends, one.fee_fen * held.times, contains, one.directed_mb * held.times, False)


def _fee(part: _Part) -> Rated:
    one = part.held.product
    return Rated(one.item, one.tax_class, one.code, one.name, part.first, part.last, part.fee_fen)


def _data(month: Month, parts: Sequence[_Part], last: date) -> tuple[Taken, int]:
    """What the month's data was taken from, and what is left of a whole month's plan."""
    buckets = [Bucket(Source.CARRY_OVER, month.carried_kb)] if month.carried_kb else []
    for number, part in enumerate(parts):
        one, kb = part.held.product, part.allowance.data_mb * KB_OF_A_MB
        if kb and one.kind not in ("POOL", "ROAMING"):
            buckets.append(Bucket(_source(one), kb, number, part.last if one.valid_days else last))
        if part.directed_mb:
            buckets.append(Bucket(Source.DIRECTED, part.directed_mb * KB_OF_A_MB, number, last, one.code))
    used = month.usage.data
    if month.in_pool:
        buckets.append(Bucket(Source.POOL, used.general_kb + sum(used.directed.values())))
    taken = consume(used, buckets)
    left = taken.by_source().get(Source.PLAN, 0)
    whole = sum(p.allowance.data_mb * KB_OF_A_MB for p in parts if p.whole and p.held.product.kind == "MAIN")
    return taken, max(0, whole - left)


def _source(one: Product) -> Source:
    if one.kind == "ADDON":
        return Source.PACK if one.valid_days else Source.ADDON
    return Source.PLAN


def _beyond(month: Month, parts: Sequence[_Part], taken: Taken, first: date, last: date) -> list[Rated]:
    """Usage that nothing contains, at the prices of the plan."""
    plan = next((part for part in parts if part.held.product.kind in ("MAIN", "IOT")), None)
    if plan is None:
        return []
    terms, used = plan.held.product, month.usage
    voice = used.minutes + max(0, used.onnet_minutes - _onnet(parts))
    voice -= sum(part.allowance.voice_min for part in parts)
    messages = used.messages - sum(
        part.allowance.sms for part in parts if part.held.product.item != BillItem.OWN_VAS
    )
    found = (
        (BillItem.VOICE, TaxClass.VOICE, "套餐外语音通信费", max(0, voice) * (terms.minute_fen or 0)),
        (BillItem.DATA, TaxClass.DATA, "套餐外上网费", _data_fen(terms, used.data.general_kb, taken.over_kb)),
        (BillItem.MESSAGES, TaxClass.MESSAGES, "套餐外短彩信费", max(0, messages) * (terms.message_fen or 0)),
    )
    return [Rated(item, tax, None, name, plan.first, last, fen) for item, tax, name, fen in found if fen]


def _onnet(parts: Sequence[_Part]) -> int:
    """Minutes inside the group that cost nothing."""
    codes = {part.held.product.code for part in parts}
    if UNLIMITED_ONNET in codes:
        return 10**9
    return sum(minutes for code, minutes in ONNET_MINUTES.items() if code in codes)


def _data_fen(terms: Product, used_kb: int, over_kb: int) -> int:
    """What is used after the line has become slow costs nothing; nor what lies above the month's limit."""
    if terms.over == Over.THROTTLED or not terms.gigabyte_fen:
        return 0
    if terms.throttle_after_mb:
        over_kb = max(0, over_kb - max(0, used_kb - terms.throttle_after_mb * KB_OF_A_MB))
    return min(DATA_CAP_FEN, priced(over_kb, terms.gigabyte_fen, KB_OF_A_GB))


def _suspension(stopped: set[date], first: date, last: date) -> list[Rated]:
    """One charge for each stretch of days."""
    found: list[Rated] = []
    if not stopped:
        return found
    day = first
    while day <= last:
        if day not in stopped:
            day += timedelta(days=1)
            continue
        ends = day
        while ends + timedelta(days=1) in stopped:
            ends += timedelta(days=1)
        fen = suspension_fen(day, ends)
        found.append(Rated(BillItem.RENT, TaxClass.VOICE, "SUSPEND", "停机保号费", day, ends, fen))
        day = ends + timedelta(days=1)
    return found
