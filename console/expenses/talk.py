"""Tables of what people say about a month: questions on its charges, and comments."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from console.core.db import Base, Moment
from console.core.encryption import Encrypted
from console.core.states import guard, state_check, state_column
from console.core.tenancy import CompanyOwned
from console.expenses.states import QuestionState


class Question(CompanyOwned, Base):
    """What somebody wants to know of a charge, or disputes."""

    __tablename__ = "questions_on_charges"
    __table_args__ = (
        Index("ix_questions_on_charges_charge", "charge_id"),
        state_check(QuestionState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    charge_id: Mapped[int] = mapped_column(ForeignKey("charges.id"))
    state: Mapped[str] = state_column(QuestionState)
    text: Mapped[str] = mapped_column(Encrypted("questions_on_charges.text"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    answer: Mapped[str | None] = mapped_column(Encrypted("questions_on_charges.answer"))
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)

    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}


class Comment(CompanyOwned, Base):
    """What somebody wrote on a month, or on a question about one of its charges. Removed ones stay in the trail only."""

    __tablename__ = "statement_comments"
    __table_args__ = (Index("ix_statement_comments_company_period", "company_id", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("questions_on_charges.id"))
    text: Mapped[str] = mapped_column(Encrypted("statement_comments.text"))
    written_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[datetime] = mapped_column(Moment)


guard(Question.state, QuestionState)
