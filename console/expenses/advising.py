"""Which plan a line would have cost least on: its own months rated again on each plan it may have. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from console.expenses.metering import priced
from console.expenses.rated import Held, Month, Product, Rated, Usage
from console.expenses.rating import rate_month

MONTHS = 3
"""So many whole months have to be known."""
LEAST_PERCENT = 1
"""A smaller saving is none: next month's use decides about it."""
_BEFORE = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Subject:
    """A line: its plan, what else it has each month, what it used, and the plans that it may have."""

    line: int
    plan: Product
    extras: Sequence[Product]
    used: Mapping[str, Usage]
    may: Sequence[Product]


@dataclass(frozen=True, slots=True)
class Option:
    """What all months cost on a plan, in 分; as a member of a pool; and what the pool would have to carry, each month."""

    code: str
    fen: int
    pooled_fen: int
    pool_kb: tuple[int, ...]


def abstains(subject: Subject, months: Collection[str]) -> bool:
    return len(months) < MONTHS or any(month not in subject.used for month in months)


def options(
    subject: Subject,
    months: Sequence[str],
    along: Mapping[str, Sequence[Product]],
    member: Product | None = None,
) -> list[Option]:
    """Of every plan, the present one first. `along`: what else a plan needs; `member`: the fee of being in a pool."""
    return [
        _option(subject, plan, months, along.get(plan.code, ()), member)
        for plan in (subject.plan, *(one for one in subject.may if one.code != subject.plan.code))
        if plan is subject.plan or _suits(plan, subject, months)
    ]


def _suits(plan: Product, subject: Subject, months: Sequence[str]) -> bool:
    """A plan without calls or messages is none for somebody who calls or writes."""
    used = [subject.used[month] for month in months]
    calls, writes = any(one.minutes for one in used), any(one.messages for one in used)
    return not (calls and plan.minute_fen is None) and not (writes and plan.message_fen is None)


def _option(
    subject: Subject, plan: Product, months: Sequence[str], along: Sequence[Product], member: Product | None
) -> Option:
    alone = [bill(subject, plan, month, along) for month in months]
    fen = sum(one.amount_fen for charges in alone for one in charges)
    if member is None:
        return Option(plan.code, fen, fen, (0,) * len(months))
    pooled = [rate_month(replace(_month(subject, plan, month, along), in_pool=True)) for month in months]
    fees = member.fee_fen * len(months)
    return Option(
        plan.code, fen, sum(one.total_fen for one in pooled) + fees, tuple(one.pool_kb for one in pooled)
    )


def bill(subject: Subject, plan: Product, month: str, along: Sequence[Product] = ()) -> tuple[Rated, ...]:
    """What the month would have cost on this plan, by the code that also checks the operator's bill."""
    return rate_month(_month(subject, plan, month, along)).charges


def _month(subject: Subject, plan: Product, month: str, along: Sequence[Product]) -> Month:
    had = {one.code: one for one in (*along, *subject.extras)}
    return Month(month, [Held(one, _BEFORE) for one in (plan, *had.values())], subject.used[month])


def worth_it(before_fen: int, after_fen: int) -> bool:
    return (before_fen - after_fen) * 100 > before_fen * LEAST_PERCENT


def monthly(fen: int, months: int) -> int:
    return priced(fen, 1, months)


def receipt(
    subject: Subject, advised: Product, months: Sequence[str], along: Sequence[Product] = ()
) -> dict[str, Any]:
    """What the promise was computed from: for each month the usage, and the bill on either plan."""
    return {
        "months": [
            {
                "period": month,
                "minutes": subject.used[month].minutes,
                "messages": subject.used[month].messages,
                "data_kb": subject.used[month].data.general_kb
                + sum(subject.used[month].data.directed.values()),
                "before": _rows(bill(subject, subject.plan, month)),
                "after": _rows(bill(subject, advised, month, along)),
            }
            for month in months
        ]
    }


def _rows(charges: Sequence[Rated]) -> list[list[Any]]:
    return [[str(one.item), one.name, one.amount_fen] for one in charges]
