"""The database is away or cannot write: a page says so with 503 and when to come again, and nothing is half done."""

import json

import pytest
from sqlalchemy import event, func, select

from console.bulk.models import Batch
from console.core import db, signing
from console.core.db import session
from tests.bulk.test_mending import person, sheet


@pytest.fixture
def away(app):
    """A switch that takes the database away; it is back when the test ends."""
    real = db.engine()
    yield lambda: db.connect("sqlite:////nowhere/at/all.sqlite3")
    db._factory.configure(bind=real)


@pytest.mark.parametrize("path", ["/", "/bulk/new", "/lines/", "/bulk/1/check"])
def test_a_page_is_not_available_and_says_when_to_come_again(path, sign_in, away):
    browser = sign_in("ann")
    away()
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "20")
    assert "E-503" in answer.get_data(as_text=True)


def test_the_operator_is_asked_to_call_back_again(app, settings, away):
    body = json.dumps({"eventId": "e1", "externalId": "C1-x", "state": "completed", "sequence": 1}).encode()
    signed = signing.headers("x", settings.operator_secret, "POST", "/operator/events", body)
    away()
    answer = app.test_client().post("/operator/events", data=body, headers=signed)
    assert (answer.status_code, answer.json["code"]) == (503, "E-503")
    assert answer.headers["Retry-After"] == "20"


@pytest.fixture
def read_only(app):
    """As a full disk: what is there can be read, and nothing can be written."""
    engine, postgres = db.engine(), db.engine().dialect.name == "postgresql"

    def close(connection, _record, _proxy):
        if postgres:
            connection.execute("set default_transaction_read_only = on")
            connection.commit()
        else:
            connection.execute("pragma query_only = 1")

    yield lambda: event.listen(engine, "checkout", close)
    if event.contains(engine, "checkout", close):
        event.remove(engine, "checkout", close)
    engine.dispose()


def test_an_upload_that_cannot_be_written_is_refused_whole(people, sign_in, read_only):
    browser = sign_in("ann")
    read_only()
    answer = browser.upload(sheet(person(1)))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "20")
    with people.as_("ann"):
        assert session.scalar(select(func.count(Batch.id))) == 0
