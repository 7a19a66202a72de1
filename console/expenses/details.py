"""详单: somebody's detail records, for a purpose, with a second person's and the user's own consent; sums of days only.

Whom a user called is never asked for: an enterprise sees totals (telecom rules 2.5). The operator asks the user by
itself; what is kept here is the token that proves it. What was fetched is deleted after KEPT.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, Select, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from console.accounts.models import User
from console.core import acting, clock, permissions, queue, storage
from console.core.db import Base, Moment, session
from console.core.encryption import Encrypted
from console.core.errors import Conflict, NotFound
from console.core.permissions import Permission
from console.core.queue import Job
from console.core.states import guard, state_check, state_column
from console.core.tenancy import CompanyOwned
from console.expenses import rules
from console.expenses.states import DetailState
from console.notices import actions as notices
from console.orders import standing
from console.sims.models import Line, PhoneNumber

PURPOSES = ("dispute", "unusual", "own_request", "audit")
MONTHS_BACK = 6
"""The operator keeps no more."""
KEPT = timedelta(days=7)
LONGEST_NOTE = 200
OPEN = (DetailState.CONSENTING, DetailState.FETCHING)
FIRST_LOOK, LATER_LOOK = timedelta(seconds=5), timedelta(minutes=5)


class DetailRequest(CompanyOwned, Base):
    __tablename__ = "detail_requests"
    __quiet__ = ("looks", "next_look_at")
    __table_args__ = (Index("ix_detail_requests_due", "state", "next_look_at"), state_check(DetailState))

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"), index=True)
    period: Mapped[str] = mapped_column(String(7))
    state: Mapped[str] = state_column(DetailState)
    purpose: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Encrypted("detail_requests.note"), default="")
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    key: Mapped[str] = mapped_column(String(36))
    """Of both calls to the operator, for ever: asked a second time they are the same request."""
    consent_id: Mapped[str | None] = mapped_column(String(40))
    consent_token: Mapped[str | None] = mapped_column(Encrypted("detail_requests.consent_token"))
    export_id: Mapped[str | None] = mapped_column(String(40))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    code: Mapped[str | None] = mapped_column(String(40))
    looks: Mapped[int] = mapped_column(Integer, default=0)
    next_look_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)

    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    calls: int
    minutes: int
    messages: int
    data_kb: int


def ask(role: str, user_id: int, line_id: int, period: str, purpose: str, note: str) -> DetailRequest:
    """Written down for a second person. Raises NotFound, and Conflict: E_DETAILS (no purpose, or no month of the last
    six), E_DETAILS_OPEN (asked for already), E_LETTER_EXPIRED (the letter of authorisation has ended)."""
    permissions.check(role, Permission.DETAILS_ASK)
    if session.get(Line, line_id, with_for_update=True) is None:
        raise NotFound
    now = rules.period_of(clock.today())
    if purpose not in PURPOSES or not rules.is_period(period):
        raise Conflict("E_DETAILS")
    if not rules.months_before(now, MONTHS_BACK) <= period <= now:
        raise Conflict("E_DETAILS")
    if standing.bar(spends=False) is not None:
        raise Conflict("E_LETTER_EXPIRED")
    under_way = (DetailState.ASKED, *OPEN, DetailState.READY)
    if session.scalar(
        select(DetailRequest.id).where(
            DetailRequest.line_id == line_id,
            DetailRequest.period == period,
            DetailRequest.state.in_(under_way),
        )
    ):
        raise Conflict("E_DETAILS_OPEN")
    wanted = DetailRequest(
        line_id=line_id, period=period, purpose=purpose, note=note[:LONGEST_NOTE], asked_by=user_id,
        asked_at=clock.now(), key=str(uuid.uuid4()), next_look_at=clock.now(),
    )  # fmt: skip
    session.add(wanted)
    notices.tell_all(Permission.DETAILS_APPROVE, "DETAILS_ASKED", but=user_id, title=period)
    return wanted


def decide(role: str, user_id: int, request_id: int, *, agrees: bool) -> None:
    """Of a second person: raises Conflict E_DETAILS_OWN for one's own, E_DETAILS_STATE when it is decided already."""
    permissions.check(role, Permission.DETAILS_APPROVE)
    wanted = get(request_id, lock=True)
    if wanted.asked_by == user_id:
        raise Conflict("E_DETAILS_OWN")
    if wanted.state != DetailState.ASKED:
        raise Conflict("E_DETAILS_STATE")
    wanted.state = DetailState.CONSENTING if agrees else DetailState.RETURNED
    wanted.decided_by, wanted.decided_at, wanted.next_look_at = user_id, clock.now(), clock.now()
    if agrees:
        queue.enqueue(Job.LOOK_AT_DETAILS, acting.company())
    else:
        _tell(wanted, "DETAILS_ENDED")


def take_back(role: str, user_id: int, request_id: int) -> None:
    """One's own, before the user has agreed. Raises Conflict E_DETAILS_STATE."""
    permissions.check(role, Permission.DETAILS_ASK)
    wanted = get(request_id, lock=True)
    if wanted.asked_by != user_id or wanted.state not in (DetailState.ASKED, DetailState.CONSENTING):
        raise Conflict("E_DETAILS_STATE")
    wanted.state = DetailState.RETURNED


def get(request_id: int, *, lock: bool = False) -> DetailRequest:
    found = session.get(DetailRequest, request_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def listed() -> list[tuple[DetailRequest, str, str]]:
    """The latest first, with who asked and the whole number."""
    wanted = (
        select(DetailRequest, User.name, PhoneNumber.msisdn)
        .join(User, User.id == DetailRequest.asked_by)
        .join(Line, Line.id == DetailRequest.line_id)
        .join(PhoneNumber, PhoneNumber.id == Line.number_id)
        .order_by(DetailRequest.id.desc())
        .limit(200)
    )
    return [(one, name, number) for one, name, number in session.execute(wanted)]


def msisdn(wanted: DetailRequest) -> str:
    number = select(PhoneNumber.msisdn).join(Line, Line.number_id == PhoneNumber.id)
    return str(session.scalars(number.where(Line.id == wanted.line_id)).one())


def companies(now: datetime) -> Select[int]:
    """Where something is under way, or is to be deleted; for the clock."""
    due = DetailRequest.state.in_(OPEN) & (DetailRequest.next_look_at <= now)
    over = (DetailRequest.state == DetailState.READY) & (DetailRequest.expires_at <= now)
    return select(DetailRequest.company_id).where(or_(due, over)).distinct()


def due(now: datetime) -> list[int]:
    """Put off, so that nobody else looks meanwhile; the key guards what time does not."""
    wanted = (
        select(DetailRequest)
        .where(DetailRequest.state.in_(OPEN), DetailRequest.next_look_at <= now)
        .order_by(DetailRequest.id)
        .with_for_update(skip_locked=True)
    )
    found = list(session.scalars(wanted))
    for one in found:
        one.looks += 1
        one.next_look_at = now + (FIRST_LOOK if one.looks < 12 else LATER_LOOK)
    return [one.id for one in found]


def hear_consent(request_id: int, told: dict[str, Any]) -> None:
    wanted = get(request_id, lock=True)
    if wanted.state != DetailState.CONSENTING:
        return
    wanted.consent_id = told.get("consentId") or wanted.consent_id
    if told.get("state") == "GIVEN":
        wanted.consent_token, wanted.state = str(told["consentToken"]), DetailState.FETCHING
        wanted.looks, wanted.next_look_at = 0, clock.now()
    elif told.get("state") in ("REFUSED", "EXPIRED"):
        _end(wanted, DetailState.DECLINED, str(told["state"]))
    elif told.get("code"):
        _end(wanted, DetailState.FAILED, str(told["code"]))


def hear_details(request_id: int, told: dict[str, Any]) -> None:
    wanted = get(request_id, lock=True)
    if wanted.state != DetailState.FETCHING:
        return
    wanted.export_id = told.get("exportId") or wanted.export_id
    if told.get("state") == "READY":
        days = [_read(one) for one in told["days"]]
        content = json.dumps(
            [[one.day.isoformat(), one.calls, one.minutes, one.messages, one.data_kb] for one in days]
        )
        wanted.file_id = storage.put(f"details-{wanted.id}.json", content.encode()).id
        wanted.state, wanted.expires_at = DetailState.READY, clock.now() + KEPT
        _tell(wanted, "DETAILS_READY")
    elif told.get("code"):
        _end(wanted, DetailState.FAILED, str(told["code"]))


def expire(now: datetime) -> int:
    """What was kept long enough is deleted; how many."""
    over = select(DetailRequest).where(
        DetailRequest.state == DetailState.READY, DetailRequest.expires_at <= now
    )
    found = list(session.scalars(over))
    for one in found:
        file, one.file_id, one.state = one.file_id, None, DetailState.EXPIRED
        session.flush()
        if file is not None:
            session.delete(session.get_one(storage.StoredFile, file))
    return len(found)


def days(wanted: DetailRequest) -> list[Day]:
    """Raises Conflict E_DETAILS_STATE when there are none (any more)."""
    if wanted.state != DetailState.READY or wanted.file_id is None:
        raise Conflict("E_DETAILS_STATE")
    return [Day(date.fromisoformat(day), *counts) for day, *counts in json.loads(storage.get(wanted.file_id))]


def _read(told: dict[str, Any]) -> Day:
    counts = [int(told[name]) for name in ("calls", "minutes", "messages", "dataKb")]
    if min(counts) < 0:
        raise ValueError("less than nothing")
    return Day(date.fromisoformat(told["day"]), *counts)


def _end(wanted: DetailRequest, state: DetailState, code: str) -> None:
    wanted.state, wanted.code = state, code[:40]
    _tell(wanted, "DETAILS_ENDED")


def _tell(wanted: DetailRequest, code: str) -> None:
    notices.tell(wanted.asked_by, code, title=wanted.period)


guard(DetailRequest.state, DetailState)
