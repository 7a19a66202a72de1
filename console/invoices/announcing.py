"""Invoices that others had issued and the platform told of: written down, fetched from the platform, taken in like a file.

Whoever tells has not proved who he is. So nothing that he says is believed but a number to ask the platform for, there
are never more than MOST numbers waiting, and those that the platform does not know are forgotten.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Index, Integer, Select, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from console.accounts.models import Company
from console.core import acting, clock, permissions, queue
from console.core.config import Settings
from console.core.db import Base, Moment, session
from console.core.errors import Conflict, NotFound
from console.core.permissions import Permission
from console.core.states import guard, state_check, state_column
from console.core.tenancy import CompanyOwned
from console.expenses import queries as months
from console.expenses.states import StatementState
from console.invoices import covering, elsewhere, queries, rules
from console.invoices.document import is_number
from console.invoices.models import InvoiceTitle
from console.invoices.states import AnnouncedState

MOST = 50
PAUSES = tuple(timedelta(minutes=one) for one in (1, 5, 30, 120, 720))
"""After each look that found no file; then it is refused."""
MONTHS_BACK = 12
MISSING = "E_FILE_MISSING"
FORGOTTEN_AFTER = timedelta(days=7)


class Announced(CompanyOwned, Base):
    __tablename__ = "announced_invoices"
    __quiet__ = ("tries", "next_try_at")
    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        Index("ix_announced_invoices_due", "state", "next_try_at"),
        state_check(AnnouncedState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = state_column(AnnouncedState)
    code: Mapped[str | None] = mapped_column(String(30))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(Moment)
    told_at: Mapped[datetime] = mapped_column(Moment)

    __mapper_args__ = {"version_id_col": state, "version_id_generator": False}


def whose(tax_number: str) -> list[int]:
    """Companies that are, or make invoices out to, this buyer; for the door, which acts for nobody yet."""
    own = select(Company.id).where(Company.uscc == tax_number)
    titles = select(InvoiceTitle.company_id).where(InvoiceTitle.tax_number == tax_number)
    return sorted(set(session.scalars(own.union(titles))))


def hear(number: str) -> bool:
    """Written down, once; False for what is known, is no number, or is one too many."""
    if not is_number(number) or queries.exists(number=number):
        return False
    wanted = select(func.count(Announced.id)).where(Announced.state == AnnouncedState.WAITING)
    waiting = session.scalar(wanted) or 0
    known = session.scalar(select(Announced.id).where(Announced.number == number))
    if known is not None or waiting >= MOST:
        return False
    session.add(Announced(number=number, next_try_at=clock.now(), told_at=clock.now()))
    queue.enqueue(queue.Job.FETCH_INVOICES, acting.company())
    return True


def due(now: datetime) -> list[tuple[int, str]]:
    """(id, number) of those to look for, put off so that nobody else does meanwhile."""
    wanted = (
        select(Announced)
        .where(Announced.state == AnnouncedState.WAITING, Announced.next_try_at <= now)
        .order_by(Announced.id)
        .with_for_update(skip_locked=True)
    )
    found = list(session.scalars(wanted))
    for one in found:
        one.next_try_at = now + PAUSES[min(one.tries, len(PAUSES) - 1)]
        one.tries += 1
    return [(one.id, one.number) for one in found]


def companies(now: datetime) -> Select[int]:
    """Where something is to be looked for; for the clock."""
    return (
        select(Announced.company_id)
        .where(Announced.state == AnnouncedState.WAITING, Announced.next_try_at <= now)
        .distinct()
    )


def forget(now: datetime) -> None:
    """Numbers that the platform never knew are no news of anybody's after a while."""
    unknown = (Announced.state == AnnouncedState.REFUSED) & (Announced.code == MISSING)
    session.execute(delete(Announced).where(unknown, Announced.told_at < now - FORGOTTEN_AFTER))


def missing(announced_id: int) -> None:
    """The platform has no file of that number (yet)."""
    one = _get(announced_id)
    if one.state == AnnouncedState.WAITING and one.tries >= len(PAUSES):
        one.state, one.code = AnnouncedState.REFUSED, MISSING


def take(announced_id: int, content: bytes, settings: Settings) -> None:
    """The platform's own file, checked as any other, for the month that has room for it: the newest one that was said."""
    one = _get(announced_id)
    if one.state != AnnouncedState.WAITING:
        return
    try:
        found = elsewhere.read(content)
        if found.number != one.number:
            raise Conflict("E_FILE_ALTERED", codes=["I_NUMBERS"])
        elsewhere.enter(None, content, _period(found.total_fen), settings, found)
    except Conflict as refused:
        one.state, one.code = AnnouncedState.REFUSED, refused.code
        return
    one.state, one.code = AnnouncedState.TAKEN, None


def _period(total_fen: int) -> str:
    """Of the closed months the newest that has as much to be invoiced still; else the newest, whose refusal says why."""
    closed = [one.period for one in months.all_in_force() if one.state == StatementState.CLOSED][:MONTHS_BACK]
    for period in closed:
        if rules.plan(covering.open_parts(period, "company", "")).total_fen >= total_fen:
            return period
    return closed[0] if closed else ""


def again(role: str, announced_id: int) -> None:
    """Somebody has seen to what kept it out. Raises Conflict E_INVOICE_STATE."""
    permissions.check(role, Permission.INVOICES_ISSUE)
    one = _get(announced_id)
    if one.state != AnnouncedState.REFUSED:
        raise Conflict("E_INVOICE_STATE")
    one.state, one.tries, one.next_try_at = AnnouncedState.WAITING, 0, clock.now()
    queue.enqueue(queue.Job.FETCH_INVOICES, acting.company())


def open_ones() -> Iterable[Announced]:
    """What is not taken in, the latest first."""
    return session.scalars(
        select(Announced).where(Announced.state != AnnouncedState.TAKEN).order_by(Announced.id.desc())
    )


def _get(announced_id: int) -> Announced:
    found = session.get(Announced, announced_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


guard(Announced.state, AnnouncedState)
