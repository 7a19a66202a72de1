"""Alembic's door to the database: the same URL as the console, as the role that owns the tables."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, event

import console.app  # noqa: F401 – so that every table is known
from console.core.config import Settings
from console.core.db import Base


def compare_type(
    _context: Any, _inspected: Any, _meta: Any, inspected_type: Any, meta_type: Any
) -> bool | None:
    """Sealed columns and moments are what their `impl` is."""
    return None


def run() -> None:
    url = context.config.attributes.get("url") or Settings.from_environment().database_url
    engine = create_engine(url)
    if url.startswith("sqlite"):

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.execute("pragma journal_mode=wal")

    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=compare_type,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("set local lock_timeout = '4s'")
            context.run_migrations()
    engine.dispose()


run()
