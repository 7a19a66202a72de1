"""Too many files at once: one more is refused politely, and nothing that was accepted is lost."""

import pytest
from sqlalchemy import select

from console.bulk import actions, estimating, queries
from console.bulk.models import Batch
from console.core.db import session, transaction
from tests.bulk.test_mending import person, sheet

MOST = 3


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setattr(actions, "MOST_UNREAD", MOST)


def states(people, login: str = "ann") -> list[str]:
    with people.as_(login):
        return list(session.scalars(select(Batch.state).order_by(Batch.id)))


def test_one_file_too_many_is_refused_with_its_place_and_when_to_come_again(narrow, people, sign_in):
    ann = sign_in("ann")
    for number in range(MOST):
        assert ann.upload(sheet(person(number + 1))).status_code == 302
    refused = ann.upload(sheet(person(9)))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    html = refused.get_data(as_text=True)
    assert "F_QUEUE_FULL" in html
    assert f"第 {MOST + 1} 位" in html
    assert states(people) == ["received"] * MOST


def test_what_was_accepted_is_read_and_afterwards_there_is_room_again(narrow, people, sign_in, work):
    ann = sign_in("ann")
    for number in range(MOST + 1):
        ann.upload(sheet(person(number + 1)))
    work()
    assert states(people) == ["checked"] * MOST
    assert ann.upload(sheet(person(MOST + 1))).status_code == 302


def test_one_company_does_not_fill_the_queue_of_another(narrow, people, sign_in):
    ann = sign_in("ann")
    for number in range(MOST):
        ann.upload(sheet(person(number + 1)))
    assert sign_in("bo").upload(sheet(person(1))).status_code == 302


def test_a_file_that_waits_shows_how_many_are_before_it_and_none_when_it_is_the_first(people, sign_in):
    ann = sign_in("ann")
    for number in range(3):
        ann.upload(sheet(person(number + 1)))
    with people.as_("ann"):
        first, *_between, last = session.scalars(select(Batch.id).order_by(Batch.id)).all()
    assert "前面还有 2 份名单" in ann.client.get(f"/bulk/{last}/checking").get_data(as_text=True)
    assert "前面还有" not in ann.client.get(f"/bulk/{first}/checking").get_data(as_text=True)


def test_a_confirmed_batch_shows_how_many_rows_of_others_are_sent_before_its_own(people, sign_in, work):
    ann = sign_in("ann")
    ann.upload(sheet(person(1), person(2)))
    ann.upload(sheet(person(3)))
    work()
    with people.as_("ann"):
        first, second = session.scalars(select(Batch).order_by(Batch.id)).all()
        for batch in (first, second):
            with transaction():
                assert actions.confirm("office", batch.submitted_by, batch.id, queries.shown(batch.id))
            with transaction():
                actions.apply_some(batch.id)
        assert (estimating.ahead(first), estimating.ahead(second)) == (0, 2)
        page = f"/bulk/{second.id}"
    assert "前面还有 2 行" in ann.client.get(page).get_data(as_text=True)
