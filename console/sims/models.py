"""Tables of numbers, SIM cards and lines."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.core.db import Base, Moment
from console.core.encryption import Encrypted
from console.core.states import guard, state_check, state_column
from console.core.tenancy import CompanyOwned
from console.employees.models import Employee
from console.plans.models import Plan
from console.sims.states import LineState, NumberState, SimState

WAITING = text("next_plan_on is not null")


class PhoneNumber(CompanyOwned, Base):
    """A number of this company. `tail_index` finds it by its last four digits."""

    __tablename__ = "phone_numbers"
    __table_args__ = (
        UniqueConstraint("company_id", "msisdn_index"),
        Index("ix_phone_numbers_company_state", "company_id", "state", "id"),
        Index("ix_phone_numbers_company_tail", "company_id", "tail_index"),
        state_check(NumberState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    msisdn: Mapped[str] = mapped_column(Encrypted("phone_numbers.msisdn"))
    msisdn_index: Mapped[bytes]
    tail_index: Mapped[bytes]
    state: Mapped[str] = state_column(NumberState)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)


class SimCard(CompanyOwned, Base):
    """A card in the company's drawer. `key19` is its identity: the 20th character is unreliable (E.118 practice)."""

    __tablename__ = "sim_cards"
    __table_args__ = (
        UniqueConstraint("company_id", "key19"),
        Index("ix_sim_cards_company_state", "company_id", "state", "id"),
        state_check(SimState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    iccid: Mapped[str] = mapped_column(String(20))
    key19: Mapped[str] = mapped_column(String(19))
    state: Mapped[str] = state_column(SimState)


class Line(CompanyOwned, Base):
    """A number in somebody's telephone: the subscription of one person to one plan.

    From `next_plan_on` the plan is `next_plan_id`. `heard` is the sequence of the operator's last word on the state,
    `told` of its last word on everything else. `products` are the codes of what it has beside the plan; `limit_mb` is
    how much data it may use in a month, and `limit_action` what happens then (CUT or THROTTLE).
    """

    __tablename__ = "lines"
    __quiet__ = ("heard", "told")
    __table_args__ = (
        Index("ix_lines_company_state", "company_id", "state"),
        Index("ix_lines_next_plan", "next_plan_on", sqlite_where=WAITING, postgresql_where=WAITING),
        state_check(LineState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number_id: Mapped[int] = mapped_column(ForeignKey("phone_numbers.id"), index=True)
    sim_id: Mapped[int] = mapped_column(ForeignKey("sim_cards.id"), index=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), index=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    state: Mapped[str] = state_column(LineState)
    next_plan_id: Mapped[int | None] = mapped_column(Integer)
    next_plan_on: Mapped[date | None] = mapped_column(Date)
    heard: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    told: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    products: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    limit_mb: Mapped[int | None] = mapped_column(Integer)
    limit_action: Mapped[str | None] = mapped_column(String(10))
    contract_end: Mapped[date | None] = mapped_column(Date)
    opened_on: Mapped[date | None] = mapped_column(Date)
    active_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)

    number: Mapped[PhoneNumber] = relationship()
    sim: Mapped[SimCard] = relationship()
    employee: Mapped[Employee] = relationship()
    plan: Mapped[Plan] = relationship()


class LineEvent(CompanyOwned, Base):
    """What the operator told of a line: which channel did what, and what was different afterwards.

    `sequence` counts what is told of the number. `facts` maps what changed to what it is now: {"plan": "QQT5G089"}.
    """

    __tablename__ = "line_events"
    __unaudited__ = "it is itself the record of what the operator said; its effects are recorded on the lines"
    __table_args__ = (
        UniqueConstraint("company_id", "event_id"),
        Index("ix_line_events_line", "company_id", "line_id", "sequence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    event_id: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str | None] = mapped_column(String(20))
    lifecycle: Mapped[str] = mapped_column(String(20))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    sequence: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)


class EsimHandover(CompanyOwned, Base):
    """The activation code of an eSIM order, given out once: asked of the operator with one key, and never kept.

    As long as it was not shown the same key may ask again: the operator answers it alike.
    """

    __tablename__ = "esim_handovers"
    __table_args__ = (UniqueConstraint("order_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    request_key: Mapped[str] = mapped_column(String(40))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    shown_at: Mapped[datetime | None] = mapped_column(Moment)


guard(PhoneNumber.state, NumberState)
guard(SimCard.state, SimState)
guard(Line.state, LineState)
