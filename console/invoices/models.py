"""Tables of e-invoices: titles, invoices with their lines and what of the statement they cover, red forms, files."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    event,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.core.db import Base, Moment
from console.core.encryption import Encrypted, EncryptedBytes, EncryptedJSON
from console.core.states import guard, state_check, state_column
from console.core.tenancy import CompanyOwned
from console.invoices.states import InvoiceState, RedState


class InvoiceTitle(CompanyOwned, Base):
    """开票信息: to whom invoices are made out. `department` "" is the whole company's."""

    __tablename__ = "invoice_titles"
    __table_args__ = (UniqueConstraint("company_id", "department"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    department: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100))
    tax_number: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(Encrypted("invoice_titles.address"), default="")
    phone: Mapped[str] = mapped_column(Encrypted("invoice_titles.phone"), default="")
    bank: Mapped[str] = mapped_column(String(100), default="")
    bank_account: Mapped[str] = mapped_column(Encrypted("invoice_titles.bank_account"), default="")
    email: Mapped[str] = mapped_column(Encrypted("invoice_titles.email"), default="")
    changed_at: Mapped[datetime] = mapped_column(Moment)


class Invoice(CompanyOwned, Base):
    """One invoice, blue or red; amounts in 分, negative on a red one.

    `serial` is the key of the intent, for ever: the platform takes one only once. `channel` is console, or counter
    for what was issued elsewhere and came as a file.
    """

    __tablename__ = "invoices"
    __quiet__ = ("polls", "next_poll_at", "originals_due")
    __table_args__ = (
        UniqueConstraint("serial"),
        UniqueConstraint("company_id", "number"),
        Index("ix_invoices_company_state", "company_id", "state"),
        Index("ix_invoices_due", "state", "next_poll_at"),
        Index(
            "ix_invoices_bare",
            "next_poll_at",
            sqlite_where=text("originals_due"),
            postgresql_where=text("originals_due"),
        ),
        state_check(InvoiceState),
        CheckConstraint("net_fen + tax_fen = total_fen", name="sums_agree"),
        CheckConstraint("period <= last_period", name="months_in_order"),
        CheckConstraint(
            "red_fen >= 0 and (red_of_id is not null or red_fen <= total_fen)", name="red_within_blue"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(String(20))
    number: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[str] = state_column(InvoiceState)
    kind: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(20), default="console")
    period: Mapped[str] = mapped_column(String(7))
    last_period: Mapped[str] = mapped_column(String(7))
    """The same as `period` on an invoice of one month."""
    scope: Mapped[str] = mapped_column(String(20), default="company")
    scope_key: Mapped[str] = mapped_column(String(200), default="")
    buyer_name: Mapped[str] = mapped_column(String(100))
    buyer_tax_number: Mapped[str] = mapped_column(String(20))
    buyer_details: Mapped[dict[str, str] | None] = mapped_column(EncryptedJSON("invoices.buyer_details"))
    """Address, phone, bank and account as they were when it was applied for; NULL on invoices of before this was kept."""
    seller_name: Mapped[str] = mapped_column(String(100))
    seller_tax_number: Mapped[str] = mapped_column(String(20))
    drawer: Mapped[str] = mapped_column(String(60))
    remark: Mapped[str] = mapped_column(String(200), default="")
    net_fen: Mapped[int] = mapped_column(BigInteger)
    tax_fen: Mapped[int] = mapped_column(BigInteger)
    total_fen: Mapped[int] = mapped_column(BigInteger)
    red_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    """How much of it was reversed, as a positive amount."""
    red_of_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    retry_of_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    platform_serial: Mapped[str | None] = mapped_column(String(40))
    error_code: Mapped[str | None] = mapped_column(String(20))
    error_text: Mapped[str | None] = mapped_column(String(200))
    polls: Mapped[int] = mapped_column(Integer, default=0)
    next_poll_at: Mapped[datetime] = mapped_column(Moment)
    originals_due: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Issued through us, and the platform's own documents are still to be fetched."""
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime] = mapped_column(Moment)
    issued_at: Mapped[datetime | None] = mapped_column(Moment)
    booked_at: Mapped[datetime | None] = mapped_column(Moment)
    booked_as: Mapped[str | None] = mapped_column(String(60))

    lines: Mapped[list["InvoiceLine"]] = relationship(order_by="InvoiceLine.place", viewonly=True)

    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}


class InvoiceLine(CompanyOwned, Base):
    __tablename__ = "invoice_lines"
    __table_args__ = (UniqueConstraint("invoice_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    place: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(90))
    short_name: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(19))
    percent: Mapped[int] = mapped_column(Integer)
    net_fen: Mapped[int] = mapped_column(BigInteger)
    tax_fen: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[bool] = mapped_column(Boolean, default=False)


class InvoiceShare(CompanyOwned, Base):
    """What of the statement an invoice covers still: so much of this part of a charge, signed as the charge is.

    A red letter makes it less, and has a share of its own of what it took, with the other sign.
    """

    __tablename__ = "invoice_shares"
    __unaudited__ = "it follows from the invoice, which is recorded"
    __table_args__ = (UniqueConstraint("invoice_id", "allocation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    allocation_id: Mapped[int] = mapped_column(ForeignKey("allocations.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(Integer)


class RedForm(CompanyOwned, Base):
    """A 确认单 by which a blue invoice is reversed, wholly or in part. `total_fen` is negative."""

    __tablename__ = "red_forms"
    __quiet__ = ("polls", "next_poll_at")
    __table_args__ = (
        Index("ix_red_forms_due", "state", "next_poll_at"),
        state_check(RedState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    state: Mapped[str] = state_column(RedState)
    reason: Mapped[str] = mapped_column(String(2))
    net_fen: Mapped[int] = mapped_column(BigInteger)
    tax_fen: Mapped[int] = mapped_column(BigInteger)
    partial: Mapped[bool] = mapped_column(Boolean, default=False)
    line_place: Mapped[int | None] = mapped_column(Integer)
    """Of a partial one: the line that is reduced."""
    answer: Mapped[str | None] = mapped_column(String(10))
    """What our side said of it, until the platform has heard: confirm or deny."""
    platform_id: Mapped[str | None] = mapped_column(String(40))
    platform_no: Mapped[str | None] = mapped_column(String(20))
    error_text: Mapped[str | None] = mapped_column(String(200))
    polls: Mapped[int] = mapped_column(Integer, default=0)
    next_poll_at: Mapped[datetime] = mapped_column(Moment)
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime | None] = mapped_column(Moment)
    red_invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))

    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}


class InvoiceFile(CompanyOwned, Base):
    """An original as the platform or somebody else gave it: kept, never replaced. `sha256` proves that."""

    __tablename__ = "invoice_files"
    __table_args__ = (UniqueConstraint("invoice_id", "format"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    format: Mapped[str] = mapped_column(String(4))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(EncryptedBytes("invoice_files.content"), deferred=True)
    kept_until: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Moment)


@event.listens_for(InvoiceFile, "before_update")
@event.listens_for(InvoiceFile, "before_delete")
def _never(_mapper: object, _connection: object, file: InvoiceFile) -> None:
    raise PermissionError(f"original {file.id} is kept as it came")


guard(Invoice.state, InvoiceState)
guard(RedForm.state, RedState)
