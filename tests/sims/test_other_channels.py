"""What is done at other doors of the operator: seen within a moment, in the line's history, and compared every night."""

import pytest
from sqlalchemy import select

from console.core import acting, queue
from console.core.db import session, transaction
from console.orders.models import Difference, OperatorCursor
from console.sims import hearing
from console.sims.models import Line, LineEvent
from jobs import orders


@pytest.fixture
def number(operator):
    """Of Acme's one line, in use."""
    operator.order(None)
    operator.until(lambda: [line[3] for line in operator.lines()] == ["active"])
    return operator.lines()[0][0]


def line_of(operator):
    with operator.people.as_("ann"):
        line = session.scalars(select(Line)).one()
        return line.state, line.plan.code, tuple(line.products), line.limit_mb


def channels(operator):
    with operator.people.as_("ann"):
        return [
            tuple(row)
            for row in session.execute(select(LineEvent.channel, LineEvent.kind).order_by(LineEvent.sequence))
        ]


def differences(operator):
    with operator.people.as_("ann"):
        wanted = select(Difference.what, Difference.ours, Difference.theirs, Difference.repaired).order_by(
            Difference.id
        )
        return [tuple(row) for row in session.execute(wanted)]


def at_the_counter(operator, number, action, **more):
    operator.simulator.lever(
        "POST", "/lines", {"msisdn": number, "action": action, "channel": "COUNTER"} | more
    )


def compare(operator):
    orders.compare_lines(operator.people.acme)


def test_what_the_counter_does_to_a_line_is_in_our_books_and_in_its_history(operator, number, sign_in):
    at_the_counter(operator, number, "SUSPEND")
    operator.until(lambda: line_of(operator)[0] == "suspended")
    at_the_counter(operator, number, "RESUME")
    at_the_counter(operator, number, "SET_DATA_LIMIT", dataLimit={"limitMb": 2048, "action": "THROTTLE"})
    operator.until(lambda: line_of(operator)[::3] == ("active", 2048))
    assert [one for one in channels(operator) if one[0] == "COUNTER"] == [
        ("COUNTER", "SUSPEND"), ("COUNTER", "RESUME"), ("COUNTER", "SET_DATA_LIMIT"),
    ]  # fmt: skip
    with operator.people.as_("ann"):
        line = session.scalars(select(Line.id)).one()
    page = sign_in("ann").get(f"/lines/details/?id={line}").get_data(as_text=True)
    assert "营业厅" in page and "流量限额 2 GB，到限后限速" in page


def test_a_card_lost_by_hotline_and_replaced_at_the_counter_is_the_lines_card(operator, number):
    operator.simulator.lever(
        "POST", "/lines", {"msisdn": number, "action": "REPORT_LOST", "channel": "HOTLINE"}
    )
    operator.until(lambda: line_of(operator)[0] == "lost")
    new = "89860012345678909992"
    at_the_counter(operator, number, "REPLACE_SIM", subscriber={"iccid": new}, reason="LOST")
    operator.until(lambda: _card(operator) == new)


def _card(operator):
    with operator.people.as_("ann"):
        return session.scalars(select(Line)).one().sim.iccid


def test_an_event_whose_call_back_was_lost_is_found_in_the_feed_and_heard_once(operator, number):
    operator.behave(callback_lost_rate=1.0)
    at_the_counter(operator, number, "SUSPEND")
    operator.tick()
    assert line_of(operator)[0] == "active"
    for _ in range(2):
        orders.reconcile()
        operator.work()
    assert line_of(operator)[0] == "suspended"
    assert channels(operator).count(("COUNTER", "SUSPEND")) == 1


def test_events_in_the_wrong_order_leave_the_line_as_the_youngest_has_it(operator, number):
    at_the_counter(operator, number, "SUSPEND")
    at_the_counter(operator, number, "RESUME")
    operator.until(lambda: len([one for one in channels(operator) if one[0] == "COUNTER"]) == 2)
    with operator.people.as_("ann"):
        told = [
            {"eventId": one.event_id + "-late", "eventType": "SubscriberLifecycleEvent", "msisdn": number,
             "lifecycle": one.lifecycle, "sequence": one.sequence, "source": "COUNTER", "changed": [],
             "line": {"lifecycle": one.lifecycle, "sequence": one.sequence, "plan": "QQT5G059"}}
            for one in session.scalars(select(LineEvent).order_by(LineEvent.sequence.desc()))
        ]  # fmt: skip
    with operator.people.as_("ann"), transaction():
        hearing.hear(told)
    assert line_of(operator)[0] == "active"


def test_the_comparison_repairs_what_was_never_told_and_lists_both_values(operator, number):
    compare(operator)
    assert differences(operator) == []
    operator.behave(callback_lost_rate=1.0)
    at_the_counter(operator, number, "SUSPEND")
    compare(operator)
    assert differences(operator) == [("state", "active", "suspended", True)]
    assert line_of(operator)[0] == "suspended"
    compare(operator)
    assert len(differences(operator)) == 1


def test_a_line_that_only_the_operator_has_is_listed_once_and_no_other_company_sees_it(operator, number):
    other = {"msisdn": "13900000777", "iccid": "89860012345678909984", "plan": "QQT5G089"}
    operator.simulator.lever("POST", "/seed", {"groupCode": "JT-ACME", "lines": [other]})
    compare(operator)
    compare(operator)
    assert differences(operator) == [("line", "--", "active", False)]
    with operator.people.as_("bo"):
        assert session.scalars(select(Difference)).all() == []


def test_another_customers_event_reaches_nobody(operator, number):
    known = channels(operator)
    other = {"msisdn": "13900000778", "iccid": "89860012345678909976", "plan": "QQT5G089"}
    operator.simulator.lever("POST", "/seed", {"groupCode": "JT-NOBODY", "lines": [other]})
    at_the_counter(operator, "13900000778", "SUSPEND")
    orders.reconcile()
    operator.work()
    assert channels(operator) == known
    with operator.people.as_("ann"):
        assert queue.queue().get_jobs() == []


def test_the_feed_goes_on_from_where_it_was_read(operator, number):
    orders.reconcile()
    with acting.platform("test"):
        reached = session.scalars(select(OperatorCursor.events)).one()
    assert reached
    orders.reconcile()
    with acting.platform("test"):
        assert session.scalars(select(OperatorCursor.events)).one() == reached
