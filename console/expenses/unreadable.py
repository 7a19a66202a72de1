"""Bills of the operator that have a line which is none: told once for each state of the bill, until it can be read."""

from datetime import timedelta

from sqlalchemy import select

from console.core import clock
from console.core.db import session
from console.expenses import queries
from console.expenses.models import Watched

CODE = "BILL_UNREADABLE"
AGAIN = timedelta(hours=6)
"""What was garbled on its way is right the next time; what is wrong with the operator is not read every few minutes."""


def note(period: str, revision: int, name: str) -> bool:
    """`name` is what the operator calls the line. False when it was told before that this state of the bill has it."""
    known, now = _noted(period, revision), clock.now()
    if known is not None:
        known.noticed_at = now
        return False
    values = {"name": name}
    session.add(Watched(period=period, code=CODE, subject=str(revision), values=values, noticed_at=now))
    return True


def is_to_wait(period: str, revision: int) -> bool:
    """It was found unreadable a short while ago, and the operator has not changed it."""
    known = _noted(period, revision)
    return known is not None and known.noticed_at > clock.now() - AGAIN


def latest(period: str) -> str | None:
    """The line for which the bill could not be read, as long as nothing as new has been read since."""
    wanted = select(Watched).where(Watched.period == period, Watched.code == CODE)
    found = session.scalars(wanted.order_by(Watched.noticed_at.desc()).limit(1)).first()
    statement = queries.in_force(period)
    if found is None or (statement and (statement.revision or 0) >= int(found.subject)):
        return None
    return str(found.values["name"])


def _noted(period: str, revision: int) -> Watched | None:
    wanted = select(Watched).where(
        Watched.period == period, Watched.code == CODE, Watched.subject == str(revision)
    )
    return session.scalars(wanted).one_or_none()
