"""Any office, any operator, in any order: a batch, its rows and its orders stay within their tables, nothing twice, nothing lost.

The operator here is an answer drawn at random; the console's own code does all the rest on the real database.
"""

import os
from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from console.audit.models import AuditEvent
from console.bulk import actions as batches
from console.bulk import approval_settings, approving, ending, fixing, queries, steering
from console.bulk.approval_rules import Rule
from console.bulk.approvals import Approval, ApprovalRule
from console.bulk.models import Batch, BatchRow
from console.bulk.states import BatchState, RowState
from console.core import clock
from console.core.db import session, transaction
from console.orders import actions as orders
from console.orders import steering as order_steering
from console.orders.models import Order
from console.orders.rules import Answer, Kind, View
from console.orders.states import OrderState
from console.sims import actions as sims
from console.sims import fulfilment
from console.sims.models import Line, PhoneNumber
from examples import company as demo
from examples import roster

ROWS = 3
ALIVE = {OrderState.PLACED, OrderState.SENDING, OrderState.UNKNOWN, OrderState.ACCEPTED, OrderState.DONE}
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "12"))
FIXABLE = {BatchState.CHECKED, BatchState.RUNNING, BatchState.FINISHED}
SAID = {
    "accepted": lambda order, n: Answer(Kind.VIEW, View("acknowledged", n, f"CM{order.id}")),
    "done": lambda order, n: Answer(
        Kind.VIEW, View("completed", n, f"CM{order.id}", lifecycle="ACTIVE", lifecycle_sequence=n)
    ),
    "refused": lambda order, n: Answer(Kind.REFUSED, code="NUMBER_OCCUPIED"),
    "busy": lambda order, n: Answer(Kind.BUSY, code="RATE_LIMITED"),
    "silent": lambda order, n: Answer(Kind.DOUBT, code="ReadTimeout"),
    "unknown there": lambda order, n: Answer(Kind.NEVER_HEARD) if order.ask else Answer(Kind.DOUBT),
}


class Office(RuleBasedStateMachine):
    """One roster of three people; what the maker expects is `states`: batch → the state it must be in."""

    people = None
    work = None
    made = 0

    def __init__(self):
        super().__init__()
        cls = type(self)
        cls.made += 1
        self.sequence = Counter()
        self.late = timedelta()
        numbers = demo.numbers(1000 + ROWS * 2 * (cls.made + 1))[-ROWS * 2 :]
        with self.acting(), transaction():
            sims.take_in_numbers(numbers, None)
            sims.take_in_sims(demo.iccids(2 * ROWS * (cls.made + 1), batch=77)[-2 * ROWS :])
        made = roster.make(
            ROWS, seed=cls.made, faults=False, first=cls.made * ROWS + 1, prefix=f"M{cls.made}"
        )
        with self.acting(), transaction():
            for one in session.scalars(select(ApprovalRule)):
                session.delete(one)
            self.first = batches.receive(
                "office", self.maker, "activate", f"{cls.made}.xlsx", made.xlsx(), {"payment": "集团统付"}
            ).id
        self.work()
        self.states = {self.first: BatchState.CHECKED}

    # who does it, and what there is

    @property
    def maker(self):
        return self.people.users["ann"][0]

    def acting(self, login="ann"):
        return self.people.as_(login)

    def of(self, *states):
        return sorted(id_ for id_, state in self.states.items() if state in states)

    def rows(self, batch, *states):
        wanted = select(BatchRow.id).where(BatchRow.batch_id == batch, BatchRow.state.in_(states))
        return list(session.scalars(wanted.order_by(BatchRow.id)))

    def ready(self):
        with self.acting():
            return [id_ for id_ in self.of(*FIXABLE) if self.rows(id_, RowState.READY)]

    def orders(self, *states):
        with self.acting():
            wanted = (
                select(Order).join(Batch, Batch.id == Order.batch_id).where(Order.batch_id.in_(self.states))
            )
            return list(session.scalars(wanted.where(Order.state.in_(states)).order_by(Order.id)))

    # what the office does

    @rule()
    def ask_for_a_second_person(self):
        with self.acting("olga"), transaction():
            if session.scalars(select(ApprovalRule)).first() is None:
                approval_settings.add_rule(Rule(0, kind="activate"))

    @precondition(lambda self: self.ready())
    @rule(data=st.data())
    def set_a_row_aside_and_bring_it_back(self, data):
        batch = data.draw(st.sampled_from(self.ready()))
        with self.acting(), transaction():
            row = data.draw(st.sampled_from(self.rows(batch, RowState.READY)))
            fixing.leave_out("office", batch, row)
        if data.draw(st.booleans()):
            with self.acting(), transaction():
                fixing.take_back("office", batch, row)

    @precondition(lambda self: self.ready())
    @rule(data=st.data(), later=st.booleans())
    def confirm(self, data, later):
        batch = data.draw(st.sampled_from(self.ready()))
        day = clock.today() + timedelta(days=3) if later else None
        with self.acting(), transaction():
            asked = approving.rule_for(session.get_one(Batch, batch))
            before = len(self.rows(batch, RowState.READY))
            if (asked and self.states[batch] == BatchState.RUNNING) or (
                later and self.states[batch] == BatchState.RUNNING
            ):
                return  # more of a running batch waits until it has ended
            assert batches.confirm("office", self.maker, batch, queries.shown(batch), day) == before
        self.states[batch] = (
            BatchState.APPROVING if asked else BatchState.SCHEDULED if day else BatchState.RUNNING
        )

    @precondition(lambda self: self.of(BatchState.APPROVING))
    @rule(data=st.data())
    def decide(self, data):
        batch = data.draw(st.sampled_from(self.of(BatchState.APPROVING)))
        with self.acting("olga"), transaction():
            rows = self.rows(batch, RowState.READY)
            back = set(data.draw(st.lists(st.sampled_from(rows), unique=True)))
            planned = session.get_one(Batch, batch).run_on
            had = bool(queries.tally(batch).total)
            user = self.people.users["olga"][0]
            decided = approving.decide("owner", user, batch, queries.shown(batch), back, "再看看")
            assert (decided.taken, decided.returned) == (len(rows) - len(back), len(back))
            children = session.scalars(select(Batch.id).where(Batch.parent_id == batch)).all()
        if len(back) == len(rows):
            self.states[batch] = BatchState.FINISHED if had else BatchState.CHECKED
        else:
            self.states[batch] = BatchState.SCHEDULED if planned else BatchState.RUNNING
            self.states |= {one: BatchState.CHECKED for one in children if one not in self.states}

    @precondition(lambda self: self.of(BatchState.APPROVING))
    @rule(data=st.data(), expires=st.booleans())
    def nobody_decides(self, data, expires):
        batch = data.draw(st.sampled_from(self.of(BatchState.APPROVING)))
        with self.acting(), transaction():
            had = bool(queries.tally(batch).total)
            if expires:
                asked = session.scalars(
                    select(Approval).where(Approval.batch_id == batch, Approval.state == "asked")
                ).one()
                asked.expires_at = clock.now() - timedelta(seconds=1)
                session.flush()
                approving.expire_old()
            else:
                approving.take_back("office", batch)
        self.states[batch] = BatchState.FINISHED if had else BatchState.CHECKED

    @precondition(lambda self: self.of(BatchState.SCHEDULED))
    @rule(data=st.data(), what=st.sampled_from(["today", "take back", "not yet"]))
    def the_plan(self, data, what):
        batch = data.draw(st.sampled_from(self.of(BatchState.SCHEDULED)))
        with self.acting(), transaction():
            if what == "take back" and not queries.tally(batch).of(RowState.ORDERED):
                steering.take_back("office", batch)
                self.states[batch] = BatchState.CHECKED
            elif what == "today":
                steering.plan_again("office", batch, clock.today())
                self.states[batch] = BatchState.RUNNING
            else:
                assert steering.start_due(batch) is False

    @precondition(lambda self: self.of(BatchState.RUNNING, BatchState.PAUSED))
    @rule(data=st.data(), what=st.sampled_from(["rest", "call off"]))
    def steer(self, data, what):
        batch = data.draw(st.sampled_from(self.of(BatchState.RUNNING, BatchState.PAUSED)))
        with self.acting(), transaction():
            if what == "call off":
                steering.call_off("office", batch)
                self.states[batch] = BatchState.RUNNING
            elif self.states[batch] == BatchState.RUNNING:
                steering.pause("office", self.maker, batch)
                self.states[batch] = BatchState.PAUSED
            else:
                steering.resume("office", batch)
                self.states[batch] = BatchState.RUNNING

    @precondition(lambda self: self.of(BatchState.FINISHED, BatchState.RUNNING))
    @rule(data=st.data())
    def try_again_what_failed(self, data):
        batch = data.draw(st.sampled_from(self.of(BatchState.FINISHED, BatchState.RUNNING)))
        with self.acting(), transaction():
            if batches.retry("office", batch):
                self.states[batch] = BatchState.RUNNING

    # what workers do

    @precondition(lambda self: self.of(BatchState.RUNNING, BatchState.PAUSED, BatchState.SCHEDULED))
    @rule(data=st.data())
    def apply(self, data):
        batch = data.draw(
            st.sampled_from(self.of(BatchState.RUNNING, BatchState.PAUSED, BatchState.SCHEDULED))
        )
        with self.acting(), transaction():
            waiting = len(self.rows(batch, RowState.CONFIRMED))
            done = batches.apply_some(batch)
        assert done == (waiting if self.states[batch] == BatchState.RUNNING else 0)

    @precondition(lambda self: self.of(BatchState.RUNNING, BatchState.FINISHED))
    @rule(data=st.data())
    def send(self, data):
        for batch in self.of(BatchState.RUNNING):
            with self.acting(), transaction():
                batches.apply_some(batch)
        with self.acting(), transaction():
            lease, claimed = orders.claim()
        answers = []
        for one in claimed:
            self.sequence[one.id] += 1
            said = data.draw(st.sampled_from(sorted(SAID)))
            answers.append((one, SAID[said](one, self.sequence[one.id])))
        with self.acting(), transaction():
            lost = data.draw(st.booleans()) and data.draw(st.booleans())
            fulfilment.carry_through(orders.settle("somebody else's" if lost else lease, answers))
        if lost:  # the lease runs out, and the next who comes asks first
            with self.acting(), transaction():
                for order in session.scalars(select(Order).where(Order.lease == lease)):
                    order.lease_until = clock.now() - timedelta(seconds=1)
        self.hurry()

    def hurry(self):
        """As if the waiting were over."""
        with self.acting(), transaction():
            for order in session.scalars(select(Order).where(Order.state.in_(("placed", "unknown")))):
                order.next_try_at = clock.now()

    @precondition(lambda self: self.orders(*OrderState))
    @rule(
        data=st.data(),
        state=st.sampled_from(["completed", "failed", "inProgress", "cancelled"]),
        old=st.booleans(),
    )
    def the_operator_calls_back(self, data, state, old):
        order = data.draw(st.sampled_from(self.orders(*OrderState)))
        if order.operator_id is None and order.state in ("placed", "failed", "cancelled"):
            return  # it has never heard of it
        self.sequence[order.id] += 0 if old else 1
        view = View(
            state, self.sequence[order.id], f"CM{order.id}", lifecycle="ACTIVE" if state == "completed" else None,
            lifecycle_sequence=self.sequence[order.id] if state == "completed" else 0,
            reversal=state == "failed" and order.state == "done",
        )  # fmt: skip
        with self.acting(), transaction():
            for _twice in range(2):
                fulfilment.carry_through(orders.hear([(order.external_id, view)]))

    @rule()
    def cancel_what_was_called_off(self):
        with self.acting(), transaction():
            fulfilment.carry_through(order_steering.cancel_unsent())

    @rule()
    def finish(self):
        with self.acting(), transaction():
            for batch in ending.over():
                if batch in self.states:
                    assert ending.finish(batch)
                    self.states[batch] = BatchState.FINISHED

    # what must hold

    @invariant()
    def batches_are_where_they_should_be(self):
        with self.acting():
            wanted = select(Batch.id, Batch.state).where(Batch.id.in_(self.states))
            assert {id_: state for id_, state in session.execute(wanted)} == self.states

    @invariant()
    def no_row_is_lost_and_none_is_ordered_twice(self):
        with self.acting():
            rows = session.scalars(select(BatchRow).where(BatchRow.batch_id.in_(self.states))).all()
            of_row = {}
            for order in session.scalars(
                select(Order).where(Order.batch_id.in_(self.states)).order_by(Order.id)
            ):
                of_row.setdefault(order.row_id, []).append(order)
        assert len(rows) == ROWS
        for row in rows:
            its = of_row.get(row.id, [])
            alive = [order for order in its if order.state in ALIVE]
            assert len(alive) <= 1, "one intent for a row at a time"
            assert row.state == RowState.ORDERED or not alive, "who can be confirmed has no order"
            assert len({order.idempotency_key for order in its}) == len(its)
            assert (row.state == RowState.ORDERED) <= bool(its)

    @invariant()
    def a_number_has_one_line(self):
        with self.acting():
            wanted = select(PhoneNumber.id, Line.id).join(Line, Line.number_id == PhoneNumber.id)
            open_ = wanted.where(Line.state.not_in(("released", "terminated")))
            counted = Counter(number for number, _line in session.execute(open_))
        assert all(count == 1 for count in counted.values())

    def teardown(self):
        """The operator does all it is asked, nobody interferes: everything comes to an end, and the trail tells how."""
        for batch in self.of(BatchState.PAUSED):
            with self.acting(), transaction():
                steering.resume("office", batch)
            self.states[batch] = BatchState.RUNNING
        for _round in range(12):
            for batch in self.of(BatchState.RUNNING):
                with self.acting(), transaction():
                    batches.apply_some(batch)
            self.cancel_what_was_called_off()
            with self.acting(), transaction():
                lease, claimed = orders.claim()
                answers = [(one, SAID["done"](one, 1000 + one.id)) for one in claimed]
                fulfilment.carry_through(orders.settle(lease, answers))
            self.hurry()
            with self.acting(), transaction():
                told = session.scalars(select(Order).where(Order.state == "accepted")).all()
                views = [(one.external_id, View("completed", 2000, f"CM{one.id}")) for one in told]
                fulfilment.carry_through(orders.hear(views))
            with self.acting(), transaction():
                for order in session.scalars(select(Order).where(Order.state == "sending")):
                    order.lease_until = clock.now() - timedelta(seconds=1)
            self.finish()
        assert self.of(BatchState.RUNNING, BatchState.PAUSED) == []
        self.no_row_is_lost_and_none_is_ordered_twice()
        self.the_trail_is_a_way_through_the_table()

    def the_trail_is_a_way_through_the_table(self):
        with self.acting():
            wanted = select(AuditEvent.entity_id, AuditEvent.changes).where(
                AuditEvent.entity == "batches",
                AuditEvent.entity_id.in_(self.states),
                AuditEvent.action == "update",
            )
            for batch, changes in session.execute(wanted.order_by(AuditEvent.id)):
                if "state" in changes:
                    old, new = changes["state"]
                    assert BatchState(old).can_become(BatchState(new)), f"batch {batch}: {old} → {new}"


def test_whatever_is_pressed_and_whatever_the_operator_says(people, work):
    Office.people, Office.work, Office.made = people, staticmethod(work), 0
    few = settings(
        max_examples=EXAMPLES, stateful_step_count=50, deadline=None, derandomize="MACHINE_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Office, settings=few)
