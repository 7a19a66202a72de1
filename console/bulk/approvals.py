"""Tables of what a second person decides: rules, questions with their answers, and who answers for whom."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.bulk.models import Batch
from console.bulk.states import ApprovalState
from console.core.db import Base, Moment
from console.core.states import guard, state_check, state_column
from console.core.tenancy import CompanyOwned


class ApprovalRule(CompanyOwned, Base):
    """When a second person is asked, see approval_rules.Rule."""

    __tablename__ = "approval_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30), default="")
    least_rows: Mapped[int | None] = mapped_column(Integer)
    least_monthly_fen: Mapped[int | None] = mapped_column(Integer)
    least_once_fen: Mapped[int | None] = mapped_column(Integer)
    cost_center: Mapped[str | None] = mapped_column(String(30))
    department: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment)


class Approval(CompanyOwned, Base):
    """One question to a second person. `agreed` binds it to exactly the rows and prices that the maker confirmed.

    Nobody decides on his own: the database refuses it as well.
    """

    __tablename__ = "approvals"
    __quiet__ = ("agreed",)
    __table_args__ = (
        Index("ix_approvals_batch", "company_id", "batch_id"),
        Index("ix_approvals_state", "company_id", "state"),
        CheckConstraint("decided_by is null or decided_by <> asked_by", name="two_people"),
        state_check(ApprovalState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    state: Mapped[str] = state_column(ApprovalState)
    rule_id: Mapped[int | None] = mapped_column(Integer)
    agreed: Mapped[dict[str, Any]] = mapped_column(JSON)
    rows: Mapped[int] = mapped_column(Integer)
    monthly_fen: Mapped[int] = mapped_column(Integer)
    once_fen: Mapped[int] = mapped_column(Integer)
    run_on: Mapped[date | None] = mapped_column(Date)
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str | None] = mapped_column(String(200))

    batch: Mapped[Batch] = relationship()

    # Two who decide at the same moment: the UPDATE says WHERE state = <what was read>.
    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}


class Deputy(CompanyOwned, Base):
    """Who decides for somebody from one day to another, both included."""

    __tablename__ = "deputies"
    __table_args__ = (CheckConstraint("user_id <> deputy_id", name="somebody_else"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)


guard(Approval.state, ApprovalState)
