"""The database: tables' base, the session, transactions. The only module that commits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Table,
    TypeDecorator,
    bindparam,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, scoped_session, sessionmaker

from console.core import acting, tenancy

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_MS = 30_000
CACHE_KB = 32_000
"""Of pages, for each connection to SQLite: a bulk write that has to spill its pages writes them twice."""
CHUNK = 2_000
"""Rows for each statement of a bulk write; more brings nothing and holds the lock longer."""


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class Moment(TypeDecorator[datetime]):
    """A point in time. Always UTC and aware in Python; SQLite keeps no zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs a zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class WriteOutsideTransaction(RuntimeError):
    """A change was flushed outside `with transaction()`."""


class _Sessions(scoped_session):
    """Flask-Admin wants an object with `.session`; one session lives as long as one `acting` block."""

    @property
    def session(self) -> "_Sessions":
        return self


_factory = sessionmaker(expire_on_commit=False, autoflush=True)
session = _Sessions(_factory, scopefunc=acting.scope)
_writing: ContextVar[bool] = ContextVar("writing", default=False)
_AFTER = "after commit"

tenancy.watch(_factory)
acting.when_leaving(session.remove)


def connect(url: str, role: str = "") -> Engine:
    """Open the database and bind the session to it. On PostgreSQL, `role` is taken on every connection."""
    engine = _sqlite(url) if url.startswith("sqlite") else _postgres(url, role)
    _factory.configure(bind=engine)
    return engine


def engine() -> Engine:
    bound = _factory.kw["bind"]
    assert isinstance(bound, Engine), "connect() first"
    return bound


def _sqlite(url: str) -> Engine:
    made = create_engine(
        url, connect_args={"timeout": BUSY_MS / 1000}, pool_size=20, max_overflow=40, hide_parameters=True
    )

    @event.listens_for(made, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=wal",
            "synchronous=normal",
            "foreign_keys=on",
            f"busy_timeout={BUSY_MS}",
            f"cache_size=-{CACHE_KB}",
        ):
            connection.execute(f"pragma {pragma}")

    @event.listens_for(made, "begin")
    def begin(connection: Any) -> None:
        # A reader that turns writer half-way may find its snapshot stale: writers take the lock at once.
        connection.exec_driver_sql("begin immediate" if _writing.get() else "begin")

    return made


def _postgres(url: str, role: str) -> Engine:
    made = create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True)

    @event.listens_for(made, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set time zone 'UTC'")
            if role:
                cursor.execute(f'set role "{role}"')
        connection.commit()

    return made


@contextmanager
def transaction() -> Iterator[Session]:
    """All or nothing; what was asked for by `after_commit` happens when it is safe, and only then."""
    if _writing.get():
        raise RuntimeError("a transaction is open already: only the edge opens one")
    here = session()
    here.commit()  # ends the reading before: it would be a stale snapshot to write on
    here.expire_all()
    token = _writing.set(True)
    here.info[_AFTER] = []
    try:
        yield here
        here.commit()
        waiting = here.info.pop(_AFTER)
    except BaseException:
        here.rollback()
        here.info.pop(_AFTER, None)
        raise
    finally:
        _writing.reset(token)
    for call in waiting:
        call()


def after_commit(call: Callable[[], Any]) -> None:
    """Do this once the open transaction is safe. Lost when the process dies in between: see jobs/clock.py."""
    if not _writing.get():
        raise WriteOutsideTransaction("after_commit() needs an open transaction")
    session().info[_AFTER].append(call)


BulkWrite = Callable[[str, Any, list[dict[str, Any]], list[int]], None]
_bulk_hooks: list[BulkWrite] = []


def on_bulk_write(hook: BulkWrite) -> None:
    """The audit trail listens here, because bulk statements pass by the unit of work."""
    if hook not in _bulk_hooks:
        _bulk_hooks.append(hook)


def insert_many(model: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Write many rows, the same columns in each, with few statements, stamped with the company; returns their ids in order."""
    _must_be_writing()
    session.flush()  # what was added before is there before
    table = model.__table__
    ids = _new_ids(table, len(rows))
    tenancy.stamp_many(rows)
    if rows:
        _write(table, rows, ids)
    for hook in _bulk_hooks:
        hook("create", model, rows, ids)
    return ids


def _write(table: Table, rows: list[dict[str, Any]], ids: list[int]) -> None:
    """Column by column: each finds the way into the database once, and not once for each row."""
    connection = session.connection()
    dialect = connection.dialect
    given = {name: [row[name] for row in rows] for name in rows[0]} | {"id": ids}
    for column in table.columns:
        if column.name not in given and column.default is not None:
            given[column.name] = [_default(column) for _ in rows]
    given = {name: _bound(table.c[name].type, values, dialect) for name, values in given.items()}
    compiled = table.insert().compile(dialect=dialect, column_keys=list(given))
    places = list(compiled.positiontup or given)
    sent = list(zip(*[given[place] for place in places], strict=True))
    for start in range(0, len(sent), CHUNK):
        part = sent[start : start + CHUNK]
        named = part if compiled.positional else [dict(zip(places, one, strict=True)) for one in part]
        connection.exec_driver_sql(str(compiled), named)


def _bound(type_: Any, values: list[Any], dialect: Dialect) -> list[Any]:
    if hasattr(type_, "bind_many"):
        return list(type_.bind_many(values))
    bind = type_.dialect_impl(dialect).bind_processor(dialect)
    return [bind(value) for value in values] if bind else values


def _default(column: Column[Any]) -> Any:
    default: Any = column.default
    return default.arg(None) if default.is_callable else default.arg


def _new_ids(table: Any, count: int) -> list[int]:
    """Taken beforehand: rows that are inserted with RETURNING go to SQLite one by one."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        # The transaction holds the write lock: nobody else takes the same ones.
        last = connection.scalar(select(func.max(table.c.id))) or 0
        return list(range(last + 1, last + count + 1))
    taken = select(func.nextval(func.pg_get_serial_sequence(table.name, "id")))
    return list(connection.scalars(taken.select_from(func.generate_series(1, count))))


def update_many(model: Any, rows: list[dict[str, Any]]) -> None:
    """Change many rows by their `id`, the same columns in each; a row of another company is not touched."""
    _must_be_writing()
    if not rows:
        return
    table = model.__table__
    names = [name for name in rows[0] if name != "id"]
    statement = (
        table.update()
        .where(table.c.id == bindparam("the_id"), table.c.company_id == acting.company())
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    sent = [{"the_id": row["id"]} | {f"new_{name}": row[name] for name in names} for row in rows]
    for start in range(0, len(sent), CHUNK):
        session.connection().execute(statement, sent[start : start + CHUNK])
    for hook in _bulk_hooks:
        hook("update", model, rows, [row["id"] for row in rows])


def _must_be_writing() -> None:
    if not _writing.get():
        raise WriteOutsideTransaction("changes belong inside `with transaction()`")


@event.listens_for(_factory, "before_flush")
def _refuse_writing_outside(here: Session, _context: Any, _instances: Any) -> None:
    if here.new or here.dirty or here.deleted:
        _must_be_writing()


@event.listens_for(_factory, "do_orm_execute")
def _refuse_statements_outside(execution: ORMExecuteState) -> None:
    if execution.is_insert or execution.is_update or execution.is_delete:
        _must_be_writing()
