"""Which part of a charge is whose: by the days of the service, a pool's overage by who caused it, then by shares."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, delete, select, true, update

from console.core import lookups
from console.core.db import insert_many, session, update_many
from console.core.errors import Conflict
from console.expenses import placements, pooling, rules, sharing
from console.expenses.models import Allocation, Charge, Statement
from console.expenses.states import StatementState

FACTS = (
    "line_id", "item", "tax_class", "product", "name", "service_from", "service_to", "amount_fen", "paid_by", "prepaid",
)  # fmt: skip
"""What a correction may change; the same of all of them is the same charge."""
Parts = list[tuple[rules.Place, int]]


def invoiced_of(charges: Sequence[int]) -> dict[int, int]:
    """Charge → how much of it stands on invoices, also beyond its amount; those of which nothing does are absent."""
    parts = select(Allocation.charge_id, Allocation.invoiced_fen).where(
        Allocation.to_version.is_(None), Allocation.invoiced_fen != 0
    )
    over = select(Charge.id, Charge.over_fen).where(Charge.over_fen != 0)
    found: dict[int, int] = defaultdict(int)
    for wanted, column in ((parts, Allocation.charge_id), (over, Charge.id)):
        for charge, fen in lookups.few(wanted, column, charges):
            found[charge] += int(fen)
    return {charge: fen for charge, fen in found.items() if fen}


def allocate(draft: Statement, charges: Iterable[Mapping[str, Any]], invoiced: Mapping[int, int]) -> None:
    """To whoever had the line on the days of the service; what belongs to no line belongs to nobody yet.

    `invoiced`: charge → what of it stands on invoices already, which stays so wherever it is allocated now. What is
    more than the charge is kept with it: a later correction to more takes it up again, and a red letter takes it back.
    """
    charges = list(charges)
    parts_of = _parting(draft.period, {one["line_id"] for one in charges if one["line_id"]})
    _write(draft, {one["id"]: parts_of(one) for one in charges}, invoiced)


def _write(draft: Statement, parts_of: Mapping[int, Parts], invoiced: Mapping[int, int]) -> None:
    rows, over = [], []
    for charge, parts in parts_of.items():
        covered = rules.covered([amount for _place, amount in parts], invoiced.get(charge, 0))
        if beyond := invoiced.get(charge, 0) - sum(covered):
            over.append({"id": charge, "over_fen": beyond})
        rows += [
            {
                "charge_id": charge,
                "period": draft.period,
                "from_version": draft.version,
                "employee_id": place.employee_id,
                "department": place.department,
                "cost_center": place.cost_center,
                "amount_fen": amount,
                "invoiced_fen": part,
            }
            for (place, amount), part in zip(parts, covered, strict=True)
        ]
    insert_many(Allocation, rows)
    update_many(Charge, over)


def _parting(period: str, lines: Collection[int]) -> Callable[[Mapping[str, Any]], Parts]:
    """How a charge is parted: by who had the line on its days, a pool's overage by who caused it, then by shares.

    Four queries, for any number of charges of these lines.
    """
    taken, shares = pooling.of_month(period), sharing.in_force(period)
    members = {line for one in taken.values() for line in one.by_line}
    placed = placements.of_lines({*lines, *members})

    def of_line(line: int | None, fen: int, one: Mapping[str, Any]) -> Parts:
        parts = rules.allocate(fen, placed.get(line or 0, ()), one["service_from"], one["service_to"])
        return rules.shared(parts, line is not None, shares)

    def parts(one: Mapping[str, Any]) -> Parts:
        pool = taken.get(one["product"] or "") if one["line_id"] is None else None
        borne = pool.shares(one["amount_fen"]) if pool else []
        if not borne:
            return of_line(one["line_id"], one["amount_fen"], one)
        found: dict[rules.Place, int] = {}
        for line, fen in borne:
            for place, part in of_line(line, fen, one):
                found[place] = found.get(place, 0) + part
        return list(found.items())

    return parts


def allocate_anew(draft: Statement, lines: Sequence[int], *, of_no_line: bool = False) -> int:
    """Where these lines belong, or how it is shared, was corrected: allocations follow as far as they differ; how many.

    With `of_no_line` also those of what belongs to no line.
    """
    must_be_draft(draft)
    pooled = list(pooling.of_month(draft.period))
    of_nobody = Charge.line_id.is_(None) & (true() if of_no_line else Charge.product.in_(pooled))
    # Columns and not charges: of a large month making the objects would take longer than reading them.
    columns = [getattr(Charge, name) for name in ("id", *FACTS)]
    charges = select(Charge.line_id, *columns).where(
        Charge.at(draft.period, draft.version), Charge.to_version.is_(None)
    )
    parts = (
        select(
            Charge.line_id, Allocation.charge_id, Allocation.employee_id, Allocation.department,
            Allocation.cost_center, Allocation.amount_fen,
        )
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(Allocation.at(draft.period, draft.version))
    )  # fmt: skip

    def concerned(wanted: Select[*tuple[Any, ...]]) -> Iterator[Any]:
        yield from lookups.few(wanted, Charge.line_id, lines)
        yield from session.execute(wanted.where(of_nobody))

    held: dict[int, dict[rules.Place, int]] = defaultdict(dict)
    for _line, charge, person, department, center, amount in concerned(parts):
        held[charge][rules.Place(person, department, center)] = amount
    parts_of = _parting(draft.period, lines)
    names = ("id", *FACTS)
    changed: dict[int, Parts] = {}
    for _line, *facts in concerned(charges):
        one = dict(zip(names, facts, strict=True))
        if dict(now := parts_of(one)) != held.get(one["id"]):
            changed[one["id"]] = now
    invoiced = invoiced_of(list(changed))
    for ids in lookups.portions(changed):
        session.execute(
            delete(Allocation).where(Allocation.charge_id.in_(ids), Allocation.from_version == draft.version)
        )
        session.execute(
            update(Allocation)
            .where(Allocation.charge_id.in_(ids), Allocation.to_version.is_(None))
            .values(to_version=draft.version - 1)
        )
    _write(draft, changed, invoiced)
    return len(changed)


def must_be_draft(statement: Statement) -> None:
    if statement.state != StatementState.DRAFT:
        raise Conflict("E_STATEMENT_NOT_DRAFT", period=statement.period)
