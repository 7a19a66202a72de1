"""Within a day a batch can be undone: by the operator while it waits there, else by a batch of its own."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from console.bulk.models import Batch, BatchRow
from console.core.db import session, transaction
from console.core.errors import Conflict
from console.sims import undoing
from console.sims.models import Line
from tests.sims.test_line_changes import send  # noqa: F401 - a fixture


@pytest.fixture
def number(operator):
    operator.order(None)
    operator.until(lambda: operator.lines()[0][3] == "active")
    return operator.lines()[0][0]


def carry_out(operator, batch):
    operator.confirm(batch)
    operator.until(lambda: _states(operator, batch) == {"done"} or _waits(operator, batch))


def _states(operator, batch):
    return {order.state for order in operator.orders() if order.batch_id == batch} - {"placed", "sending"}


def _waits(operator, batch):
    its = [order for order in operator.orders() if order.batch_id == batch]
    return bool(its) and all(order.state == "accepted" and order.effective_on for order in its)


def undo(operator, batch):
    with operator.people.as_("ann"), transaction():
        made, back = undoing.undo("office", operator.people.users["ann"][0], batch)
        found = (made.id if made else None), back
    operator.work()
    return found


def test_a_suspension_is_undone_by_a_batch_that_is_looked_at_first(operator, number, send):  # noqa: F811
    batch = send("suspend", ("号码", "原因"), (number, "休假"))
    carry_out(operator, batch)
    operator.until(lambda: operator.lines()[0][3] == "suspended")
    made, back = undo(operator, batch)
    assert back == 0
    with operator.people.as_("ann"):
        inverse = session.get_one(Batch, made)
        assert (inverse.kind, inverse.state, inverse.parent_id) == ("resume", "checked", batch)
        assert [row.state for row in session.scalars(select(BatchRow).where(BatchRow.batch_id == made))] == [
            "ready"
        ]
    assert operator.lines()[0][3] == "suspended", "nothing happens before it is confirmed"
    carry_out(operator, made)
    operator.until(lambda: operator.lines()[0][3] == "active")


@pytest.mark.parametrize("slug", ["resume", "several"])
def test_a_lost_line_that_was_resumed_is_lost_again_when_that_is_undone(operator, number, send, slug):  # noqa: F811
    carry_out(operator, send("report-lost", ("号码",), (number,)))
    operator.until(lambda: operator.lines()[0][3] == "lost")
    resumed = (
        send(slug, ("业务", "号码"), ("复机", number))
        if slug == "several"
        else send(slug, ("号码",), (number,))
    )
    carry_out(operator, resumed)
    operator.until(lambda: operator.lines()[0][3] == "active")
    made, _back = undo(operator, resumed)
    with operator.people.as_("ann"):
        assert session.get_one(Batch, made).kind == "report-lost"
    carry_out(operator, made)
    operator.until(lambda: operator.lines()[0][3] == "lost")


def test_a_plan_that_waits_for_the_next_cycle_is_taken_back_at_once(operator, number, send):  # noqa: F811
    batch = send("change-plan", ("号码", "新套餐"), (number, "全球通5G商务套餐159元档"))
    carry_out(operator, batch)
    assert undo(operator, batch) == (None, 1)
    operator.until(lambda: [o.state for o in operator.orders() if o.batch_id == batch] == ["cancelled"])
    with operator.people.as_("ann"):
        assert session.scalars(select(Line.next_plan_id)).one() is None
    with pytest.raises(Conflict):
        undo(operator, batch)


def a_day_ago(operator, batch):
    with operator.people.as_("ann"), transaction():
        session.get_one(Batch, batch).confirmed_at -= timedelta(hours=25)


def test_what_has_not_taken_effect_is_taken_back_until_its_day(operator, number, send, sign_in):  # noqa: F811
    batch = send("change-plan", ("号码", "新套餐"), (number, "全球通5G商务套餐159元档"))
    carry_out(operator, batch)
    a_day_ago(operator, batch)
    operator.until(lambda: f"/undo/?batch={batch}" in sign_in("ann").get(f"/bulk/{batch}").text, hurry=1)
    assert "撤回 1 行" in sign_in("ann").get(f"/undo/?batch={batch}").text
    assert undo(operator, batch) == (None, 1)


def test_after_a_day_what_is_done_stays_done(operator, number, send, sign_in):  # noqa: F811
    batch = send("suspend", ("号码", "原因"), (number, "休假"))
    carry_out(operator, batch)
    a_day_ago(operator, batch)
    assert "已经超过 24 小时" in sign_in("ann").get(f"/undo/?batch={batch}").text
    with pytest.raises(Conflict):
        undo(operator, batch)


def test_a_limit_goes_back_to_what_it_was(operator, number, send):  # noqa: F811
    carry_out(operator, send("data-limits", ("号码", "每月限额"), (number, "10GB")))
    operator.until(lambda: _limit(operator) == 10240)
    second = send("data-limits", ("号码", "每月限额"), (number, "20GB"))
    carry_out(operator, second)
    operator.until(lambda: _limit(operator) == 20480)
    made, _back = undo(operator, second)
    carry_out(operator, made)
    operator.until(lambda: _limit(operator) == 10240)


def test_a_limit_that_slowed_down_slows_down_again_when_another_is_undone(operator, number, send):  # noqa: F811
    headings = ("号码", "每月限额", "到限后")
    carry_out(operator, send("data-limits", headings, (number, "10GB", "限速")))
    operator.until(lambda: _whole_limit(operator) == (10240, "THROTTLE"))
    second = send("data-limits", headings, (number, "20GB", "断网"))
    carry_out(operator, second)
    operator.until(lambda: _whole_limit(operator) == (20480, "CUT"))
    made, _back = undo(operator, second)
    carry_out(operator, made)
    operator.until(lambda: _whole_limit(operator) == (10240, "THROTTLE"))


def _whole_limit(operator):
    with operator.people.as_("ann"):
        return tuple(session.execute(select(Line.limit_mb, Line.limit_action)).one())


def _limit(operator):
    with operator.people.as_("ann"):
        return session.scalars(select(Line.limit_mb)).one()


def test_people_go_back_to_their_departments(operator, number, send):  # noqa: F811
    with operator.people.as_("ann"):
        line = session.scalars(select(Line)).one()
        who, before = line.employee.number, line.employee.department.path
    batch = send("move-people", ("工号", "部门"), (who, "财务部/出纳"))
    operator.confirm(batch)
    operator.work()
    made, _back = undo(operator, batch)
    operator.confirm(made)
    operator.work()
    with operator.people.as_("ann"):
        assert session.scalars(select(Line)).one().employee.department.path == before


def test_what_cannot_be_undone_says_why_and_after_a_day_nothing_can(operator, number, send, sign_in):  # noqa: F811
    with operator.people.as_("ann"):
        opened = session.scalars(select(Batch.id).order_by(Batch.id)).first()
        found = undoing.look(session.get_one(Batch, opened))
    assert (found.possible, dict(found.impossible)) == (0, {"E_UNDO_OPENED": 1})
    page = sign_in("ann").get(f"/undo/?batch={opened}").get_data(as_text=True)
    assert "已开通的号码不能撤回" in page
    batch = send("suspend", ("号码",), (number,))
    carry_out(operator, batch)
    operator.skip(86_401)
    with operator.people.as_("ann"):
        assert undoing.look(session.get_one(Batch, batch)).possible == 0
    assert sign_in("bo").get(f"/undo/?batch={batch}").status_code == 404
