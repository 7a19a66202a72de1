"""Tables of what stands behind a bill: files of it, what lines had and used, what was advised and promised because of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from console.core.db import Base, Moment
from console.core.leases import Leased
from console.core.states import guard, state_check, state_column
from console.core.tenancy import CompanyOwned
from console.expenses.states import BillFileState


class BillFile(Leased, CompanyOwned, Base):
    """A file with bill lines or usage of a month: sent by somebody, read by a job, and what became of it."""

    __tablename__ = "bill_files"
    __quiet__ = ("lease", "lease_until", "tries")
    __table_args__ = (
        Index("ix_bill_files_company_period", "company_id", "period"),
        state_check(BillFileState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    sent_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = state_column(BillFileState)
    kind: Mapped[str | None] = mapped_column(String(10))
    """bill or usage, once it was read."""
    rows: Mapped[int] = mapped_column(Integer, default=0)
    new: Mapped[int] = mapped_column(Integer, default=0)
    """Rows that said something which was not known."""
    trouble: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Why it was refused: a code of the whole file with its values, or the rows that are wrong."""
    done_at: Mapped[datetime | None] = mapped_column(Moment)

    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}


class LineTerms(CompanyOwned, Base):
    """From `since` on the line had this plan (the version that was bought), these products, and was in this state."""

    __tablename__ = "line_terms"
    __unaudited__ = "it repeats what the trail of the line says, in a form that a bill can be computed from"
    __table_args__ = (UniqueConstraint("company_id", "line_id", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    since: Mapped[date] = mapped_column(Date)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    products: Mapped[list[str]] = mapped_column(JSON)
    line_state: Mapped[str] = mapped_column(String(20))
    next_plan_id: Mapped[int | None] = mapped_column(Integer)
    next_plan_on: Mapped[date | None] = mapped_column(Date)


class UsageMonth(CompanyOwned, Base):
    """What a line used in a month, as the operator counted it. A correction is a row of a higher version.

    Version 0 is the count of a month that has not ended: it grows in its row, and the first final one takes its place.
    """

    __tablename__ = "usage_months"
    __unaudited__ = "it is itself the record of what the operator counted; versions tell what became of it"
    __table_args__ = (
        UniqueConstraint("company_id", "period", "line_id", "version"),
        CheckConstraint("minutes >= 0 and onnet_minutes >= 0 and messages >= 0 and data_kb >= 0", name="counted"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"), index=True)
    period: Mapped[str] = mapped_column(String(7))
    version: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)
    """Whole minutes of calls that the caller pays for, without those inside the group."""
    onnet_minutes: Mapped[int] = mapped_column(Integer)
    messages: Mapped[int] = mapped_column(Integer)
    data_kb: Mapped[int] = mapped_column(BigInteger)
    directed: Mapped[dict[str, int]] = mapped_column(JSON)
    """Code of a directed product → kilobytes of the applications that it is sold for; not in `data_kb`."""


class UsageDay(CompanyOwned, Base):
    """Data that all lines together used on a day of a month that has not ended when it was counted."""

    __tablename__ = "usage_days"
    __unaudited__ = "it is itself what the operator counted"
    __table_args__ = (UniqueConstraint("company_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    data_kb: Mapped[int] = mapped_column(BigInteger)


class Pool(CompanyOwned, Base):
    """A shared pool of data, and what was taken from it in the month of `through` up to that day."""

    __tablename__ = "data_pools"
    __unaudited__ = "it is itself what the operator counted"
    __table_args__ = (UniqueConstraint("company_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    size_kb: Mapped[int] = mapped_column(BigInteger)
    members: Mapped[int] = mapped_column(Integer)
    used_kb: Mapped[int] = mapped_column(BigInteger)
    through: Mapped[date] = mapped_column(Date)


class PoolUse(CompanyOwned, Base):
    """What a member of a pool took from it in a month that was billed; `size_kb` is the pool's, the same in each row."""

    __tablename__ = "pool_uses"
    __unaudited__ = "it is itself what the operator counted"
    __table_args__ = (UniqueConstraint("company_id", "period", "code", "line_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    code: Mapped[str] = mapped_column(String(40))
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    used_kb: Mapped[int] = mapped_column(BigInteger)
    size_kb: Mapped[int] = mapped_column(BigInteger)


class Advice(CompanyOwned, Base):
    """A line would have cost less on another plan: what was promised for a month, out of which months, and what came.

    `receipt` holds what the promise was computed from, so that it can be looked at when the plan is long another.
    """

    __tablename__ = "advice"
    __table_args__ = (
        UniqueConstraint("company_id", "period", "line_id"),
        Index("ix_advice_batch", "company_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    """The last of the months that it looks at."""
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"), index=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    advised_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    before_fen: Mapped[int] = mapped_column(Integer)
    after_fen: Mapped[int] = mapped_column(Integer)
    """What the months cost on average on either plan, at today's prices and the line's own usage."""
    receipt: Mapped[dict[str, Any]] = mapped_column(JSON)
    batch_id: Mapped[int | None] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(Moment)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)


guard(BillFile.state, BillFileState)
