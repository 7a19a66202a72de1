"""Jobs that hand things out: make a month's pack, tell by mail that it is there, send invoices."""

import logging

from console.core import acting, clock, mail
from console.core.config import Settings
from console.core.db import session, transaction
from console.core.queue import Job
from console.expenses import mailing, packing
from console.invoices import mailing as invoice_mails
from jobs.runner import job, kept_alive

log = logging.getLogger(__name__)


@job(Job.MAKE_PACK)
def make_pack(company: int, pack_id: int) -> None:
    """A worker that dies leaves its lease to run out; another one begins again."""
    with transaction():
        task = packing.start(pack_id)
    if task is None:
        return
    with kept_alive(lambda: _renew(company, task)):
        try:
            content = packing.make(task)
        except (
            Exception
        ):  # whatever is wrong with this month; the next try comes later, the last one is shown
            log.exception("pack.failed", extra={"pack": pack_id})
            session.rollback()
            with transaction():
                packing.failed(task)
            return
        session.commit()  # ends the reading; nothing was written
        with transaction():
            if not packing.keep(task, content):
                log.warning("pack.lease_lost", extra={"pack": pack_id})


def _renew(company: int, task: packing.Task) -> None:
    with acting.acting(company, acting.CONSOLE, "heartbeat"), transaction():
        packing.renew(task)


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
