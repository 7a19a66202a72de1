"""Sealing anew with the newest key whatever an older one sealed."""

from typing import Any

from sqlalchemy import LargeBinary, Table, select, text, type_coerce

from console.core import acting, encryption
from console.core.db import Base, session, transaction
from console.core.encryption import Encrypted

AT_ONCE = 500


def companies() -> list[int]:
    return list(session.scalars(text("select id from companies order by id")))


def seal_anew() -> int:
    """Every sealed column of every table of the acting company; how many values were sealed anew.

    Interrupted and run again it goes on where it was: what has the newest key is left alone.
    """
    done = 0
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Encrypted)]
        if columns:
            done += _table(table, columns)
    return done


def _table(table: Table, columns: list[Any]) -> int:
    done, last = 0, 0
    while True:
        with transaction():
            raw = [type_coerce(column, LargeBinary).label(column.name) for column in columns]
            wanted = (
                select(table.c.id, *raw)
                .where(table.c.company_id == acting.company(), table.c.id > last)
                .order_by(table.c.id)
                .limit(AT_ONCE)
                .with_for_update()
            )
            rows = session.connection().execute(wanted).mappings().all()
            for row in rows:
                done += _row(table, columns, row)
        if not rows:
            return done
        last = rows[-1]["id"]


def _row(table: Table, columns: list[Any], row: Any) -> int:
    fresh = {}
    for column in columns:
        blob = row[column.name]
        if blob is not None and encryption.stale(blob):
            context = column.type.context
            fresh[column] = encryption.seal(encryption.open_sealed(blob, context), context)
    if fresh:
        values = {column.name: type_coerce(blob, LargeBinary) for column, blob in fresh.items()}
        statement = table.update().where(table.c.id == row["id"]).values(**values)
        session.connection().execute(statement)
    return len(fresh)
