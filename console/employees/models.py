"""Tables of people, departments and cost centres."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.core.db import Base, Moment
from console.core.encryption import Encrypted
from console.core.tenancy import CompanyOwned


class Department(CompanyOwned, Base):
    """A node of the tree; `path` is what people write: 技术部/研发一组."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("company_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    name: Mapped[str] = mapped_column(String(60))
    path: Mapped[str] = mapped_column(String(200))

    parent: Mapped["Department | None"] = relationship(remote_side="Department.id")


class CostCenter(CompanyOwned, Base):
    __tablename__ = "cost_centers"
    __table_args__ = (UniqueConstraint("company_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(60))


class Employee(CompanyOwned, Base):
    """A person of the company. The indexes find an equal name or document without opening it.

    `left_on` is the day on which a full roster did not mention the person any more.
    """

    __tablename__ = "employees"
    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        Index("ix_employees_company_document", "company_id", "document_index"),
        Index("ix_employees_company_name", "company_id", "name_index"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Encrypted("employees.name"))
    name_index: Mapped[bytes]
    document_type: Mapped[str | None] = mapped_column(String(20))
    document_no: Mapped[str | None] = mapped_column(Encrypted("employees.document_no"))
    document_index: Mapped[bytes | None]
    phone: Mapped[str | None] = mapped_column(Encrypted("employees.phone"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    cost_center_id: Mapped[int | None] = mapped_column(ForeignKey("cost_centers.id"), index=True)
    left_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)

    department: Mapped[Department | None] = relationship()
    cost_center: Mapped[CostCenter | None] = relationship()
