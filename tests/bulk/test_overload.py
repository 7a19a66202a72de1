"""Too many files at once: one more is refused politely, and nothing that was accepted is lost."""

import pytest
from sqlalchemy import select

from console.bulk import actions
from console.bulk.models import Batch
from console.core.db import session
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
