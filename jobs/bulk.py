"""Jobs of a batch: read and check its file, carry out what was confirmed, close it."""

import logging

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from console.accounts.models import User
from console.bulk import actions, checking, ending, queries
from console.bulk.kind import KINDS
from console.bulk.models import Batch
from console.carrier.http import Gateway
from console.core import acting, queue
from console.core.config import Settings
from console.core.db import session, transaction
from console.core.queue import Job
from console.core.words import in_all_languages
from console.spreadsheets import reading, tables
from console.spreadsheets.refusals import Refused
from jobs.runner import job, kept_alive

log = logging.getLogger(__name__)


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
    columns = task.kind.columns
    headings = {column.field: (*in_all_languages(column.label), *column.synonyms) for column in columns}
    required = [column.field for column in columns if column.required and not task.defaults.get(column.field)]
    table = tables.find_table(workbook, headings, required)
    if "name" in table.headings and tables.looks_shifted(table, "name"):
        raise Refused("F_COLUMN_SHIFT", label=table.headings["name"])
    queue.show_progress(progress, done=len(table.rows), total=len(table.rows))
    rows = checking.examine(task, table)
    session.commit()  # ends the reading; nothing was written
    with transaction():
        checking.keep(task, table, rows)


def _renew(company: int, task: checking.Task) -> None:
    with acting.acting(company, acting.CONSOLE, "heartbeat"), transaction():
        checking.renew(task)


@job(Job.APPLY_BATCH)
def apply_batch(company: int, batch_id: int) -> None:
    """Confirmed rows become orders, some hundred at a time, in the name of who confirmed them."""
    with _in_the_name_of(company, batch_id, "confirmed_by", Job.APPLY_BATCH):
        batch = session.get(Batch, batch_id)
        if batch is None:
            return
        _supply(batch)
        while True:
            with transaction():
                done = actions.apply_some(batch_id)
            if not done:
                break
        with transaction():
            ending.finish(batch_id)


def _supply(batch: Batch) -> None:
    """Ask the operator for what the drawer lacks before the rows need it."""
    kind, waiting = KINDS[batch.kind], queries.tally(batch.id).of(queries.RowState.CONFIRMED)
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


@job(Job.FINISH_BATCHES)
def finish_batches(company: int) -> None:
    """Close batches in which nothing is open any more, and let old ones expire."""
    with transaction():
        ending.expire_old()
    for batch_id in ending.over():
        with transaction():
            ending.finish(batch_id)


def _in_the_name_of(company: int, batch_id: int, column: str, name: Job):  # type: ignore[no-untyped-def]
    """The trail names the person and not the worker."""
    found = session.execute(
        select(User.id, User.name).join(Batch, getattr(Batch, column) == User.id).where(Batch.id == batch_id)
    ).first()
    actor = acting.Actor(found[1], found[0], "worker") if found else acting.CONSOLE
    return acting.acting(company, actor, name.value)
