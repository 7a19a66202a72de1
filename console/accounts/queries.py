"""Reads about people who sign in."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from console.accounts.models import Company, RecoveryCode, SmsCode, User, UserSession
from console.core import acting
from console.core.db import session


@dataclass(frozen=True)
class SignedIn:
    """The person behind a request, for Flask-Login; `factor_at` is when the last one-time code was given."""

    session_id: int
    user_id: int
    company_id: int
    company_name: str
    name: str
    role: str
    created_at: datetime
    last_seen: datetime
    factor_at: datetime | None
    theme: str
    mode: str
    locale: str
    density: str
    token: str

    is_active = True
    is_anonymous = False

    @property
    def is_authenticated(self) -> bool:
        return self.factor_at is not None

    def get_id(self) -> str:
        return self.token


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def signed_in(token: str) -> SignedIn | None:
    """Whose browser this is; the company is not known before, so this one read is the platform's."""
    wanted = (
        select(UserSession, User, Company.name)
        .join(User, User.id == UserSession.user_id)
        .join(Company, Company.id == User.company_id)
        .where(UserSession.token_digest == digest(token), UserSession.ended_at.is_(None), User.enabled)
        .with_only_columns(
            UserSession.id,
            User.id,
            User.company_id,
            Company.name,
            User.name,
            User.role,
            UserSession.created_at,
            UserSession.last_seen,
            UserSession.factor_at,
            User.theme,
            User.mode,
            User.locale,
            User.density,
        )
    )
    with acting.platform("sign-in"):
        found: Any = session.execute(wanted).first()
    return SignedIn(*(*found, token)) if found else None


def who(login: str) -> tuple[int, int] | None:
    """(user, company) for what was typed as login."""
    if "\0" in login:  # PostgreSQL takes none in a text
        return None
    with acting.platform("sign-in"):
        found = session.execute(
            select(User.id, User.company_id).where(User.login == login.strip().casefold(), User.enabled)
        ).first()
    return (found[0], found[1]) if found else None


def last_sms(user_id: int) -> SmsCode | None:
    return session.scalars(
        select(SmsCode).where(SmsCode.user_id == user_id).order_by(SmsCode.sent_at.desc()).limit(1)
    ).first()


def unused_recovery_codes(user_id: int) -> int:
    return session.scalar(
        select(func.count(RecoveryCode.id)).where(
            RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
        )
    )  # type: ignore[return-value]


def open_sessions(user_id: int) -> list[UserSession]:
    wanted = (
        select(UserSession)
        .where(
            UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.factor_at.is_not(None)
        )
        .order_by(UserSession.last_seen.desc())
        .limit(20)
    )
    return list(session.scalars(wanted))


def company_of(group_code: str) -> int | None:
    """By the operator's name for it; for a task of the platform."""
    return session.scalar(select(Company.id).where(Company.group_code == group_code))
