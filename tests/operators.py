"""An operator for tests: the simulator as a process of its own, and a console that it can really call back."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from console.bulk import actions as batches
from console.bulk import fixing, queries
from console.bulk.models import BatchRow
from console.carrier.simulator.driver import SimulatorProcess, eventually
from console.core import clock, queue
from console.core.config import Settings
from console.core.db import session, transaction
from console.orders.models import Order
from console.sims import actions as sims
from console.sims.models import Line, PhoneNumber, SimCard
from examples import company as demo
from examples import roster
from jobs import orders
from jobs.clock import due
from tests.cast import STOCK, Cast

GROUPS = {"acme": "JT-ACME", "bolt": "JT-BOLT"}
ORDINARY = None
"""A row that takes whatever number is next in the drawer."""


@dataclass
class Operator:
    """The simulator's levers, and the time that the console believes to have passed."""

    simulator: SimulatorProcess
    people: Cast
    work: Callable[[], None]
    skipped: timedelta = field(default_factory=timedelta)
    persons: int = 1

    def behave(self, **settings: Any) -> None:
        self.simulator.lever("POST", "/config", settings)

    def advance(self, duration: str) -> None:
        """The operator's own time, in ISO 8601."""
        self.simulator.lever("POST", "/clock", {"advance": duration})

    def skip(self, seconds: float) -> None:
        """The console's time; a pause that the operator asked for is over then."""
        self.skipped += timedelta(seconds=seconds)
        queue.redis().delete("console:operator:pause", "console:operator:broken")

    def tick(self) -> None:
        """What the clock does in a second, and what the workers do then."""
        for job, *arguments in sorted(due(), key=str):
            queue.ring(job, *arguments)
        self.work()

    def until(self, look: Callable[[], Any], *, hurry: float = 0.0, within_s: float = 10.0) -> Any:
        """Tick until it is so; `hurry` seconds pass for the console with every tick."""

        def once() -> Any:
            self.skip(hurry)
            self.tick()
            return look()

        return eventually(once, within_s)

    def stock(self, *msisdns: str) -> None:
        """More numbers for Acme, at both sides."""
        with self.people.as_("ann"), transaction():
            sims.take_in_numbers(msisdns, None)
        self.simulator.lever("POST", "/seed", {"groupCode": GROUPS["acme"], "numbers": list(msisdns)})

    def upload(self, *wanted: str | None) -> int:
        """A checked batch with a person for each of these numbers, not confirmed yet; its id."""
        made = roster.make(len(wanted), seed=self.persons, faults=False, first=self.persons)
        self.persons += len(wanted)
        user = self.people.users["ann"][0]
        with self.people.as_("ann"), transaction():
            batch = batches.receive(
                "office", user, "activate", "名单.xlsx", made.xlsx(), {"payment": "集团统付"}
            ).id
        self.work()
        for row, msisdn in zip(self.rows(batch), wanted, strict=True):
            if msisdn:
                self.fix(batch, row.id, msisdn=msisdn)
        return batch

    def order(self, *wanted: str | None) -> int:
        """The same, confirmed and sent."""
        self.stock(*(msisdn for msisdn in wanted if msisdn))
        batch = self.upload(*wanted)
        self.confirm(batch)
        self.work()
        return batch

    def confirm(self, batch: int) -> None:
        with self.people.as_("ann"), transaction():
            assert batches.confirm("office", self.people.users["ann"][0], batch, queries.shown(batch))

    def fix(self, batch: int, row: int, **cells: str) -> None:
        with self.people.as_("ann"), transaction():
            fixing.fix("office", batch, row, cells)

    def rows(self, batch: int) -> list[BatchRow]:
        with self.people.as_("ann"):
            wanted = select(BatchRow).where(BatchRow.batch_id == batch).order_by(BatchRow.number)
            return list(session.scalars(wanted))

    def orders(self, login: str = "ann") -> list[Order]:
        with self.people.as_(login):
            return list(session.scalars(select(Order).order_by(Order.id)))

    def states(self) -> list[str]:
        return [order.state for order in self.orders()]

    def lines(self) -> list[tuple[str, str, str, str]]:
        """(number, its state, its card's state, the line's state) of every line, the oldest first."""
        with self.people.as_("ann"):
            wanted = (
                select(PhoneNumber.msisdn, PhoneNumber.state, SimCard.state, Line.state)
                .join(Line, Line.number_id == PhoneNumber.id)
                .join(SimCard, SimCard.id == Line.sim_id)
                .order_by(Line.id)
            )
            return [tuple(row) for row in session.execute(wanted)]

    def ledger(self) -> dict[str, Any]:
        return dict(self.simulator.lever("GET", "/state"))


class _Quiet(WSGIRequestHandler):
    def log(self, *_arguments: Any) -> None:
        """Nobody reads a log of these."""


@pytest.fixture(scope="session")
def console_server(application: Flask) -> Iterator[str]:
    """The console's own address, as the operator reaches it."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def simulator(place: Path, settings: Settings) -> Iterator[SimulatorProcess]:
    """At the address that the settings name."""
    process = SimulatorProcess(
        str(place / "operator.sqlite3"),
        app_id=settings.operator_app_id,
        secret=settings.operator_secret,
        port=urlsplit(settings.operator_url).port or 0,
    )
    process.start()
    yield process
    process.kill()


@pytest.fixture
def operator(
    people: Cast,
    work: Callable[[], None],
    simulator: SimulatorProcess,
    settings: Settings,
    console_server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Operator]:
    """An operator with an empty ledger that does all at once, knows both companies and calls back."""
    simulator.lever("POST", "/reset")
    simulator.lever("POST", "/config", {"preset": "bench"})
    _seed(simulator)
    operator = Operator(simulator, people, work)
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + operator.skipped)
    for kept in (orders.settings, orders.gateway, orders.pace):
        kept.cache_clear()
    orders.gateway().call_back_at(f"{console_server}/operator/events", settings.operator_secret)
    yield operator
    simulator.lever("POST", "/reset")
    orders.gateway().close()
    orders.gateway.cache_clear()


def _seed(simulator: SimulatorProcess) -> None:
    """What tests/cast.py puts into the drawers of the two companies."""
    for group, first in ((GROUPS["acme"], 0), (GROUPS["bolt"], STOCK)):
        simulator.lever(
            "POST",
            "/seed",
            {
                "groupCode": group,
                "numbers": demo.numbers(first + STOCK)[first:],
                "sims": [{"iccid": iccid} for iccid in demo.iccids(first + STOCK)[first:]],
            },
        )
