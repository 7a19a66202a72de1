"""Tables of uploads: the batch, its rows, and every problem of every row."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import User
from console.bulk.states import BatchState, RowState
from console.core.db import Base, Moment
from console.core.encryption import EncryptedJSON
from console.core.states import guard, state_check, state_column
from console.core.storage import StoredFile
from console.core.tenancy import CompanyOwned

CONFIRMED = text("state = 'confirmed'")


class Batch(CompanyOwned, Base):
    """One uploaded roster. `number` is what people say: PC20261120-003.

    `headings` maps a field to the heading in the file; `unused` are headings whose cells were dropped unread;
    `notes` are codes with values about the whole file; `refusal` is why the file was not taken.
    """

    __tablename__ = "batches"
    __quiet__ = ("lease", "lease_until")
    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        Index("ix_batches_company_created", "company_id", "created_at"),
        Index("ix_batches_state", "state"),
        state_check(BatchState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = state_column(BatchState)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    defaults: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    headings: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    unused: Mapped[list[str]] = mapped_column(JSON, default=list)
    notes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    rows_total: Mapped[int] = mapped_column(Integer, default=0)
    columns_total: Mapped[int] = mapped_column(Integer, default=0)
    priced_on: Mapped[date | None] = mapped_column(Date)
    rows_digest: Mapped[bytes | None] = mapped_column(index=True)
    submitted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    checked_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)

    # Two who press at the same moment: the UPDATE says WHERE state = <what was read>.
    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}

    file: Mapped[StoredFile] = relationship()
    submitter: Mapped[User] = relationship(foreign_keys=submitted_by)


class BatchRow(CompanyOwned, Base):
    """One line of the roster. `number` is Excel's own; `cells` is what stood there, `values` what was understood.

    `document_index` finds the same person in other batches. The price columns are in the clear, so that the preview is
    one SQL sum: fee each month and fee of this cycle, in 分.
    """

    __tablename__ = "batch_rows"
    __quiet__ = ("cells", "values")
    __table_args__ = (
        Index("ix_batch_rows_batch", "company_id", "batch_id", "state", "number"),
        Index("ix_batch_rows_document", "company_id", "document_index"),
        # What the clock looks for every second: few rows, whatever the size of the table.
        Index(
            "ix_batch_rows_confirmed",
            "company_id",
            "batch_id",
            sqlite_where=CONFIRMED,
            postgresql_where=CONFIRMED,
        ),
        state_check(RowState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = state_column(RowState)
    cells: Mapped[dict[str, list[str]]] = mapped_column(EncryptedJSON("batch_rows.cells"))
    values: Mapped[dict[str, Any]] = mapped_column(EncryptedJSON("batch_rows.values"))
    document_index: Mapped[bytes | None]
    price_key: Mapped[str | None] = mapped_column(String(30))
    monthly_fen: Mapped[int] = mapped_column(Integer, default=0)
    cycle_fen: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer, default=0)


class Problem(CompanyOwned, Base):
    """What is wrong (`error`) or was tidied (`note`) in one cell: a code and values, never the cell itself."""

    __tablename__ = "problems"
    __unaudited__ = "worked out from the rows, which are recorded"
    __table_args__ = (
        Index("ix_problems_batch", "company_id", "batch_id", "level", "code"),
        Index("ix_problems_row", "row_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    row_id: Mapped[int] = mapped_column(ForeignKey("batch_rows.id"))
    field: Mapped[str] = mapped_column(String(30))
    code: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(5))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)


guard(Batch.state, BatchState)
guard(BatchRow.state, RowState)
