"""The page of the trail: who may read it, how it is searched, what an event says."""

import pytest
from sqlalchemy import select

from console.audit.models import AuditEvent
from console.core import clock
from console.core.db import session
from tests.hired import DOCUMENT, PHONE, hire


def body(answer):
    assert answer.status_code == 200
    return answer.get_data(as_text=True).partition("<main")[2]


def rows(page):
    return page.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>")


@pytest.fixture
def acme(people):
    return hire(people, "ann", lines=2, active=1)


def event(people, entity, action="create"):
    with people.as_("ann"):
        wanted = select(AuditEvent.id).where(AuditEvent.entity == entity, AuditEvent.action == action)
        return session.scalars(wanted.order_by(AuditEvent.id.desc())).first()


@pytest.mark.parametrize(
    ("login", "status"), [("olga", 200), ("ann", 200), ("vic", 200), ("hal", 403), ("fay", 403)]
)
def test_the_trail_is_for_those_who_may_read_it(sign_in, acme, login, status):
    assert sign_in(login).get("/audit/").status_code == status
    assert sign_in(login).get("/audit/details/?id=1").status_code == status


def test_events_of_another_company_are_not_there(sign_in, people, acme):
    bo = sign_in("bo")
    assert "新增员工" not in body(bo.get("/audit/")).partition("<tbody>")[2]
    assert bo.get(f"/audit/details/?id={event(people, 'employees')}").status_code == 404


def test_the_list_says_in_words_who_did_what(sign_in, acme):
    page = body(sign_in("vic").get("/audit/?entity=employees"))
    assert rows(page) == 1
    assert (
        "新增员工" in page
        and "ann" in page
        and "127.0.0.1" in page
        and '<td class="num" data-l="数量">2</td>' in page
    )


def test_the_list_is_narrowed_by_person_thing_and_day(sign_in, acme):
    vic, today = sign_in("vic"), clock.today()
    assert rows(body(vic.get("/audit/?q=ann&entity=lines"))) == 2
    assert rows(body(vic.get("/audit/?q=nobody"))) == 0
    assert rows(body(vic.get(f"/audit/?entity=lines&since={today}&until={today}"))) == 2
    assert rows(body(vic.get("/audit/?entity=lines&until=2020-01-01"))) == 0
    assert rows(body(vic.get("/audit/?entity=lines&since=2999-01-01"))) == 0


def test_a_day_that_is_none_is_told_and_left_out(sign_in, acme):
    page = body(sign_in("vic").get("/audit/?entity=lines&since=gestern"))
    assert rows(page) == 2
    assert "“gestern”不是日期" in page


def test_an_event_shows_its_changes_and_never_what_is_sealed(sign_in, people, acme):
    vic = sign_in("vic")
    page = body(vic.get(f"/audit/details/?id={event(people, 'employees')}"))
    assert "新增员工" in page and "•••" in page
    assert DOCUMENT not in page and PHONE not in page
    moved = body(vic.get(f"/audit/details/?id={event(people, 'lines', 'update')}"))
    assert "修改在用号码" in moved and "active" in moved
    user = body(vic.get(f"/audit/details/?id={event(people, 'user_sessions')}"))
    assert "+00:00" not in user


def test_nothing_can_be_changed_through_the_page(sign_in, acme):
    olga = sign_in("olga")
    for path in ("/audit/new/", "/audit/edit/?id=1", "/audit/delete/", "/audit/ajax/update/"):
        assert olga.get(path).status_code in (302, 404, 405)
        assert olga.post(path, {"id": "1"}).status_code in (302, 404, 405)
    assert rows(body(olga.get("/audit/?entity=lines"))) == 2
