"""Orders to the operator, what the operator told us, and the differences that a comparison found."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from console.core.db import Base, Moment
from console.core.encryption import EncryptedJSON
from console.core.states import guard, state_check, state_column
from console.core.tenancy import CompanyOwned
from console.orders.states import OrderState

WAITING = text("applied_at is null")
TAKEN_BACK = text("cancel_asked")


class Order(CompanyOwned, Base):
    """One intent, one `external_id`, one `idempotency_key`, for ever; stored before the first call.

    `effective_on` is the day for which it is asked; once the operator has accepted it, nothing is expected before.
    `held` orders are not sent until they are let go, `cancel_asked` ones are not sent any more, and taken back at the
    operator while they wait there for their day. `lease` is the fence: whoever sends must still hold it when the answer is written. `asked` counts how often
    the operator did not know the order, before it is sent again with the same key.
    """

    __tablename__ = "orders"
    __quiet__ = (
        "lease",
        "lease_until",
        "attempts",
        "asked",
        "next_try_at",
        "operator_sequence",
        "lifecycle_sequence",
    )
    __table_args__ = (
        UniqueConstraint("external_id"),
        UniqueConstraint("idempotency_key"),
        Index("ix_orders_company_batch", "company_id", "batch_id", "state"),
        Index("ix_orders_due", "state", "next_try_at"),
        Index("ix_orders_company_due", "company_id", "state", "id"),
        Index("ix_orders_cancel_asked", "company_id", sqlite_where=TAKEN_BACK, postgresql_where=TAKEN_BACK),
        state_check(OrderState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))
    row_id: Mapped[int | None] = mapped_column(ForeignKey("batch_rows.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(60))
    idempotency_key: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(EncryptedJSON("orders.payload"), deferred=True)
    state: Mapped[str] = state_column(OrderState)
    operator_id: Mapped[str | None] = mapped_column(String(40))
    operator_sequence: Mapped[int] = mapped_column(Integer, default=0)
    operator_state: Mapped[str | None] = mapped_column(String(30))
    lifecycle: Mapped[str | None] = mapped_column(String(20))
    lifecycle_sequence: Mapped[int] = mapped_column(Integer, default=0)
    error_code: Mapped[str | None] = mapped_column(String(40))
    retryable: Mapped[bool] = mapped_column(Boolean, default=False)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    asked: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    held: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    cancel_asked: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    effective_on: Mapped[date | None] = mapped_column(Date)
    placed_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)


class OperatorEvent(CompanyOwned, Base):
    """A call-back as it came, stored before anything is done with it; applied once."""

    __tablename__ = "operator_events"
    __unaudited__ = (
        "it is itself the record of what the operator said; its effects are recorded on orders and lines"
    )
    __table_args__ = (
        UniqueConstraint("event_id"),
        Index(
            "ix_operator_events_waiting",
            "company_id",
            "received_at",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(EncryptedJSON("operator_events.payload"))
    received_at: Mapped[datetime] = mapped_column(Moment)
    applied_at: Mapped[datetime | None] = mapped_column(Moment)


class Difference(CompanyOwned, Base):
    """Where the operator's books and ours did not agree, with both values, and whether it was repaired.

    Of an order or of a line; of neither when the operator has a line that we know nothing of.
    """

    __tablename__ = "differences"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("lines.id"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    ours: Mapped[str] = mapped_column(String(40))
    theirs: Mapped[str] = mapped_column(String(40))
    repaired: Mapped[bool] = mapped_column(Boolean)
    found_at: Mapped[datetime] = mapped_column(Moment)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Standing(CompanyOwned, Base):
    """How the company stands with the operator, as it was last told: 分 owed, and who may sign for it until when."""

    __tablename__ = "standings"
    __quiet__ = ("looked_at", "owed_fen")
    __table_args__ = (UniqueConstraint("company_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    arrears: Mapped[bool] = mapped_column(Boolean)
    owed_fen: Mapped[int] = mapped_column(BigInteger)
    credit_fen: Mapped[int | None] = mapped_column(BigInteger)
    letter: Mapped[str | None] = mapped_column(String(40))
    letter_until: Mapped[date | None] = mapped_column(Date)
    looked_at: Mapped[datetime] = mapped_column(Moment)


class PersonCheck(CompanyOwned, Base):
    """What the operator said of a person when it was asked before an order: `code` None is nothing against him.

    `lines` are all that the document has with this operator, those that are none of the company's too, of `most`.
    """

    __tablename__ = "person_checks"
    __unaudited__ = "what the operator says, asked anew every day"
    __table_args__ = (UniqueConstraint("company_id", "document_index"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_index: Mapped[bytes]
    name_index: Mapped[bytes]
    code: Mapped[str | None] = mapped_column(String(40))
    lines: Mapped[int] = mapped_column(Integer)
    most: Mapped[int] = mapped_column(Integer)
    asked_at: Mapped[datetime] = mapped_column(Moment)


class OperatorCursor(Base):
    """How far the operator's feeds of changed orders and of events have been read, for the whole installation."""

    __tablename__ = "operator_cursor"
    __unaudited__ = "a bookmark"

    id: Mapped[int] = mapped_column(primary_key=True)
    read_until: Mapped[datetime] = mapped_column(Moment)
    events: Mapped[str] = mapped_column(String(40), default="", server_default="")


guard(Order.state, OrderState)
