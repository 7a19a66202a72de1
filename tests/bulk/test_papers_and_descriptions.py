"""What lacks only papers waits and is printed; every kind is described for machines."""

import pytest
from sqlalchemy import select

from console.app import KINDS
from console.bulk.models import Batch, BatchRow
from console.core.db import session, transaction
from console.employees.models import Employee
from tests.hired import hire, name


def body(answer):
    assert answer.status_code == 200
    return answer.get_data(as_text=True).partition("<main")[2]


@pytest.fixture
def parked(people, sign_in, work):
    """A new card for two people, of whom one has no document in the books: the batch."""
    acme = hire(people, "ann", lines=2, active=2)
    with people.as_("ann"), transaction():
        session.get_one(Employee, acme.people[1]).document_index = None
    asks = {
        "kind": "replace-cards",
        "rowid": list(map(str, acme.lines)),
        "c-card": "实体卡",
        "c-reason": "损坏",
    }
    sign_in("ann").post("/line-work/ask", asks)
    work()
    with people.as_("ann"):
        return session.scalars(select(Batch.id)).one()


def states(people):
    with people.as_("ann"):
        return list(session.scalars(select(BatchRow.state).order_by(BatchRow.number)))


def test_a_row_without_papers_waits_and_is_on_the_printed_list(people, sign_in, parked):
    ann = sign_in("ann")
    assert states(people) == ["ready", "wrong"]
    assert "1 行只缺资料" in body(ann.get(f"/bulk/{parked}/check"))
    page = body(ann.get(f"/bulk/{parked}/papers"))
    assert name(1) in page and name(0) not in page and "使用人没有登记证件" in page and "****" in page


def test_once_the_papers_are_there_the_row_can_go_on(people, sign_in, parked):
    ann = sign_in("ann")
    ann.post(f"/bulk/{parked}/papers/again")
    assert states(people) == ["ready", "wrong"]
    with people.as_("ann"), transaction():
        lacking = session.scalars(select(Employee).where(Employee.document_index.is_(None))).one()
        lacking.document_index = b"a document"
    ann.post(f"/bulk/{parked}/papers/again")
    assert states(people) == ["ready", "ready"]
    assert "没有缺资料的行" in body(ann.get(f"/bulk/{parked}/papers"))


def test_the_list_of_another_company_is_nobodys(sign_in, parked):
    assert sign_in("bo").get(f"/bulk/{parked}/papers").status_code == 404
    assert sign_in("bo").post(f"/bulk/{parked}/papers/again").status_code == 404
    assert sign_in("vic").get(f"/bulk/{parked}/papers").status_code == 403


def test_every_kind_is_described_as_its_template_is(sign_in):
    olga = sign_in("olga")
    for kind in KINDS:
        told = olga.get(f"/bulk/kinds/{kind.slug}.json").get_json()
        assert told["x-columns"] == [column.field for column in kind.columns], kind.slug
        assert told["x-kind"]["slug"] == kind.slug and told["x-kind"]["version"] == kind.version
        for column in kind.columns:
            assert told["properties"][column.field]["title"] == str(column.label)
        assert set(told["required"]) <= set(told["properties"])


def test_who_may_not_use_a_kind_is_not_told_of_it(sign_in):
    hal = sign_in("hal")
    known = {kind["slug"] for kind in hal.get("/bulk/kinds.json").get_json()["kinds"]}
    assert "employees" in known and "terminate" not in known
    assert hal.get("/bulk/kinds/terminate.json").status_code == 404
    assert hal.get("/bulk/kinds/none.json").status_code == 404
