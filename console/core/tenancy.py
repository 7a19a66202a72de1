"""Every row belongs to a company: reads are filtered, writes are stamped, PostgreSQL is told.

Three nets, one below the other: the session adds the company to every ORM statement; what is flushed or bulk-inserted
is stamped, and a row of another company is refused; on PostgreSQL row-level security holds for raw SQL as well.
"""

from typing import Any

from sqlalchemy import ForeignKey, Integer, event, text
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
    with_loader_criteria,
)

from console.core import acting


class ForeignRow(RuntimeError):
    """Code tried to write a row of a company that is not acted for."""


class CompanyOwned:
    """A table whose rows belong to a company."""

    @declared_attr
    def company_id(cls) -> Mapped[int]:
        return mapped_column(Integer, ForeignKey("companies.id"), nullable=False, index=True)


class IsCompany:
    """The table of companies itself: a company sees its own row."""

    id: Mapped[int] = mapped_column(primary_key=True)


def policy(table: str, column: str = "company_id") -> list[str]:
    """The statements by which a migration lets PostgreSQL enforce the company on a table."""
    reach = "current_setting('console.company', true)"
    return [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy company on {table} using ({reach} = '*' or {column}::text = {reach})"
        f" with check ({reach} = '*' or {column}::text = {reach})",
    ]


def watch(session: type[Session] | Any) -> None:
    event.listen(session, "do_orm_execute", _filter)
    event.listen(session, "before_flush", _stamp)
    event.listen(session, "after_begin", _tell_database)


def _filter(execution: ORMExecuteState) -> None:
    """The company in every SELECT, UPDATE and DELETE of the ORM, relationships and aliases included."""
    who = acting.current()
    if execution.is_update and isinstance(execution.parameters, list):
        raise RuntimeError("update with db.update_many(): no condition can be added to a list of ids")
    if who.company is None or execution.is_insert:
        return
    if execution.is_update and "company_id" in set_by(execution.statement):
        raise ForeignRow("a row stays with its company")
    company = who.company
    execution.statement = execution.statement.options(
        with_loader_criteria(CompanyOwned, lambda cls: cls.company_id == company, include_aliases=True),
        with_loader_criteria(IsCompany, lambda cls: cls.id == company, include_aliases=True),
    )


def set_by(statement: Any) -> dict[str, Any]:
    """Column → what a set-wise UPDATE puts there: a value, or an expression."""
    # SQLAlchemy has no public name for it: compile().params lacks the columns that get an expression.
    return {column.key: value for column, value in (statement._values or {}).items()}


def _stamp(session: Session, _context: Any, _instances: Any) -> None:
    who = acting.current()
    for row in session.new | session.dirty | session.deleted:
        if not isinstance(row, CompanyOwned):
            continue
        if row.company_id is None and who.company is not None:
            row.company_id = who.company
        if who.company is not None and row.company_id != who.company:
            raise ForeignRow(f"{type(row).__name__} of company {row.company_id}, acting for {who.company}")


def stamp_many(rows: list[dict[str, Any]]) -> None:
    """The company on rows for a bulk insert."""
    company = acting.company()
    for row in rows:
        if row.setdefault("company_id", company) != company:
            raise ForeignRow(f"a row of company {row['company_id']}, acting for {company}")


def _tell_database(session: Session, _transaction: Any, connection: Any) -> None:
    if connection.dialect.name == "postgresql":
        reach = acting.current().reach
        connection.execute(text("select set_config('console.company', :reach, true)"), {"reach": reach})
