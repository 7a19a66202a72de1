"""Companies take turns: who has much to do goes to the end of the queue after each part of it."""

from console.core import queue
from console.core.queue import Job
from jobs import bulk, orders
from tests.operators import ORDINARY


def waiting() -> list[tuple[str, list[int]]]:
    return [(job.func_name, list(job.args)) for job in queue.queue().get_jobs()]


def placed(operator, count: int) -> int:
    """A confirmed batch whose orders are placed and not sent; nobody waits in the queue."""
    batch = operator.upload(*[ORDINARY] * count)
    operator.confirm(batch)
    bulk.apply_batch(operator.people.acme, batch)
    queue.redis().flushall()
    return batch


def test_a_company_with_many_orders_lets_another_go_first_after_each_group(operator, monkeypatch):
    monkeypatch.setattr(orders.actions.claim, "__defaults__", (4,))
    placed(operator, 10)
    queue.ring(Job.SEND_ORDERS, operator.people.bolt)
    orders.send_orders(operator.people.acme)

    assert operator.states().count("placed") == 6, "one group was sent, and no more"
    told = [args for name, args in waiting() if name == Job.SEND_ORDERS]
    assert told == [[operator.people.bolt], [operator.people.acme]], "acme comes again, after bolt"


def test_alone_it_sends_all_at_once(operator, monkeypatch):
    operator.behave(callback_lost_rate=1.0)  # a call-back would ring
    monkeypatch.setattr(orders.actions.claim, "__defaults__", (4,))
    placed(operator, 10)
    orders.send_orders(operator.people.acme)
    assert "placed" not in operator.states()


def test_confirmed_rows_are_applied_in_turns_too(operator, monkeypatch):
    monkeypatch.setattr(bulk.actions.apply_some, "__defaults__", (3, None))
    batch = operator.upload(*[ORDINARY] * 8)
    operator.confirm(batch)
    queue.redis().flushall()
    queue.ring(Job.CHECK_BATCH, operator.people.bolt, 99)
    bulk.apply_batch(operator.people.acme, batch)

    assert len(operator.orders()) == 3
    assert (Job.APPLY_BATCH.value, [operator.people.acme, batch]) in waiting()
