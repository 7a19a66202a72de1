"""Files with bill lines or usage: kept when they are sent, taken in by a job, all of one or nothing, and its outcome kept."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from console.core import acting, clock, leases, permissions, queue, storage
from console.core.db import session
from console.core.errors import ConsoleError, NotFound
from console.core.leases import Task
from console.core.permissions import Permission
from console.core.queue import Job
from console.expenses import bill_files, rules
from console.expenses.bill_files import File
from console.expenses.measured import BillFile
from console.expenses.models import Statement
from console.expenses.states import BillFileState
from console.notices import actions as notices
from console.spreadsheets.refusals import Refused

SHOWN = 20
BUSY = timedelta(seconds=20)
"""Until a month that is just being taken in is looked at again."""
_WAITS = BillFile.state == BillFileState.RECEIVED


def receive(role: str, user_id: int, period: str, name: str, content: bytes) -> BillFile:
    """Keep the file and have it taken in. Raises ConsoleError F_EMPTY_FILE, F_TOO_LARGE; NotFound: no month that has ended."""
    permissions.check(role, Permission.STATEMENTS_CLOSE)
    if not rules.is_period(period) or rules.last_day(period) >= clock.today():
        raise NotFound
    if not content:
        raise ConsoleError("F_EMPTY_FILE", file=name)
    if len(content) > bill_files.LIMITS.upload_bytes:
        raise ConsoleError("F_TOO_LARGE", file=name, mb=bill_files.LIMITS.upload_bytes // 2**20)
    sent = BillFile(
        period=period, file_id=storage.put(name, content).id, sent_by=user_id, sent_at=clock.now()
    )
    session.add(sent)
    session.flush()
    queue.enqueue(Job.TAKE_BILL_FILE, acting.company(), sent.id)
    return sent


def try_again(role: str, file_id: int) -> BillFile:
    """One that was given up. Others stay as they are."""
    permissions.check(role, Permission.STATEMENTS_CLOSE)
    sent = session.get(BillFile, file_id, with_for_update=True)
    if sent is None:
        raise NotFound
    if sent.state == BillFileState.RECEIVED and sent.given_up:
        sent.again()
        queue.enqueue(Job.TAKE_BILL_FILE, acting.company(), sent.id)
    return sent


def latest(period: str) -> Sequence[tuple[BillFile, str]]:
    """Those of the month with their names, the last one first."""
    wanted = select(BillFile, storage.StoredFile.name).join(
        storage.StoredFile, storage.StoredFile.id == BillFile.file_id
    )
    found = session.execute(wanted.where(BillFile.period == period).order_by(BillFile.id.desc()).limit(SHOWN))
    return [(file, name) for file, name in found]


def due(now: datetime) -> Select[int, int]:
    """(company, file) of all that wait; for the clock."""
    return select(BillFile.company_id, BillFile.id).where(_WAITS, leases.is_due(BillFile, now))


def start(file_id: int) -> Task | None:
    return leases.start(BillFile, file_id, _WAITS)


def renew(task: Task) -> None:
    leases.renew(BillFile, task)


def read(task: Task) -> File | Refused:
    """What the file says, or why it says nothing."""
    sent = session.get_one(BillFile, task.id)
    file = session.get_one(storage.StoredFile, sent.file_id)
    try:
        return bill_files.read(file.content, file.name, sent.period)
    except Refused as refused:
        return refused


def keep(task: Task, found: File | Refused) -> Statement | None:
    """All of it in one transaction, or why not; the version of the month that it made. Nothing when the lease was lost."""
    sent = leases.held(BillFile, task)
    if sent is None:
        return None
    if isinstance(found, Refused):
        limits = {"rows": bill_files.LIMITS.rows, "columns": bill_files.LIMITS.columns}
        _refuse(sent, {"code": found.code, "values": limits | dict(found.values)})
        return None
    sent.kind, sent.rows = found.kind, len(found.lines) + found.wrong
    if found.problems:
        rows = [[one.row, one.column, one.text] for one in found.problems]
        _refuse(sent, {"rows": rows, "wrong": found.wrong})
        return None
    sent.new, made = bill_files.take_in(sent.period, found, _progress(task, len(found.lines)))
    sent.state, sent.done_at, sent.lease = BillFileState.TAKEN, clock.now(), None
    if made is None:
        notices.tell(
            sent.sent_by, "BILL_FILE_TAKEN", title=_name(sent), period=sent.period, n=sent.rows, ok=sent.new
        )
    return made


def put_off(task: Task) -> None:
    """The month is just being taken in from the operator."""
    if sent := leases.held(BillFile, task):
        sent.put_off(BUSY)


def failed(task: Task) -> None:
    if sent := leases.held(BillFile, task):
        sent.failed()


def key(file_id: int) -> str:
    """Of its progress."""
    return f"bill-file-{acting.company()}-{file_id}"


def _refuse(sent: BillFile, trouble: dict[str, Any]) -> None:
    sent.state, sent.done_at, sent.lease, sent.trouble = BillFileState.REFUSED, clock.now(), None, trouble
    notices.tell(sent.sent_by, "BILL_FILE_REFUSED", title=_name(sent), period=sent.period)


def _name(sent: BillFile) -> str:
    return session.get_one(storage.StoredFile, sent.file_id).name


def _progress(task: Task, total: int) -> Callable[[int], None]:
    return lambda done: queue.show_progress(key(task.id), done=done, total=total)
