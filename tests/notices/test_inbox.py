"""Messages: told to one person, read by him, in words."""

import re

import pytest

from console.core.db import transaction
from console.notices import actions, queries
from console.notices.messages import TEXTS, TITLES, sentence
from tests.expenses.months import billed, take_in

VALUES = {
    "title": "名单",
    "by": "周予安",
    "wrong": 1,
    "ready": 2,
    "ok": 3,
    "bad": 4,
    "n": 5,
    "reason": "超出预算",
    "sum": "¥12.00",
}


def body(answer):
    assert answer.status_code == 200
    return answer.get_data(as_text=True).partition("<main")[2]


def tell(people, login, code, **values):
    with people.as_(login), transaction():
        actions.tell(people.users[login][0], code, **values)


def unread(people, login):
    with people.as_(login):
        return queries.unread(people.users[login][0])


def test_a_message_reaches_only_the_person_it_is_for(sign_in, people):
    tell(people, "ann", "BATCH_PARTIAL", title="入职名单", ok=47, bad=3)
    assert "“入职名单”已办完，47 行成功，3 行没有办成" in body(sign_in("ann").get("/inbox/"))
    assert "入职名单" not in body(sign_in("hal").get("/inbox/"))
    assert "入职名单" not in body(sign_in("bo").get("/inbox/"))
    assert [unread(people, login) for login in ("ann", "hal", "bo")] == [1, 0, 0]


def test_marking_read_touches_nobody_elses_messages(sign_in, people):
    tell(people, "ann", "BATCH_DONE", title="名单", ok=2)
    tell(people, "hal", "BATCH_DONE", title="名单", ok=2)
    answer = sign_in("ann").post("/inbox/read")
    assert (answer.status_code, answer.location) == (302, "/inbox/")
    assert [unread(people, login) for login in ("ann", "hal")] == [0, 1]


def test_looking_does_not_mark_read_and_the_bell_says_so(sign_in, people):
    tell(people, "ann", "BATCH_REFUSED", title="名单")
    ann = sign_in("ann")
    body(ann.get("/inbox/"))
    assert "消息，1 条未读" in ann.get("/").get_data(as_text=True)


def test_the_latest_come_first_and_old_ones_make_room(sign_in, people):
    with people.as_("ann"), transaction():
        for number in range(queries.SHOWN + 5):
            actions.tell(people.users["ann"][0], "BATCH_DONE", title=f"名单{number}", ok=1)
    page = body(sign_in("ann").get("/inbox/"))
    assert page.index(f"名单{queries.SHOWN + 4}”") < page.index("名单10”")
    assert "名单4”" not in page


@pytest.mark.parametrize("code", TITLES)
def test_every_code_has_a_sentence_and_advice(app, code):
    with app.test_request_context():
        text = sentence(code, VALUES)
    assert "名单" in text and "%" not in text
    assert code in TEXTS


OF_BATCHES = {code for code in TITLES if code.startswith(("BATCH_", "APPROVAL_"))}


@pytest.mark.parametrize("code", sorted(set(TITLES) - OF_BATCHES))
def test_every_message_that_is_not_of_a_batch_leads_to_its_page(sign_in, people, code):
    tell(people, "fay", code, **VALUES | {"title": "2026-10", "period": "2026-10"})
    take_in(people, "fay", [billed(1, 5900)])
    fay = sign_in("fay")
    (leads,) = re.findall(r'<a href="([^"]+)">[^<]*2026 年 10 月', body(fay.get("/inbox/"))) or [""]
    assert leads, "nothing to press"
    assert fay.get(leads).status_code in (200, 302)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("2026-08", "2026 年 8 月账单"),
        ("2026-08 — 2026-10", "2026 年 8 月 — 2026 年 10 月账单"),
        ("x2026-08", "x2026-08账单"),
    ],
)
def test_a_month_is_said_as_people_say_it(sign_in, people, title, said):
    tell(people, "fay", "STATEMENT_READY", **VALUES | {"title": title})
    assert said in body(sign_in("fay").get("/inbox/"))


def test_a_message_of_an_invoice_leads_to_that_invoice(sign_in, people):
    tell(people, "fay", "INVOICE_ISSUED", **VALUES | {"invoice": 7})
    assert 'href="/invoices/7/"' in body(sign_in("fay").get("/inbox/"))


def test_a_code_of_another_release_does_not_break_the_page(sign_in, people):
    tell(people, "ann", "SOMETHING_NEW")
    assert "SOMETHING_NEW" in body(sign_in("ann").get("/inbox/"))
