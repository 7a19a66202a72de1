"""Reads of one batch: its rows, problems, money and progress. Counts are counted in SQL, pages are pages."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String, cast, func, select

from console.bulk.models import BatchRow, Problem
from console.bulk.states import RowState
from console.core import clock
from console.core.db import session
from console.orders import queries as orders
from console.orders.models import Order
from console.orders.states import OrderState

PAGE = 50
OK = (OrderState.DONE,)
BAD = (OrderState.FAILED, OrderState.REVERSED, OrderState.ATTENTION, OrderState.CANCELLED)
WAITING = (OrderState.PLACED,)
TABS = {
    "wrong": (RowState.WRONG,),
    "ready": (RowState.READY,),
    "left_out": (RowState.LEFT_OUT,),
}


@dataclass
class Tally:
    """How many rows of a batch stand where; `ok`, `bad`, `run` and `wait` are among the confirmed ones."""

    rows: dict[str, int] = field(default_factory=dict)
    ok: int = 0
    bad: int = 0
    run: int = 0
    wait: int = 0
    active: int = 0
    retryable: int = 0

    def of(self, *states: RowState) -> int:
        return sum(self.rows.get(state.value, 0) for state in states)

    @property
    def total(self) -> int:
        """Rows that were confirmed."""
        return self.of(RowState.CONFIRMED, RowState.ORDERED, RowState.DONE)

    @property
    def percent(self) -> int:
        return 100 * (self.ok + self.bad) // self.total if self.total else 0


def tally(batch_id: int) -> Tally:
    return tallies([batch_id])[batch_id]


def tallies(batch_ids: Sequence[int]) -> dict[int, Tally]:
    """Two queries, however many batches."""
    found = {id_: Tally() for id_ in batch_ids}
    rows = (
        select(BatchRow.batch_id, BatchRow.state, func.count(BatchRow.id))
        .where(BatchRow.batch_id.in_(batch_ids))
        .group_by(BatchRow.batch_id, BatchRow.state)
    )
    for batch_id, state, count in session.execute(rows):
        found[batch_id].rows[state] = count
    for batch_id, state, life, retryable, count in session.execute(_orders_of(batch_ids)):
        _count_order(found[batch_id], OrderState(state), life, retryable, count)
    for one in found.values():
        one.ok += one.of(RowState.DONE)
        one.wait += one.of(RowState.CONFIRMED)
    return found


def _orders_of(batch_ids: Sequence[int]) -> Any:
    """The latest order of each row that is still ordered: a row that was given back does not count."""
    latest = (
        select(func.max(Order.id).label("id"))
        .join(BatchRow, BatchRow.id == Order.row_id)
        .where(Order.batch_id.in_(batch_ids), BatchRow.state == RowState.ORDERED)
        .group_by(Order.row_id)
        .subquery()
    )
    state = orders.standing().label("standing")
    return (
        select(Order.batch_id, state, Order.lifecycle, Order.retryable, func.count(Order.id))
        .join(latest, latest.c.id == Order.id)
        .group_by(Order.batch_id, state, Order.lifecycle, Order.retryable)
    )


def _count_order(one: Tally, state: OrderState, life: str | None, retryable: bool, count: int) -> None:
    if state in OK:
        one.ok += count
        one.active += count if (life or "").upper() == "ACTIVE" else 0
    elif state in BAD:
        one.bad += count
        one.retryable += count if retryable else 0
    elif state in WAITING:
        one.wait += count
    else:
        one.run += count


def notes_count(batch_id: int) -> int:
    return (
        session.scalar(
            select(func.count(Problem.id)).where(Problem.batch_id == batch_id, Problem.level == "note")
        )
        or 0
    )


def first_wrong(batch_id: int, most: int) -> list[BatchRow]:
    wanted = select(BatchRow).where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.WRONG)
    return list(session.scalars(wanted.order_by(BatchRow.number).limit(most)))


def rows(batch_id: int, tab: str, page: int, code: str | None = None) -> tuple[int, list[BatchRow]]:
    """(how many, one page of them) for a tab of the check page, in Excel's order."""
    wanted = select(BatchRow).where(BatchRow.batch_id == batch_id)
    if tab == "notes":
        noted = select(Problem.row_id).where(Problem.batch_id == batch_id, Problem.level == "note")
        wanted = wanted.where(BatchRow.id.in_(noted))
    else:
        states = TABS.get(tab, (RowState.READY, RowState.UNCHANGED))
        wanted = wanted.where(BatchRow.state.in_(states))
        if tab not in TABS:
            wanted = wanted.where(BatchRow.operation == tab)
    if code:
        wanted = wanted.where(
            BatchRow.id.in_(select(Problem.row_id).where(Problem.batch_id == batch_id, Problem.code == code))
        )
    return _page(wanted, page)


def _page(wanted: Any, page: int) -> tuple[int, list[BatchRow]]:
    total = (
        session.scalar(select(func.count()).select_from(wanted.with_only_columns(BatchRow.id).subquery()))
        or 0
    )
    shown = wanted.order_by(BatchRow.number).limit(PAGE).offset((page - 1) * PAGE)
    return total, list(session.scalars(shown))


def outcome_rows(batch_id: int, category: str, page: int) -> tuple[int, list[BatchRow]]:
    """One page of the rows of a running batch: all, ok, bad, run, wait or wrong; failed ones come first in `all`."""
    wanted = select(BatchRow).where(BatchRow.batch_id == batch_id)
    sent = (RowState.CONFIRMED, RowState.ORDERED, RowState.DONE)
    if category == "wrong":
        wanted = wanted.where(BatchRow.state.in_((RowState.WRONG, RowState.READY)))
    elif category == "all":
        wanted = wanted.where(BatchRow.state.in_(sent))
    else:
        wanted = wanted.where(_in_category(batch_id, category))
    if category != "all":
        return _page(wanted, page)
    bad = orders.rows_in(batch_id, tuple(state.value for state in BAD))
    return _page(wanted.order_by(BatchRow.id.not_in(bad)), page)


def _in_category(batch_id: int, category: str) -> Any:
    ordered = BatchRow.state == RowState.ORDERED
    states = {
        "ok": OK,
        "bad": BAD,
        "wait": WAITING,
        "run": (OrderState.SENDING, OrderState.UNKNOWN, OrderState.ACCEPTED),
    }[category]
    found = ordered & BatchRow.id.in_(orders.rows_in(batch_id, tuple(state.value for state in states)))
    if category == "ok":
        return found | (BatchRow.state == RowState.DONE)
    return found | (BatchRow.state == RowState.CONFIRMED) if category == "wait" else found


def problems(row_ids: Sequence[int]) -> dict[int, list[Problem]]:
    found: dict[int, list[Problem]] = defaultdict(list)
    for problem in session.scalars(select(Problem).where(Problem.row_id.in_(row_ids)).order_by(Problem.id)):
        found[problem.row_id].append(problem)
    return found


Money = list[tuple[str, int, int, int]]


def money(batch_id: int) -> Money:
    """(plan code, rows, 分 each month, 分 this cycle) over the rows that can be confirmed now."""
    return _money(batch_id, (RowState.READY,))


def money_of_confirmed(batch_id: int) -> Money:
    return _money(batch_id, (RowState.CONFIRMED, RowState.ORDERED))


def _money(batch_id: int, states: tuple[RowState, ...]) -> Money:
    sums = func.sum(BatchRow.monthly_fen), func.sum(BatchRow.cycle_fen)
    wanted = (
        select(BatchRow.price_key, func.count(BatchRow.id), *sums)
        .where(BatchRow.batch_id == batch_id, BatchRow.state.in_(states), BatchRow.price_key.is_not(None))
        .group_by(BatchRow.price_key)
        .order_by(func.count(BatchRow.id).desc())
    )
    return [
        (str(key), count, int(monthly), int(cycle)) for key, count, monthly, cycle in session.execute(wanted)
    ]


def operations(batch_id: int) -> dict[str, int]:
    """Operation → rows that can be confirmed now, or that ask for nothing."""
    wanted = (
        select(BatchRow.operation, func.count(BatchRow.id))
        .where(
            BatchRow.batch_id == batch_id,
            BatchRow.state.in_((RowState.READY, RowState.UNCHANGED)),
            BatchRow.operation.is_not(None),
        )
        .group_by(BatchRow.operation)
    )
    return {str(operation): count for operation, count in session.execute(wanted)}


Deeds = list[tuple[str, int, int, int, int]]


def money_by_operation(batch_id: int, states: tuple[RowState, ...]) -> Deeds:
    """(operation, rows, rows with a price, 分 each month, 分 this cycle) of a mixed batch."""
    wanted = (
        select(
            BatchRow.operation, func.count(BatchRow.id), func.count(BatchRow.price_key),
            func.sum(BatchRow.monthly_fen), func.sum(BatchRow.cycle_fen),
        )
        .where(BatchRow.batch_id == batch_id, BatchRow.state.in_(states), BatchRow.operation.is_not(None))
        .group_by(BatchRow.operation)
    )  # fmt: skip
    return [
        (str(what), rows, priced, int(monthly), int(cycle))
        for what, rows, priced, monthly, cycle in session.execute(wanted)
    ]


def confirmed(batch_id: int, operation: str | None) -> int:
    """Rows that wait to be carried out: all, or those of one operation for which something is paid."""
    wanted = select(func.count(BatchRow.id)).where(
        BatchRow.batch_id == batch_id, BatchRow.state == RowState.CONFIRMED
    )
    if operation:
        wanted = wanted.where(BatchRow.operation == operation, BatchRow.price_key.is_not(None))
    return session.scalar(wanted) or 0


def shown(batch_id: int) -> str:
    """A digest of exactly the rows, revisions, operations and prices that a confirmation page shows, and of the day."""
    # The database puts the words together: ten thousand rows would take this process ten times as long.
    line: Any = cast(BatchRow.id, String)
    prices = (BatchRow.price_key, BatchRow.monthly_fen, BatchRow.cycle_fen)
    once = (BatchRow.once_fen, BatchRow.penalty_fen, BatchRow.cost_center)
    for column in (BatchRow.revision, BatchRow.operation, *prices, *once):
        line = line + " " + func.coalesce(cast(column, String), "-")
    wanted = (
        select(line.label("line"))
        .where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.READY)
        .order_by(BatchRow.number, BatchRow.id)
        .subquery()
    )
    lines = session.scalar(select(func.aggregate_strings(wanted.c.line, "|")))
    return hashlib.sha256(f"{clock.today()}|{batch_id}|{lines}".encode()).hexdigest()


def retryable(batch_id: int) -> list[tuple[int, int, str]]:
    """(row, order, order state) of failures that another try can mend."""
    latest = orders.of_batch_latest(batch_id)
    wanted = (
        select(BatchRow.id, Order.id, Order.state)
        .join(Order, Order.row_id == BatchRow.id)
        .join(latest, latest.c.id == Order.id)
        .where(BatchRow.state == RowState.ORDERED, Order.state.in_(BAD), Order.retryable)
        .order_by(BatchRow.number)
    )
    return [(row_id, order_id, state) for row_id, order_id, state in session.execute(wanted)]
