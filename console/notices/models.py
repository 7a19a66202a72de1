"""Messages inside the console. A notice is a code with values; its sentence is made in the reader's language."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from console.core.db import Base, Moment
from console.core.tenancy import CompanyOwned


class Notice(CompanyOwned, Base):
    __tablename__ = "notices"
    __unaudited__ = "it tells of a change that is recorded where it happened"
    __table_args__ = (Index("ix_notices_user", "company_id", "user_id", "read_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    code: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
