"""What people do with their accounts: sign in, give a code, change a password, enrol a second factor."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import delete, select, update

from console.accounts import passwords, queries, rules
from console.accounts.models import Company, RecoveryCode, SmsCode, User, UserSession
from console.core import clock, db
from console.core.db import session
from console.core.encryption import blind_index
from console.core.errors import Conflict, ConsoleError
from console.core.permissions import Role
from console.identifiers import organisations

RECOVERY_CODES = 10


@dataclass(frozen=True)
class Outcome:
    """A try that failed is an outcome, not an exception: the failure has to be committed."""

    code: str | None = None
    token: str | None = None
    locked_until: datetime | None = None


def limit_leavers(group_code: str, percent: int, least: int) -> None:
    """A full roster that lacks more than this share of the people, and so many, is asked about first."""
    company = session.scalars(select(Company).where(Company.group_code == group_code)).one()
    company.leavers_percent, company.leavers_least = percent, least


def create_company(name: str, uscc: str, group_code: str) -> Company:
    """Raises ConsoleError E_USCC when the 统一社会信用代码 is wrong (GB 32100-2015)."""
    verdict = organisations.uscc(uscc)
    if not verdict.valid:
        raise ConsoleError("E_USCC", reason=verdict.reason)
    company = Company(name=name, uscc=verdict.normalized, group_code=group_code, created_at=clock.now())
    session.add(company)
    session.flush()
    return company


def create_user(login: str, name: str, role: Role, password: str, phone: str | None) -> User:
    """Raises ConsoleError with the first reason why the password will not do."""
    login = login.strip().casefold()
    _must_be_good(password, login, name)
    user = User(
        login=login,
        name=name,
        role=role.value,
        password_hash=passwords.hashed(password),
        phone=phone,
        created_at=clock.now(),
    )
    session.add(user)
    session.flush()
    return user


def give_password(user_id: int, password: str, address: str, agent: str) -> Outcome:
    """First step. The token of the outcome opens nothing but the second step."""
    user = session.get_one(User, user_id, with_for_update=True)
    if locked := _locked(user):
        passwords.matches(None, password)
        return locked
    if not passwords.matches(user.password_hash, password):
        return _failed(user, "E_SIGN_IN")
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(
        UserSession(
            token_digest=queries.digest(token),
            user_id=user.id,
            address=address,
            agent=agent[:200],
            created_at=now,
            last_seen=now,
        )
    )
    return Outcome(token=token)


def give_code(session_id: int, method: str, code: str) -> Outcome:
    """Second step, and again before anything that matters. A right code gives a new token."""
    opened = session.get_one(UserSession, session_id)
    user = session.get_one(User, opened.user_id, with_for_update=True)
    if locked := _locked(user):
        return locked
    right = {"totp": _totp_is_right, "sms": _sms_is_right, "recovery": _recovery_is_right}[method](user, code)
    if not right:
        return _failed(user, "E_CODE")
    user.failures, user.locked_until = 0, None
    token = secrets.token_urlsafe(32)
    opened.token_digest = queries.digest(token)
    opened.factor_at = opened.last_seen = clock.now()
    return Outcome(token=token)


def _locked(user: User) -> Outcome | None:
    if user.locked_until and user.locked_until > clock.now():
        return Outcome("E_LOCKED", locked_until=user.locked_until)
    return None


def _failed(user: User, code: str) -> Outcome:
    user.failures += 1
    if wait := rules.lock_after(user.failures):
        user.locked_until = clock.now() + wait
        return Outcome("E_LOCKED", locked_until=user.locked_until)
    return Outcome(code)


def _totp_is_right(user: User, code: str) -> bool:
    """A code works once, also when two browsers send it at the same moment."""
    if not (user.totp_enabled and user.totp_secret):
        return False
    step = _matching_step(user.totp_secret, code)
    if step is None:
        return False
    moved = session.execute(
        update(User).where(User.id == user.id, User.totp_last_step < step).values(totp_last_step=step)
    )
    return moved.rowcount == 1  # type: ignore[attr-defined]


def _matching_step(secret: str, code: str) -> int | None:
    """RFC 6238, 30 seconds, one step of drift either way."""
    totp = pyotp.TOTP(secret)
    now = int(clock.now().timestamp()) // 30
    return next(
        (step for step in (now, now - 1, now + 1) if secrets.compare_digest(totp.at(step * 30), code)), None
    )


def _sms_is_right(user: User, code: str) -> bool:
    sent = queries.last_sms(user.id)
    if sent is None or not rules.sms_usable(sent.sent_at, sent.tries, sent.used_at is not None, clock.now()):
        return False
    sent.tries += 1
    if not secrets.compare_digest(sent.digest, _code_digest(user, code)):
        return False
    sent.used_at = clock.now()
    return True


def _recovery_is_right(user: User, code: str) -> bool:
    tidy = code.replace("-", "").replace(" ", "").upper()
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.digest == _code_digest(user, tidy),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    return used.rowcount == 1  # type: ignore[attr-defined]


def _code_digest(user: User, code: str) -> bytes:
    return blind_index("one-time code", f"{user.id}:{code}")


def make_sms_code(user_id: int) -> tuple[str, str]:
    """(telephone, code), to be sent once the transaction is over. Raises E_SMS_SOON, E_NO_PHONE."""
    user = session.get_one(User, user_id)
    if not user.phone:
        raise ConsoleError("E_NO_PHONE")
    last = queries.last_sms(user_id)
    if last and clock.now() - last.sent_at < rules.SMS_PAUSE:
        raise ConsoleError("E_SMS_SOON")
    code = f"{secrets.randbelow(1_000_000):06}"
    session.add(SmsCode(user_id=user_id, digest=_code_digest(user, code), sent_at=clock.now()))
    return user.phone, code


def start_totp(user_id: int) -> str:
    """A new secret, not yet in force. Raises E_TOTP_ON when a working one exists."""
    user = session.get_one(User, user_id)
    if user.totp_enabled:
        raise Conflict("E_TOTP_ON")
    if user.totp_secret is None:
        user.totp_secret = pyotp.random_base32()
    return user.totp_secret


def enable_totp(user_id: int, code: str) -> list[str]:
    """The secret is in force once a code from it was given; fresh recovery codes come with it. Raises E_CODE."""
    user = session.get_one(User, user_id)
    step = _matching_step(user.totp_secret, code) if user.totp_secret else None
    if step is None:
        raise ConsoleError("E_CODE")
    user.totp_enabled, user.totp_last_step = True, step
    return new_recovery_codes(user_id)


def disable_totp(user_id: int) -> None:
    user = session.get_one(User, user_id)
    user.totp_enabled, user.totp_secret = False, None


def new_recovery_codes(user_id: int) -> list[str]:
    """Ten codes, shown once; the old ones are void."""
    user = session.get_one(User, user_id)
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [secrets.token_hex(5).upper() for _ in range(RECOVERY_CODES)]
    db.insert_many(RecoveryCode, [{"user_id": user_id, "digest": _code_digest(user, code)} for code in codes])
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def change_password(user_id: int, session_id: int, old: str, new: str) -> None:
    """Ends every other session of the person. Raises E_OLD_PASSWORD and the reasons of rules.why_not_password."""
    user = session.get_one(User, user_id)
    if not passwords.matches(user.password_hash, old):
        raise ConsoleError("E_OLD_PASSWORD")
    _must_be_good(new, user.login, user.name)
    user.password_hash = passwords.hashed(new)
    end_sessions(user_id, keep=session_id)


def reset_password(login: str, password: str) -> None:
    """For the command line: a forgotten password. Open sessions end."""
    user = session.scalars(select(User).where(User.login == login.strip().casefold())).one()
    _must_be_good(password, user.login, user.name)
    user.password_hash = passwords.hashed(password)
    user.failures, user.locked_until = 0, None
    end_sessions(user.id)


def end_sessions(user_id: int, *, only: int | None = None, keep: int | None = None) -> None:
    ending = update(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    if only is not None:
        ending = ending.where(UserSession.id == only)
    if keep is not None:
        ending = ending.where(UserSession.id != keep)
    session.execute(ending.values(ended_at=clock.now()))


def seen(session_id: int) -> None:
    session.execute(update(UserSession).where(UserSession.id == session_id).values(last_seen=clock.now()))


def prefer(user_id: int, choices: dict[str, str]) -> None:
    """Appearance and language; they are kept with the account."""
    session.execute(update(User).where(User.id == user_id).values(**choices))


def _must_be_good(password: str, login: str, name: str) -> None:
    for code in rules.why_not_password(password, login, name):
        raise ConsoleError(code)
