"""The first page, the search, and what all lists have in common."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from console.bulk.models import Batch, BatchRow
from console.core import clock, db, storage
from console.core.db import session, transaction
from tests.hired import hire, name, tail

LISTS = ("/", "/employees/", "/departments/", "/lines/", "/stock/", "/audit/", "/search/?q=E")


def body(answer):
    assert answer.status_code == 200
    return answer.get_data(as_text=True).partition("<main")[2]


@contextmanager
def counted():
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)


def checked(people, login, number, rows):
    """A batch that was read, with rows in these states."""
    with people.as_(login), transaction():
        file = storage.put("名单.xlsx", number.encode())
        batch = Batch(
            number=number,
            kind="employees",
            title=f"名单 {number}",
            file_id=file.id,
            submitted_by=people.users[login][0],
            created_at=clock.now(),
            expires_at=clock.now().replace(year=clock.now().year + 1),
        )
        session.add(batch)
        for state in ("received", "checking", "checked"):
            batch.state = state
            session.flush()
        db.insert_many(
            BatchRow,
            [
                {"batch_id": batch.id, "number": place, "state": state, "cells": {}, "values": {}}
                | {"document_index": None, "price_key": None}
                for place, state in enumerate(rows, 2)
            ],
        )
        return batch.id


def test_the_first_page_counts_lines_money_and_stock(sign_in, people):
    hire(people, "ann", lines=3, active=2)
    page = body(sign_in("ann").get("/"))
    assert ">2 个<" in page and "今天新增 2，停机 0" in page
    assert "¥118.00" in page
    assert ">57 个<" in page and "可用 SIM 卡 57 张" in page
    assert "2 个" in page and "100%" in page


def test_the_first_page_of_a_company_without_anything_opens(sign_in):
    page = body(sign_in("bo").get("/"))
    assert "没有待办" in page and "还没有在用号码" in page and "还没有批次" in page


def test_only_who_may_upload_is_told_to_begin_with_a_list(sign_in):
    for page in ("/", "/bulk/"):
        assert "上传名单" in body(sign_in("ann").get(page))
        seen = body(sign_in("fay").get(page))
        assert "还没有批次" in seen and "同事办理后，批次会出现在这里" in seen
        assert "上传名单" not in seen and "上传一份" not in seen


def test_rows_that_wait_for_a_person_are_on_the_first_page(sign_in, people):
    wrong = checked(people, "ann", "PC20261120-001", ["wrong", "wrong", "ready"])
    ready = checked(people, "ann", "PC20261120-002", ["ready"])
    page = body(sign_in("ann").get("/"))
    assert "“名单 PC20261120-001”有 2 行待修正" in page and f"/bulk/{wrong}/check" in page
    assert "“名单 PC20261120-002”有 1 行等待确认" in page and f"/bulk/{ready}/check" in page
    assert "PC20261120" not in body(sign_in("bo").get("/"))


def test_who_cannot_mend_is_not_asked_to(sign_in, people):
    checked(people, "ann", "PC20261120-001", ["wrong"])
    page = body(sign_in("fay").get("/"))
    assert "去修正" not in page and "批量开通号码" not in page
    assert "PC20261120-001" in page


def test_only_work_that_the_role_may_do_is_offered(sign_in):
    assert "批量开通号码" in body(sign_in("ann").get("/"))
    assert "批量开通号码" not in body(sign_in("hal").get("/"))


def test_the_plain_mode_has_its_six_entries(sign_in):
    ann = sign_in("ann")
    ann.post("/preferences", {"mode": "elder"})
    assert body(ann.get("/")).count('class="e-card') == 6


@pytest.mark.parametrize("what", ["name", "number", "tail", "batch"])
def test_a_search_that_finds_one_thing_opens_it(sign_in, people, what):
    hired = hire(people, "ann", lines=2)
    batch = checked(people, "ann", "PC20261120-007", ["ready"])
    query, page = {
        "name": (name(1), f"/employees/details/?id={hired.people[1]}"),
        "number": ("E0001", f"/employees/details/?id={hired.people[1]}"),
        "tail": (tail(people, "ann", hired.lines[1]), f"/lines/details/?id={hired.lines[1]}"),
        "batch": ("pc20261120-007", f"/bulk/{batch}/check"),
    }[what]
    answer = sign_in("ann").get("/search/", query_string={"q": f" {query} "})
    assert (answer.status_code, answer.location) == (302, page)
    assert body(sign_in("bo").get("/search/", query_string={"q": query}))


def test_a_search_lists_what_it_found_by_kind(sign_in, people):
    hire(people, "ann", lines=2)
    checked(people, "ann", "PC20261120-001", ["ready"])
    checked(people, "ann", "PC20261120-002", ["ready"])
    ann = sign_in("ann")
    assert body(ann.get("/search/?q=E000")).count("/employees/details/") == 2
    assert body(ann.get("/search/?q=PC")).count("/bulk/") == 2
    assert "没有找到" in body(ann.get("/search/?q=%25"))
    assert "想找什么" in body(ann.get("/search/"))


def test_strangers_are_sent_to_sign_in(app):
    for path in (*LISTS, "/inbox/", "/plans/"):
        answer = app.test_client().get(path)
        assert answer.status_code == 302 and answer.location.startswith("/sign-in")


def test_no_list_asks_more_questions_for_more_rows(sign_in, people):
    ann = sign_in("ann")
    hire(people, "ann", lines=2, active=1, without=1)
    checked(people, "ann", "PC20261120-001", ["ready"])
    few = {path: _statements(ann, path) for path in LISTS}
    hire(people, "ann", lines=30, active=15, without=25, first=10)
    for number in range(2, 9):
        checked(people, "ann", f"PC20261120-{number:03}", ["wrong", "ready"])
    assert {path: _statements(ann, path) for path in LISTS} == few
    assert max(few.values()) <= 25


def _statements(browser, path):
    with counted() as statements:
        body(browser.get(path))
    return len(statements)
