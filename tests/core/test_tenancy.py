"""Whatever a query looks like, it sees and touches one company."""

import os

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.orm import aliased, joinedload, selectinload

from console.accounts.models import Company, User
from console.audit.models import AuditEvent
from console.core import acting, db
from console.core.acting import NobodyActing
from console.core.db import Base, session, transaction
from console.core.tenancy import CompanyOwned, ForeignRow
from console.employees.models import CostCenter, Department, Employee
from console.sims.models import Line, PhoneNumber
from tests.cast import Cast
from tests.hired import Hired, hire

only_postgres = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") != "postgres", reason="row-level security is PostgreSQL's"
)
OWNED = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, CompanyOwned)]


@pytest.fixture
def acme(people: Cast) -> Hired:
    """Acme has three people, two with a line; Bolt has one of each."""
    hire(people, "bo", lines=1, first=50)
    return hire(people, "ann", lines=2, without=1)


def test_a_select_sees_one_company(people, acme):
    with people.as_("ann"):
        assert set(session.scalars(select(Employee.id))) == set(acme.people)
        assert set(session.scalars(select(Employee.company_id))) == {people.acme}
    with people.as_("bo"):
        assert set(session.scalars(select(Employee.company_id))) == {people.bolt}


def test_a_count_counts_one_company(people, acme):
    with people.as_("ann"):
        assert session.scalar(select(func.count(Employee.id))) == 3
        assert session.scalar(select(func.count()).select_from(Employee)) == 3
    with people.as_("bo"):
        assert session.scalar(select(func.count()).select_from(Employee)) == 1


def test_an_alias_sees_one_company(people, acme):
    other = aliased(Employee)
    with people.as_("bo"):
        assert len(session.scalars(select(other.id)).all()) == 1
        pairs = select(Employee.id, other.id).join(other, other.document_index.is_not(None))
        assert len(session.execute(pairs).all()) == 1


def test_a_subquery_and_an_exists_see_one_company(people, acme):
    inner = select(Employee.id).subquery()
    with people.as_("bo"):
        assert session.scalar(select(func.count()).select_from(inner)) == 1
        having = select(func.count(Line.id)).where(Line.employee_id.in_(select(Employee.id)))
        assert session.scalar(having) == 1
        found = select(Department.id).where(select(Employee.id).where(Employee.id.in_(acme.people)).exists())
        assert session.scalars(found).all() == []


def test_a_union_and_a_cte_see_one_company(people, acme):
    both = select(Employee.id).union_all(select(Employee.id)).subquery()
    theirs = select(Employee.id).cte("theirs")
    with people.as_("bo"):
        assert session.scalar(select(func.count()).select_from(both)) == 2
        assert session.scalar(select(func.count()).select_from(theirs)) == 1


def test_a_join_sees_one_company(people, acme):
    joined = select(Line.id, PhoneNumber.id).join(PhoneNumber, PhoneNumber.id == Line.number_id)
    with people.as_("bo"):
        assert len(session.execute(joined).all()) == 1
    with people.as_("ann"):
        assert len(session.execute(joined).all()) == 2


def test_relationships_lead_to_rows_of_the_company(people, acme):
    for how in (joinedload, selectinload):
        with people.as_("ann"):
            lines = session.scalars(select(Line).options(how(Line.employee), how(Line.number))).all()
            assert {line.employee.company_id for line in lines} == {people.acme}


def test_a_relationship_to_a_row_of_another_company_is_empty(people, acme):
    """Only a broken row points there; even then nothing of the other company is shown."""
    with acting.platform("test"), transaction():
        theirs = session.scalars(select(Line).where(Line.company_id == people.bolt)).one()
        theirs.employee_id = acme.people[0]
    with people.as_("bo"):
        assert session.scalars(select(Line)).one().employee is None


def test_get_finds_no_row_of_another_company(people, acme):
    with people.as_("bo"):
        assert session.get(Employee, acme.people[0]) is None
        with pytest.raises(NoResultFound):
            session.get_one(Employee, acme.people[0])
    with people.as_("ann"):
        assert session.get_one(Employee, acme.people[0]).number == "E0000"


def test_a_company_sees_its_own_name_only(people):
    with people.as_("bo"):
        assert session.scalars(select(Company.name)).all() == ["Bolt 示例"]
        assert session.get(Company, people.acme) is None


def test_a_set_wise_update_touches_one_company(people, acme):
    with people.as_("bo"), transaction():
        changed = session.execute(update(Employee).values(number="X"))
        assert changed.rowcount == 1
        nothing = update(Employee).where(Employee.id.in_(acme.people)).values(number="Y")
        assert session.execute(nothing).rowcount == 0
    with people.as_("ann"):
        assert sorted(session.scalars(select(Employee.number))) == ["E0000", "E0001", "E0002"]


def test_a_set_wise_delete_touches_one_company(people, acme):
    with people.as_("bo"), transaction():
        session.execute(delete(Line))
        assert session.execute(delete(Employee)).rowcount == 1
    with people.as_("ann"):
        assert session.scalar(select(func.count(Employee.id))) == 3


def test_an_update_by_a_list_of_ids_is_refused_because_no_condition_can_be_added(people, acme):
    with people.as_("bo"), transaction(), pytest.raises(RuntimeError, match="update_many"):
        session.execute(update(Employee), [{"id": acme.people[0], "number": "X"}])


def test_a_row_cannot_be_given_to_another_company_set_wise(people, acme):
    with people.as_("ann"), pytest.raises((ForeignRow, DBAPIError)), transaction():
        session.execute(update(Employee).values(company_id=people.bolt))
    with people.as_("ann"):
        assert session.scalar(select(func.count(Employee.id))) == 3


def test_update_many_leaves_rows_of_another_company_alone(people, acme):
    with people.as_("bo"), transaction():
        db.update_many(Employee, [{"id": id_, "number": "X"} for id_ in acme.people])
    with people.as_("ann"):
        assert sorted(session.scalars(select(Employee.number))) == ["E0000", "E0001", "E0002"]


def test_rows_are_stamped_with_the_company(people):
    with people.as_("bo"), transaction():
        session.add(CostCenter(code="A", name="A"))
        db.insert_many(CostCenter, [{"code": "B", "name": "B"}])
    with people.as_("bo"):
        found = select(CostCenter.code, CostCenter.company_id).order_by(CostCenter.code)
        assert session.execute(found).all() == [
            ("A", people.bolt),
            ("B", people.bolt),
        ]
    with people.as_("ann"):
        assert session.scalars(select(CostCenter.id)).all() == []


def test_a_row_of_another_company_cannot_be_written(people):
    with people.as_("bo"), pytest.raises(ForeignRow), transaction():
        session.add(CostCenter(code="A", name="A", company_id=people.acme))
    with people.as_("bo"), pytest.raises(ForeignRow), transaction():
        db.insert_many(CostCenter, [{"code": "A", "name": "A", "company_id": people.acme}])


def test_a_row_cannot_be_given_to_another_company(people, acme):
    with people.as_("ann"), pytest.raises(ForeignRow), transaction():
        session.get_one(Employee, acme.people[0]).company_id = people.bolt
    with people.as_("bo"):
        assert session.scalar(select(func.count(Employee.id))) == 1


def test_an_insert_statement_of_the_orm_is_refused(people):
    with people.as_("bo"), transaction(), pytest.raises(RuntimeError, match="insert_many"):
        session.execute(insert(CostCenter).values(code="A", name="A", company_id=people.acme))


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__tablename__)
def test_without_anybody_acting_no_table_can_be_read(app, model):
    with pytest.raises(NobodyActing):
        session.execute(select(model.id))


def test_without_anybody_acting_nothing_can_be_written(app):
    with pytest.raises(NobodyActing), transaction():
        session.add(CostCenter(code="A", name="A", company_id=1))
    with pytest.raises(NobodyActing):
        session.execute(text("select 1"))


def test_the_platform_has_no_company_to_write_for(people):
    with acting.platform("test"), pytest.raises(NobodyActing), transaction():
        db.insert_many(CostCenter, [{"code": "A", "name": "A"}])


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__tablename__)
def test_the_condition_is_on_every_table(people, model):
    """Seen from a company that does not exist, every table is empty."""
    hire(people, "ann", lines=1)
    with acting.acting(99, acting.CONSOLE, "test"):
        assert session.scalar(select(func.count()).select_from(model)) == 0


def test_an_inner_company_does_not_leak_into_the_outer_one(people, acme):
    with people.as_("ann"):
        with people.as_("bo"):
            assert session.scalar(select(func.count(Employee.id))) == 1
        assert session.scalar(select(func.count(Employee.id))) == 3
        with acting.platform("test"):
            assert session.scalar(select(func.count(Employee.id))) == 4
        assert session.scalar(select(func.count(Employee.id))) == 3


def test_rows_loaded_for_one_company_are_forgotten_for_the_next(people, acme):
    with people.as_("ann"):
        session.get_one(Employee, acme.people[0])
    with people.as_("bo"):
        assert list(session.identity_map.values()) == []


@only_postgres
def test_raw_sql_sees_one_company(people, acme):
    with people.as_("bo"):
        assert session.scalar(text("select count(*) from employees")) == 1
        assert session.scalar(text("select count(*) from companies")) == 1
    with people.as_("ann"):
        assert session.scalar(text("select count(*) from employees")) == 3


@only_postgres
def test_core_statements_see_one_company(people, acme):
    table = Employee.__table__
    with people.as_("bo"):
        assert session.scalar(select(func.count()).select_from(table)) == 1
        assert session.connection().scalar(select(func.count()).select_from(table)) == 1


@only_postgres
def test_raw_sql_writes_one_company(people, acme):
    with people.as_("bo"), transaction():
        assert session.execute(text("update employees set number = 'X'")).rowcount == 1
    with people.as_("bo"), pytest.raises(DBAPIError), transaction():
        session.execute(
            text("insert into cost_centers (code, name, company_id) values ('A', 'A', :company)"),
            {"company": people.acme},
        )


@only_postgres
def test_a_connection_without_a_company_sees_nothing(people, acme):
    with db.engine().connect() as connection:
        for model in (Employee, User, Company, AuditEvent):
            assert connection.scalar(select(func.count()).select_from(model.__table__)) == 0


@only_postgres
def test_a_company_is_not_left_on_a_pooled_connection(people, acme):
    with people.as_("ann"):
        session.scalar(select(func.count(Employee.id)))
    with db.engine().connect() as connection:
        assert not connection.scalar(text("select current_setting('console.company', true)"))


@only_postgres
def test_the_console_owns_no_table_and_is_no_superuser(app):
    with db.engine().connect() as connection:
        owned = "select count(*) from pg_class where pg_get_userbyid(relowner) = current_user"
        assert connection.scalar(text(owned)) == 0
        rights = "select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = current_user"
        assert connection.scalar(text(rights)) is False
        assert connection.scalar(text("select current_user")) == "console_app"


@only_postgres
@pytest.mark.parametrize(
    "statement",
    [
        "update audit_events set actor_name = 'nobody'",
        "delete from audit_events",
        "truncate audit_events",
        "alter table employees disable row level security",
        "alter table employees no force row level security",
        "drop policy company on employees",
        "drop table audit_events",
        "create table mine (id int)",
    ],
)
def test_the_console_cannot_lift_a_policy_or_rewrite_the_trail(people, statement):
    with (
        people.as_("ann"),
        pytest.raises(DBAPIError, match=r"permission denied|must be owner"),
        transaction(),
    ):
        session.execute(text(statement))


@only_postgres
def test_every_table_of_a_company_has_its_policy_forced(app):
    wanted = {model.__tablename__ for model in OWNED} | {"companies"}
    with db.engine().connect() as connection:
        forced = text("select relname from pg_class where relrowsecurity and relforcerowsecurity")
        assert set(connection.scalars(forced)) == wanted
        assert set(connection.scalars(text("select tablename from pg_policies"))) == wanted
