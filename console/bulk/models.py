"""Tables of uploads: the batch, its rows, every problem of every row, and how they were mended."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import User
from console.bulk.states import BatchState, CorrectionState, RowState
from console.core.db import Base, Moment
from console.core.encryption import Encrypted, EncryptedJSON
from console.core.states import guard, state_check, state_column
from console.core.storage import StoredFile
from console.core.tenancy import CompanyOwned

CONFIRMED = text("state = 'confirmed'")
SAME = text("same is not null")


class Batch(CompanyOwned, Base):
    """One uploaded roster. `number` is what people say: PC20261120-003.

    `headings` maps a field to the heading in the file; `unused` are headings whose cells were dropped unread;
    `notes` are codes with values about the whole file; `refusal` is why the file was not taken. `questions` are codes
    with values that a person has to answer first, `answers` go by the same codes. `layout` is the file's headings with
    a few values of each, for the page on which columns are matched; it is gone once the batch is confirmed.
    `attempts` counts the workers that began to read the file and may have died of it. `run_on` is the day for which it
    is planned; `parent_id` is the batch whose returned rows it has. `running_since` is when it last began or went on,
    from which its pace is measured; `paused_for` is the operator's code for which it stopped by itself.
    """

    __tablename__ = "batches"
    __quiet__ = ("lease", "lease_until", "layout", "attempts")
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
    questions: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    layout: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON("batches.layout"))
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    rows_total: Mapped[int] = mapped_column(Integer, default=0)
    columns_total: Mapped[int] = mapped_column(Integer, default=0)
    priced_on: Mapped[date | None] = mapped_column(Date)
    rows_digest: Mapped[bytes | None] = mapped_column(index=True)
    submitted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    checked_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    leavers_accepted: Mapped[int | None] = mapped_column(Integer)
    run_on: Mapped[date | None] = mapped_column(Date)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))
    paused_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    paused_at: Mapped[datetime | None] = mapped_column(Moment)
    paused_for: Mapped[str | None] = mapped_column(String(40))
    running_since: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)

    # Two who press at the same moment: the UPDATE says WHERE state = <what was read>.
    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}

    file: Mapped[StoredFile] = relationship()
    submitter: Mapped[User] = relationship(foreign_keys=submitted_by)


class RememberedHeading(CompanyOwned, Base):
    """Which column a company means by a heading that we do not know, or know otherwise; '' is not imported."""

    __tablename__ = "remembered_headings"
    __table_args__ = (UniqueConstraint("company_id", "kind", "heading"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    heading: Mapped[str] = mapped_column(String(60))
    field: Mapped[str] = mapped_column(String(30))


class BatchRow(CompanyOwned, Base):
    """One line of the roster. `number` is Excel's own; `cells` is what stood there, `values` what was understood.

    `operation` is what is done for a row of a mixed batch, `employee_id` whom of the books it is about.
    `document_index` finds the same person in other batches. The price columns and whom they concern are in the clear, so
    that the preview is one SQL sum: 分 each month, in this cycle, once, and for leaving a contract.
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
    once_fen: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    penalty_fen: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    cost_center: Mapped[str | None] = mapped_column(String(30))
    department: Mapped[str | None] = mapped_column(String(200))
    revision: Mapped[int] = mapped_column(Integer, default=0)
    operation: Mapped[str | None] = mapped_column(String(20))
    employee_id: Mapped[int | None] = mapped_column(Integer)


class Problem(CompanyOwned, Base):
    """What is wrong (`error`) or was tidied (`note`) in one cell: a code and values, never the cell itself.

    `same` is equal where the same was written in the same column, for columns with a list of values.
    """

    __tablename__ = "problems"
    __unaudited__ = "worked out from the rows, which are recorded"
    __table_args__ = (
        # Both hold all that is counted: the check page does not open ten thousand problems.
        Index("ix_problems_batch", "company_id", "batch_id", "level", "code", "row_id"),
        Index("ix_problems_row", "row_id"),
        Index(
            "ix_problems_same",
            "company_id",
            "batch_id",
            "level",
            "field",
            "code",
            "same",
            "row_id",
            sqlite_where=SAME,
            postgresql_where=SAME,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    row_id: Mapped[int] = mapped_column(ForeignKey("batch_rows.id"))
    field: Mapped[str] = mapped_column(String(30))
    code: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(5))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    same: Mapped[str | None] = mapped_column(String(32))


class Fix(CompanyOwned, Base):
    """One press by which rows were changed; it goes when it is taken back, or when all its rows are confirmed.

    `number` is Excel's number of the only row, `field` the only column; None where there were several. `cells` maps
    the id of a row to what stood there before: {"17": {"plan": ["text", "商务59"]}}. `meaning` is what was remembered
    along with it: field, `same`, and the value that was remembered before.
    """

    __tablename__ = "fixes"
    __quiet__ = ("cells", "meaning")
    __table_args__ = (Index("ix_fixes_batch", "company_id", "batch_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int | None] = mapped_column(Integer)
    field: Mapped[str | None] = mapped_column(String(30))
    count: Mapped[int] = mapped_column(Integer)
    cells: Mapped[dict[str, dict[str, list[str] | None]]] = mapped_column(EncryptedJSON("fixes.cells"))
    meaning: Mapped[list[str | None] | None] = mapped_column(JSON)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Moment)


class RememberedValue(CompanyOwned, Base):
    """What a company means by a word that is in no list: 套餐“商务59” is the plan QQT5G059.

    The word is sealed, because anything may have stood in the wrong column; `same` finds it.
    """

    __tablename__ = "remembered_values"
    __table_args__ = (UniqueConstraint("company_id", "field", "same"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(String(30))
    same: Mapped[str] = mapped_column(String(32))
    written: Mapped[str] = mapped_column(Encrypted("remembered_values.written"))
    value: Mapped[str] = mapped_column(String(200))
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Moment)


class Correction(CompanyOwned, Base):
    """A repair workbook that came back. `given` names the workbook that was given out, whatever was typed into it.

    `counts` has numbers only; `details` has what stood in cells: the changes that were not taken over, and what this
    workbook wrote, so that the same workbook may correct itself.
    """

    __tablename__ = "corrections"
    __quiet__ = ("lease", "lease_until", "attempts")
    __table_args__ = (
        Index("ix_corrections_batch", "company_id", "batch_id", "given"),
        Index("ix_corrections_state", "state"),
        state_check(CorrectionState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    given: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = state_column(CorrectionState)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    details: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON("corrections.details"))
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    submitted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)

    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}


guard(Batch.state, BatchState)
guard(BatchRow.state, RowState)
guard(Correction.state, CorrectionState)
