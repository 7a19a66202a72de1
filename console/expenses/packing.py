"""The pack of a month: asked for on the statement's page, made by a job under a lease, kept and handed out."""

import hashlib
from datetime import datetime

from sqlalchemy import Select, select

from console.core import acting, clock, leases, permissions, queue, storage
from console.core.db import session
from console.core.leases import Task
from console.core.permissions import Permission
from console.core.queue import Job
from console.expenses import accounts, book, documents
from console.expenses.models import MonthPack, Statement

_WAITS = MonthPack.file_id.is_(None)


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
        pack.again()
        pack.asked_at = clock.now()
    queue.enqueue(Job.MAKE_PACK, acting.company(), pack.id)
    return pack


def latest(statement_id: int) -> MonthPack | None:
    wanted = select(MonthPack).where(MonthPack.statement_id == statement_id)
    return session.scalars(wanted.order_by(MonthPack.id.desc()).limit(1)).first()


def given_up(pack: MonthPack) -> bool:
    return pack.file_id is None and pack.given_up


def due(now: datetime) -> Select[int, int]:
    """(company, pack) of all that wait; for the clock."""
    return select(MonthPack.company_id, MonthPack.id).where(_WAITS, leases.is_due(MonthPack, now))


def start(pack_id: int) -> Task | None:
    """None when somebody else makes it, or it is made."""
    return leases.start(MonthPack, pack_id, _WAITS)


def renew(task: Task) -> None:
    leases.renew(MonthPack, task)


def failed(task: Task) -> None:
    """It could not be made: again after a while."""
    if pack := leases.held(MonthPack, task):
        pack.failed()


def make(task: Task) -> bytes:
    """Numbers are masked: it is made for nobody in particular, and kept."""
    statement = session.get_one(Statement, session.get_one(MonthPack, task.id).statement_id)

    def progress(done: int) -> None:
        queue.show_progress(key(task.id), done=done, total=len(documents.KINDS))

    return documents.pack(book.open_book(statement), book.source(statement), accounts.of_company(), progress)


def keep(task: Task, content: bytes) -> bool:
    """False when the lease was lost, and somebody else keeps his."""
    pack = leases.held(MonthPack, task)
    if pack is None or pack.file_id is not None:
        return False
    statement = session.get_one(Statement, pack.statement_id)
    name = documents.named(statement.period, statement.version, documents.PACK)
    pack.file_id, pack.sha256 = storage.put(name, content).id, hashlib.sha256(content).hexdigest()
    pack.made_at, pack.lease = clock.now(), None
    return True


def key(pack_id: int) -> str:
    """Of its progress."""
    return f"pack-{acting.company()}-{pack_id}"
