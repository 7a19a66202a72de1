"""People talk about a month and about the questions on its charges."""

import pytest

from console.audit.models import AuditEvent
from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed, NotFound
from console.expenses import actions, commenting
from console.expenses.models import Charge
from console.notices.models import Notice
from tests.expenses.months import PERIOD, billed, take_in


@pytest.fixture
def question(people):
    take_in(people, "ann", [billed(0, 5900)])
    with people.as_("ann"), transaction():
        asked = actions.ask("office", people.users["ann"][0], session.query(Charge).one().id, "为什么多了？")
        session.flush()
        return asked.id


def write(people, login, text, question=None, role="finance", period=PERIOD):
    with people.as_(login), transaction():
        return commenting.write(role, people.users[login][0], period, text, question).id


def talk(people, login, question=None):
    with people.as_(login):
        return [
            (one["by"], one["text"], one["own"])
            for one in commenting.shown(PERIOD, people.users[login][0]).get(question, [])
        ]


def told(people, login):
    with people.as_(login):
        return [one.code for one in session.query(Notice).where(Notice.user_id == people.users[login][0])]


def test_a_month_and_each_question_have_a_talk_of_their_own(people, question):
    write(people, "fay", "十月含一次补收")
    write(people, "fay", "已向运营商核实", question)
    assert [text for _by, text, _own in talk(people, "ann")] == ["十月含一次补收"]
    assert [(text, own) for _by, text, own in talk(people, "fay", question)] == [("已向运营商核实", True)]


def test_whoever_has_part_is_told_and_nobody_else(people, question):
    write(people, "fay", "已核实", question)
    assert told(people, "ann") == ["COMMENTED"]
    assert told(people, "fay") == told(people, "olga") == []
    write(people, "ann", "收到", question, role="office")
    assert told(people, "fay") == ["COMMENTED"]


def test_ones_own_can_be_taken_back_and_stays_in_the_trail(people, question):
    mine = write(people, "fay", "写错了")
    with people.as_("ann"), transaction(), pytest.raises(Conflict) as refused:
        commenting.remove("office", people.users["ann"][0], mine)
    assert refused.value.code == "E_COMMENT_OF_OTHERS"
    with people.as_("fay"), transaction():
        commenting.remove("finance", people.users["fay"][0], mine)
    assert talk(people, "fay") == []
    with people.as_("olga"):
        assert session.query(AuditEvent).where(AuditEvent.entity == "statement_comments").count() == 2


def test_who_may_not_read_the_statement_may_not_write_on_it(people, question):
    for role in ("hr", "approver"):
        with pytest.raises(NotAllowed):
            write(people, "hal", "x", role=role)


def test_there_is_no_talk_about_what_is_not_there(people, question):
    for period, asked in (("2026-09", None), (PERIOD, 999), ("2026-09", question)):
        with pytest.raises(NotFound):
            write(people, "fay", "x", asked, period=period)
    with pytest.raises(NotFound):
        write(people, "bo", "x", question)
    assert talk(people, "bo", question) == []


def test_the_pages_show_it_and_take_it(people, question, sign_in):
    fay = sign_in("fay")
    fay.post(f"/statements/{PERIOD}/comments", {"text": "<b>请看</b>"})
    page = fay.get(f"/statements/{PERIOD}/").text
    assert "&lt;b&gt;请看&lt;/b&gt;" in page
    fay.post(f"/statements/{PERIOD}/comments", {"text": "好的", "question": str(question)})
    assert "好的" in fay.get(f"/statements/{PERIOD}/questions").text
    for wrong in ({"text": ""}, {"text": "x", "question": str(10**30)}, {"text": "x", "question": "abc"}):
        assert fay.post(f"/statements/{PERIOD}/comments", wrong).status_code < 500
