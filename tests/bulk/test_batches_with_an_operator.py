"""Batches and a real operator, walked at random beside a model; what is not allowed is pressed as well, and refused.

`BATCH_WALKS=200` walks for longer than the suite has time for.
"""

import os
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from console.audit.models import AuditEvent
from console.bulk import actions as batches
from console.bulk import approval_settings, approving, queries, steering
from console.bulk.approval_rules import Rule
from console.bulk.models import Batch, BatchRow
from console.bulk.states import BatchState
from console.core import clock
from console.core.db import session, transaction
from console.core.errors import Conflict, WrongState
from console.orders import call_backs
from console.orders.models import OperatorEvent, Order
from console.orders.states import OrderState
from console.sims import undoing
from examples import roster
from jobs import bulk, orders
from tests import cast
from tests.conftest import _empty
from tests.operators import Operator, _seed

WALKS = int(os.environ.get("BATCH_WALKS", "4"))
ASKS_FROM = 3
"""So many rows want a second person."""
MOST = 16
"""Rows of one walk: the drawers have more."""


@dataclass
class Card:
    """What a clerk would write on a card about a batch: its state, and its rows by theirs."""

    state: str = "checked"
    rows: dict[int, str] = field(default_factory=dict)
    day: bool = False

    def all(self, state: str) -> list[int]:
        return [row for row, now in self.rows.items() if now == state]

    def before(self) -> str:
        """Where it goes back to: what was ordered before stays so."""
        return "finished" if self.all("ordered") else "checked"

    def move(self, origin: str, target: str) -> None:
        for row in self.all(origin):
            self.rows[row] = target


class LifeOfBatches(RuleBasedStateMachine):
    operator: Operator

    def __init__(self) -> None:
        super().__init__()
        operator = self.operator
        _empty()
        operator.simulator.lever("POST", "/reset")
        operator.simulator.lever("POST", "/config", {"preset": "bench"})
        _seed(operator.simulator)
        operator.skipped, operator.persons = timedelta(), 1
        operator.people = cast.assemble()
        with operator.people.as_("olga"), transaction():
            approval_settings.add_rule(Rule(0, kind="activate", least_rows=ASKS_FROM))
        self.cards: dict[int, Card] = {}
        self.keys: dict[int, tuple[str, str, int]] = {}
        self.prices: dict[int, tuple[int, int, int]] = {}
        self.repeated = 0

    # What the model is asked

    def in_state(self, *states: str) -> list[int]:
        return [batch for batch, card in self.cards.items() if card.state in states]

    def user(self, login: str = "ann") -> int:
        return self.operator.people.users[login][0]

    def pick(self, data: st.DataObject, *states: str) -> int:
        return data.draw(st.sampled_from(self.in_state(*states) or list(self.cards)))

    def press(self, allowed: bool, action, *arguments, login: str = "ann") -> bool:
        """Done when the model allows it, and refused without a trace when it does not."""
        with self.operator.people.as_(login):
            try:
                with transaction():
                    action(*arguments)
            except (Conflict, WrongState) as refused:
                assert not allowed, (action.__name__, arguments, refused)
                return False
        assert allowed, (action.__name__, arguments)
        return True

    def room(self) -> bool:
        return sum(len(card.rows) for card in self.cards.values()) < MOST

    def any(self) -> bool:
        return bool(self.cards)

    # What people do

    @precondition(room)
    @rule(count=st.integers(1, 4))
    def upload(self, count: int) -> None:
        operator = self.operator
        made = roster.make(count, seed=operator.persons, faults=False, first=operator.persons)
        operator.persons += count
        with operator.people.as_("ann"), transaction():
            content, user = made.xlsx(), self.user()
            batch = batches.receive(
                "office", user, "activate", "名单.xlsx", content, {"payment": "集团统付"}
            ).id
        bulk.check_batch(operator.people.acme, batch)
        self.cards[batch] = Card(rows={row.id: "ready" for row in operator.rows(batch)})

    @precondition(any)
    @rule(data=st.data(), wrong=st.booleans())
    def mend(self, data: st.DataObject, wrong: bool) -> None:
        batch = self.pick(data, "checked", "running", "finished")
        card = self.cards[batch]
        row = data.draw(st.sampled_from(sorted(card.rows)))
        if card.state in ("checked", "running", "finished") and card.rows[row] in ("ready", "wrong"):
            self.operator.fix(batch, row, plan="没有这个套餐" if wrong else "全球通5G商务套餐59元档")
            card.rows[row] = "wrong" if wrong else "ready"

    @precondition(any)
    @rule(data=st.data(), days=st.sampled_from([0, 0, 0, 3]))
    def confirm(self, data: st.DataObject, days: int) -> None:
        batch = self.pick(data, "checked", "running", "finished")
        card = self.cards[batch]
        ready = card.all("ready")
        day = clock.today() + timedelta(days=days) if days else None
        at_once = not days and len(ready) < ASKS_FROM
        allowed = bool(ready) and (
            card.state in ("checked", "finished") or (card.state == "running" and at_once)
        )
        with self.operator.people.as_("ann"):
            shown = queries.shown(batch)
        if self.press(allowed, batches.confirm, "office", self.user(), batch, shown, day):
            card.day = bool(days)
            if len(ready) >= ASKS_FROM:
                card.state = "approving"
            else:
                self.go(card)

    def go(self, card: Card) -> None:
        card.state = "scheduled" if card.day else "running"
        card.move("ready", "confirmed")

    @precondition(lambda self: self.in_state("approving"))
    @rule(data=st.data())
    def decide(self, data: st.DataObject) -> None:
        """Some rows are taken; those that are returned live on as a batch of their own."""
        batch = self.pick(data, "approving")
        card = self.cards[batch]
        ready = card.all("ready")
        returned = data.draw(st.sets(st.sampled_from(ready)))
        with self.operator.people.as_("olga"):
            shown, known = queries.shown(batch), set(session.scalars(select(Batch.id)))
        self.press(
            True, approving.decide, "owner", self.user("olga"), batch, shown, returned, "再看看", login="olga"
        )
        if len(returned) == len(ready):
            card.state = card.before()
            return
        if returned:
            with self.operator.people.as_("ann"):
                (child,) = set(session.scalars(select(Batch.id))) - known
            self.cards[child] = Card(rows={row: card.rows.pop(row) for row in returned})
        self.go(card)

    @precondition(any)
    @rule(data=st.data())
    def nobody_decides_on_his_own(self, data: st.DataObject) -> None:
        batch = self.pick(data, "approving")
        with self.operator.people.as_("ann"):
            shown = queries.shown(batch)
        self.press(False, approving.decide, "owner", self.user(), batch, shown, set(), "")

    @precondition(any)
    @rule(data=st.data())
    def take_back_the_question(self, data: st.DataObject) -> None:
        batch = self.pick(data, "approving")
        card = self.cards[batch]
        if self.press(card.state == "approving", approving.take_back, "office", batch):
            card.state = card.before()

    @precondition(any)
    @rule(data=st.data())
    def take_back_the_plan(self, data: st.DataObject) -> None:
        batch = self.pick(data, "scheduled")
        card = self.cards[batch]
        if self.press(card.state == "scheduled", steering.take_back, "office", batch):
            card.state = "checked"
            card.move("confirmed", "ready")

    @precondition(any)
    @rule(data=st.data())
    def run_today_after_all(self, data: st.DataObject) -> None:
        batch = self.pick(data, "scheduled")
        card = self.cards[batch]
        if self.press(card.state == "scheduled", steering.plan_again, "office", batch, clock.today()):
            card.state = "running"

    @precondition(any)
    @rule(data=st.data())
    def pause(self, data: st.DataObject) -> None:
        batch = self.pick(data, "running")
        card = self.cards[batch]
        if self.press(card.state == "running", steering.pause, "office", self.user(), batch):
            card.state = "paused"

    @precondition(any)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        batch = self.pick(data, "paused")
        card = self.cards[batch]
        if self.press(card.state == "paused", steering.resume, "office", batch):
            card.state = "running"

    @precondition(any)
    @rule(data=st.data())
    def call_off(self, data: st.DataObject) -> None:
        batch = self.pick(data, "paused", "running")
        card = self.cards[batch]
        if self.press(card.state in ("running", "paused"), steering.call_off, "office", batch):
            card.state = "running"
            card.move("confirmed", "left_out")

    @precondition(any)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        batch = data.draw(st.sampled_from(sorted(self.cards)))
        card = self.cards[batch]
        if self.press(card.state == "checked", batches.withdraw, "office", batch):
            card.state = "withdrawn"

    @precondition(lambda self: self.in_state("finished"))
    @rule(data=st.data())
    def try_again_and_undo(self, data: st.DataObject) -> None:
        """Nothing failed, so nothing is sent again; and a line that was opened is not undone."""
        batch = self.pick(data, "finished")
        self.press(True, batches.retry, "office", batch)
        self.press(False, undoing.undo, "office", self.user(), batch)

    # What workers and the operator do

    @precondition(lambda self: self.in_state("running"))
    @rule(data=st.data())
    def a_worker_orders(self, data: st.DataObject) -> None:
        batch = self.pick(data, "running")
        with self.operator.people.as_("ann"), transaction():
            batches.apply_some(batch)
        self.cards[batch].move("confirmed", "ordered")

    @precondition(lambda self: self.in_state("running"))
    @rule()
    def the_workers_work(self) -> None:
        """Until nothing is expected any more of what runs; what waits or is paused stays where it is."""
        running = self.in_state("running")
        self.operator.until(lambda: all(self.now(batch) == "finished" for batch in running))
        for batch in running:
            self.cards[batch].state = "finished"
            self.cards[batch].move("confirmed", "ordered")

    @rule(data=st.data())
    def call_backs_come_again(self, data: st.DataObject) -> None:
        """All that were ever heard, in any order, under new names."""
        with self.operator.people.as_("ann"), transaction():
            told = list(session.scalars(select(OperatorEvent.payload).order_by(OperatorEvent.id).limit(12)))
            for payload in data.draw(st.permutations(told)):
                self.repeated += 1
                call_backs.store_event(f"again-{self.repeated}", payload)
        before = self.operator.states() if self.quiet() else None
        orders.apply_events(self.operator.people.acme)
        assert before is None or self.operator.states() == before

    def quiet(self) -> bool:
        return not self.in_state("running", "paused")

    def now(self, batch: int) -> str:
        with self.operator.people.as_("ann"):
            return session.scalars(select(Batch.state).where(Batch.id == batch)).one()

    # What is always so

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        with self.operator.people.as_("ann"):
            states = dict(session.execute(select(Batch.id, Batch.state)).all())
            rows = dict(session.execute(select(BatchRow.id, BatchRow.state)).all())
            homes = dict(session.execute(select(BatchRow.id, BatchRow.batch_id)).all())
        assert states == {batch: card.state for batch, card in self.cards.items()}
        assert rows == {row: state for card in self.cards.values() for row, state in card.rows.items()}
        assert homes == {row: batch for batch, card in self.cards.items() for row in card.rows}

    @invariant()
    def no_row_is_ordered_twice_and_a_key_is_for_ever(self) -> None:
        for order in self.operator.orders():
            mine = (order.external_id, order.idempotency_key, order.row_id)
            assert self.keys.setdefault(order.id, mine) == mine
        asked = [row for _external, _key, row in self.keys.values()]
        assert len(asked) == len(set(asked)), "nothing failed: each row is asked for once"
        ordered = {row for card in self.cards.values() for row in card.all("ordered")}
        assert set(asked) == ordered
        if self.quiet():
            assert not {order.state for order in self.operator.orders()} & set(OrderState.open())

    @invariant()
    def what_was_confirmed_keeps_its_price(self) -> None:
        with self.operator.people.as_("ann"):
            wanted = select(
                BatchRow.id, BatchRow.state, BatchRow.monthly_fen, BatchRow.once_fen, BatchRow.penalty_fen
            )
            for row, state, *money in session.execute(wanted):
                if state in ("confirmed", "ordered"):
                    assert self.prices.setdefault(row, tuple(money)) == tuple(money)
                else:
                    self.prices.pop(row, None)
            for batch, card in self.cards.items():
                sums = [self.prices[row] for row in card.all("confirmed") + card.all("ordered")]
                confirmed = sum(each[2] for each in queries.money_of_confirmed(batch))
                assert confirmed == sum(monthly for monthly, *_once in sums)

    @invariant()
    def the_trail_tells_every_move(self) -> None:
        """From the first state to the present one, each a move of the table."""
        with self.operator.people.as_("ann"):
            wanted = select(AuditEvent.entity_id, AuditEvent.changes).where(
                AuditEvent.entity == Batch.__tablename__, AuditEvent.action == "update"
            )
            told: dict[int, list[list[str]]] = {}
            for batch, changes in session.execute(wanted.order_by(AuditEvent.id)):
                if "state" in changes:
                    told.setdefault(batch, []).append(changes["state"])
        for batch, moves in told.items():
            for (old, new), (following, _next) in zip(moves, [*moves[1:], (moves[-1][1], "")], strict=True):
                assert BatchState(old).can_become(new) and new == following
            assert moves[-1][1] == self.cards[batch].state

    @invariant()
    def a_number_is_opened_once(self) -> None:
        subscribers = [one["msisdn"] for one in self.operator.ledger()["subscribers"]]
        assert len(subscribers) == len(set(subscribers))
        with self.operator.people.as_("ann"):
            done = session.scalar(select(func.count(Order.id)).where(Order.state == OrderState.DONE))
        assert len(subscribers) >= (done or 0)


def test_batches_walked_at_random(operator):
    machine = type("Machine", (LifeOfBatches,), {"operator": operator})
    walk = settings(
        max_examples=WALKS, stateful_step_count=25, deadline=None, derandomize=WALKS < 50,
        phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck), database=None,
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=walk)
