"""Jobs that hand things out: make packs of a month and packages of invoices, tell by mail that it is there, send invoices."""

import logging
from typing import Protocol

from console.core import acting, clock, mail
from console.core.config import Settings
from console.core.db import session, transaction
from console.core.leases import Task
from console.core.queue import Job
from console.expenses import mailing, packing
from console.invoices import mailing as invoice_mails
from console.invoices import packages
from jobs.runner import job, kept_alive

log = logging.getLogger(__name__)


class Maker(Protocol):
    """A module that makes files which somebody asked for."""

    def start(self, row_id: int, /) -> Task | None: ...

    def renew(self, task: Task) -> None: ...

    def make(self, task: Task) -> bytes: ...

    def keep(self, task: Task, content: bytes) -> bool: ...

    def failed(self, task: Task) -> None: ...


@job(Job.MAKE_PACK)
def make_pack(company: int, pack_id: int) -> None:
    _make(company, packing, pack_id)


@job(Job.MAKE_PACKAGE)
def make_package(company: int, package_id: int) -> None:
    _make(company, packages, package_id)


def _make(company: int, maker: Maker, row_id: int) -> None:
    """A worker that dies leaves its lease to run out; another one begins again."""
    with transaction():
        task = maker.start(row_id)
    if task is None:
        return
    with kept_alive(lambda: _renew(company, maker, task)):
        try:
            content = maker.make(task)
        except Exception:  # whatever is wrong with it; the next try comes later, the last one is shown
            log.exception("file.failed", extra={"row": row_id})
            session.rollback()
            with transaction():
                maker.failed(task)
            return
        session.commit()  # ends the reading; nothing was written
        with transaction():
            if not maker.keep(task, content):
                log.warning("file.lease_lost", extra={"row": row_id})


def _renew(company: int, maker: Maker, task: Task) -> None:
    with acting.acting(company, acting.CONSOLE, "heartbeat"), transaction():
        maker.renew(task)


@job(Job.MAIL_STATEMENTS)
def mail_statements(company: int) -> None:
    """No transaction is open while the mail server is asked."""
    with transaction():
        mailing.note()
    now = clock.now()
    for letter in mailing.due(now):
        with transaction():
            prepared = mailing.begin(letter, now)
        if prepared is not None and mail.send(
            prepared["to"], prepared["subject"], prepared["text"], prepared["key"]
        ):
            with transaction():
                mailing.sent(letter)


@job(Job.MAIL_INVOICES)
def mail_invoices(company: int) -> None:
    """No transaction is open while the mail server is asked. Who dies before noting it sends the same letter again."""
    if not mail.is_open():
        return
    with transaction():
        invoice_mails.note()
    now, settings = clock.now(), Settings.from_environment()
    for letter in invoice_mails.due(now):
        with transaction():
            task = invoice_mails.begin(letter, now)
        if task is None:
            continue
        subject, text, attached = invoice_mails.written(task, settings)
        session.commit()  # ends the reading; nothing was written
        if mail.send(task.to, subject, text, task.key, attached):
            with transaction():
                invoice_mails.sent(letter)
