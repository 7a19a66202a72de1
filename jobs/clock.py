"""The clock: finds in the database what is due and rings for it. `python -m jobs.clock`

It is what makes the queue dispensable: after a crash, a lost message or FLUSHALL, everything that is not done
yet is found here within seconds. Several clocks do no harm; the bell rings once.
"""

import logging
import signal
import time
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import and_, or_, select

from console.accounts.models import Company
from console.app import prepare
from console.bulk import approving, ending, merging
from console.bulk.models import Batch, BatchRow
from console.bulk.states import BatchState, RowState
from console.carrier.http import Gateway
from console.core import acting, clock, logs, mail, queue
from console.core.config import Settings
from console.core.db import session
from console.core.queue import Job
from console.expenses import details, filing, mailing, packing
from console.invoices import announcing, issuing, packages, reversing
from console.invoices import mailing as invoice_mails
from console.orders.actions import is_due
from console.orders.models import OperatorEvent, Order
from console.orders.states import OrderState
from console.sims.models import Line
from jobs import orders

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
FINISH_EVERY_SECONDS = 3.0
RUNNING_EVERY_SECONDS = 30.0
STANDING_EVERY_SECONDS = 600.0
PLACES_EVERY_SECONDS = 600.0
MAIL_EVERY_SECONDS = 60.0


def due() -> set[tuple[Any, ...]]:
    """(job, company, …) for everything that waits. One read of each kind of work, across companies."""
    now = clock.now()
    found: set[tuple[Any, ...]] = set()
    with acting.platform("clock"):
        unread = or_(
            Batch.state == BatchState.RECEIVED,
            and_(Batch.state == BatchState.CHECKING, Batch.lease_until < now),
        )
        for company, batch in session.execute(select(Batch.company_id, Batch.id).where(unread)):
            found.add((Job.CHECK_BATCH, company, batch))
        for company, correction in session.execute(merging.due()):
            found.add((Job.MERGE_CORRECTION, company, correction))
        confirmed = (
            select(BatchRow.company_id, BatchRow.batch_id)
            .join(Batch, Batch.id == BatchRow.batch_id)
            .where(BatchRow.state == RowState.CONFIRMED, Batch.state == BatchState.RUNNING)
            .distinct()
        )
        for company, batch in session.execute(confirmed):
            found.add((Job.APPLY_BATCH, company, batch))
        for company in session.scalars(select(Order.company_id).where(is_due(now)).distinct()):
            found.add((Job.SEND_ORDERS, company))
        called_off = Order.cancel_asked & Order.state.in_((OrderState.PLACED, OrderState.ACCEPTED))
        for company in session.scalars(select(Order.company_id).where(called_off).distinct()):
            found.add((Job.CANCEL_ORDERS, company))
        planned = and_(Batch.state == BatchState.SCHEDULED, Batch.run_on <= clock.today())
        for company, batch in session.execute(select(Batch.company_id, Batch.id).where(planned)):
            found.add((Job.START_BATCH, company, batch))
        unheard = select(OperatorEvent.company_id).where(
            OperatorEvent.applied_at.is_(None), OperatorEvent.received_at < now - timedelta(seconds=1)
        )
        for company in session.scalars(unheard.distinct()):
            found.add((Job.APPLY_EVENTS, company))
        for waiting in (issuing.due(now), reversing.due(now)):
            found |= {(Job.ISSUE_INVOICES, company) for company in session.scalars(waiting)}
        found |= {(Job.FETCH_INVOICES, company) for company in session.scalars(announcing.companies(now))}
        found |= {(Job.LOOK_AT_DETAILS, company) for company in session.scalars(details.companies(now))}
        for company, pack in session.execute(packing.due(now)):
            found.add((Job.MAKE_PACK, company, pack))
        for company, package in session.execute(packages.due(now)):
            found.add((Job.MAKE_PACKAGE, company, package))
        for company, sent in session.execute(filing.due(now)):
            found.add((Job.TAKE_BILL_FILE, company, sent))
        new_cycle = select(Line.company_id).where(Line.next_plan_on <= clock.today())
        for company in session.scalars(new_cycle.distinct()):
            found.add((Job.TAKE_PLANS, company))
    return found


def ending_now() -> list[int]:
    """Companies with something that ends now, or that somebody has to be reminded of."""
    with acting.platform("clock"):
        left_lying = and_(Batch.state.in_(ending.LEFT_LYING), Batch.expires_at < clock.now())
        wanted = select(Batch.company_id).where(or_(ending.is_over(), left_lying))
        found = set(session.scalars(wanted.distinct()))
        return sorted(found | set(session.scalars(approving.due(clock.now()))))


def running() -> list[int]:
    """Companies with a batch under way, which may have to stop by itself."""
    with acting.platform("clock"):
        wanted = select(Batch.company_id).where(Batch.state == BatchState.RUNNING)
        return sorted(session.scalars(wanted.distinct()))


def companies() -> list[int]:
    with acting.platform("clock"):
        return list(session.scalars(select(Company.id).order_by(Company.id)))


def mail_asked_for() -> list[int]:
    with acting.platform("clock"):
        return list(session.scalars(mailing.companies()))


def invoices_to_mail() -> list[int]:
    with acting.platform("clock"):
        return list(session.scalars(invoice_mails.companies(clock.now())))


class Clock:
    """Ticks until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = False
        self._last: dict[str, float] = {}
        self._announced = False

    def stop(self, *_signal: Any) -> None:
        self._stop = True

    def run(self) -> None:
        while not self._stop:
            started = time.monotonic()
            try:
                self.tick()
            except Exception:  # the database may be away for a moment; the next tick tries again
                log.exception("clock.tick")
            time.sleep(max(0.05, EVERY_SECONDS - (time.monotonic() - started)))

    def tick(self) -> None:
        for job, *arguments in sorted(due(), key=str):
            queue.ring(job, *arguments)
        if self._time_for("finish", FINISH_EVERY_SECONDS):
            for company in ending_now():
                queue.ring(Job.FINISH_BATCHES, company)
        if self._time_for("running", RUNNING_EVERY_SECONDS):
            for company in running():
                queue.ring(Job.FINISH_BATCHES, company)
        if not self._announced:
            self._announced = self._announce()
        if self._time_for("lines", self._settings.compare_lines_seconds):
            for company in companies():
                queue.ring(Job.COMPARE_LINES, company)
        if self._time_for("standing", STANDING_EVERY_SECONDS):
            for company in companies():
                queue.ring(Job.LOOK_AT_STANDING, company)
        if self._time_for("places", PLACES_EVERY_SECONDS):
            for company in companies():
                queue.ring(Job.REMEMBER_PLACES, company)
        if self._time_for("bills", self._settings.bills_seconds):
            for company in companies():
                queue.ring(Job.LOOK_FOR_BILLS, company)
                queue.ring(Job.LOOK_FOR_USAGE, company)
                queue.ring(Job.LOOK_AT_PRESENT_USAGE, company)
        if mail.is_open() and self._time_for("mail", MAIL_EVERY_SECONDS):
            for company in mail_asked_for():
                queue.ring(Job.MAIL_STATEMENTS, company)
            for company in invoices_to_mail():
                queue.ring(Job.MAIL_INVOICES, company)
        if self._time_for("reconcile", self._settings.reconcile_seconds):
            try:
                orders.reconcile()
            except httpx.HTTPError as error:
                log.warning("reconcile.away", extra={"error": type(error).__name__})

    def _announce(self) -> bool:
        """Tell the operator where to call back; again until it has heard."""
        gateway = Gateway(self._settings)
        try:
            gateway.call_back_at(
                f"{self._settings.public_url}/operator/events", self._settings.operator_secret
            )
        except httpx.HTTPError as error:
            log.warning("operator.away", extra={"error": type(error).__name__})
            return False
        finally:
            gateway.close()
        return True

    def _time_for(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now - self._last.get(what, -1e9) < seconds:
            return False
        self._last[what] = now
        return True


def main() -> None:
    logs.configure()
    settings = Settings.from_environment()
    prepare(settings)
    ticking = Clock(settings)
    signal.signal(signal.SIGTERM, ticking.stop)
    signal.signal(signal.SIGINT, ticking.stop)
    ticking.run()


if __name__ == "__main__":
    main()
