"""A whole console as processes, on PostgreSQL, with as many workers and companies as wanted, and what they do timed."""

import http.client
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import func, select

from bench import place
from bench.place import Place, free_port, signed_in
from console.accounts import actions as accounts
from console.app import create_app
from console.bulk import actions, queries
from console.bulk.models import Batch
from console.bulk.states import BatchState
from console.core import acting
from console.core.config import Settings
from console.core.db import engine, session, transaction
from console.core.permissions import Role
from console.employees import actions as employees
from console.orders.models import Order
from console.orders.states import OrderState
from console.sims import actions as sims
from examples import company as example
from examples import roster
from jobs.launcher import Stack

LONGEST = 600.0
DEFAULTS = {"payment": "集团统付"}


@dataclass
class Crowd:
    """Companies by the order in which they came: (company, user). `used` counts the numbers that were handed out."""

    stack: Stack
    settings: Settings
    members: list[tuple[int, int]] = field(default_factory=list)
    used: int = 0

    def found(self, stock: int) -> tuple[int, int]:
        """One more company with a drawer full, here and at the operator."""
        place_ = len(self.members) + 1
        group, uscc = f"JT9902{place_:08}", example.uscc(f"91990100MA{place_:07}")
        numbers = example.numbers(self.used + stock)[self.used :]
        cards = (
            example.iccids(stock, batch=place_ % 100)
            if place_ < 100
            else example.iccids(2 * stock, 0)[stock:]
        )
        self.used += stock
        with acting.platform("bench"), transaction():
            company = accounts.create_company(f"示例公司{place_}", uscc, group).id
        with acting.acting(company, acting.CONSOLE, "bench"), transaction():
            login, phone = f"office@c{place_}", f"139{place_:08}"
            user = accounts.create_user(login, "周予安", Role.OFFICE, f"Xk{place_:07}q!z", phone).id
            employees.ensure_departments(roster.DEPARTMENTS)
            employees.ensure_cost_centers(example.COST_CENTERS)
            sims.take_in_numbers(numbers, None)
            sims.take_in_sims(cards)
        example.seed_operator(self.settings, group, uscc, numbers, cards)
        self.members.append((company, user))
        return company, user

    def acting(self, member: tuple[int, int]) -> Any:
        return acting.acting(member[0], acting.Actor("bench", member[1]), "bench")

    def checked(self, member: tuple[int, int], rows: int, seed: int = 1) -> int:
        """A batch of this company, read and checked by a worker."""
        content = roster.make(rows, seed=seed, faults=False, prefix=f"Q{seed}").xlsx()
        with self.acting(member):
            with transaction():
                batch = actions.receive(
                    "office", member[1], "activate", f"名单{seed}.xlsx", content, DEFAULTS
                ).id
            until(lambda: session.get_one(Batch, batch).state == BatchState.CHECKED, "the check")
        return batch

    def confirm(self, member: tuple[int, int], batch: int) -> datetime:
        with self.acting(member):
            shown = queries.shown(batch)
            with transaction():
                assert actions.confirm("office", member[1], batch, shown), "nothing was ready"
            moment = session.get_one(Batch, batch).confirmed_at
            session.commit()
        assert moment
        return moment

    def settled(self, member: tuple[int, int], batch: int, rows: int) -> float:
        """Seconds from the confirmation until the last order was final; waits for it."""
        over = (Order.batch_id == batch, Order.state.in_([state.value for state in OrderState.over()]))
        with self.acting(member):
            until(lambda: session.scalar(select(func.count(Order.id)).where(*over)) == rows, "the orders")
            last = session.scalar(select(func.max(Order.settled_at)).where(*over))
            began = session.get_one(Batch, batch).confirmed_at
            session.commit()
        assert last and began
        return (last - began).total_seconds()

    def cookie(self, app: Any, member: tuple[int, int]) -> dict[str, str]:
        client = app.test_client()
        with client.session_transaction() as kept:
            kept["_user_id"], kept["_fresh"] = signed_in(*member), True
        cookie = client.get_cookie("console")
        assert cookie is not None
        return {"Cookie": f"console={cookie.value}"}


@contextmanager
def running(workers: int) -> Iterator[tuple[Crowd, Any]]:
    """On PostgreSQL; the operator answers at once and its rate is not limited. With the application, for cookies."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="console-bench-")))
        url = stack.enter_context(place.database("postgres", folder))
        kept = {
            name: os.environ[name]
            for name in os.environ
            if not name.startswith(("CONSOLE_", "OPERATOR_", "REDIS_", "TAX_"))
        }
        environ = kept | {"DATABASE_URL": url, "OPERATOR_RATE": "100000", "OPERATOR_BURST": "100000"}
        console = Stack(
            folder / "data", free_port(), free_port(), workers=workers, preset="bench", environ=environ
        )
        try:
            os.environ.update(console.prepare())
            console.start()
            settings = Settings.from_environment()
            app = create_app(settings)
            yield Crowd(console, settings), app
        finally:
            console.stop()
            engine().dispose()


def until(ready: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LONGEST
    while not ready():
        assert time.monotonic() < end, f"{what} did not end"
        time.sleep(0.1)
        session.commit()
        session.expire_all()
    session.commit()


class Watch:
    """Somebody who looks at pages, one after the other without a rest, over real HTTP: seconds by page."""

    def __init__(self, port: int, header: dict[str, str], paths: dict[str, str]) -> None:
        self.seconds: dict[str, list[float]] = {name: [] for name in paths}
        self._port, self._header, self._paths = port, header, paths
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_raised: Any) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._over.is_set():
            for name, path in self._paths.items():
                started = time.perf_counter()
                try:
                    connection.request("GET", path, headers=self._header)
                    answer = connection.getresponse()
                    answer.read()
                except (http.client.RemoteDisconnected, ConnectionError):  # the server ends idle connections
                    connection.close()
                    continue
                assert answer.status == 200, f"{path}: {answer.status}"
                self.seconds[name].append(time.perf_counter() - started)
            self._over.wait(0.05)

    def cuts(self, name: str) -> tuple[float, float, int]:
        """(p50, p99, how often)"""
        cuts = quantiles(self.seconds[name], n=100)
        return cuts[49], cuts[98], len(self.seconds[name])


def peak_of_workers(stack: Stack) -> float:
    """MB: the most that any worker has held."""
    peaks = []
    for name, part in stack.parts.items():
        if name.startswith("worker-") and part.running:
            lines = Path(f"/proc/{part.running.pid}/status").read_text().splitlines()
            peaks.append(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024)
    return max(peaks)


def as_place(crowd: Crowd, app: Any, owner: Any) -> Place:
    return Place(crowd.settings, app, owner, *crowd.members[0])
