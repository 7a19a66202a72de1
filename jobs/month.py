"""Jobs of the month: notice who has which line, read the operator's bills."""

import logging
from functools import cache
from typing import Any

import httpx

from console.accounts.models import Company
from console.carrier.http import Gateway
from console.core import acting, clock, queue
from console.core.config import Settings
from console.core.db import session, transaction
from console.core.errors import Conflict
from console.core.leases import Task
from console.core.permissions import Permission
from console.core.queue import Job
from console.expenses import (
    bill_files,
    filing,
    placements,
    pooling,
    rules,
    taking_in,
    terms,
    unreadable,
    watching,
)
from console.expenses.models import Statement
from console.identifiers.amounts import yuan
from console.notices import actions as notices
from jobs.runner import alone, job, kept_alive, without_collecting

log = logging.getLogger(__name__)

LOOKED_BACK = 3
"""So many months are asked for corrections that came later."""


@cache
def gateway() -> Gateway:
    return Gateway(Settings.from_environment())


@job(Job.REMEMBER_PLACES)
def remember_places(company: int) -> None:
    with transaction():
        placements.remember()
        terms.remember()


@job(Job.LOOK_FOR_BILLS)
def look_for_bills(company: int) -> None:
    """The last months, the latest first: bills that are new, and those with corrections."""
    month = rules.period_of(clock.today())
    with transaction():
        watching.look_ahead(month)
    for back in range(1, LOOKED_BACK + 1):
        alone(take_in, company, rules.months_before(month, back))


@job(Job.TAKE_IN_BILL)
def take_in_bill(company: int, month: int) -> None:
    """`month` as 202610, because somebody asked for it."""
    take_in(company, rules.of_number(month), asked=True)


def take_in(company: int, period: str, *, asked: bool = False) -> None:
    """Page by page, each in a transaction of its own; whoever comes after a crash goes on where it stopped.

    A bill that could not be read is read again when the operator has changed it, after some hours, or when somebody has
    `asked`.
    """
    group = session.get_one(Company, company).group_code
    session.commit()  # ends the read: the operator is asked without a transaction
    try:
        bill = gateway().bill(group, period)
        if bill is None or not bill["lineCount"] or not taking_in.wanted(period, int(bill["revision"])):
            return
        if not asked and unreadable.is_to_wait(period, int(bill["revision"])):
            return
        pools = gateway().pools(group, period)["pools"]
        with transaction():
            members = {one["msisdn"] for pool in pools for one in pool["taken"]}
            pooling.keep(period, pools, taking_in.lines_by_number(period, members))
        _read(company, period, bill)
    except httpx.HTTPError as error:
        log.warning("bills.away", extra={"error": type(error).__name__, "period": period})


def _read(company: int, period: str, bill: dict[str, Any]) -> None:
    with transaction():
        placements.remember()
        draft = taking_in.begin(period)
        if draft.revision != int(bill["revision"]):
            draft.revision, draft.cursor = int(bill["revision"]), None
        session.flush()
        statement, cursor = draft.id, draft.cursor
    names = bill_files.product_names()
    done = 0
    for page, following in gateway().bill_lines(str(bill["billId"]), cursor or ""):
        try:
            billed = bill_files.lines(page, names)
        except bill_files.Unreadable as refused:
            _give_up(period, statement, int(bill["revision"]), refused.name)
            return
        lines = taking_in.lines_by_number(period, {one.msisdn for one in billed if one.msisdn})
        with transaction():
            held = taking_in.lock(statement)
            if held is None:
                return
            taking_in.take_page(held, billed, following, lines)
        done += len(page)
        queue.show_progress(f"bill-{company}-{period}", done=done, total=int(bill["lineCount"]))
    with transaction():
        held = taking_in.lock(statement)
        if held is not None:
            completed = taking_in.complete(held)
            _tell(completed, statement)
            if completed.id == statement:
                watching.look(completed)


def _give_up(period: str, draft: int, revision: int, name: str) -> None:
    """A line cannot be read, so the bill cannot: nothing of it stays in the way, and who closes months hears of it."""
    with transaction():
        if held := taking_in.lock(draft):
            taking_in.discard(held)
        if unreadable.note(period, revision, name):
            notices.tell_all(Permission.STATEMENTS_CLOSE, unreadable.CODE, title=period, reason=name)


@job(Job.TAKE_BILL_FILE)
def take_bill_file(company: int, file_id: int) -> None:
    """A worker that dies leaves its lease to run out; nothing was taken in, and another one begins again."""
    with transaction():
        task = filing.start(file_id)
    if task is None:
        return
    with kept_alive(lambda: _renew(company, task)):
        try:
            with without_collecting():
                found = filing.read(task)
            session.commit()  # ends the reading; nothing was written
            with transaction():
                made = filing.keep(task, found)
                if made is not None:
                    _tell(made, made.id)
        except Conflict:
            with transaction():
                filing.put_off(task)
        except Exception:  # whatever is wrong; the next try comes later, the last one is shown
            log.exception("bill_file.failed", extra={"file": file_id})
            session.rollback()
            with transaction():
                filing.failed(task)


def _renew(company: int, task: Task) -> None:
    with acting.acting(company, acting.CONSOLE, "heartbeat"), transaction():
        filing.renew(task)


def _tell(done: Statement, draft_id: int) -> None:
    """Who closes months hears of a new version; of nothing new nobody does."""
    if done.id != draft_id:
        return
    first = rules.first_day(done.period)
    facts: dict[str, Any] = {
        "title": f"{first.year}-{first.month:02}",
        "sum": yuan(done.total_fen),
        "n": done.version,
    }
    code = "STATEMENT_READY" if done.version == 1 else "STATEMENT_RESTATED"
    notices.tell_all(Permission.STATEMENTS_CLOSE, code, **facts)
