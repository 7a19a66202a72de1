"""What the least program takes that reads the same file or writes rows of the same width, and nothing else."""

from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from python_calamine import CalamineWorkbook
from sqlalchemy import Column, Engine, Index, LargeBinary, MetaData, Table, TypeDecorator, select

from bench import timing
from console.core.encryption import Encrypted


def calamine(content: bytes) -> int:
    return len(CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python())


def openpyxl(content: bytes) -> int:
    book = load_workbook(BytesIO(content), read_only=True)
    return sum(1 for sheet in book.worksheets for _row in sheet.iter_rows(values_only=True))


def insert_again(engine: Engine, table: Table) -> float:
    """Seconds to write the table's rows once more, by one executemany in one transaction.

    The copy has the same columns and indexes but no foreign keys, and what was sealed is bytes already.
    """
    origin, copy = _plain(table, table.name), _plain(table, f"floor_{table.name}")
    with engine.begin() as connection:
        rows = [dict(row) for row in connection.execute(select(origin)).mappings()]
        copy.create(connection)
    try:
        return timing.once(lambda: _insert(engine, copy, rows))
    finally:
        copy.drop(engine)


def _insert(engine: Engine, table: Table, rows: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)


def _plain(table: Table, name: str) -> Table:
    made = Table(
        name,
        MetaData(),
        *[
            Column(c.name, _type(c.type), primary_key=c.primary_key, nullable=c.nullable)
            for c in table.columns
        ],
    )
    if name != table.name:
        for number, index in enumerate(sorted(table.indexes, key=lambda index: str(index.name))):
            Index(f"{name}_{number}", *[made.c[column.name] for column in index.columns])
    return made


def _type(kind: Any) -> Any:
    if isinstance(kind, Encrypted):
        return LargeBinary()
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind
