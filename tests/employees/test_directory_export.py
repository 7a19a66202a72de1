"""The directory as a workbook: who gets what, and that it can be uploaded again as it is."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from console.audit.models import AuditEvent
from console.bulk.models import Batch, BatchRow, Problem
from console.core.db import session, transaction
from console.employees import actions as employees
from examples import roster
from tests.cast import Browser
from tests.hired import DOCUMENT, hire, name

EXPORT = "/employees/export/xlsx/"


@pytest.fixture
def acme(people):
    return hire(people, "ann", lines=2, active=1, without=3)


def rows(answer) -> list[tuple]:
    assert answer.status_code == 200, answer
    return list(load_workbook(BytesIO(answer.data)).active.values)


@pytest.fixture
def known(people):
    """Five people with documents of their own."""
    with people.as_("ann"), transaction():
        employees.save_people([_person(number) for number in range(1, 6)])


def _person(number: int) -> dict[str, str]:
    document = roster.document_number(number, date(1990, 1, number), "330102")
    return {
        "number": f"00{number}",
        "name": "测试" + "甲乙丙丁戊"[number - 1],
        "document_type": "RESIDENT_ID",
        "document_no": document,
        "person_key": f"RESIDENT_ID:{document}",
        "phone": f"1390000000{number}",
        "department": "研发中心/平台组",
        "cost_center": "CC1",
    }


@pytest.mark.parametrize("login", ["ann", "vic"])
def test_the_directory_uploads_again_unchanged(sign_in, people, known, work, login):
    content = sign_in(login).get(EXPORT).data
    sign_in("ann").upload(content, kind="employees")
    work()
    with people.as_("ann"):
        batch = session.scalars(select(Batch)).one()
        assert batch.state == "checked", batch.refusal
        assert set(session.scalars(select(BatchRow.state))) <= {"ready", "unchanged"}
        assert session.scalars(select(Problem.code).where(Problem.level == "error")).all() == []
        assert batch.rows_total == 5


def test_who_may_see_numbers_gets_them_and_leaves_a_trace(sign_in, people, acme):
    found = rows(sign_in("ann").get(EXPORT))
    assert "证件号码" in found[0]
    assert DOCUMENT in found[1]
    with people.as_("ann"):
        changes = session.scalars(select(AuditEvent.changes).where(AuditEvent.action == "reveal")).all()
    assert [one["purpose"] for one in changes] == ["export"]


def test_who_may_not_gets_the_directory_without_them(sign_in, people, acme):
    found = rows(sign_in("vic").get(EXPORT))
    assert found[0] == ("工号", "姓名", "部门", "成本中心")
    assert len(found) == 6
    with people.as_("ann"):
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "reveal")).all() == []


def test_an_old_code_is_asked_for_again_before_numbers_leave(app, people, acme):
    old = Browser(app, people.sessions("ann", timedelta(hours=1)))
    assert old.get(EXPORT).status_code == 302


def test_the_workbook_holds_what_the_list_was_narrowed_to(sign_in, acme):
    found = rows(sign_in("ann").get(f"{EXPORT}?line=none"))
    assert [row[1] for row in found[1:]] == [name(2), name(3), name(4)]


def test_another_company_gets_its_own_directory_only(sign_in, acme):
    assert len(rows(sign_in("bo").get(EXPORT))) == 1


def test_an_unknown_format_is_not_found(sign_in, acme):
    assert sign_in("ann").get("/employees/export/csv/").status_code == 404
