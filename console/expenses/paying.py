"""Who pays what of a line's month (集团代付): the company all, up to a limit, or some items; the person the rest."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from console.expenses.items import BillItem, PaidBy
from console.expenses.rated import Rated


class PayMode(StrEnum):
    GROUP = "GROUP"
    GROUP_CAP = "GROUP_CAP"
    ITEMS = "ITEMS"
    PERSON = "PERSON"


@dataclass(frozen=True, slots=True)
class PaySplit:
    mode: str = PayMode.GROUP
    cap_fen: int = 0
    items: frozenset[str] = frozenset()
    """Of ITEMS: what the company pays, as items or as codes of products."""


ALL = PaySplit()


def split(charges: Iterable[Rated], agreed: PaySplit) -> list[Rated]:
    """The same charges with their payers; the one in which a limit is reached becomes two. The sum stays."""
    mode = PayMode(agreed.mode)
    if mode is PayMode.GROUP_CAP:
        return _up_to(list(charges), agreed.cap_fen)
    if mode is PayMode.ITEMS:
        return [_by(one, one.item in agreed.items or one.product in agreed.items) for one in charges]
    return [_by(one, mode is PayMode.GROUP) for one in charges]


def _by(one: Rated, company: bool) -> Rated:
    payer = PaidBy.COMPANY if company else PaidBy.PERSON
    return one if one.paid_by == payer else replace(one, paid_by=payer)


ORDER = {item: place for place, item in enumerate(BillItem)}


def _up_to(charges: list[Rated], cap_fen: int) -> list[Rated]:
    """The limit holds after discounts. What stands last on the bill is the first that the person pays."""
    persons = max(0, sum(one.amount_fen for one in charges) - cap_fen)
    found: list[Rated] = []
    for one in sorted(charges, key=lambda one: ORDER[BillItem(one.item)], reverse=True):
        part = min(persons, max(0, one.amount_fen))
        persons -= part
        if part:
            found.append(replace(one, amount_fen=part, paid_by=PaidBy.PERSON))
        if part != one.amount_fen:
            found.append(replace(one, amount_fen=one.amount_fen - part, paid_by=PaidBy.COMPANY))
    return found[::-1]
