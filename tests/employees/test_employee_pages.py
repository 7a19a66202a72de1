"""The pages of people and departments: who finds whom, what is masked, and how a full number is shown."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from console.audit.models import AuditEvent
from console.core.db import session
from console.employees.queries import departments
from tests.cast import Browser
from tests.hired import DOCUMENT, PHONE, hire, name, tail

MASKED = "1101************13"


def body(answer):
    assert answer.status_code == 200
    return answer.get_data(as_text=True).partition("<main")[2]


def shown(page):
    return {name(place) for place in range(6) if f">{name(place)}<" in page}


@pytest.fixture
def acme(people):
    """Three with a number, of whom one is in use, and two without."""
    return hire(people, "ann", lines=3, active=1, without=2)


@pytest.mark.parametrize("login", ["ann", "olga", "hal", "fay", "vic"])
def test_every_role_of_the_company_may_look_at_people(sign_in, acme, login):
    browser = sign_in(login)
    assert shown(body(browser.get("/employees/"))) == {name(place) for place in range(5)}
    assert name(0) in body(browser.get(f"/employees/details/?id={acme.people[0]}"))
    assert "研发中心/平台组" in body(browser.get("/departments/"))


def test_another_company_finds_neither_person_nor_name_nor_count(sign_in, acme):
    bo = sign_in("bo")
    assert shown(body(bo.get("/employees/"))) == set()
    assert shown(body(bo.get(f"/employees/?q={name(0)}"))) == set()
    assert "全球通" not in body(bo.get("/employees/"))
    assert bo.get(f"/employees/details/?id={acme.people[0]}").status_code == 404
    assert bo.post(f"/employees/{acme.people[0]}/reveal", {"purpose": "person"}).status_code == 404


@pytest.mark.parametrize("wrong", ["", "id=0", "id=abc", "id=²", "id=99999999999999999999"])
def test_an_id_that_nobody_has_is_not_found(sign_in, acme, wrong):
    assert sign_in("ann").get(f"/employees/details/?{wrong}").status_code == 404


def test_people_are_found_by_exact_name_number_prefix_and_last_four_digits(sign_in, people, acme):
    ann = sign_in("ann")
    digits = tail(people, "ann", acme.lines[2])
    assert shown(body(ann.get(f"/employees/?q={name(3)}"))) == {name(3)}
    assert shown(body(ann.get("/employees/?q=甲"))) == set()
    assert shown(body(ann.get("/employees/?q=E0001"))) == {name(1)}
    assert shown(body(ann.get("/employees/?q=%25"))) == set()
    assert shown(body(ann.get(f"/employees/?q={digits}"))) == {name(2)}


def test_conditions_narrow_the_list_and_the_chips_count_under_them(sign_in, acme):
    ann = sign_in("ann")
    assert shown(body(ann.get("/employees/?line=any"))) == {name(0), name(1), name(2)}
    assert shown(body(ann.get("/employees/?line=none"))) == {name(3), name(4)}
    assert shown(body(ann.get("/employees/?line=active"))) == {name(0)}
    assert shown(body(ann.get("/employees/?line=opening"))) == {name(1), name(2)}
    assert shown(body(ann.get("/employees/?plan=QQT5G059"))) == {name(0), name(1), name(2)}
    assert shown(body(ann.get("/employees/?plan=NONE"))) == set()
    page = body(ann.get("/employees/?q=E000"))
    assert '全部 <span class="n">5</span>' in page
    assert '有号码 <span class="n">3</span>' in page
    assert '未开通 <span class="n">2</span>' in page


def test_a_department_includes_the_ones_below_it(sign_in, people, acme):
    with people.as_("ann"):
        known = departments()
    ann = sign_in("ann")
    assert len(shown(body(ann.get(f"/employees/?department={known['研发中心']}")))) == 5
    assert shown(body(ann.get(f"/employees/?department={known['研发中心/平台组']}"))) == {name(1), name(3)}
    assert shown(body(ann.get("/employees/?department=999999"))) == set()
    row = body(ann.get("/departments/")).partition(">研发中心<")[2].partition("</tr>")[0]
    assert ">3<" in row and ">5<" in row


def test_numbers_documents_and_telephones_are_masked(sign_in, people, acme):
    ann = sign_in("ann")
    digits = tail(people, "ann", acme.lines[0])
    page = body(ann.get("/employees/"))
    details = body(ann.get(f"/employees/details/?id={acme.people[0]}"))
    assert f"**** {digits}" in page and f"**** {digits}" in details
    assert DOCUMENT not in page + details and PHONE not in page + details
    assert MASKED in details and "139 **** 0007" in details


def test_strange_arguments_neither_break_the_list_nor_reach_its_links(sign_in, acme):
    answer = sign_in("ann").get("/employees/?_scheme=javascript&_external=1&endpoint=x&page=-3&sort=99&q=E")
    page = body(answer)
    assert "javascript:" not in page and "endpoint=x" not in page
    assert shown(page) == {name(place) for place in range(5)}
    assert sign_in("ann").get("/employees/?page=99999999999999999999&q=%00").status_code == 200


def test_a_full_number_is_shown_for_a_purpose_and_leaves_a_trace(sign_in, people, acme):
    ann = sign_in("ann")
    page = body(ann.post(f"/employees/{acme.people[0]}/reveal", {"purpose": "real-name"}))
    assert DOCUMENT in page and PHONE in page
    assert "查看员工的完整号码" in page and "用途：实名核对" in page
    with people.as_("ann"):
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "reveal")).one()
        assert (event.actor_name, event.entity, event.entity_id) == ("Ann", "employees", acme.people[0])
        assert event.changes == {"purpose": "real-name", "fields": ["document_no", "phone"]}


def test_without_a_known_purpose_nothing_is_shown(sign_in, people, acme):
    ann = sign_in("ann")
    for data in ({}, {"purpose": "curious"}):
        answer = ann.post(f"/employees/{acme.people[0]}/reveal", data)
        assert answer.status_code == 400
        assert DOCUMENT not in answer.get_data(as_text=True)
    with people.as_("ann"):
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "reveal")).first() is None


@pytest.mark.parametrize("login", ["fay", "vic"])
def test_a_role_without_the_permission_sees_no_button_and_is_refused(sign_in, acme, login):
    browser = sign_in(login)
    assert "显示完整号码" not in body(browser.get(f"/employees/details/?id={acme.people[0]}"))
    answer = browser.post(f"/employees/{acme.people[0]}/reveal", {"purpose": "person"})
    assert answer.status_code == 403
    assert DOCUMENT not in answer.get_data(as_text=True)


def test_an_old_code_has_to_be_given_again_first(app, people, acme):
    ann = Browser(app, people.sessions("ann", timedelta(minutes=11)))
    answer = ann.post(f"/employees/{acme.people[0]}/reveal", {"purpose": "person"})
    assert answer.status_code == 302 and answer.location == "/second-factor"
    with ann.client.session_transaction() as cookie:
        assert cookie["next"] == f"/employees/details/?id={acme.people[0]}"
    with people.as_("ann"):
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "reveal")).first() is None


def test_the_page_of_a_person_tells_who_entered_him(sign_in, acme):
    page = body(sign_in("olga").get(f"/employees/details/?id={acme.people[1]}"))
    log = page.partition("最近记录")[2]
    assert "新增员工" in log and "ann" in log
