"""What the operator's answers mean for lines, numbers and cards."""

from datetime import date

from sqlalchemy import select

from console.bulk.models import BatchRow
from console.core import acting, clock
from console.core.db import session
from console.orders import queries as orders
from console.orders.actions import Change
from console.orders.rules import NUMBER_IS_GONE, SIM_IS_GONE
from console.orders.states import OrderState
from console.plans import queries as plans
from console.sims import actions, cards, rules
from console.sims.rules import Work
from console.sims.states import LineState


def carry_through(changes: list[Change]) -> None:
    """Call with what orders.actions.settle() or hear() returned, in the same transaction."""
    batches: dict[int | None, list[Change]] = {}
    for change in changes:
        batches.setdefault(change.batch_id, []).append(change)
    for batch, its in batches.items():
        with acting.on_batch(batch):
            _carry_through(its)


def _carry_through(changes: list[Change]) -> None:
    opening = [change for change in changes if change.kind == Work.ACTIVATE]
    # While it is only accepted the order may still fail: number and card stay reserved.
    ordered = [change.line_id for change in opening if change.state in (OrderState.DONE, OrderState.REVERSED)]
    if ordered:
        actions.lines_ordered(ordered)
    _live_on(changes)
    # Only once: afterwards number and card may be with another order.
    gone = (OrderState.FAILED, OrderState.CANCELLED)
    _give_up([change for change in opening if change.moved and change.state in gone])
    _change_lines([change for change in changes if change.moved and change.state is OrderState.DONE])
    cards.give_back(
        [one for one in changes if one.moved and one.kind == Work.REPLACE_SIM and one.state in gone]
    )
    _change_users([one for one in changes if one.moved and one.kind == Work.CHANGE_USER])
    plans_ = [change for change in changes if change.moved and change.kind == Work.CHANGE_PLAN]
    _change_plans(
        [change.order_id for change in plans_ if change.state in (OrderState.ACCEPTED, OrderState.DONE)]
    )
    actions.plan_refused([change.line_id for change in plans_ if change.state in gone])
    reversed_ = {
        change.line_id: LineState.RISK_SUSPENDED for change in opening if change.state is OrderState.REVERSED
    }
    if reversed_:
        actions.lines_moved(reversed_, clock.now())


def _live_on(changes: list[Change]) -> None:
    """What was told of the lines themselves; of several words about one the youngest counts."""
    told: dict[int, Change] = {}
    for change in sorted(changes, key=lambda change: change.heard):
        known = (change.lifecycle or "").lower() in set(LineState)
        if known and not (change.kind == Work.ACTIVATE and change.state is OrderState.FAILED):
            told[change.line_id] = change
    if told:
        moves = {line: str(change.lifecycle).lower() for line, change in told.items()}
        actions.lines_moved(moves, clock.now(), {line: change.heard for line, change in told.items()})


def _change_lines(done: list[Change]) -> None:
    """An order that is done has done its work, whether or not the operator also told of the line."""
    moves = {
        change.line_id: rules.STATE_AFTER[change.kind] for change in done if change.kind in rules.STATE_AFTER
    }
    if moves:
        actions.lines_moved(moves, clock.now())


def _change_users(changes: list[Change]) -> None:
    """The row says who the new user is; the line is his once the operator has registered him."""
    rows = {change.row_id: change.line_id for change in changes if change.state is OrderState.DONE}
    wanted = select(BatchRow.id, BatchRow.employee_id).where(BatchRow.id.in_([row for row in rows if row]))
    users = {rows[row]: person for row, person in session.execute(wanted) if person}
    if users:
        actions.users_changed(users)


def _change_plans(order_ids: list[int]) -> None:
    """By the prices of the day on which they were placed; what is accepted for a later day waits for it."""
    found: dict[tuple[int, date | None], list[int]] = {}
    for order in orders.asked(order_ids):
        if order.effective_on is None and order.state != OrderState.DONE:
            continue
        offers = plans.offers(order.placed_at.astimezone(clock.SHANGHAI).date())
        plan_id = offers[order.payload["products"][0]["code"]].plan_id
        found.setdefault((plan_id, order.effective_on), []).append(order.line_id)
    for (plan_id, first_day), lines in found.items():
        actions.plan_ordered(lines, plan_id, first_day)


def _give_up(failed: list[Change]) -> None:
    for number_lost, sim_lost in ((False, False), (True, False), (False, True)):
        lines = [
            change.line_id
            for change in failed
            if (change.code in NUMBER_IS_GONE, change.code in SIM_IS_GONE) == (number_lost, sim_lost)
        ]
        if lines:
            actions.lines_given_up(lines, number_lost=number_lost, sim_lost=sim_lost)
