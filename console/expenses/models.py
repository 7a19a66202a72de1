"""Tables of the month: who had a line on which day, statements, charges and their allocation.

A charge and its allocations hold from one version of the month's statement to another. A restatement ends what is no
longer true and adds what is; everything else stays the same row, so that an invoice, a question or a comment keeps
pointing to what it was about, and every version can be read as it was.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    and_,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from console.core.db import Base, Moment
from console.core.encryption import Encrypted
from console.core.leases import Leased
from console.core.states import guard, state_check, state_column
from console.core.tenancy import CompanyOwned
from console.expenses.states import StatementState

IN_FORCE = text("to_version is null")


class Placement(CompanyOwned, Base):
    """From `since` on this person had the line, in this department and on this cost centre, as they were called then.

    Names and not ids: a department that is renamed later does not rename a month that is closed.
    """

    __tablename__ = "placements"
    __table_args__ = (UniqueConstraint("company_id", "line_id", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    since: Mapped[date] = mapped_column(Date)
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employees.id"))
    department: Mapped[str | None] = mapped_column(String(200))
    cost_center: Mapped[str | None] = mapped_column(String(30))


class CostShare(CompanyOwned, Base):
    """One part of a rule: from the month `since` on, `percent` of what `source` is charged is borne there.

    `source` is a cost centre, or "" for charges of no line (shared products). None keeps what the charge has: a rule
    that is a single part of 100 % without a target shares nothing any more.
    """

    __tablename__ = "cost_shares"
    __table_args__ = (
        Index("ix_cost_shares_company_source", "company_id", "source", "since"),
        CheckConstraint("percent between 1 and 100", name="percent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(30))
    since: Mapped[str] = mapped_column(String(7))
    department: Mapped[str | None] = mapped_column(String(200))
    cost_center: Mapped[str | None] = mapped_column(String(30))
    percent: Mapped[int] = mapped_column(Integer)


class Statement(CompanyOwned, Base):
    """One version of a month's statement. Amounts in 分, VAT included. `period` is the calendar month, 2026-10."""

    __tablename__ = "statements"
    __quiet__ = ("cursor", "revision")
    __table_args__ = (
        UniqueConstraint("company_id", "period", "version"),
        state_check(StatementState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = state_column(StatementState)
    total_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    company_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    person_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    lines: Mapped[int] = mapped_column(Integer, default=0)
    reason: Mapped[str | None] = mapped_column(String(200))
    revision: Mapped[int | None] = mapped_column(BigInteger)
    """The operator's count of changes to its bill when it was read last."""
    cursor: Mapped[str | None] = mapped_column(String(200))
    """Up to where the operator's bill was taken in; NULL before the first page."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}


class _Versioned:
    """Holds from `from_version` of its month's statement to `to_version`, both included; NULL: until now."""

    period: Mapped[str] = mapped_column(String(7))
    from_version: Mapped[int] = mapped_column(Integer)
    to_version: Mapped[int | None] = mapped_column(Integer)

    @classmethod
    def at(cls, period: str, version: int) -> ColumnElement[bool]:
        """What this version of the month's statement says."""
        return and_(
            cls.period == period,
            cls.from_version <= version,
            or_(cls.to_version.is_(None), cls.to_version >= version),
        )


class Charge(_Versioned, CompanyOwned, Base):
    """One line of the operator's bill. In 分, VAT included; negative for what is given back.

    `operator_line` is the operator's name for it over all its corrections. `line_id` is NULL for what is charged to
    the company as such (a shared pool). `prepaid` was invoiced when it was paid in, and is never invoiced again.
    """

    __tablename__ = "charges"
    __unaudited__ = "it is itself the record of what the operator billed; versions tell what became of it"
    __table_args__ = (
        Index(
            "uq_charges_operator_line", "company_id", "period", "operator_line", unique=True,
            sqlite_where=IN_FORCE, postgresql_where=IN_FORCE,
        ),
        Index("ix_charges_month", "company_id", "period", "from_version"),
        Index("ix_charges_line", "company_id", "line_id", "period"),
        CheckConstraint("to_version is null or to_version >= from_version", name="versions_in_order"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    operator_line: Mapped[str] = mapped_column(String(60))
    operator_version: Mapped[int] = mapped_column(Integer, default=1)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("lines.id"))
    item: Mapped[str] = mapped_column(String(20))
    tax_class: Mapped[str] = mapped_column(String(20))
    product: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    service_from: Mapped[date] = mapped_column(Date)
    service_to: Mapped[date] = mapped_column(Date)
    amount_fen: Mapped[int] = mapped_column(Integer)
    paid_by: Mapped[str] = mapped_column(String(10), default="company")
    prepaid: Mapped[bool] = mapped_column(Boolean, default=False)
    over_fen: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """What stands on invoices beyond the amount, since it was corrected to less: for a red letter."""


class Allocation(_Versioned, CompanyOwned, Base):
    """The part of a charge for one person in one department on one cost centre. All parts of a charge are the charge."""

    __tablename__ = "allocations"
    __unaudited__ = "it follows from charges, placements and corrections, each of which is recorded"
    __table_args__ = (
        Index("ix_allocations_charge", "charge_id"),
        Index("ix_allocations_month", "company_id", "period", "from_version"),
        CheckConstraint("to_version is null or to_version >= from_version", name="versions_in_order"),
        CheckConstraint(
            "(amount_fen >= 0 and invoiced_fen between 0 and amount_fen) or "
            "(amount_fen < 0 and invoiced_fen between amount_fen and 0)",
            name="invoiced_once",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("charges.id"))
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employees.id"))
    department: Mapped[str | None] = mapped_column(String(200))
    cost_center: Mapped[str | None] = mapped_column(String(30))
    amount_fen: Mapped[int] = mapped_column(Integer)
    invoiced_fen: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How much of it stands on invoices that are in force; signed as the amount, and never more than it."""


class Budget(CompanyOwned, Base):
    """How much a company, a department with all below it, or a cost centre may spend in a month, in 分.

    It holds from `since` (a month, 2026-10) until a later one of the same scope. 0 takes it back. `scope` is
    'company', 'department' or 'cost_center', `key` its path or code.
    """

    __tablename__ = "budgets"
    __table_args__ = (UniqueConstraint("company_id", "scope", "key", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(200), default="")
    since: Mapped[str] = mapped_column(String(7))
    amount_fen: Mapped[int] = mapped_column(BigInteger)


class VoucherAccount(CompanyOwned, Base):
    """An account of the company's books. `role` is expense, input_vat, payable, supplier or deductible.

    Of expenses there may be one for each department, which holds for all below it; the others have no department.
    """

    __tablename__ = "voucher_accounts"
    __table_args__ = (UniqueConstraint("company_id", "role", "department"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    department: Mapped[str] = mapped_column(String(200), default="")
    account: Mapped[str] = mapped_column(String(60))


class Watched(CompanyOwned, Base):
    """What was noticed of a month, once: a budget reached, a line unused, a charge five times the usual."""

    __tablename__ = "watched"
    __unaudited__ = "it follows from charges and usage, and decides nothing"
    __table_args__ = (UniqueConstraint("company_id", "period", "code", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    code: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(220))
    values: Mapped[dict[str, Any]] = mapped_column("facts", JSON)
    noticed_at: Mapped[datetime] = mapped_column(Moment)


class MonthPack(Leased, CompanyOwned, Base):
    """All documents of a version of a month in one file: asked for by a press, made by a job, kept as it was made.

    Without a file it is due.
    """

    __tablename__ = "month_packs"
    __quiet__ = ("lease", "lease_until", "tries")
    __table_args__ = (Index("ix_month_packs_statement", "company_id", "statement_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    sha256: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime | None] = mapped_column(Moment)


class StatementReader(CompanyOwned, Base):
    """Who is told by mail that a month's statement is there, from `since` on."""

    __tablename__ = "statement_readers"
    __table_args__ = (UniqueConstraint("company_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    email: Mapped[str] = mapped_column(Encrypted("statement_readers.email"))
    since: Mapped[datetime] = mapped_column(Moment)


class StatementMail(CompanyOwned, Base):
    """One letter to one person about one version of a month, until it was taken by the mail server."""

    __tablename__ = "statement_mails"
    __quiet__ = ("tries", "next_try_at")
    __table_args__ = (UniqueConstraint("company_id", "user_id", "statement_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)


guard(Statement.state, StatementState)
