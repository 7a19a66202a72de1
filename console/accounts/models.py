"""Companies, the people who sign in for them, their sessions and their codes."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.core.db import Base, Moment
from console.core.encryption import Encrypted
from console.core.permissions import Role
from console.core.tenancy import CompanyOwned, IsCompany


class Company(IsCompany, Base):
    """A business customer. `group_code` is the operator's name for it (集团编码).

    A full roster that lacks more than `leavers_percent` of the people, and `leavers_least` of them, is asked about.
    """

    __tablename__ = "companies"
    __quiet__ = ("batch_day", "batch_count")

    name: Mapped[str] = mapped_column(String(100))
    uscc: Mapped[str] = mapped_column(String(18), unique=True)
    group_code: Mapped[str] = mapped_column(String(40), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    batch_day: Mapped[str] = mapped_column(String(8), default="")
    batch_count: Mapped[int] = mapped_column(Integer, default=0)
    leavers_percent: Mapped[int] = mapped_column(Integer, default=20, server_default="20")
    leavers_least: Mapped[int] = mapped_column(Integer, default=5, server_default="5")


class User(CompanyOwned, Base):
    """Somebody who signs in. `phone` receives one-time codes."""

    __tablename__ = "users"
    __quiet__ = ("theme", "mode", "locale", "density", "totp_last_step")

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(20), default=Role.OFFICE.value)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    phone: Mapped[str | None] = mapped_column(Encrypted("users.phone"))
    password_hash: Mapped[str] = mapped_column(String(200), info={"secret": True})
    totp_secret: Mapped[str | None] = mapped_column(Encrypted("users.totp_secret"))
    totp_enabled: Mapped[bool] = mapped_column(Boolean, default=False)
    totp_last_step: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    theme: Mapped[str] = mapped_column(String(10), default="")
    mode: Mapped[str] = mapped_column(String(10), default="")
    locale: Mapped[str] = mapped_column(String(5), default="")
    density: Mapped[str] = mapped_column(String(10), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)

    company: Mapped[Company] = relationship(foreign_keys="User.company_id")


class UserSession(CompanyOwned, Base):
    """One browser of one person. The cookie carries a random token, the database its digest.

    Until `factor_at` is set only the password was given, and nothing but the second step opens.
    """

    __tablename__ = "user_sessions"
    __quiet__ = ("last_seen",)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_seen: Mapped[datetime] = mapped_column(Moment)
    factor_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class RecoveryCode(CompanyOwned, Base):
    """One of ten codes for the day the telephone is lost; each works once."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    digest: Mapped[bytes]
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class SmsCode(CompanyOwned, Base):
    """A one-time code that was sent: six digits, five minutes, five tries."""

    __tablename__ = "sms_codes"
    __table_args__ = (UniqueConstraint("user_id", "sent_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    digest: Mapped[bytes]
    sent_at: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
