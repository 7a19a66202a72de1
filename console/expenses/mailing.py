"""Who is told by mail that a month is there, and the letters that tell it.

A letter has a link and nothing of the statement: what the month costs, and whom, is read behind the sign-in.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, select

from console.accounts.models import Company, User
from console.core import acting, clock, mail
from console.core.db import session
from console.core.errors import NotAllowed, NotFound
from console.core.permissions import Permission, Role, allows
from console.expenses import queries
from console.expenses.models import Statement, StatementMail, StatementReader

PAUSES = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""After each try that failed; then it is given up."""
NEVER = timedelta(days=36_500)


def may_choose(role: str) -> bool:
    """Whether somebody says who else gets mail; everybody says it of himself."""
    return allows(role, Permission.STATEMENTS_CLOSE)


def subscribe(role: str, own_id: int, user_id: int, email: str) -> None:
    """From now on. Raises NotAllowed for another person's mail, NotFound for who may not read statements."""
    _check(role, own_id, user_id)
    if user_id not in {user.id for user in readers()}:
        raise NotFound
    found = _of(user_id)
    if found is None:
        session.add(StatementReader(user_id=user_id, email=email, since=clock.now()))
    else:
        found.email = email


def unsubscribe(role: str, own_id: int, user_id: int) -> None:
    _check(role, own_id, user_id)
    found = _of(user_id)
    if found is None:
        raise NotFound
    session.delete(found)


def _check(role: str, own_id: int, user_id: int) -> None:
    if user_id != own_id and not may_choose(role):
        raise NotAllowed(permission=Permission.STATEMENTS_CLOSE.value)


def _of(user_id: int) -> StatementReader | None:
    return session.scalars(select(StatementReader).where(StatementReader.user_id == user_id)).one_or_none()


def readers() -> list[User]:
    """Who may open a statement."""
    enabled = session.scalars(select(User).where(User.enabled).order_by(User.id))
    return [user for user in enabled if allows(Role(user.role), Permission.STATEMENTS_READ)]


def subscribed() -> list[tuple[StatementReader, str]]:
    """With the person's name."""
    wanted = select(StatementReader, User.name).join(User, User.id == StatementReader.user_id)
    return [(reader, name) for reader, name in session.execute(wanted.order_by(StatementReader.id))]


def note() -> None:
    """A letter for each who asked and each month in force that is newer than his asking, once."""
    known = {
        (user, month)
        for user, month in session.execute(select(StatementMail.user_id, StatementMail.statement_id))
    }
    allowed = {user.id for user in readers()}
    asked = [reader for reader in session.scalars(select(StatementReader)) if reader.user_id in allowed]
    for statement in queries.all_in_force():
        for reader in asked:
            opened = statement.opened_at
            if opened and opened >= reader.since and (reader.user_id, statement.id) not in known:
                session.add(
                    StatementMail(user_id=reader.user_id, statement_id=statement.id, next_try_at=clock.now())
                )


def companies() -> Select[int]:
    """Where somebody asked for mail; for the clock."""
    return select(StatementReader.company_id).distinct()


def due(now: datetime) -> list[int]:
    wanted = select(StatementMail.id).where(StatementMail.sent_at.is_(None), StatementMail.next_try_at <= now)
    return list(session.scalars(wanted.order_by(StatementMail.id)))


def begin(letter_id: int, now: datetime) -> dict[str, str] | None:
    """What to send, as mail.send() takes it; the next try is put off first, so that nobody else sends it meanwhile.

    Whoever may not read statements any more, or asked no longer, is not written to.
    """
    letter = session.get_one(StatementMail, letter_id, with_for_update=True, populate_existing=True)
    if letter.sent_at is not None or letter.next_try_at > now:
        return None
    reader = _of(letter.user_id)
    if reader is None or letter.tries >= len(PAUSES) or letter.user_id not in {one.id for one in readers()}:
        letter.next_try_at = now + NEVER
        return None
    letter.next_try_at = now + PAUSES[letter.tries]
    letter.tries += 1
    statement = session.get_one(Statement, letter.statement_id)
    company = session.get_one(Company, acting.company()).name
    key = f"statement-{acting.company()}-{letter.id}"
    return {"to": reader.email, "key": key} | written(company, statement.period, statement.version)


def sent(letter_id: int) -> None:
    session.get_one(StatementMail, letter_id).sent_at = clock.now()


def written(company: str, period: str, version: int) -> dict[str, str]:
    """Subject and text, in both languages: nobody is on a page whose language would be known."""
    address = mail.link(f"/statements/{period}/")
    news = "有更正" if version > 1 else "已出"
    changed = "was corrected" if version > 1 else "is there"
    return {
        "subject": f"{company} {period} 月账单{news}",
        "text": (
            f"{company} {period} 月账单{news}。登录后查看和下载：\n\n{address}\n\n"
            f"The statement of {period} {changed}. Sign in to read and download it at the address above.\n\n"
            f"不想再收到：{mail.link('/statements/mailing')}\n"
        ),
    }
