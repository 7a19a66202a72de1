"""The faults: each is made, lasts for some seconds, and is taken away again."""

import random
import resource
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from console.bulk.models import Batch
from console.core import queue
from console.core.db import session
from console.core.queue import Job
from tests.chaos import browser
from tests.chaos.network import Network, Road
from tests.crash.stacks import Console

PARTS = ("worker-1", "worker-2", "web", "clock", "redis", "operator")
FULL_DISK = 20_000
"""Bytes that a file may have: fewer than the database has already."""


@dataclass
class Storm:
    """A console with what is needed to harm it; the same seed chooses the same faults."""

    console: Console
    batch: int
    out: Network
    back: Network
    chance: random.Random
    database: str = ""
    uploads: list[str] = field(default_factory=list)

    def seconds(self, least: float, most: float) -> None:
        time.sleep(self.chance.uniform(least, most))


Fault = Callable[[Storm], None]


def kill(name: str) -> Fault:
    return lambda storm: storm.console.stack.kill(name)


def kill_both_workers(storm: Storm) -> None:
    for name in ("worker-1", "worker-2"):
        storm.console.stack.kill(name)


def road(which: str, how: Road) -> Fault:
    def make(storm: Storm) -> None:
        network: Network = getattr(storm, which)
        network.become(how)
        storm.seconds(3, 12)
        network.become(Road.OPEN)

    return make


def lock_database(storm: Storm) -> None:
    """SQLite: nobody can write, for as long as a lease or longer. PostgreSQL: every connection is ended, thrice."""
    if storm.database:
        for _ in range(3):
            with psycopg.connect(storm.database, autocommit=True) as owner:
                owner.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where pid <> pg_backend_pid() and datname = current_database()"
                )
            storm.seconds(0.5, 2)
        return
    path = storm.console.settings.data / "console.sqlite3"
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        connection.execute("begin immediate")
        storm.seconds(3, 16)
        connection.execute("rollback")
    finally:
        connection.close()


def empty_queue(storm: Storm) -> None:
    with Redis.from_url(storm.console.settings.redis_url) as redis:
        try:
            redis.flushall()
        except RedisError:  # it was just killed: nothing is left in memory anyway
            return


def ring_twice(storm: Storm) -> None:
    """The same jobs several times at once, past the bell that would ring once only."""
    for _ in range(3):
        for job, *more in ((Job.APPLY_BATCH, storm.batch), (Job.SEND_ORDERS,), (Job.APPLY_EVENTS,)):
            arguments = (storm.console.company, *more)
            try:
                queue.queue().enqueue(job.value, args=arguments, result_ttl=0, failure_ttl=0)
            except RedisError:
                return


def operator_clock(storm: Storm) -> None:
    """It is suddenly some hours later at the operator."""
    _post(storm, "clock", {"advance": f"PT{storm.chance.randint(1, 30)}H"})


def worker_clock(storm: Storm) -> None:
    """One worker's clock goes wrong by up to a minute and a half, either way: leases seem over, or without end."""
    part = storm.console.stack.parts["worker-1"]
    right = part.command
    part.command = [
        sys.executable,
        "-m",
        "tests.chaos.skewed",
        str(storm.chance.randint(-90, 90)),
        "jobs.worker",
    ]
    storm.console.stack.kill("worker-1")
    storm.seconds(8, 15)
    part.command = right
    storm.console.stack.kill("worker-1")


def bad_operator(storm: Storm) -> None:
    _post(storm, "config", {"fault_factor": 10})
    storm.seconds(6, 15)
    _post(storm, "config", {"fault_factor": 1})


def full_disk(storm: Storm) -> None:
    """The web server can write no more: an upload is taken whole or refused politely, never half."""
    try:
        with browser.signed_in(storm.console) as someone:
            before, token = _batches(storm), browser.token_of(someone)
            with _no_room(storm):
                answer = browser.upload(someone, token, storm.chance.randint(20_000, 70_000))
            taken = _batches(storm) - before
    except (
        httpx.HTTPError,
        OperationalError,
    ) as error:  # the web server, or our own connection, was killed as well
        storm.uploads.append(type(error).__name__)
        return
    storm.uploads.append(str(answer.status_code))
    if (answer.status_code == 302) != (taken == 1) or answer.status_code not in (302, 503):
        raise AssertionError(f"upload on a full disk: {answer.status_code}, {taken} batches more")


@contextmanager
def _no_room(storm: Storm) -> Iterator[None]:
    limits = [(pid, resource.prlimit(pid, resource.RLIMIT_FSIZE)) for pid in _with_children(storm, "web")]
    for pid, (_soft, hard) in limits:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FULL_DISK, hard))
    try:
        yield
    finally:
        for pid, old in limits:
            try:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, old)
            except ProcessLookupError:  # it fell over, and its successor has all the room
                continue


def _with_children(storm: Storm, name: str) -> list[int]:
    running = storm.console.stack.parts[name].running
    if running is None:
        return []
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    return [running.pid, *map(int, children.read_text().split())] if children.exists() else []


def _batches(storm: Storm) -> int:
    with storm.console.office():
        return session.scalar(select(func.count(Batch.id))) or 0


def _post(storm: Storm, what: str, values: dict[str, Any]) -> None:
    """The operator may be down; then it is asked until it is up again."""
    for _ in range(60):
        try:
            httpx.post(f"{storm.console.settings.operator_url}/sim/{what}", json=values, timeout=30)
            return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError("the operator does not come back")


FAULTS: dict[str, Fault] = {
    **{f"kill -9 {name}": kill(name) for name in PARTS},
    "kill -9 both workers": kill_both_workers,
    **{f"to the operator: {how}": road("out", how) for how in (Road.CUT, Road.SLOW, Road.HALF_OPEN)},
    **{f"from the operator: {how}": road("back", how) for how in (Road.CUT, Road.SLOW, Road.HALF_OPEN)},
    "database away": lock_database,
    "FLUSHALL": empty_queue,
    "the same jobs twice": ring_twice,
    "operator's clock jumps": operator_clock,
    "a worker's clock is wrong": worker_clock,
    "operator's faults × 10": bad_operator,
    "disk full for uploads": full_disk,
}


def at_once(storm: Storm, names: list[str]) -> None:
    """Several faults side by side. Raises the first AssertionError."""
    failed: list[BaseException] = []

    def make(name: str) -> None:
        try:
            FAULTS[name](storm)
        except BaseException as error:  # told by the thread that waits
            failed.append(error)

    threads = [threading.Thread(target=make, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
