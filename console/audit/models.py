"""The trail of changes. Rows are only ever added: nothing in the console updates or deletes one."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from console.core.db import Base, Moment
from console.core.tenancy import CompanyOwned


class AuditEvent(CompanyOwned, Base):
    """One change to one row, or one statement that changed `count` rows alike."""

    __tablename__ = "audit_events"
    __unaudited__ = "it is the trail itself"
    __table_args__ = (
        Index("ix_audit_events_company_at", "company_id", "at"),
        Index("ix_audit_events_company_batch", "company_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(64))
    task: Mapped[str] = mapped_column(String(100))
    batch_id: Mapped[int | None] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(String(20))
    entity: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[int | None] = mapped_column(Integer)
    count: Mapped[int] = mapped_column(Integer, default=1)
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
