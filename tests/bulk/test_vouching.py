"""The operator is asked about the people of a roster before anything is confirmed, and its word is shown row by row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.bulk import vouching
from console.bulk.kind import Row
from console.bulk.models import Batch, Problem
from console.core import queue
from console.core.db import session, transaction
from console.orders import people
from console.orders.models import PersonCheck
from console.orders.people import Told
from console.sims import eligibility
from jobs import people as job
from tests.operators import GROUPS, ORDINARY


def know(operator, batch, *facts):
    """The operator knows these of the people in the first rows."""
    known = [
        {"idType": row.values["document_type"], "idNo": row.values["document_no"], **fact}
        for row, fact in zip(operator.rows(batch), facts, strict=False)
    ]
    operator.simulator.lever("POST", "/seed", {"groupCode": GROUPS["acme"], "people": known})


def ask(operator, batch):
    """As if nobody had been asked today."""
    with operator.people.as_("ann"), transaction():
        session.query(PersonCheck).delete()
    job.look_at_people(operator.people.acme, batch)


def codes(operator, batch):
    with operator.people.as_("ann"):
        wanted = session.query(Problem).where(Problem.batch_id == batch, Problem.level == "error")
        return sorted((one.code, one.field) for one in wanted)


def states(operator, batch):
    return [row.state for row in operator.rows(batch)]


def test_what_the_operator_has_against_somebody_is_found_before_the_confirmation(operator):
    batch = operator.upload(*[ORDINARY] * 4)
    know(operator, batch, {"name": "另有其人"}, {"blacklisted": True}, {"otherLines": 5})
    ask(operator, batch)
    assert codes(operator, batch) == [
        ("E_ONE_ID_LIMIT", "document_no"),
        ("E_PERSON_LIMITED", "document_no"),
        ("E_REALNAME_MISMATCH", "name"),
    ]
    assert states(operator, batch) == ["wrong", "wrong", "wrong", "ready"]
    assert operator.orders() == [], "nothing was ordered"


def test_a_small_roster_is_asked_about_by_itself(operator):
    batch = operator.upload(ORDINARY, ORDINARY)
    with operator.people.as_("ann"):
        found = vouching.progress(session.get_one(Batch, batch))
    assert (found.people, found.asked, found.running) == (2, 2, False)


def test_a_page_that_began_before_the_last_answer_looks_once_more(operator, sign_in):
    batch = operator.upload(ORDINARY, ORDINARY)
    with operator.people.as_("ann"), transaction():
        session.query(PersonCheck).delete()  # what such a page counts: nobody was asked about yet
    page = sign_in("ann").get(f"/bulk/{batch}/people").text
    assert "还有 2 人没有请运营商核验" in page and "hx-get" in page
    queue.redis().delete(*queue.redis().keys("console:progress:people-*"))  # a moment later
    assert "hx-get" not in sign_in("ann").get(f"/bulk/{batch}/people").text


def test_a_large_one_waits_for_a_press(operator, monkeypatch, sign_in):
    monkeypatch.setattr(vouching, "BY_ITSELF", 1)
    batch = operator.upload(ORDINARY, ORDINARY)
    page = sign_in("ann").get(f"/bulk/{batch}/check?tab=ready").text
    assert "还有 2 人没有请运营商核验" in page
    assert sign_in("ann").post(f"/bulk/{batch}/people/ask").status_code == 302
    operator.work()
    assert "运营商已核验 2 人" in sign_in("ann").get(f"/bulk/{batch}/people").text


def test_a_corrected_name_is_another_question(operator, sign_in):
    batch = operator.upload(ORDINARY)
    (row,) = operator.rows(batch)
    know(operator, batch, {"name": "沈星阑"})
    ask(operator, batch)
    assert codes(operator, batch) == [("E_REALNAME_MISMATCH", "name")]
    assert sign_in("ann").post(f"/bulk/{batch}/rows/{row.id}", {"name": "沈星阑"}).status_code in (200, 302)
    assert states(operator, batch) == ["ready"], "the old word was about another name"
    operator.work()
    assert (states(operator, batch), codes(operator, batch)) == (["ready"], [])
    with operator.people.as_("ann"):
        assert session.query(PersonCheck).one().code is None


def test_the_page_says_how_many_rows_became_wrong(operator, sign_in):
    batch = operator.upload(ORDINARY, ORDINARY)
    know(operator, batch, {"blacklisted": True})
    ask(operator, batch)
    assert "又有 1 行需要修正" in sign_in("ann").get(f"/bulk/{batch}/people?was=0").text
    assert "又有" not in sign_in("ann").get(f"/bulk/{batch}/people?was=1").text


def test_without_an_answer_the_rows_stay_ready_and_can_be_confirmed(operator, monkeypatch):
    monkeypatch.setattr(job, "gateway", lambda: type("Away", (), {"person": lambda *_all: None})())
    batch = operator.upload(ORDINARY)
    with operator.people.as_("ann"):
        found = vouching.progress(session.get_one(Batch, batch))
    assert (found.asked, found.running) == (0, False)
    operator.confirm(batch)
    operator.until(lambda: operator.states() == ["done"])


def test_the_word_of_yesterday_is_not_believed_today(operator):
    batch = operator.upload(ORDINARY)
    (row,) = operator.rows(batch)
    person = (row.document_index, row.values["name"])
    with operator.people.as_("ann"):
        assert list(people.told({person})) == [person]
    operator.skip(people.HOLDS.total_seconds() + 1)
    with operator.people.as_("ann"):
        assert people.told({person}) == {}
        assert [one.row_id for one in vouching.to_ask(batch)] == [row.id]


def test_what_was_confirmed_while_the_operator_was_asked_is_left_alone(operator):
    batch = operator.upload(ORDINARY)
    know(operator, batch, {"blacklisted": True})
    with operator.people.as_("ann"), transaction():
        session.query(PersonCheck).delete()
        (asked,) = vouching.to_ask(batch)
    operator.confirm(batch)
    with operator.people.as_("ann"), transaction():
        word = Told(people.name_key(asked.name), "BLACKLISTED", 0, 5)
        assert vouching.keep(batch, {asked.document: word}) == 0
    assert states(operator, batch) == ["confirmed"]


@pytest.mark.parametrize(
    "answer",
    [{}, {"result": "PASS"}, {"result": "PASS", "oneIdCount": "1", "oneIdLimit": 5},
     {"result": "PASS", "oneIdCount": 1, "oneIdLimit": -1}, {"result": "?", "oneIdCount": 1, "oneIdLimit": 5}],
)  # fmt: skip
def test_nonsense_is_no_word(answer):
    assert people.read("甲", answer) is None


@given(st.integers(0, 9), st.integers(1, 9), st.sampled_from([None, "SOMETHING_NEW", "BLACKLISTED"]))
def test_the_sixth_number_is_refused_whoever_has_the_others(lines, most, code):
    told = {(b"d", "甲"): Told(b"", code, lines, most)}
    of = lambda name: [  # noqa: E731
        found.code
        for _column, found in eligibility.vouched(Row(2, {}, {"name": name}, document_index=b"d"), told)
    ]
    limited = ["E_ONE_ID_LIMIT"] if lines >= most else []
    assert of("甲") == (["E_PERSON_LIMITED"] if code == "BLACKLISTED" else limited)
    assert of("乙") == [], "an answer about another name is none"
