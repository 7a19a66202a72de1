"""Lines are selected in the list, and what is asked of them goes the way of an uploaded file."""

import re

import pytest
from sqlalchemy import select

from console.bulk.models import Batch, BatchRow
from console.core.db import session
from tests.hired import hire, name, tail

MANY = 55
"""More than a page of the list."""


def body(answer):
    assert answer.status_code == 200
    return answer.get_data(as_text=True).partition("<main")[2]


def rows(people, login="ann"):
    with people.as_(login):
        return list(session.scalars(select(BatchRow).order_by(BatchRow.number)))


def batch(people):
    with people.as_("ann"):
        return session.scalars(select(Batch)).one()


@pytest.fixture
def acme(people):
    return hire(people, "ann", lines=MANY, active=MANY)


def test_all_that_the_filter_shows_is_asked_for_at_once(people, sign_in, work, acme):
    ann = sign_in("ann")
    listed = body(ann.get("/lines/?state=active"))
    everything = re.search(r'href="(/line-work/\?[^"]+)"', listed)[1].replace("&amp;", "&")
    assert f"改为办理全部 {MANY} 个" in listed and "state=active" in everything
    choice = body(ann.get(everything))
    assert "停机保号" in choice and "批量开通号码" not in choice
    form = body(ann.get(f"{everything}&kind=change-plan"))
    assert "新套餐" in form and "生效时间" in form
    asks = {
        "kind": "change-plan",
        "all": "1",
        "state": "active",
        "c-plan": "QQT5G089",
        "c-effective": "下个账期",
    }
    none = ann.post("/line-work/ask", asks | {"plan": "SZX008"})
    assert "checking" not in none.headers["Location"], "the filter is one thing and the new plan another"
    answer = ann.post("/line-work/ask", asks)
    work()
    assert "checking" in answer.headers["Location"]
    assert [(row.state, row.monthly_fen) for row in rows(people)] == [("ready", 3000)] * MANY


def test_ticked_lines_get_what_was_said_once_for_all(people, sign_in, work, acme):
    ann = sign_in("ann")
    asks = {"kind": "suspend", "rowid": [str(acme.lines[0]), str(acme.lines[3])], "c-reason": "休假"}
    ann.post("/line-work/ask", asks)
    work()
    found = rows(people)
    assert [(row.state, row.values["reason"], row.values["name"]) for row in found] == [
        ("ready", "leave", name(0)), ("ready", "leave", name(3)),
    ]  # fmt: skip
    page = body(ann.get(f"/bulk/{batch(people).id}/check"))
    assert tail(people, "ann", acme.lines[0]) in page and "每月合计变化" in page


def test_people_of_lines_move_by_their_numbers(people, sign_in, work, acme):
    sign_in("ann").post(
        "/line-work/ask", {"kind": "move-people", "rowid": str(acme.lines[0]), "c-department": "财务部"}
    )
    work()
    assert [(row.state, row.values["employee_number"]) for row in rows(people)] == [("ready", "E0000")]


def test_a_lost_number_is_one_press_on_its_page(people, sign_in, work, acme):
    ann = sign_in("ann")
    page = body(ann.get(f"/lines/details/?id={acme.lines[0]}"))
    assert 'action="/line-work/ask"' in page and 'value="report-lost"' in page
    ann.post("/line-work/ask", {"kind": "report-lost", "rowid": str(acme.lines[0])})
    work()
    assert [row.state for row in rows(people)] == ["ready"]
    assert batch(people).kind == "report-lost"


def test_another_company_selects_nothing_of_ours(people, sign_in, work, acme):
    answer = sign_in("bo").post("/line-work/ask", {"kind": "suspend", "rowid": str(acme.lines[0])})
    work()
    assert answer.status_code == 302 and rows(people, "bo") == [] and rows(people) == []


@pytest.mark.parametrize(
    "address", ["?rowid=x", "?rowid=99999999999999", "?all=1&q=%00", "?kind=none&all=1", ""]
)
def test_an_odd_address_is_no_question(sign_in, acme, address):
    assert sign_in("ann").get(f"/line-work/{address}").status_code in (200, 302)


def test_who_only_looks_is_offered_nothing(sign_in, acme):
    fay = sign_in("fay")
    assert "办理业务" not in body(fay.get("/lines/"))
    assert "办理其他业务" not in body(fay.get(f"/lines/details/?id={acme.lines[0]}"))
    assert fay.get("/line-work/?all=1").status_code == 403
