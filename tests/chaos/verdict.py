"""What must be true when the storm is over: every sentence that is not is returned with its evidence."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from console.audit.models import AuditEvent
from console.bulk.models import BatchRow
from console.bulk.states import RowState
from console.core.db import session
from console.orders import rules
from console.orders.models import OperatorEvent, Order
from console.orders.states import OrderState
from console.sims.models import Line, PhoneNumber
from console.sims.states import LineState
from tests.crash.stacks import Console

SHOWN = 5


def unsettled(console: Console, batch: int) -> dict[str, int]:
    """What is still on its way, by name; empty when every row is final or needs a person."""
    with console.office():
        rows = Counter(session.scalars(select(BatchRow.state).where(BatchRow.batch_id == batch)))
        orders = Counter(session.scalars(select(Order.state).where(Order.batch_id == batch)))
        unheard = len(
            session.scalars(select(OperatorEvent.id).where(OperatorEvent.applied_at.is_(None))).all()
        )
    waiting = {f"rows {state}": rows[state] for state in (RowState.READY, RowState.CONFIRMED) if rows[state]}
    waiting |= {f"orders {state}": orders[state] for state in OrderState.open() if orders[state]}
    waiting |= {"call-backs not applied": unheard} if unheard else {}
    state = console.batch(batch).state
    return waiting | ({f"batch {state}": 1} if state != "finished" else {})


def violations(console: Console, batch: int, confirmed: int) -> list[str]:
    """All that is wrong; empty is what everybody hopes for."""
    ledger = console.ledger()
    found = [
        *_orders(console, batch, ledger),
        *_lines(console, ledger),
        *_twice(console, batch, ledger),
        *_trail(console, batch, confirmed),
    ]
    return found + _ledger_itself(console)


def _orders(console: Console, batch: int, ledger: Any) -> Iterator[str]:
    theirs = {order["externalId"]: order["state"] for order in ledger["orders"]}
    ours = {order.external_id: order for order in console.orders(batch)}
    for external_id, order in ours.items():
        state = OrderState(order.state)
        if external_id not in theirs:
            if state not in (OrderState.FAILED, OrderState.ATTENTION, OrderState.CANCELLED):
                yield f"{external_id} is {state} here, and the operator never had it"
        elif state is not OrderState.ATTENTION and not rules.agrees(state, theirs[external_id]):
            yield f"{external_id} is {state} here and {theirs[external_id]} at the operator"
    for external_id in theirs.keys() - ours.keys():
        yield f"{external_id} is at the operator, and nobody here asked for it"


def _lines(console: Console, ledger: Any) -> Iterator[str]:
    theirs = {
        line["msisdn"]: line["lifecycle"].lower()
        for line in ledger["subscribers"]
        if line["lifecycle"] not in ("CLOSED", "TERMINATED", "CANCELLED")
    }
    with console.office():
        wanted = (
            select(PhoneNumber.msisdn, Line.state)
            .join(Line, Line.number_id == PhoneNumber.id)
            .where(Line.state.not_in((LineState.RELEASED, LineState.TERMINATED)))
        )
        ours = {msisdn: state for msisdn, state in session.execute(wanted)}
    for msisdn, state in theirs.items():
        if ours.get(msisdn) != state:
            yield f"line {msisdn} is {ours.get(msisdn)} here and {state} at the operator"


def _twice(console: Console, batch: int, ledger: Any) -> Iterator[str]:
    if ledger["counters"]["mostActivationsOfOneNumber"] > 1:
        yield f"numbers activated twice: {_most(ledger['counters']['activations'])}"
    charged = Counter((one["orderId"], one["item"], one["code"]) for one in ledger["charges"])
    for what, times in charged.items():
        if times > 1:
            yield f"charged {times} times: {what}"
    done = Counter(order.row_id for order in console.orders(batch) if order.state == OrderState.DONE)
    for row, times in done.items():
        if times > 1:
            yield f"row {row} was carried out {times} times"
    numbers = Counter(
        order["msisdn"] for order in ledger["orders"] if order["state"] in ("completed", "partial")
    )
    for msisdn, times in numbers.items():
        if times > 1:
            yield f"{msisdn} was given out {times} times"


def _most(activations: dict[str, int]) -> list[str]:
    return [number for number, times in activations.items() if times > 1][:SHOWN]


def _trail(console: Console, batch: int, confirmed: int) -> Iterator[str]:
    """Every order's creation and every row's confirmation has its event, and no event is without its order."""
    placed: Counter[int] = Counter()
    told = 0
    with console.office():
        wanted = select(AuditEvent.entity, AuditEvent.action, AuditEvent.count, AuditEvent.changes)
        for entity, action, count, changes in session.execute(wanted.where(AuditEvent.batch_id == batch)):
            if (entity, action) == ("orders", "create"):
                placed.update(changes["ids"])
            if (entity, action) == ("batch_rows", "update"):
                told += count if changes["all"].get("state") == RowState.CONFIRMED else 0
    ours = {order.id for order in console.orders(batch)}
    if set(placed) != ours:
        yield f"trail: orders without event {sorted(ours - set(placed))[:SHOWN]}, events without order " \
              f"{sorted(set(placed) - ours)[:SHOWN]}"  # fmt: skip
    if told != confirmed:
        yield f"trail: {told} rows confirmed, {confirmed} really were"


def _ledger_itself(console: Console) -> list[str]:
    checked = console.verified()
    return [f"ledger: {one['invariant']}: {one['examples'][:SHOWN]}" for one in checked if one["violations"]]
