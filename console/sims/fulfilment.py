"""What the operator's answers mean for lines, numbers and cards."""

from console.core import acting, clock
from console.orders.actions import Change
from console.orders.rules import NUMBER_IS_GONE, SIM_IS_GONE
from console.orders.states import OrderState
from console.sims import actions
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
    # While it is only accepted the order may still fail: number and card stay reserved.
    ordered = [change.line_id for change in changes if change.state in (OrderState.DONE, OrderState.REVERSED)]
    if ordered:
        actions.lines_ordered(ordered)
    moves = {
        change.line_id: change.lifecycle.lower()
        for change in changes
        if change.lifecycle
        and change.state is not OrderState.FAILED
        and change.lifecycle.lower() in set(LineState)
    }
    if moves:
        actions.lines_moved(moves, clock.now())
    # Only once: afterwards number and card may be with another order.
    gone = (OrderState.FAILED, OrderState.CANCELLED)
    _give_up([change for change in changes if change.moved and change.state in gone])
    reversed_ = {
        change.line_id: LineState.SUSPENDED for change in changes if change.state is OrderState.REVERSED
    }
    if reversed_:
        actions.lines_moved(reversed_, clock.now())


def _give_up(failed: list[Change]) -> None:
    for number_lost, sim_lost in ((False, False), (True, False), (False, True)):
        lines = [
            change.line_id
            for change in failed
            if (change.code in NUMBER_IS_GONE, change.code in SIM_IS_GONE) == (number_lost, sim_lost)
        ]
        if lines:
            actions.lines_given_up(lines, number_lost=number_lost, sim_lost=sim_lost)
