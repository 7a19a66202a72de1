"""The operator's bill of a month becomes a version of its statement, page by page; each charge is allocated at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, delete, func, or_, select, update

from console.core import clock, lookups
from console.core.db import insert_many, session
from console.core.errors import Conflict
from console.expenses import placements, queries, rules, sharing
from console.expenses.models import Allocation, Charge, Statement
from console.expenses.states import StatementState
from console.sims.models import Line, PhoneNumber
from console.sims.queries import msisdn_index

FACTS = (
    "line_id", "item", "tax_class", "product", "name", "service_from", "service_to", "amount_fen", "paid_by", "prepaid",
)  # fmt: skip
"""What a correction may change; the same of all of them is the same charge."""


@dataclass(frozen=True, slots=True)
class Billed:
    """One line of the operator's bill. `operator_line` names it over all its versions; amounts in 分, VAT included."""

    operator_line: str
    operator_version: int
    msisdn: str | None
    item: str
    tax_class: str
    product: str | None
    name: str
    service_from: date
    service_to: date
    amount_fen: int
    paid_by: str
    prepaid: bool


def begin(period: str, reason: str | None = None) -> Statement:
    """The draft that takes in what the operator bills: one that was begun before, else a new version."""
    queries.hold(period)
    newest = queries.newest(period)
    if newest and newest.state == StatementState.DRAFT:
        return newest
    draft = Statement(
        period=period, version=newest.version + 1 if newest else 1, reason=reason, created_at=clock.now()
    )
    session.add(draft)
    session.flush()
    return draft


def wanted(period: str, revision: int) -> bool:
    """Whether the operator's bill says something that the version in force does not."""
    newest = queries.newest(period)
    return newest is None or newest.state == StatementState.DRAFT or newest.revision != revision


def lock(statement_id: int) -> Statement | None:
    """The draft, held until the transaction ends; None when somebody else has completed it."""
    period = session.scalar(select(Statement.period).where(Statement.id == statement_id))
    held = queries.hold(period) if period else []
    return next((one for one in held if one.id == statement_id and one.state == StatementState.DRAFT), None)


def take_page(draft: Statement, page: Sequence[Billed], cursor: str, lines: Mapping[str, int]) -> int:
    """Write what is new or different on this page, and how far was read; how many charges that were.

    A page may come again, or in another order: what is written already stays as it is.
    """
    _must_be_draft(draft)
    known = {
        found.operator_line: found
        for (_key, found) in lookups.few(
            select(Charge.operator_line, Charge).where(
                Charge.period == draft.period, Charge.to_version.is_(None)
            ),
            Charge.operator_line,
            {one.operator_line for one in page},
        )
    }
    new: dict[str, dict[str, Any]] = {}
    ended: list[Charge] = []
    for one in page:
        facts = _facts(one, lines)
        before = known.get(one.operator_line)
        if before and (
            before.operator_version >= one.operator_version
            or all(getattr(before, k) == facts[k] for k in FACTS)
        ):
            continue
        if before:
            ended.append(before)
        new[one.operator_line] = facts
    ids = [charge.id for charge in ended]
    invoiced = invoiced_of(ids)
    end(draft, ids)
    _write(
        draft,
        list(new.values()),
        {one.operator_line: invoiced[one.id] for one in ended if one.id in invoiced},
    )
    draft.cursor = cursor
    return len(new)


def _facts(one: Billed, lines: Mapping[str, int]) -> dict[str, Any]:
    return {
        "operator_line": one.operator_line,
        "operator_version": one.operator_version,
        "line_id": lines.get(one.msisdn) if one.msisdn else None,
        "item": one.item,
        "tax_class": one.tax_class,
        "product": one.product,
        "name": one.name,
        "service_from": one.service_from,
        "service_to": one.service_to,
        "amount_fen": one.amount_fen,
        "paid_by": one.paid_by,
        "prepaid": one.prepaid,
    }


def end(draft: Statement, charges: Sequence[int]) -> None:
    """From this version on these charges are no longer true; what this version itself has written just goes."""
    if not charges:
        return
    for model, column in ((Allocation, Allocation.charge_id), (Charge, Charge.id)):
        session.execute(delete(model).where(column.in_(charges), model.from_version == draft.version))
        session.execute(
            update(model)
            .where(column.in_(charges), model.to_version.is_(None))
            .values(to_version=draft.version - 1)
        )


def invoiced_of(charges: Sequence[int]) -> dict[int, int]:
    """Charge → how much of it stands on invoices; those of which nothing does are absent."""
    wanted = (
        select(Allocation.charge_id, func.sum(Allocation.invoiced_fen))
        .where(
            Allocation.charge_id.in_(charges), Allocation.to_version.is_(None), Allocation.invoiced_fen != 0
        )
        .group_by(Allocation.charge_id)
    )
    return {charge: int(fen) for charge, fen in session.execute(wanted)} if charges else {}


def _write(draft: Statement, charges: list[dict[str, Any]], invoiced: Mapping[str, int]) -> None:
    for one in charges:
        one |= {"period": draft.period, "from_version": draft.version}
    ids = insert_many(Charge, charges)
    allocate(
        draft,
        [{"id": id_} | one for id_, one in zip(ids, charges, strict=True)],
        {
            id_: invoiced[one["operator_line"]]
            for id_, one in zip(ids, charges, strict=True)
            if one["operator_line"] in invoiced
        },
    )


def allocate(draft: Statement, charges: Iterable[Mapping[str, Any]], invoiced: Mapping[int, int]) -> None:
    """To whoever had the line on the days of the service; what belongs to no line belongs to nobody yet.

    `invoiced`: charge → what of it stands on invoices already, which stays so wherever it is allocated now.
    """
    charges = list(charges)
    placed = placements.of_lines({one["line_id"] for one in charges if one["line_id"]})
    shares, rows = sharing.in_force(draft.period), []
    for one in charges:
        parts = rules.allocate(
            one["amount_fen"], placed.get(one["line_id"], ()), one["service_from"], one["service_to"]
        )
        parts = rules.shared(parts, bool(one["line_id"]), shares)
        covered = rules.covered([amount for _place, amount in parts], invoiced.get(one["id"], 0))
        rows += [
            {
                "charge_id": one["id"],
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


def allocate_anew(draft: Statement, lines: Sequence[int], *, of_no_line: bool = False) -> int:
    """Where these lines belong, or how it is shared, was corrected: allocations follow as far as they differ; how many.

    With `of_no_line` also those of what belongs to no line.
    """
    _must_be_draft(draft)
    concerned = or_(Charge.line_id.in_(lines), *([Charge.line_id.is_(None)] if of_no_line else []))
    wanted = select(Charge).where(
        Charge.at(draft.period, draft.version), concerned, Charge.to_version.is_(None)
    )
    placed, shares = placements.of_lines(lines), sharing.in_force(draft.period)
    changed: list[Charge] = []
    held: dict[int, dict[rules.Place, int]] = {}
    for charge, person, department, center, amount in session.execute(
        select(
            Allocation.charge_id, Allocation.employee_id, Allocation.department, Allocation.cost_center,
            Allocation.amount_fen,
        )
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(Allocation.at(draft.period, draft.version), concerned)
    ):  # fmt: skip
        held.setdefault(charge, {})[rules.Place(person, department, center)] = amount
    for one in session.scalars(wanted):
        now = rules.allocate(
            one.amount_fen, placed.get(one.line_id or 0, ()), one.service_from, one.service_to
        )
        if dict(rules.shared(now, one.line_id is not None, shares)) != held.get(one.id):
            changed.append(one)
    ids = [one.id for one in changed]
    if ids:
        invoiced = invoiced_of(ids)
        session.execute(
            delete(Allocation).where(Allocation.charge_id.in_(ids), Allocation.from_version == draft.version)
        )
        session.execute(
            update(Allocation)
            .where(Allocation.charge_id.in_(ids), Allocation.to_version.is_(None))
            .values(to_version=draft.version - 1)
        )
        allocate(draft, [_as_row(one) for one in changed], invoiced)
    return len(changed)


def _as_row(one: Charge) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("id", *FACTS)}


def complete(draft: Statement) -> Statement:
    """All pages are in: the draft becomes the version in force, the one before is restated.

    A draft in which nothing is different from the version before is thrown away, and that one returned.
    """
    _must_be_draft(draft)
    before = queries.in_force(draft.period)
    if before and not _differs(draft):
        before.revision = draft.revision
        session.delete(draft)
        return before
    total, company, lines = queries.totals(draft.period, draft.version)
    draft.total_fen, draft.company_fen, draft.person_fen, draft.lines = total, company, total - company, lines
    draft.state, draft.opened_at = StatementState.OPEN, clock.now()
    if before:
        before.state = StatementState.RESTATED
    return draft


def _differs(draft: Statement) -> bool:
    return any(
        session.scalar(
            select(func.count())
            .select_from(model)
            .where(
                model.period == draft.period,
                (model.from_version == draft.version) | (model.to_version == draft.version - 1),
            )
        )
        for model in (Charge, Allocation)
    )


def lines_by_number(period: str, numbers: Iterable[str]) -> dict[str, int]:
    """Telephone number → the line that had it in this month: of several the latest that was open by then. One query."""
    index_of = {msisdn_index(number): number for number in numbers}
    open_by_then = case((Line.opened_on <= rules.last_day(period), 1), else_=0)
    wanted = (
        select(PhoneNumber.msisdn_index, Line.id)
        .join(Line, Line.number_id == PhoneNumber.id)
        .order_by(open_by_then, Line.id)
    )
    found = lookups.few(wanted, PhoneNumber.msisdn_index, index_of)
    return {index_of[index]: line for index, line in found}


def _must_be_draft(statement: Statement) -> None:
    if statement.state != StatementState.DRAFT:
        raise Conflict("E_STATEMENT_NOT_DRAFT", period=statement.period)
