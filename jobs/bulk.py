"""Jobs of a batch: read and check its file, carry out what was confirmed, close it."""

import logging
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from console.accounts.models import Company, User
from console.bulk import (
    actions,
    approving,
    asking,
    checking,
    ending,
    finding,
    merging,
    queries,
    steering,
    stopping,
    vouching,
)
from console.bulk.kind import KINDS, Operation
from console.bulk.models import Batch, Correction
from console.carrier.http import Gateway
from console.core import acting, queue
from console.core.config import Settings
from console.core.db import session, transaction
from console.core.queue import Job
from console.spreadsheets import reading, repair_returned
from console.spreadsheets.refusals import Refused
from jobs.runner import job, kept_alive, without_collecting

log = logging.getLogger(__name__)

ASKED_AT_ONCE = 200


@job(Job.CHECK_BATCH)
def check_batch(company: int, batch_id: int) -> None:
    """Read the file, check every row, keep what was found. Runs in the name of who uploaded it."""
    with _in_the_name_of(company, batch_id, "submitted_by", Job.CHECK_BATCH):
        with transaction():
            task = checking.start(batch_id)
        if task is None:
            return
        with kept_alive(lambda: _renew(company, task)):
            try:
                with without_collecting():
                    _check(task)
            except Refused as refused:
                with transaction():
                    checking.refuse(task, refused)
            except SQLAlchemyError:
                raise  # not the file's fault: the lease runs out, and another try is made
            except Exception:  # a file that breaks the reader breaks its own batch and nothing else
                log.exception("check.failed", extra={"batch": batch_id})
                session.rollback()
                with transaction():
                    checking.refuse(task, Refused("F_READER"))


def _check(task: checking.Task) -> None:
    progress = f"check-{task.batch_id}"
    queue.show_progress(progress, done=0, total=0)
    workbook = reading.read(task.content, task.filename)
    table = asking.table_of(task, workbook)
    if table.questions:
        with transaction():
            asking.ask(task, table)
        return
    queue.show_progress(progress, done=len(table.rows), total=len(table.rows))
    rows = checking.examine(task, table)
    session.commit()  # ends the reading; nothing was written
    with transaction():
        checking.keep(task, table, rows)
        vouching.begin(task.batch_id)


def _renew(company: int, task: checking.Task) -> None:
    with acting.acting(company, acting.CONSOLE, "heartbeat"), transaction():
        checking.renew(task)


@job(Job.MERGE_CORRECTION)
def merge_correction(company: int, correction_id: int) -> None:
    """Read a repair workbook that came back and merge it, in the name of who sent it."""
    with _in_the_name_of(company, correction_id, "submitted_by", Job.MERGE_CORRECTION, Correction):
        with transaction():
            task = merging.start(correction_id)
        if task is None:
            return
        with kept_alive(lambda: _renew_merge(company, task)):
            try:
                with without_collecting():
                    _merge(task)
            except Refused as refused:
                with transaction():
                    merging.refuse(task, refused)
            except SQLAlchemyError:
                raise
            except Exception:
                log.exception("merge.failed", extra={"correction": correction_id})
                session.rollback()
                with transaction():
                    merging.refuse(task, Refused("F_READER"))


def _merge(task: merging.Task) -> None:
    workbook = reading.read(task.content, task.filename, merging.LIMITS)
    lines = repair_returned.returned(workbook, task.secret, task.headings, task.chosen)
    with transaction():
        merging.keep(task, lines)


def _renew_merge(company: int, task: merging.Task) -> None:
    with acting.acting(company, acting.CONSOLE, "heartbeat"), transaction():
        merging.renew(task)


@job(Job.APPLY_BATCH)
def apply_batch(company: int, batch_id: int) -> None:
    """Confirmed rows become orders, some hundred at a time, in the name of who confirmed them."""
    with _in_the_name_of(company, batch_id, "confirmed_by", Job.APPLY_BATCH):
        batch = session.get(Batch, batch_id)
        if batch is None:
            return
        _supply(batch)
        while True:
            answers = _ask_first(batch) if KINDS[batch.kind].asks_first else None
            with transaction():
                done = actions.apply_some(batch_id, answers=answers)
            if not done:
                break
            if queue.somebody_waits():
                queue.ring(Job.APPLY_BATCH, company, batch_id)
                return
        with transaction():
            ending.finish(batch_id)


def _ask_first(batch: Batch) -> dict[int, Any]:
    """What the operator says of the next rows; nothing it says is kept but by what is carried out next."""
    rows = finding.next_confirmed(batch.id, ASKED_AT_ONCE)
    group = session.get_one(Company, acting.company()).group_code
    session.commit()
    if not rows:
        return {}
    gateway = Gateway(Settings.from_environment())
    try:
        return KINDS[batch.kind].ask_first(gateway, group, rows)
    except Exception:  # the rows wait in the batch, with the reason
        log.warning("ask_first.failed", exc_info=True, extra={"batch": batch.id})
        return dict.fromkeys(rows)
    finally:
        gateway.close()


def _supply(batch: Batch) -> None:
    """Ask the operator for what the drawer lacks before the rows need it."""
    kind, waiting = (
        KINDS[batch.kind],
        queries.confirmed(batch.id, Operation.JOIN if KINDS[batch.kind].mixed else None),
    )
    for supply in kind.supplies:
        missing = supply.missing(waiting)
        if missing:
            gateway = Gateway(Settings.from_environment())
            try:
                got = supply.fetch(gateway, missing)
            except Exception:  # without it some rows will wait in the batch, with the reason
                log.warning("supply.failed", exc_info=True, extra={"batch": batch.id, "missing": missing})
                continue
            finally:
                gateway.close()
            with transaction():
                supply.take_in(got)


@job(Job.START_BATCH)
def start_batch(company: int, batch_id: int) -> None:
    """A planned batch whose day has come; its rows are checked once more when they are carried out."""
    with _in_the_name_of(company, batch_id, "confirmed_by", Job.START_BATCH), transaction():
        steering.start_due(batch_id)


@job(Job.FINISH_BATCHES)
def finish_batches(company: int) -> None:
    """Close batches in which nothing is open any more, and let old ones expire."""
    with transaction():
        ending.expire_old()
        approving.expire_old()
        approving.remind_all()
    with transaction():
        stopping.look()
    for batch_id in ending.over():
        with transaction():
            ending.finish(batch_id)


def _in_the_name_of(company: int, id_: int, column: str, name: Job, of: Any = Batch):  # type: ignore[no-untyped-def]
    """The trail names the person and not the worker."""
    found = session.execute(
        select(User.id, User.name).join(of, getattr(of, column) == User.id).where(of.id == id_)
    ).first()
    actor = acting.Actor(found[1], found[0], "worker") if found else acting.CONSOLE
    return acting.acting(company, actor, name.value)
