"""A whole console as processes of its own, for tests that kill them."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rq import Worker
from sqlalchemy import select

from console.app import prepare
from console.bulk import actions as batches
from console.bulk import queries
from console.bulk.models import Batch
from console.core import acting, queue
from console.core.config import Settings
from console.core.db import session, transaction
from console.orders import rules
from console.orders.models import Order
from console.orders.states import OrderState
from console.sims.models import Line, PhoneNumber
from examples import company, roster
from jobs.launcher import Stack

OURS = ("CONSOLE_", "DATABASE_", "REDIS_", "OPERATOR_", "PUBLIC_URL", "SMS_URL", "RECONCILE_", "TAX_")
STOCK = 700


def environment(**more: str) -> dict[str, str]:
    """Of this process, without what points to the console of the other tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Console:
    """The running stack, and this process as one more of its clients."""

    stack: Stack
    settings: Settings
    company: int
    user: int
    persons: int = 1
    documents: set[str] = field(default_factory=set)

    def office(self) -> Any:
        return acting.acting(self.company, acting.Actor("周予安", self.user, "127.0.0.1"), "test")

    def upload(self, rows: int) -> int:
        """A batch of people who were not in any batch before; its id."""
        made, seed = None, self.persons
        while made is None or self.documents & {row[3] for row in made.rows}:
            made, seed = roster.make(rows, seed=seed, faults=False, first=self.persons), seed + 1
        self.documents |= {row[3] for row in made.rows}
        self.persons += rows
        with self.office(), transaction():
            return batches.receive(
                "office", self.user, "activate", f"名单{self.persons}.xlsx", made.xlsx(), {"payment": "集团统付"}
            ).id  # fmt: skip

    def confirm(self, batch: int) -> int:
        """As soon as it is checked; how many rows."""
        wait_for(lambda: self.batch(batch).state not in ("received", "checking"), 60)
        with self.office(), transaction():
            confirmed = batches.confirm("office", self.user, batch, queries.shown(batch))
        assert confirmed
        return confirmed

    def batch(self, batch: int) -> Batch:
        with self.office():
            return session.get_one(Batch, batch)

    def orders(self, batch: int) -> list[Order]:
        with self.office():
            return list(session.scalars(select(Order).where(Order.batch_id == batch).order_by(Order.id)))

    def states(self, batch: int) -> list[str]:
        return [order.state for order in self.orders(batch)]

    def active(self, batch: int) -> dict[str, str]:
        """Number → state of its line."""
        with self.office():
            wanted = (
                select(PhoneNumber.msisdn, Line.state)
                .join(Line, Line.number_id == PhoneNumber.id)
                .join(Order, Order.line_id == Line.id)
                .where(Order.batch_id == batch)
            )
            return {msisdn: state for msisdn, state in session.execute(wanted)}

    def ledger(self) -> Any:
        return httpx.get(f"{self.settings.operator_url}/sim/state", timeout=30).json()

    def verified(self) -> list[Any]:
        """What the operator's ledger proves of itself, each with the violations that were found."""
        proof = httpx.get(f"{self.settings.operator_url}/sim/ledger/verify", timeout=30).json()
        return list(proof["checked"])

    def behave(self, **settings: Any) -> None:
        answer = httpx.post(f"{self.settings.operator_url}/sim/config", json=settings, timeout=10)
        answer.raise_for_status()

    def must_agree(self, batch: int) -> None:
        """The console says of every order and line what the operator's ledger says; nothing was done twice."""
        wait_for(lambda: set(self.active(batch).values()) == {"active"}, 40)
        ledger = self.ledger()
        theirs = {order["externalId"]: order["state"] for order in ledger["orders"]}
        for order in self.orders(batch):
            assert rules.agrees(OrderState(order.state), theirs[order.external_id])
        lines = {line["msisdn"]: line["lifecycle"] for line in ledger["subscribers"]}
        assert {lines[msisdn] for msisdn in self.active(batch)} == {"ACTIVE"}
        assert ledger["counters"]["mostActivationsOfOneNumber"] == 1


@contextmanager
def running(
    folder: Path,
    preset: str = "demo",
    workers: int = 2,
    stock: int = STOCK,
    arrange: Callable[[Stack], None] | None = None,
    **environ: str,
) -> Iterator[Console]:
    """A stack in a folder of its own. Afterwards this process belongs to the other tests' console again.

    `arrange` may change what the processes are told before they start.
    """
    stack = Stack(
        folder, port=free_port(), operator_port=free_port(), workers=workers, preset=preset,
        environ=environment(RECONCILE_SECONDS="5", **environ),
    )  # fmt: skip
    settings = Settings.from_environment(stack.prepare())
    if arrange:
        arrange(stack)
    try:
        stack.start()
        prepare(settings)
        company.make(settings, stock=stock)
        yield Console(stack, settings, *company.office_user())
    finally:
        stack.stop()
        if os.environ.get("CONSOLE_KEYS"):
            prepare(Settings.from_environment())


def wait_for(look: Callable[[], Any], seconds: float) -> float:
    """Seconds until it was so; AssertionError when it did not become so."""
    started = time.monotonic()
    while not (found := look()):
        assert time.monotonic() - started < seconds, f"still {found!r} after {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - started


def alive(mark: str) -> dict[int, str]:
    """Process id → command line of whatever was started with this text in its environment."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):  # not ours, or gone meanwhile
            continue
    return {pid: command for pid, command in found.items() if command and pid != os.getpid()}


def busy_worker(console: Console) -> str:
    """The name of the worker that is at a longer job: the one it was at a moment ago."""
    for _ in range(20):
        before = _at_work(console)
        time.sleep(0.5)
        still = before & _at_work(console)
        if still:
            return min(still)[0]
    raise AssertionError("no worker is at work")


def _at_work(console: Console) -> set[tuple[str, str]]:
    """(worker, the job that it is at), as the queue knows it."""
    pids = {running.pid: name for name, running in _workers(console).items()}
    found = {(pids.get(one.pid), one.get_current_job_id()) for one in Worker.all(connection=queue.redis())}
    return {(name, job) for name, job in found if name and job}


def frozen_worker(console: Console) -> str:
    """All workers stand still, with their jobs, until `thaw`; the name of the one that is at a job."""
    for running in _workers(console).values():
        os.kill(running.pid, signal.SIGSTOP)
    for _name, child in (busy := _children(console)):
        os.kill(int(child), signal.SIGSTOP)
    assert busy, "no worker is at work"
    return min(busy)[0]


def thaw(console: Console) -> None:
    for _name, child in _children(console):
        os.kill(int(child), signal.SIGCONT)
    for running in _workers(console).values():
        os.kill(running.pid, signal.SIGCONT)


def _workers(console: Console) -> dict[str, Any]:
    """Name → process, of those that live."""
    return {
        name: part.running
        for name, part in console.stack.parts.items()
        if name.startswith("worker") and part.running and part.running.poll() is None
    }


def _children(console: Console) -> set[tuple[str, str]]:
    """(worker, the process id of its child)"""
    return {
        (name, child)
        for name, running in _workers(console).items()
        for child in Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    }
