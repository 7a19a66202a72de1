"""What of a statement can be invoiced and in which lines, and what may be reversed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from console.expenses import taxes
from console.expenses.items import PaidBy

RED_HOURS = timedelta(hours=72)
REASONS = ("01", "02", "03", "04")
WRONG = "01"
"""开票有误: always the whole invoice."""
POLL_AFTER = (5, 15, 60, 300, 1800)
"""Seconds between looks; then hourly, until 72 hours are over."""
HOURLY = 3600


@dataclass(frozen=True, slots=True)
class Open:
    """A part of a charge that no invoice covers yet. In 分, VAT included; `left_fen` signed as the charge."""

    allocation_id: int
    left_fen: int
    tax_class: str
    service_from: date
    paid_by: str
    prepaid: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """A line to be issued."""

    name: str
    short_name: str
    code: str
    percent: int
    net_fen: int
    tax_fen: int
    discount: bool
    parts: tuple[Open, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`left_out`: why → 分: person, prepaid, third_party, discount (more is given back than charged)."""

    lines: tuple[Planned, ...]
    left_out: dict[str, int]

    @property
    def net_fen(self) -> int:
        return sum(line.net_fen for line in self.lines)

    @property
    def tax_fen(self) -> int:
        return sum(line.tax_fen for line in self.lines)

    @property
    def total_fen(self) -> int:
        return self.net_fen + self.tax_fen


def plan(parts: Iterable[Open]) -> Plan:
    """One line for each name and rate, its discounts directly below it; rates by the day of the service."""
    left_out: dict[str, int] = {}
    groups: dict[taxes.TaxRule, list[Open]] = {}
    for part in parts:
        held = taxes.rule(part.tax_class, part.service_from)
        why = _not_for_an_invoice(part, held)
        if why:
            left_out[why] = left_out.get(why, 0) + part.left_fen
        elif part.left_fen:
            groups.setdefault(held, []).append(part)
    lines: list[Planned] = []
    for held, members in sorted(
        groups.items(), key=lambda one: (-(one[0].percent or 0), one[0].code, one[0].name)
    ):
        charged = [one for one in members if one.left_fen > 0]
        given = [one for one in members if one.left_fen < 0]
        if sum(one.left_fen for one in members) <= 0:
            left_out["discount"] = left_out.get("discount", 0) + sum(one.left_fen for one in members)
            continue
        lines += [_line(held, some, discount=some is given) for some in (charged, given) if some]
    return Plan(tuple(lines), left_out)


def _not_for_an_invoice(part: Open, held: taxes.TaxRule) -> str:
    if part.paid_by == PaidBy.PERSON:
        return "person"
    if part.prepaid:
        return "prepaid"
    return "third_party" if held.percent is None else ""


def _line(held: taxes.TaxRule, parts: Sequence[Open], *, discount: bool) -> Planned:
    net, tax = taxes.split(sum(one.left_fen for one in parts), held.percent or 0)
    return Planned(held.name, held.short_name, held.code, held.percent or 0, net, tax, discount, tuple(parts))


MOST_MONTHS = 12
"""On one invoice."""


def months(first: str, last: str) -> str:
    """As people read it: 2026-10, or 2026-08 — 2026-10."""
    return first if first == last else f"{first} — {last}"


def next_fetch(tries: int) -> timedelta:
    """Until an original that did not come is asked for again: twice as long each time, at most a day."""
    return min(timedelta(minutes=2 ** min(tries, 11)), timedelta(days=1))


def next_poll(polls: int) -> timedelta:
    return timedelta(seconds=POLL_AFTER[polls] if polls < len(POLL_AFTER) else HOURLY)


def may_be_partial(reason: str, *, booked: bool) -> bool:
    """Only of what the buyer has booked or used, and not for what was wrong from the beginning."""
    return booked and reason != WRONG
