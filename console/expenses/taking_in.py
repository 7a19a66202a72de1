"""The operator's bill of a month becomes a version of its statement, page by page; each charge is allocated at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, delete, func, or_, select, update

from console.core import clock, lookups
from console.core.db import insert_many, session
from console.expenses import queries, rules
from console.expenses.allocating import FACTS, allocate, invoiced_of, must_be_draft
from console.expenses.models import Allocation, Charge, Statement
from console.expenses.states import StatementState
from console.sims.models import Line, PhoneNumber
from console.sims.queries import msisdn_index


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
    must_be_draft(draft)
    # Columns and not charges: of a large bill making the objects would take longer than reading it.
    known = {
        found.operator_line: found
        for found in lookups.few(
            select(
                Charge.operator_line, Charge.id, Charge.operator_version, *(getattr(Charge, k) for k in FACTS)
            ).where(Charge.period == draft.period, Charge.to_version.is_(None)),
            Charge.operator_line,
            {one.operator_line for one in page},
        )
    }
    new: dict[str, dict[str, Any]] = {}
    ended: dict[int, str] = {}
    for one in page:
        facts = _facts(one, lines)
        before = known.get(one.operator_line)
        if before and (
            before.operator_version >= one.operator_version
            or all(getattr(before, k) == facts[k] for k in FACTS)
        ):
            continue
        if before:
            ended[before.id] = one.operator_line
        new[one.operator_line] = facts
    invoiced = invoiced_of(list(ended))
    end(draft, list(ended))
    _write(draft, list(new.values()), {ended[id_]: fen for id_, fen in invoiced.items()})
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


def complete(draft: Statement) -> Statement:
    """All pages are in: the draft becomes the version in force, the one before is restated.

    A draft in which nothing is different from the version before is thrown away, and that one returned.
    """
    must_be_draft(draft)
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


def discard(draft: Statement) -> None:
    """What a draft has written goes, what it has ended is true again, and what stands on invoices stays there."""
    must_be_draft(draft)
    session.flush()
    invoiced = _invoiced_by_name(draft.period)
    for model in (Allocation, Charge):
        session.execute(
            delete(model).where(model.period == draft.period, model.from_version == draft.version)
        )
    for model in (Allocation, Charge):
        session.execute(
            update(model)
            .where(model.period == draft.period, model.to_version == draft.version - 1)
            .values(to_version=None)
        )
    before = _invoiced_by_name(draft.period)
    changed = {name for name in before.keys() | invoiced.keys() if before.get(name) != invoiced.get(name)}
    _cover_anew(draft.period, {name: invoiced.get(name, 0) for name in changed})
    session.delete(draft)


def _invoiced_by_name(period: str) -> dict[str, int]:
    """The operator's name of a line → what of it stands on invoices, also beyond its amount."""
    live = select(Charge.id, Charge.operator_line).where(Charge.period == period, Charge.to_version.is_(None))
    some = or_(
        Charge.over_fen != 0,
        Charge.id.in_(
            select(Allocation.charge_id).where(Allocation.period == period, Allocation.invoiced_fen != 0)
        ),
    )
    names = {id_: name for id_, name in session.execute(live.where(some))}
    return {names[charge]: fen for charge, fen in invoiced_of(list(names)).items()}


def _cover_anew(period: str, invoiced: Mapping[str, int]) -> None:
    """An invoice was reversed while the draft stood: less is on invoices than the charges that are true again say."""
    charges = select(Charge.operator_line, Charge).where(Charge.period == period, Charge.to_version.is_(None))
    for name, charge in lookups.few(charges, Charge.operator_line, invoiced):
        wanted = select(Allocation).where(Allocation.charge_id == charge.id, Allocation.to_version.is_(None))
        parts = list(session.scalars(wanted.order_by(Allocation.id)))
        covered = rules.covered([one.amount_fen for one in parts], invoiced[name])
        for part, fen in zip(parts, covered, strict=True):
            part.invoiced_fen = fen
        charge.over_fen = invoiced[name] - sum(covered)


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
