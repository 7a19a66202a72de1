"""A confirmed batch that is paused, called off, planned for a day or taken back: nothing twice, nothing lost."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from console.bulk import actions as batches
from console.bulk import queries, steering
from console.bulk.models import Batch, BatchRow
from console.core import clock, queue
from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed, WrongState
from console.orders import actions as orders
from console.orders.models import Order
from jobs import orders as jobs
from tests.operators import ORDINARY, Operator


def confirm(operator, batch, run_on=None):
    with operator.people.as_("ann"), transaction():
        user = operator.people.users["ann"][0]
        assert batches.confirm("office", user, batch, queries.shown(batch), run_on)


def do(operator, name, batch, *arguments):
    with operator.people.as_("ann"), transaction():
        return getattr(steering, name)("office", *arguments, batch)


def pause(operator, batch):
    with operator.people.as_("ann"), transaction():
        steering.pause("office", operator.people.users["ann"][0], batch)


def state(operator, batch):
    with operator.people.as_("ann"):
        return session.get_one(Batch, batch).state


def rows(operator, batch):
    with operator.people.as_("ann"):
        return [row.state for row in operator.rows(batch)]


def applied(operator, batch):
    """The orders are placed, and nobody has sent them."""
    with operator.people.as_("ann"), transaction():
        batches.apply_some(batch)
    queue.redis().flushall()


@pytest.fixture
def placed(operator: Operator):
    batch = operator.upload(ORDINARY, ORDINARY, ORDINARY)
    confirm(operator, batch)
    applied(operator, batch)
    assert operator.states() == ["placed"] * 3
    return batch


def test_a_paused_batch_sends_nothing_until_it_goes_on(operator, placed):
    pause(operator, placed)
    operator.tick()
    assert (state(operator, placed), operator.states()) == ("paused", ["placed"] * 3)
    assert operator.ledger()["orders"] == []
    do(operator, "resume", placed)
    operator.until(lambda: operator.states() == ["done"] * 3)


def test_rows_that_are_no_orders_yet_wait_as_well(operator):
    batch = operator.upload(ORDINARY, ORDINARY)
    confirm(operator, batch)
    pause(operator, batch)
    operator.work()
    assert (rows(operator, batch), operator.orders()) == (["confirmed"] * 2, [])
    do(operator, "resume", batch)
    operator.until(lambda: operator.states() == ["done"] * 2)


def test_what_was_being_sent_when_it_was_paused_is_asked_about_and_not_sent_again(operator, placed):
    with operator.people.as_("ann"), transaction():
        lease, claimed = orders.claim(1)
    pause(operator, placed)
    operator.skip(20)
    operator.tick()
    with operator.people.as_("ann"):
        wanted = select(Order.state, func.count()).group_by(Order.state)
        counts = dict(tuple(row) for row in session.execute(wanted))
    assert counts == {"placed": 2, "unknown": 1} and lease and len(claimed) == 1
    assert operator.ledger()["orders"] == []


def test_the_rest_is_called_off_numbers_and_cards_come_back_and_a_retry_is_possible(operator, placed):
    pause(operator, placed)
    with operator.people.as_("ann"), transaction():
        assert steering.call_off("office", placed) == 3
    operator.work()
    assert operator.states() == ["cancelled"] * 3
    assert [line[1:] for line in operator.lines()] == [("locked", "in_stock", "released")] * 3
    operator.until(lambda: state(operator, placed) == "finished", hurry=1)
    assert operator.ledger()["orders"] == []
    with operator.people.as_("ann"), transaction():
        assert batches.retry("office", placed) == 3
    operator.until(lambda: operator.states()[3:] == ["done"] * 3)


def test_calling_off_leaves_out_rows_that_were_no_orders_yet(operator):
    batch = operator.upload(ORDINARY, ORDINARY)
    confirm(operator, batch)
    with operator.people.as_("ann"), transaction():
        assert steering.call_off("office", batch) == 2
    operator.work()
    assert rows(operator, batch) == ["left_out"] * 2 and operator.orders() == []


def test_an_order_that_is_on_its_way_when_it_is_called_off_is_settled_first(operator, placed):
    with operator.people.as_("ann"), transaction():
        orders.claim(1)
    with operator.people.as_("ann"), transaction():
        assert steering.call_off("office", placed) == 2
    operator.skip(20)
    operator.until(lambda: sorted(operator.states()) == ["cancelled"] * 3, hurry=12)
    assert operator.ledger()["orders"] == []


def test_a_planned_batch_waits_for_its_day_and_can_be_taken_back_until_then(operator):
    batch = operator.upload(ORDINARY, ORDINARY)
    day = clock.today() + timedelta(days=3)
    confirm(operator, batch, day)
    operator.tick()
    assert (state(operator, batch), operator.orders()) == ("scheduled", [])
    do(operator, "take_back", batch)
    assert (state(operator, batch), rows(operator, batch)) == ("checked", ["ready"] * 2)
    confirm(operator, batch, day)
    operator.skip(3 * 86400)
    operator.until(lambda: operator.states() == ["done"] * 2)
    with pytest.raises(WrongState):
        do(operator, "take_back", batch)


def test_another_day_and_today_start_it_then_and_now(operator):
    batch = operator.upload(ORDINARY)
    confirm(operator, batch, clock.today() + timedelta(days=30))
    with operator.people.as_("ann"), transaction():
        steering.plan_again("office", batch, clock.today() + timedelta(days=2))
    operator.tick()
    assert operator.orders() == []
    with operator.people.as_("ann"), transaction():
        steering.plan_again("office", batch, clock.today())
    operator.until(lambda: operator.states() == ["done"])


@pytest.mark.parametrize("days", [-1, 61])
def test_a_day_in_the_past_or_too_far_ahead_is_refused_and_nothing_is_confirmed(operator, days):
    batch = operator.upload(ORDINARY)
    with pytest.raises(Conflict):
        confirm(operator, batch, clock.today() + timedelta(days=days))
    assert (state(operator, batch), rows(operator, batch)) == ("checked", ["ready"])


def test_what_changed_before_the_day_waits_for_a_new_confirmation(operator):
    batch = operator.upload(ORDINARY, ORDINARY)
    confirm(operator, batch, clock.today() + timedelta(days=3))
    first, _second = operator.rows(batch)
    with operator.people.as_("ann"), transaction():
        row = session.get_one(BatchRow, first.id)
        row.monthly_fen = 1
    operator.skip(3 * 86400)
    operator.until(lambda: operator.states() == ["done"])
    assert sorted(rows(operator, batch)) == ["ordered", "ready"]


def test_a_change_that_waits_for_the_next_cycle_is_taken_back_at_the_operator(operator):
    operator.order(ORDINARY)
    operator.until(lambda: operator.lines()[0][3] == "active")
    with operator.people.as_("ann"), transaction():
        user, number = operator.people.users["ann"][0], operator.lines()[0][0]
        from tests.sims.test_line_changes import DEAR, file_of

        content = file_of(("号码", "新套餐"), (number, "全球通5G商务套餐159元档"))
        batch = batches.receive("office", user, "change-plan", "换.xlsx", content, {}).id
    assert DEAR
    operator.work()
    confirm(operator, batch)
    operator.until(lambda: operator.states()[-1] == "accepted")
    with operator.people.as_("ann"), transaction():
        from console.orders import steering as order_steering

        order_steering.ask_back([operator.orders()[-1].id])
    operator.until(lambda: operator.states()[-1] == "cancelled")
    jobs.cancel_orders(operator.people.acme)
    (line,) = operator.ledger()["subscribers"]
    assert line["plan"] != "QQT5G159" and operator.ledger()["orders"][-1]["state"] == "cancelled"


def test_only_who_may_confirm_steers(operator, placed):
    with operator.people.as_("vic"), pytest.raises(NotAllowed), transaction():
        steering.pause("auditor", operator.people.users["vic"][0], placed)
    assert state(operator, placed) == "running"


def test_the_buttons_are_on_the_page_and_work(operator, placed, sign_in):
    ann = sign_in("ann")
    page = ann.get(f"/bulk/{placed}").get_data(as_text=True)
    assert "暂停" in page and "撤回剩余 3 行" in page
    assert ann.post(f"/bulk/{placed}/pause").status_code == 302
    page = ann.get(f"/bulk/{placed}").get_data(as_text=True)
    assert "Ann 暂停了办理" in page and "已暂停 0%" in page
    assert ann.post(f"/bulk/{placed}/call-off").status_code == 302
    operator.work()
    assert operator.states() == ["cancelled"] * 3
    assert ann.post(f"/bulk/{placed}/pause").status_code in (302, 409)


def test_a_planned_batch_says_until_when_it_can_be_taken_back(operator, sign_in):
    batch = operator.upload(ORDINARY)
    day = clock.today() + timedelta(days=5)
    ann = sign_in("ann")
    with operator.people.as_("ann"):
        shown = queries.shown(batch)
    assert ann.post(f"/bulk/{batch}/confirm", {"shown": shown, "run_on": str(day)}).status_code == 302
    page = ann.get(f"/bulk/{batch}").get_data(as_text=True)
    assert f"计划在 {day} 办理" in page and f"可撤回至 {day - timedelta(days=1):%m-%d} 24:00" in page
    assert ann.post(f"/bulk/{batch}/take-back").status_code == 302
    assert state(operator, batch) == "checked"
