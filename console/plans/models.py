"""The operator's catalogue: each row is one version of one product."""

from datetime import date

from sqlalchemy import JSON, Boolean, Date, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from console.core.db import Base


class Plan(Base):
    """A product as it was sold from `valid_from` to `valid_to`. Fees in 分, data in MB (1 GB = 1,024 MB).

    A line keeps the id of the version that it was sold; a new price is a new row, never an edit.
    """

    __tablename__ = "plans"
    __unaudited__ = "the operator's catalogue, the same for every company; its versions are its history"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30))
    version: Mapped[int] = mapped_column(Integer, default=1)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    sellable: Mapped[bool] = mapped_column(Boolean, default=True)
    name: Mapped[str] = mapped_column(String(60))
    family: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    fee_fen: Mapped[int] = mapped_column(Integer)
    fee_cycle: Mapped[str] = mapped_column(String(10))
    voice_min: Mapped[int] = mapped_column(Integer, default=0)
    data_mb: Mapped[int] = mapped_column(Integer, default=0)
    directed_mb: Mapped[int] = mapped_column(Integer, default=0)
    sms: Mapped[int] = mapped_column(Integer, default=0)
    contract_months: Mapped[int] = mapped_column(Integer, default=0)
    min_qty: Mapped[int] = mapped_column(Integer, default=1)
    eligibility: Mapped[str] = mapped_column(String(30), default="ANY")
    first_month: Mapped[str] = mapped_column(String(20), default="DAILY")
    requires: Mapped[list[str]] = mapped_column(JSON)
    excludes: Mapped[list[str]] = mapped_column(JSON)
    synonyms: Mapped[list[str]] = mapped_column(JSON)
    tax: Mapped[str] = mapped_column(String(20))
    bill_item: Mapped[str] = mapped_column(String(30))
    more: Mapped[dict[str, object]] = mapped_column(JSON)
    """Overage prices, throttling and remarks, as the catalogue has them."""
