"""The pack of a month: asked for on the statement's page, made by a job under a lease, kept and handed out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select, update

from console.core import acting, clock, permissions, queue, storage
from console.core.db import session
from console.core.permissions import Permission
from console.core.queue import Job
from console.expenses import accounts, book, documents
from console.expenses.models import MonthPack, Statement

LEASE = timedelta(seconds=15)
MOST_TRIES = 5
"""What has failed so often, with growing waits, fails for a reason that waiting does not mend."""


@dataclass(frozen=True)
class Task:
    pack_id: int
    lease: str


def ask(role: str, user_id: int, statement: Statement) -> MonthPack:
    """The one that is being made already, or a new one."""
    permissions.check(role, Permission.STATEMENTS_READ)
    session.get_one(Statement, statement.id, with_for_update=True)  # two who press at once
    pack = latest(statement.id)
    if pack is None or pack.file_id is not None:
        pack = MonthPack(statement_id=statement.id, asked_by=user_id, asked_at=clock.now())
        session.add(pack)
        session.flush()
    elif given_up(pack):
        pack.tries, pack.lease_until, pack.asked_at = 0, None, clock.now()
    queue.enqueue(Job.MAKE_PACK, acting.company(), pack.id)
    return pack


def latest(statement_id: int) -> MonthPack | None:
    wanted = select(MonthPack).where(MonthPack.statement_id == statement_id)
    return session.scalars(wanted.order_by(MonthPack.id.desc()).limit(1)).first()


def _is_due(now: datetime) -> ColumnElement[bool]:
    free = or_(MonthPack.lease_until.is_(None), MonthPack.lease_until < now)
    return MonthPack.file_id.is_(None) & free & (MonthPack.tries < MOST_TRIES)


def given_up(pack: MonthPack) -> bool:
    """It was tried often enough, and nobody is at the last try any more."""
    at_rest = pack.lease_until is None or pack.lease_until < clock.now()
    return pack.file_id is None and pack.tries >= MOST_TRIES and at_rest


def due(now: datetime) -> Select[int, int]:
    """(company, pack) of all that wait; for the clock."""
    return select(MonthPack.company_id, MonthPack.id).where(_is_due(now))


def start(pack_id: int) -> Task | None:
    """None when somebody else makes it, or it is made."""
    task, now = Task(pack_id, secrets.token_hex(8)), clock.now()
    taken = session.execute(
        update(MonthPack)
        .where(MonthPack.id == pack_id, _is_due(now))
        .values(lease=task.lease, lease_until=now + LEASE, tries=MonthPack.tries + 1)
        .execution_options(synchronize_session=False)
    )
    return task if taken.rowcount else None  # type: ignore[attr-defined]


def renew(task: Task) -> None:
    session.execute(
        update(MonthPack)
        .where(MonthPack.id == task.pack_id, MonthPack.lease == task.lease)
        .values(lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )


def failed(task: Task) -> None:
    """It could not be made: again after a while, four times as long each time."""
    pack = session.get_one(MonthPack, task.pack_id, with_for_update=True, populate_existing=True)
    if pack.lease == task.lease:
        last = pack.tries >= MOST_TRIES
        pack.lease, pack.lease_until = None, None if last else clock.now() + LEASE * 4 ** (pack.tries - 1)


def make(task: Task) -> bytes:
    """Numbers are masked: it is made for nobody in particular, and kept."""
    statement = session.get_one(Statement, session.get_one(MonthPack, task.pack_id).statement_id)

    def progress(done: int) -> None:
        queue.show_progress(key(task.pack_id), done=done, total=len(documents.KINDS))

    return documents.pack(book.open_book(statement), book.source(statement), accounts.of_company(), progress)


def keep(task: Task, content: bytes) -> bool:
    """False when the lease was lost, and somebody else keeps his."""
    pack = session.get_one(MonthPack, task.pack_id, with_for_update=True, populate_existing=True)
    if pack.lease != task.lease or pack.file_id is not None:
        return False
    statement = session.get_one(Statement, pack.statement_id)
    name = documents.named(statement.period, statement.version, documents.PACK)
    pack.file_id, pack.sha256 = storage.put(name, content).id, hashlib.sha256(content).hexdigest()
    pack.made_at, pack.lease = clock.now(), None
    return True


def key(pack_id: int) -> str:
    """Of its progress."""
    return f"pack-{acting.company()}-{pack_id}"
