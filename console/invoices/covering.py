"""What of a statement invoices cover: taken hold of and let go here alone, so that nothing stands on two of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select, update

from console.core import lookups
from console.core.db import insert_many, session, update_many
from console.core.errors import Conflict
from console.expenses import queries as months
from console.expenses import rules as calendar
from console.expenses import taxes
from console.expenses.models import Allocation, Charge, Statement
from console.expenses.rules import shares as spread
from console.expenses.states import StatementState
from console.invoices.models import Invoice, InvoiceLine, InvoiceShare
from console.invoices.rules import Open

Target = type[Allocation] | type[Charge]
Successor = tuple[Target, int, int]
"""Where money stands that is invoiced: in a part of a charge, or beyond the charge; its id; in 分."""


@dataclass(frozen=True, slots=True)
class _Share:
    """A share of an invoice, with what is known of the charge that it was a part of."""

    id: int
    allocation_id: int
    amount_fen: int
    period: str
    operator_line: str
    tax_class: str
    service_from: date


def open_parts(period: str, scope: str, key: str, *, last: str = "", lock: bool = False) -> list[Open]:
    """What of the statements in force, of one month or up to the `last` one, is on no invoice yet.

    Raises Conflict: E_INVOICE_NOT_CLOSED (none of the months has a statement, or one that has is not closed).

    With `lock` nobody else can plan the same parts, or restate a month, before the transaction ends; raises Conflict
    E_STATEMENT_BUSY while one is being restated: what the new version replaces would be invoiced once more with it.
    """
    # Columns and not objects: a large month has some hundred thousand of them.
    wanted = (
        select(
            Allocation.id,
            Allocation.amount_fen - Allocation.invoiced_fen,
            Charge.tax_class,
            Charge.service_from,
            Charge.paid_by,
            Charge.prepaid,
        )
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(
            or_(*(Allocation.at(one.period, one.version) for one in _closed(period, last or period, lock))),
            Allocation.amount_fen != Allocation.invoiced_fen,
            *_within(scope, key),
        )
        .order_by(Allocation.id)
    )
    if lock:
        wanted = wanted.with_for_update(of=Allocation)
    return [Open(*facts) for facts in session.execute(wanted)]


def _closed(first: str, last: str, lock: bool) -> list[Statement]:
    """The statements of these months, all of them closed; a month without any is passed over."""
    found = []
    for period in calendar.periods(first, last):
        if lock and any(one.state == StatementState.DRAFT for one in months.hold(period)):
            raise Conflict("E_STATEMENT_BUSY", period=period)
        statement = months.in_force(period)
        if statement is not None and statement.state != StatementState.CLOSED:
            raise Conflict("E_INVOICE_NOT_CLOSED", period=period)
        if statement is not None:
            found.append(statement)
    if not found:
        raise Conflict("E_INVOICE_NOT_CLOSED", period=first)
    return found


def _within(scope: str, key: str) -> list[ColumnElement[bool]]:
    if scope == "company":
        return []
    if scope == "cost_center":
        return [Allocation.cost_center == key]
    return [or_(Allocation.department == key, Allocation.department.startswith(f"{key}/", autoescape=True))]


def hold(invoice_id: int, parts: Sequence[Open]) -> None:
    """These parts of charges are on this invoice now, wholly."""
    insert_many(
        InvoiceShare,
        [
            {"invoice_id": invoice_id, "allocation_id": one.allocation_id, "amount_fen": one.left_fen}
            for one in parts
        ],
    )
    held = {one.allocation_id: one.left_fen for one in parts}
    _move(held)


def _move(by: dict[int, int]) -> None:
    """Allocation → by how much more of it is invoiced now, or less. The CHECK of the table has the last word."""
    wanted = select(Allocation.id, Allocation.invoiced_fen, Allocation.amount_fen)
    locked = wanted.order_by(Allocation.id).with_for_update()
    wholly, not_at_all, rows = [], [], []
    for id_, invoiced, amount in lookups.few(locked, Allocation.id, sorted(by)):
        now = invoiced + by[id_]
        if now == amount:
            wholly.append(id_)
        elif not now:
            not_at_all.append(id_)
        else:
            rows.append({"id": id_, "invoiced_fen": now})
    # Of a large month nearly all, and one statement for many of them takes a tenth of the time of one for each.
    for ids, value in ((wholly, Allocation.amount_fen), (not_at_all, 0)):
        for part in lookups.portions(ids):
            session.execute(update(Allocation).where(Allocation.id.in_(part)).values(invoiced_fen=value))
    update_many(Allocation, rows)


def note_reversed(red_id: int, by: Mapping[int, int]) -> None:
    """What a red letter took from each part of the statement: its own shares, negative where those of the blue one are not."""
    rows = [
        {"invoice_id": red_id, "allocation_id": id_, "amount_fen": -fen} for id_, fen in by.items() if fen
    ]
    insert_many(InvoiceShare, rows)


def let_go(
    invoice: Invoice, amount_fen: int | None = None, line: InvoiceLine | None = None
) -> dict[int, int]:
    """What the invoice covers can be invoiced again: all that is left of it, or so many 分 of the line's charges.

    Its shares are less by as much: what another invoice took meanwhile is not let go a second time. Parts that a
    restatement has replaced are followed to those that took their place. Allocation of each share → by how much less.
    """
    for period in calendar.periods(invoice.period, invoice.last_period):
        months.hold(period)
    shares = _shares(invoice.id)
    successors = _successors(shares)
    held = {one.id: _still_held(one.amount_fen, successors[one.allocation_id]) for one in shares}
    if amount_fen is not None:
        whose = {one.id: successors[one.allocation_id] for one in shares}
        standing = {one.id for one in shares if line and _stands_in(one, line)}
        held = _of_line(amount_fen, standing, held, _beyond(held, whose))
    by: dict[tuple[Target, int], int] = {}
    less: dict[int, int] = {}
    rows = []
    for share in shares:
        fen = held.get(share.id)
        if not fen:
            continue
        rows.append({"id": share.id, "amount_fen": share.amount_fen - fen})
        less[share.allocation_id] = fen
        for model, successor, invoiced in successors[share.allocation_id]:
            part = _at_most(fen, invoiced + by.get((model, successor), 0))
            by[model, successor] = by.get((model, successor), 0) - part
            fen -= part
    update_many(InvoiceShare, rows)
    _move({id_: fen for (model, id_), fen in by.items() if fen and model is Allocation})
    _take_back({id_: fen for (model, id_), fen in by.items() if fen and model is Charge})
    return less


def _at_most(fen: int, invoiced: int) -> int:
    """As much of it as is there, whatever its sign."""
    return max(0, min(fen, invoiced)) if fen > 0 else min(0, max(fen, invoiced))


def _take_back(by: dict[int, int]) -> None:
    """Charge → by how much less stands on invoices beyond it."""
    wanted = select(Charge.id, Charge.over_fen).order_by(Charge.id).with_for_update()
    rows = [
        {"id": id_, "over_fen": over + by[id_]} for id_, over in lookups.few(wanted, Charge.id, sorted(by))
    ]
    update_many(Charge, rows)


def _shares(invoice_id: int) -> list[_Share]:
    wanted = (
        select(
            InvoiceShare.id,
            InvoiceShare.allocation_id,
            InvoiceShare.amount_fen,
            Charge.period,
            Charge.operator_line,
            Charge.tax_class,
            Charge.service_from,
        )
        .join(Allocation, Allocation.id == InvoiceShare.allocation_id)
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(InvoiceShare.invoice_id == invoice_id)
        .order_by(InvoiceShare.id)
    )
    return [_Share(*facts) for facts in session.execute(wanted)]


def _of_line(
    amount_fen: int, standing: Collection[int], held: Mapping[int, int], beyond: Mapping[int, int]
) -> dict[int, int]:
    """Share → 分 to let go, of those that stand in the line: first what is beyond their charges, the rest in proportion.

    A line of somebody else's invoice has none of ours: then it is all of them.
    """
    charged = {share: fen for share, fen in held.items() if fen > 0}
    own = {share: fen for share, fen in charged.items() if share in standing}
    if sum(own.values()) < amount_fen:
        own = charged
    first = [beyond.get(share, 0) for share in own]
    taken = spread(min(amount_fen, sum(first)), first)
    rest = [fen - part for fen, part in zip(own.values(), taken, strict=True)]
    more = spread(amount_fen - sum(taken), rest)
    return {share: part + other for share, part, other in zip(own, taken, more, strict=True)}


def _beyond(held: Mapping[int, int], successors: Mapping[int, Sequence[Successor]]) -> dict[int, int]:
    """Share → what of it stands on the invoice beyond its charge; nothing counts for two shares of one charge."""
    found: dict[int, int] = {}
    taken: dict[int, int] = defaultdict(int)
    for share, fen in held.items():
        for model, charge, over in successors[share]:
            if model is Charge:
                found[share] = _at_most(fen, over - taken[charge])
                taken[charge] += found[share]
    return found


def _stands_in(charge: _Share, line: InvoiceLine) -> bool:
    held = taxes.rule(charge.tax_class, charge.service_from)
    return (held.name, held.code, held.percent) == (line.name, line.code, line.percent)


def _still_held(amount_fen: int, successors: Sequence[Successor]) -> int:
    """Of a share; never more than the charge says is invoiced."""
    return _at_most(amount_fen, sum(fen for _model, _id, fen in successors))


def _successors(shares: Sequence[_Share]) -> dict[int, list[Successor]]:
    """Allocation of each share → what is invoiced now of the same bill line: beyond its charge first, then part by part.

    By lists of keys and not by one join: no planner knows how many rows a company has, and some then try all of them.
    """
    named: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for share in shares:
        named[share.period][share.operator_line].append(share.allocation_id)
    found: dict[int, list[Successor]] = defaultdict(list)
    of_charge: dict[int, list[int]] = {}
    for period, names in named.items():
        live = select(Charge.operator_line, Charge.id, Charge.over_fen).where(
            Charge.period == period, Charge.to_version.is_(None)
        )
        for name, charge_id, over in lookups.few(live, Charge.operator_line, names):
            of_charge[charge_id] = names[name]
            for old in names[name] if over else ():
                found[old].append((Charge, charge_id, over))
    parts = select(Allocation.charge_id, Allocation.id, Allocation.invoiced_fen).where(
        Allocation.to_version.is_(None)
    )
    for charge_id, new, invoiced in lookups.few(
        parts.order_by(Allocation.id), Allocation.charge_id, of_charge
    ):
        for old in of_charge[charge_id]:
            found[old].append((Allocation, new, invoiced))
    for old, places in found.items():  # its own part before others: whoever was invoiced is who is let go
        places.sort(key=lambda one: (one[0] is Allocation, one[1] != old, one[1]))
    return found
