"""Work for other processes: every job by its import path, rung for after the commit that it needs.

The queue is a doorbell, not a ledger. What there is to do stands in the database, jobs look there, and the clock
(jobs/clock.py) rings again for whatever was forgotten; so an emptied queue costs seconds and nothing else.
"""

import json
import logging
from enum import StrEnum
from functools import cache
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from console.core import db

log = logging.getLogger(__name__)

NAME = "console"
RUNG_SECONDS = 5
"""A bell that was rung is not rung again for so long, unless its job has begun meanwhile."""
JOBS_A_SECOND = 5
"""What the workers do at least. While many wait, a bell holds longer: or the clock would ring for each again and again,
and they would wait for their own repetitions."""


class Job(StrEnum):
    """Where the worker finds each job. The console never imports `jobs`."""

    APPLY_BATCH = "jobs.bulk.apply_batch"
    APPLY_EVENTS = "jobs.orders.apply_events"
    CANCEL_ORDERS = "jobs.orders.cancel_orders"
    CHECK_BATCH = "jobs.bulk.check_batch"
    COMPARE_LINES = "jobs.orders.compare_lines"
    FETCH_INVOICES = "jobs.invoices.fetch_invoices"
    FINISH_BATCHES = "jobs.bulk.finish_batches"
    ISSUE_INVOICES = "jobs.invoices.issue_invoices"
    LOOK_AT_DETAILS = "jobs.details.look_at_details"
    LOOK_AT_PEOPLE = "jobs.people.look_at_people"
    LOOK_AT_STANDING = "jobs.orders.look_at_standing"
    LOOK_AT_PRESENT_USAGE = "jobs.usage.look_at_present_usage"
    LOOK_FOR_BILLS = "jobs.month.look_for_bills"
    LOOK_FOR_USAGE = "jobs.usage.look_for_usage"
    MAIL_INVOICES = "jobs.delivery.mail_invoices"
    MAIL_STATEMENTS = "jobs.delivery.mail_statements"
    MAKE_PACK = "jobs.delivery.make_pack"
    MAKE_PACKAGE = "jobs.delivery.make_package"
    MERGE_CORRECTION = "jobs.bulk.merge_correction"
    RECONCILE = "jobs.orders.reconcile"
    REMEMBER_PLACES = "jobs.month.remember_places"
    SEND_ORDERS = "jobs.orders.send_orders"
    START_BATCH = "jobs.bulk.start_batch"
    TAKE_BILL_FILE = "jobs.month.take_bill_file"
    TAKE_IN_BILL = "jobs.month.take_in_bill"
    TAKE_PLANS = "jobs.orders.take_plans"


TIMEOUT = 3600
"""Seconds. Leases in the database, not this, decide when work is taken over."""

_url = ""


def connect(url: str) -> None:
    global _url
    _url = url
    redis.cache_clear()


@cache
def redis() -> Redis:
    return Redis.from_url(_url, socket_connect_timeout=3, health_check_interval=15)


def queue() -> Queue:
    return Queue(NAME, connection=redis(), serializer=JSONSerializer, default_timeout=TIMEOUT)


def enqueue(job: Job, *arguments: int) -> None:
    """Ring for a job when the open transaction is safe. Outside a transaction this raises."""
    db.after_commit(lambda: ring(job, *arguments))


def ring(job: Job, *arguments: int) -> bool:
    """Ring now, at most once until the job begins. False when the queue is away: the clock will ring again."""
    try:
        seconds = RUNG_SECONDS + len(queue()) // JOBS_A_SECOND
        if not redis().set(_bell(job, arguments), 1, nx=True, ex=seconds):
            return True
        queue().enqueue(job.value, args=arguments, result_ttl=0, failure_ttl=0, ttl=TIMEOUT)
    except RedisError as error:
        log.warning("queue.away", extra={"job": job.name, "error": type(error).__name__})
        return False
    return True


def somebody_waits() -> bool:
    """Whether a job is in the queue: who has done a part of long work goes to its end."""
    try:
        return len(queue()) > 0
    except RedisError:
        return False


def begun(job: Job, arguments: tuple[int, ...]) -> None:
    """The job is looking at the database now: whatever comes later must ring again."""
    try:
        redis().delete(_bell(job, arguments))
    except RedisError as error:
        log.warning("queue.away", extra={"job": job.name, "error": type(error).__name__})


def _bell(job: Job, arguments: tuple[int, ...]) -> str:
    return f"console:bell:{job.name}:{':'.join(map(str, arguments))}"


def show_progress(key: str, seconds: int = 600, **values: Any) -> None:
    """A figure for a waiting page, kept for so many seconds; it may vanish at any moment."""
    try:
        redis().set(f"console:progress:{key}", json.dumps(values), ex=seconds)
    except RedisError as error:
        log.warning("queue.away", extra={"progress": key, "error": type(error).__name__})


def progress(key: str) -> dict[str, Any]:
    try:
        found = redis().get(f"console:progress:{key}")
    except RedisError:
        return {}
    return dict(json.loads(found)) if found else {}  # type: ignore[arg-type]
