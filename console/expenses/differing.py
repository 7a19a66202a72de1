"""Where the operator's bill says otherwise than our own computation: line by line, with both values and a reason. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol


class Difference(StrEnum):
    AMOUNT = "AMOUNT"
    MISSING_HERE = "MISSING_HERE"
    """The operator bills what follows from nothing that we know."""
    MISSING_THERE = "MISSING_THERE"
    """The operator does not bill what we expect."""
    TAX_CLASS = "TAX_CLASS"
    PAYER = "PAYER"


class Fee(Protocol):
    """A charge of either side."""

    @property
    def item(self) -> str: ...
    @property
    def tax_class(self) -> str: ...
    @property
    def product(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def service_from(self) -> date: ...
    @property
    def amount_fen(self) -> int: ...
    @property
    def paid_by(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Differs:
    """`theirs` is the operator's charge, `ours` the computed one."""

    code: Difference
    theirs: Fee | None
    ours: Fee | None

    @property
    def fen(self) -> int:
        """What the operator bills beyond our computation."""
        theirs = self.theirs.amount_fen if self.theirs else 0
        return theirs - (self.ours.amount_fen if self.ours else 0)


def compare(theirs: Iterable[Fee], ours: Iterable[Fee]) -> list[Differs]:
    """Of one line. Charges belong together by heading and product; of several alike those of equal amount first.

    The two sides do not name every product alike: what is left over belongs together by heading and amount.
    What all differences come to is what the two sums differ by.
    """
    bill, computed = _grouped(theirs), _grouped(ours)
    found: list[Differs] = []
    for key in sorted(bill.keys() | computed.keys(), key=str):
        found += _pairs(bill.get(key, []), computed.get(key, []))
    return _renamed(found)


def _renamed(found: list[Differs]) -> list[Differs]:
    kept = [one for one in found if one.theirs and one.ours]
    ours = [one.ours for one in found if one.ours and not one.theirs]
    for one in found:
        if one.ours or not one.theirs:
            continue
        other = next((fee for fee in ours if _alike(fee, one.theirs)), None)
        if other is None:
            kept.append(one)
        else:
            ours.remove(other)
            kept += _differ(one.theirs, other)
    return kept + [Differs(Difference.MISSING_THERE, None, fee) for fee in ours]


def _alike(one: Fee, other: Fee) -> bool:
    return (str(one.item), one.amount_fen) == (str(other.item), other.amount_fen)


def _grouped(fees: Iterable[Fee]) -> dict[tuple[str, str], list[Fee]]:
    groups: dict[tuple[str, str], list[Fee]] = defaultdict(list)
    for one in fees:
        groups[str(one.item), one.product or ""].append(one)
    return groups


def _pairs(theirs: Sequence[Fee], ours: Sequence[Fee]) -> list[Differs]:
    left, right = sorted(theirs, key=_place), sorted(ours, key=_place)
    pairs: list[tuple[Fee, Fee]] = []
    for one in list(left):
        same = next((other for other in right if other.amount_fen == one.amount_fen), None)
        if same is not None:
            left.remove(one)
            right.remove(same)
            pairs.append((one, same))
    both = min(len(left), len(right))
    pairs += zip(left[:both], right[:both], strict=True)
    found = [code for one, other in pairs for code in _differ(one, other)]
    found += [Differs(Difference.MISSING_HERE, one, None) for one in left[both:]]
    return found + [Differs(Difference.MISSING_THERE, None, other) for other in right[both:]]


def _place(fee: Fee) -> tuple[date, int]:
    return fee.service_from, fee.amount_fen


def _differ(theirs: Fee, ours: Fee) -> list[Differs]:
    if theirs.amount_fen != ours.amount_fen:
        return [Differs(Difference.AMOUNT, theirs, ours)]
    if theirs.tax_class != ours.tax_class:
        return [Differs(Difference.TAX_CLASS, theirs, ours)]
    return [Differs(Difference.PAYER, theirs, ours)] if theirs.paid_by != ours.paid_by else []
