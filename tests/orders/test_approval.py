"""A second person decides: on exactly what the first one confirmed, in whole or in part, never the same person."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from console.bulk import actions as batches
from console.bulk import approval_rules, approval_settings, approving, queries
from console.bulk.approval_rules import Rule, Wish
from console.bulk.approvals import Approval, ApprovalRule
from console.bulk.models import Batch, BatchRow
from console.core import clock
from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed
from console.notices.models import Notice
from jobs import bulk
from jobs.clock import ending_now
from tests.operators import ORDINARY


@pytest.fixture
def asked(operator):
    """A batch of three that waits for a second person."""
    with operator.people.as_("olga"), transaction():
        approval_settings.add_rule(Rule(0, kind="activate", least_rows=2))
    batch = operator.upload(ORDINARY, ORDINARY, ORDINARY)
    operator.confirm(batch)
    operator.tick()
    return batch


def decide(operator, batch, login="olga", role="owner", returned=(), reason="", shown=None):
    with operator.people.as_(login), transaction():
        user = operator.people.users[login][0]
        found = queries.shown(batch) if shown is None else shown
        return approving.decide(role, user, batch, found, set(returned), reason)


def state(operator, batch):
    with operator.people.as_("ann"):
        return session.get_one(Batch, batch).state


def told(operator, login):
    with operator.people.as_(login):
        user = operator.people.users[login][0]
        return list(session.scalars(select(Notice.code).where(Notice.user_id == user).order_by(Notice.id)))


def test_nothing_is_done_before_the_second_person_says_yes(operator, asked):
    assert (state(operator, asked), operator.orders()) == ("approving", [])
    assert told(operator, "olga") == ["APPROVAL_ASKED"]
    done = decide(operator, asked)
    assert (done.taken, done.returned, done.changed) == (3, 0, ())
    operator.until(lambda: operator.states() == ["done"] * 3)
    assert "APPROVAL_GIVEN" in told(operator, "ann")


def test_a_small_batch_needs_nobody(operator, asked):
    small = operator.upload(ORDINARY)
    operator.confirm(small)
    assert state(operator, small) == "running"


def test_nobody_decides_on_his_own_not_even_past_the_rules(operator, asked):
    with pytest.raises(Conflict) as refused:
        decide(operator, asked, "ann", "owner")
    assert refused.value.code == "E_OWN_BATCH"
    with operator.people.as_("ann"), pytest.raises(IntegrityError), transaction():
        approval = session.scalars(select(Approval)).one()
        approval.decided_by = approval.asked_by


def test_who_has_not_the_role_may_not_decide_unless_he_is_a_deputy_today(operator, asked):
    with pytest.raises(NotAllowed):
        decide(operator, asked, "fay", "finance")
    olga, fay = operator.people.users["olga"][0], operator.people.users["fay"][0]
    today = clock.today()
    with operator.people.as_("olga"), transaction():
        approval_settings.appoint(olga, fay, today + timedelta(days=1), today + timedelta(days=2))
    with pytest.raises(NotAllowed):
        decide(operator, asked, "fay", "finance")
    with operator.people.as_("olga"), transaction():
        approval_settings.appoint(olga, fay, today, today)
    assert decide(operator, asked, "fay", "finance").taken == 3


def test_some_rows_go_on_and_the_others_live_on_in_a_batch_of_their_own(operator, asked):
    rows = operator.rows(asked)
    with pytest.raises(Conflict):
        decide(operator, asked, returned=[rows[1].id])
    done = decide(operator, asked, returned=[rows[1].id], reason="这个人不入职了")
    assert (done.taken, done.returned) == (2, 1)
    operator.until(lambda: operator.states() == ["done"] * 2)
    with operator.people.as_("ann"):
        child = session.scalars(select(Batch).where(Batch.parent_id == asked)).one()
        assert (child.state, child.rows_total) == ("checked", 1)
        (back,) = session.scalars(select(BatchRow).where(BatchRow.batch_id == child.id))
        assert (back.id, back.state) == (rows[1].id, "ready")
        said = session.scalars(select(Notice).where(Notice.code == "APPROVAL_RETURNED")).one()
        assert said.values["reason"] == "这个人不入职了"
        child_id = child.id
    operator.confirm(child_id)
    operator.until(lambda: operator.states() == ["done"] * 3)


def test_all_returned_is_back_with_the_maker_and_can_be_asked_again(operator, asked):
    ids = [row.id for row in operator.rows(asked)]
    assert decide(operator, asked, returned=ids, reason="套餐太贵").returned == 3
    assert (state(operator, asked), operator.orders()) == ("checked", [])
    operator.confirm(asked)
    assert state(operator, asked) == "approving"


def test_when_a_row_or_a_price_has_changed_nothing_is_done_and_the_difference_is_told(operator, asked):
    first = operator.rows(asked)[0]
    with operator.people.as_("ann"), transaction():
        row = session.get_one(BatchRow, first.id)
        before = row.monthly_fen
        row.monthly_fen = before + 1000
    done = decide(operator, asked)
    ((changed),) = done.changed
    assert (changed.row_id, changed.before[2], changed.now[2]) == (first.id, before, before + 1000)
    assert (state(operator, asked), operator.orders()) == ("checked", [])
    assert "APPROVAL_CHANGED" in told(operator, "ann")


def test_a_page_that_is_older_than_the_rows_decides_nothing(operator, asked):
    assert decide(operator, asked, shown="0" * 64) is None
    assert state(operator, asked) == "approving"


def test_of_two_who_decide_the_second_is_told(operator, asked):
    decide(operator, asked)
    with pytest.raises(Conflict) as refused:
        decide(operator, asked, "olga")
    assert refused.value.code == "E_DECIDED"


def test_a_planned_batch_waits_for_its_day_after_the_approval(operator, asked):
    other = operator.upload(ORDINARY, ORDINARY)
    with operator.people.as_("ann"), transaction():
        user, day = operator.people.users["ann"][0], clock.today() + timedelta(days=2)
        assert batches.confirm("office", user, other, queries.shown(other), day)
    decide(operator, other)
    assert (state(operator, other), operator.orders()) == ("scheduled", [])


def test_reminded_once_an_hour_and_given_back_after_a_week(operator, asked):
    ann = operator.people.users["ann"][0]
    with operator.people.as_("ann"), pytest.raises(Conflict), transaction():
        approving.remind("office", ann, asked)
    operator.skip(3601)
    with operator.people.as_("ann"), transaction():
        approving.remind("office", ann, asked)
    assert told(operator, "olga") == ["APPROVAL_ASKED"] * 2
    operator.skip(7 * 86400)
    with operator.people.as_("ann"), transaction():
        approving.expire_old()
    assert state(operator, asked) == "checked"
    assert "APPROVAL_EXPIRED" in told(operator, "ann")


def test_the_clock_comes_for_a_question_that_is_a_day_or_a_week_old_and_for_no_other(operator, asked):
    acme = operator.people.acme
    assert acme not in ending_now()
    operator.skip(86400 + 1)
    assert acme in ending_now()
    bulk.finish_batches(acme)
    assert told(operator, "olga") == ["APPROVAL_ASKED"] * 2
    assert acme not in ending_now(), "once a day"
    operator.skip(6 * 86400)
    bulk.finish_batches(acme)
    assert (state(operator, asked), told(operator, "ann")[-1]) == ("checked", "APPROVAL_EXPIRED")


def test_the_maker_takes_it_back(operator, asked):
    with operator.people.as_("ann"), transaction():
        approving.take_back("office", asked)
    assert state(operator, asked) == "checked"


def test_two_clicks_from_the_notice(operator, asked, sign_in):
    olga = sign_in("olga")
    inbox = olga.get("/inbox/").get_data(as_text=True)
    assert f"/bulk/{asked}/approval" in inbox
    page = olga.get(f"/bulk/{asked}/approval").get_data(as_text=True)
    assert "通过后会发生什么" in page and "每月增加" in page
    with operator.people.as_("olga"):
        shown = queries.shown(asked)
    ids = [str(row.id) for row in operator.rows(asked)]
    form = {"shown": shown, "answer": "approve", "row": ids, "listed": ids}
    assert olga.post(f"/bulk/{asked}/approval/decide", form).status_code == 302
    operator.until(lambda: operator.states() == ["done"] * 3)
    assert olga.get("/bulk/approvals").status_code == 200


def test_the_maker_sees_what_waits_and_bolt_sees_nothing(operator, asked, sign_in):
    page = sign_in("ann").get(f"/bulk/{asked}").get_data(as_text=True)
    assert "等审批，3 行" in page and "催办" in page
    assert "名单" not in sign_in("bo").get("/bulk/approvals").get_data(as_text=True).partition("<main")[2]
    assert sign_in("bo").get(f"/bulk/{asked}/approval").status_code == 404


def test_rules_and_deputies_are_set_on_their_pages(people, sign_in):
    olga = sign_in("olga")
    form = {
        "kind": "terminate",
        "least_rows": "",
        "least_monthly": "",
        "least_once": "500",
        "cost_center": "",
    }
    assert olga.post("/bulk/approval-rules/add", form).status_code == 302
    page = olga.get("/bulk/approval-rules").get_data(as_text=True)
    assert "销户，一次性费用 ¥500.00 以上" in page
    assert olga.post("/bulk/approval-rules/1/remove").status_code == 302
    assert sign_in("ann").get("/bulk/approval-rules").status_code == 403
    day, fay = str(clock.today()), people.users["fay"][0]
    assert (
        olga.post("/bulk/deputies/add", {"deputy": str(fay), "first_day": day, "last_day": day}).status_code
        == 302
    )
    assert "Fay" in olga.get("/bulk/approvals").get_data(as_text=True)
    assert olga.post("/bulk/deputies/1/remove").status_code == 302


rules = st.builds(
    Rule,
    id=st.integers(1, 9),
    kind=st.sampled_from(["", "activate", "terminate"]),
    least_rows=st.none() | st.integers(1, 100),
    least_monthly_fen=st.none() | st.integers(0, 10**6),
    least_once_fen=st.none() | st.integers(0, 10**6),
    cost_center=st.none() | st.sampled_from(["A", "B"]),
)
wishes = st.builds(
    Wish,
    kind=st.sampled_from(["activate", "terminate", "suspend"]),
    rows=st.integers(1, 200),
    monthly_fen=st.integers(-(10**6), 2 * 10**6),
    once_fen=st.integers(0, 2 * 10**6),
    centers=st.sets(st.sampled_from(["A", "B", "C"])),
)


@given(st.lists(rules, max_size=4), wishes, st.integers(0, 50))
def test_a_larger_wish_never_needs_less(found, wish, more):
    larger = Wish(wish.kind, wish.rows + more, wish.monthly_fen + more, wish.once_fen + more, wish.centers)
    if approval_rules.needed(found, wish) is not None:
        assert approval_rules.needed(found, larger) is not None


@given(st.dictionaries(st.integers(1, 50).map(str), st.lists(st.integers(0, 3), min_size=2, max_size=2)))
def test_what_is_the_same_has_no_difference_and_what_is_not_has_both_sides(agreed):
    assert approval_rules.changed(agreed, {id_: tuple(values) for id_, values in agreed.items()}) == []
    for id_ in agreed:
        without = {other: values for other, values in agreed.items() if other != id_}
        (one,) = approval_rules.changed(agreed, without)
        assert (one.row_id, one.now) == (int(id_), None)


def test_a_rule_for_a_department_counts_those_below_it(operator):
    with operator.people.as_("olga"), transaction():
        approval_settings.add_rule(Rule(0, department="技术部"))
    batch = operator.upload(ORDINARY, ORDINARY)
    with operator.people.as_("ann"), transaction():
        for row, department in zip(session.scalars(select(BatchRow)), ("技术部门", "销售部"), strict=True):
            row.department = department
    with operator.people.as_("ann"):
        assert approving.rule_for(session.get_one(Batch, batch)) is None, "技术部门 is another department"
    with operator.people.as_("ann"), transaction():
        session.scalars(select(BatchRow)).first().department = "技术部/研发一组"
    with operator.people.as_("ann"):
        assert approving.rule_for(session.get_one(Batch, batch)) is not None


def test_rows_know_the_department_of_their_person(operator):
    batch = operator.upload(ORDINARY)
    (row,) = operator.rows(batch)
    assert row.department and row.department == row.values["department"]


def test_recommended_rules_come_with_one_press_and_only_once(sign_in, people):
    olga = sign_in("olga")
    page = olga.get("/bulk/approval-rules").text
    assert "用建议的 4 条规则" in page and "销户" in page
    for _press in range(2):
        assert olga.post("/bulk/approval-rules/recommended").status_code == 302
    with people.as_("olga"):
        assert session.query(ApprovalRule).count() == len(approval_rules.RECOMMENDED)
    assert "用建议的" not in olga.get("/bulk/approval-rules").text
    assert sign_in("ann").post("/bulk/approval-rules/recommended").status_code == 403
