"""Who may look across companies, and which tables belong to nobody."""

import ast
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import create_engine, inspect, make_url, text

import console.app  # noqa: F401 – so that every table is known
from console.core import schema
from console.core.db import Base
from console.core.encryption import Encrypted
from console.core.tenancy import CompanyOwned, IsCompany

ROOT = Path(__file__).resolve().parents[2]
ACROSS_COMPANIES = {
    "console/invoices/callbacks.py": "the door of the tax platform: whose an invoice is that it tells of",
    "console/accounts/queries.py": "who signs in is not known to any company yet",
    "console/carrier/events.py": "a call-back names the customer, and not our number of it",
    "console/cli.py": "the catalogue is everybody's; a new company has none to act for; keys turn for all",
    "examples/company.py": "makes the company of the demo",
    "jobs/clock.py": "one look for all companies, ids only",
    "jobs/orders.py": "the operator's feed is one for the installation",
}
NOBODYS = {
    "plans": "the operator's catalogue is the same for everybody",
    "operator_cursor": "how far the operator's one feed was read",
    "companies": "the table of companies itself: a company sees its own row",
}
PLAIN = {
    "audit_events.actor_name": "who did it, in words that last",
    "charges.name": "what the operator calls it on the bill",
    "invoice_titles.name": "a company's name, printed on its invoices",
    "invoices.buyer_name": "the same",
    "invoices.seller_name": "the operator's name",
    "invoice_lines.name": "what was sold",
    "invoice_lines.short_name": "the class of what was sold",
    "companies.name": "on every page of the company",
    "cost_centers.name": "a word of the books",
    "departments.name": "a word of the organisation",
    "plans.name": "from the price list",
    "stored_files.name": "the title of a batch",
    "users.name": "administrators sign what they do",
    "users.password_hash": "Argon2id, and hidden in the trail",
    "employees.document_type": "which kind of document, of six",
}
PERSONAL = (
    "phone", "msisdn", "iban", "puk", "pin", "secret", "passport", "birth", "document", "name", "password", "address",
    "payload", "cells", "content",
)  # fmt: skip
ALSO_PLAIN = {"address": "where a browser was, for the person and the trail"}


def columns():
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            yield f"{table.name}.{column.name}", column


def test_only_these_modules_look_across_companies():
    found = set()
    for folder in ("console", "jobs", "examples"):
        for path in (ROOT / folder).rglob("*.py"):
            calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
            if any(_name(call.func) == "platform" for call in calls):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == set(ACROSS_COMPANIES)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_table_belongs_to_a_company_or_is_in_the_list():
    for mapper in Base.registry.mappers:
        owned = issubclass(mapper.class_, CompanyOwned)
        assert owned != (mapper.local_table.name in NOBODYS), mapper.local_table.name  # type: ignore[attr-defined]
    assert {m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, IsCompany)} == {
        "companies"
    }  # type: ignore[attr-defined]


def test_every_table_of_a_company_gets_its_policy_in_a_migration():
    """Revisions name the tables they secure in OWNED; `companies` goes by its own id."""
    secured: set[str] = set()
    for path in sorted((ROOT / "migrations" / "versions").glob("*.py")):
        secured |= set(getattr(_loaded(path), "OWNED", ()))
    assert secured == {table.name for table in Base.metadata.sorted_tables} - set(NOBODYS)


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"revision_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_personal_data_and_secrets_are_sealed():
    for name, column in columns():
        parts = set(column.name.split("_"))
        if not parts & set(PERSONAL) or parts & {"index", "id", "digest"} or column.name in ALSO_PLAIN:
            continue
        assert isinstance(column.type, Encrypted) != (name in PLAIN), name


def test_the_exceptions_are_still_columns():
    assert set(PLAIN) <= {name for name, _column in columns()}


def test_a_sealed_column_names_itself_as_its_context():
    """Else two columns could open each other's values."""
    for name, column in columns():
        if isinstance(column.type, Encrypted):
            assert column.type.context == name
            assert not column.index and not column.unique, "equal values are not sealed alike"


def test_a_model_gives_a_reason_for_not_being_recorded():
    for mapper in Base.registry.mappers:
        reason = getattr(mapper.class_, "__unaudited__", "a reason")
        assert isinstance(reason, str) and len(reason) >= 8, mapper


def test_quiet_columns_exist():
    for mapper in Base.registry.mappers:
        assert set(getattr(mapper.class_, "__quiet__", ())) <= set(mapper.columns.keys()), mapper


def test_the_tables_are_those_of_the_migrations(database_url):
    schema.check(database_url)


@pytest.fixture
def another_database(database_url, tmp_path):
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        yield f"sqlite:///{tmp_path / 'another.sqlite3'}"
        return
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("create database another"))
    yield url.set(database="another").render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text("drop database another"))
    engine.dispose()


def test_migrations_go_up_and_down_and_up_again(another_database):
    def tables() -> set[str]:
        engine = create_engine(another_database)
        try:
            return set(inspect(engine).get_table_names()) - {"alembic_version"}
        finally:
            engine.dispose()

    schema.upgrade(another_database)
    wanted = {table.name for table in Base.metadata.sorted_tables}
    assert tables() == wanted
    schema.downgrade(another_database, "base")
    assert tables() == set()
    schema.upgrade(another_database)
    assert tables() == wanted
    schema.check(another_database)
