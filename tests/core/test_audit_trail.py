"""Every change leaves who, when, from where, by which task and in which batch, in the same transaction."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from console.accounts.models import Company, User, UserSession
from console.audit.models import AuditEvent
from console.audit.trail import HIDDEN, _shown
from console.core import acting, clock, db
from console.core.db import Base, session, transaction
from console.core.encryption import Encrypted
from console.employees.models import CostCenter, Employee
from examples import roster
from tests.hired import DOCUMENT, PHONE, hire

MOMENT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def trail(people, entity: str, login: str = "ann") -> list[AuditEvent]:
    with people.as_(login):
        wanted = select(AuditEvent).where(AuditEvent.entity == entity).order_by(AuditEvent.id)
        return list(session.scalars(wanted))


def add_center(code: str = "A") -> int:
    center = CostCenter(code=code, name="老名字")
    session.add(center)
    session.flush()
    return center.id


def test_a_change_is_recorded_with_actor_address_task_and_batch(people):
    someone = acting.Actor("安", people.users["ann"][0], "192.0.2.7")
    with (
        clock.stopped_at(MOMENT),
        acting.acting(people.acme, someone, "bulk.confirm"),
        transaction(),
        acting.on_batch(41),
    ):
        add_center()
    (event,) = trail(people, "cost_centers")
    assert (event.actor_name, event.actor_id, event.address) == ("安", people.users["ann"][0], "192.0.2.7")
    assert (event.task, event.batch_id, event.at) == ("bulk.confirm", 41, MOMENT)
    assert (event.action, event.entity_id, event.count) == ("create", 1, 1)
    assert event.changes == {"code": "A", "name": "老名字"}
    assert event.company_id == people.acme


def test_an_update_tells_what_was_there_before(people):
    with people.as_("ann"):
        with transaction():
            id_ = add_center()
        with transaction():
            session.get_one(CostCenter, id_).name = "新名字"
    event = trail(people, "cost_centers")[-1]
    assert (event.action, event.entity_id) == ("update", id_)
    assert event.changes == {"name": ["老名字", "新名字"]}


def test_a_deleted_row_leaves_its_event(people):
    with people.as_("ann"):
        with transaction():
            id_ = add_center()
        with transaction():
            session.delete(session.get_one(CostCenter, id_))
    event = trail(people, "cost_centers")[-1]
    assert (event.action, event.entity_id) == ("delete", id_)


def test_a_change_that_is_rolled_back_leaves_no_trace(people):
    with people.as_("ann"), pytest.raises(ValueError), transaction():
        add_center()
        db.insert_many(CostCenter, [{"code": "B", "name": "B"}])
        session.execute(update(CostCenter).values(name="C"))
        raise ValueError
    assert trail(people, "cost_centers") == []


def test_the_event_is_written_in_the_transaction_of_the_change(people):
    with people.as_("ann"), transaction():
        add_center()
        assert session.scalars(select(AuditEvent.action).where(AuditEvent.entity == "cost_centers")).all()
    assert len(trail(people, "cost_centers")) == 1


def test_a_flush_that_changes_nothing_leaves_nothing(people):
    with people.as_("ann"):
        with transaction():
            id_ = add_center()
        with transaction():
            center = session.get_one(CostCenter, id_)
            center.name = center.name
    assert len(trail(people, "cost_centers")) == 1


def test_many_rows_written_together_are_one_event_with_their_ids(people):
    rows = [{"code": code, "name": "同名"} for code in "ABC"]
    with people.as_("ann"), transaction():
        ids = db.insert_many(CostCenter, rows)
    (event,) = trail(people, "cost_centers")
    assert (event.action, event.count, event.entity_id) == ("create", 3, None)
    assert event.changes == {"columns": ["code", "name"], "all": {"name": "同名"}, "ids": ids}


def test_many_rows_changed_together_are_one_event_with_their_ids(people):
    with people.as_("ann"):
        with transaction():
            ids = db.insert_many(CostCenter, [{"code": c, "name": c} for c in "AB"])
        with transaction():
            db.update_many(CostCenter, [{"id": id_, "name": "新"} for id_ in ids])
    event = trail(people, "cost_centers")[-1]
    assert (event.action, event.count) == ("update", 2)
    assert event.changes == {"columns": ["name"], "all": {"name": "新"}, "ids": ids}


def test_a_set_wise_update_tells_columns_values_and_how_many_rows(people):
    with people.as_("ann"):
        with transaction():
            db.insert_many(CostCenter, [{"code": c, "name": c} for c in "AB"])
        with transaction():
            session.execute(update(CostCenter).where(CostCenter.code != "Z").values(name="新"))
    event = trail(people, "cost_centers")[-1]
    assert (event.action, event.count, event.changes) == ("update", 2, {"all": {"name": "新"}})


def test_a_set_wise_update_by_an_expression_is_recorded_too(people):
    with people.as_("ann"), transaction():
        session.execute(update(User).where(User.login == "hal").values(failures=User.failures + 1))
    event = trail(people, "users")[-1]
    assert (event.action, event.count, event.task) == ("update", 1, "test")
    assert list(event.changes["all"]) == ["failures"]


def test_a_set_wise_delete_tells_how_many_rows(people):
    with people.as_("ann"):
        with transaction():
            db.insert_many(CostCenter, [{"code": c, "name": c} for c in "AB"])
        with transaction():
            session.execute(delete(CostCenter))
    event = trail(people, "cost_centers")[-1]
    assert (event.action, event.count) == ("delete", 2)


def test_a_statement_that_found_no_row_leaves_nothing(people):
    with people.as_("ann"), transaction():
        session.execute(update(CostCenter).values(name="新"))
    assert trail(people, "cost_centers") == []


def test_quiet_columns_leave_nothing(people):
    with people.as_("ann"), transaction():
        session.execute(update(Company).values(batch_count=7))
        session.execute(update(UserSession).values(last_seen=clock.now()))
        session.get_one(User, people.users["ann"][0]).theme = "dark"
    assert [event.action for event in trail(people, "companies")] == ["create"]
    assert {event.action for event in trail(people, "users")} == {"create"}


def test_secrets_are_not_in_the_trail(people):
    hire(people, "ann", lines=1)
    with people.as_("ann"), transaction():
        person = session.scalars(select(Employee)).one()
        person.name, person.phone = "乙新名", "13900000199"
        session.get_one(User, people.users["hal"][0]).password_hash = "hash of another"
        session.execute(update(User).where(User.login == "vic").values(totp_secret="SECRETSECRET"))
    last = trail(people, "employees")[-1]
    assert last.changes == {"name": [HIDDEN, HIDDEN], "phone": [HIDDEN, HIDDEN]}
    with people.as_("ann"):
        everything = "".join(
            json.dumps(one.changes, ensure_ascii=False) for one in session.scalars(select(AuditEvent))
        )
    for secret in (
        "甲一",
        "乙新名",
        DOCUMENT,
        PHONE,
        "13900000199",
        "argon2",
        "hash of another",
        "SECRETSECRET",
    ):
        assert secret not in everything


@pytest.mark.parametrize(
    "mapper", [m for m in Base.registry.mappers if not hasattr(m.class_, "__unaudited__")], ids=str
)
def test_no_sealed_column_of_any_table_can_appear(people, mapper):
    sealed = [key for key, column in mapper.columns.items() if isinstance(column.type, Encrypted)]
    assert all(_shown(mapper, key, "plain") == HIDDEN for key in sealed)


def test_the_trail_names_the_person_and_not_the_worker(people, sign_in, work):
    sign_in("ann").upload(roster.make(3, faults=False).xlsx())
    work()
    checked = [event for event in trail(people, "batch_rows") if event.action == "create"]
    assert [(event.actor_name, event.address, event.task) for event in checked] == [
        ("Ann", "worker", "jobs.bulk.check_batch")
    ]
    assert checked[0].batch_id == 1


def test_a_company_reads_its_own_trail_only(people):
    with people.as_("ann"), transaction():
        add_center()
    assert trail(people, "cost_centers", "bo") == []


def test_what_the_platform_creates_is_in_the_trail_of_its_company(people):
    assert [event.task for event in trail(people, "companies", "bo")] == ["test"]
