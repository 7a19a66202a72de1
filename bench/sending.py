"""A thousand orders to the operator's simulator, beside the same number of bare POSTs with the same concurrency."""

import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select, update

from bench import timing
from bench.figures import Figure
from bench.place import GROUP, USCC, Place, free_port, place
from bench.rows import order, upload
from console.carrier.http import PREFIX, Gateway
from console.carrier.simulator.driver import SimulatorProcess
from console.core import clock, signing
from console.core.db import session
from console.orders.models import Order
from examples import company, roster
from jobs import bulk
from jobs import orders as jobs

ORDERS = 1_000
STOCK = 2 * ORDERS
PART = f"Sending {ORDERS:,} orders, {jobs.IN_FLIGHT} at a time"


def figures() -> Iterator[Figure]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="console-bench-") as folder, _console(port) as here:
        operator = SimulatorProcess(
            str(Path(folder) / "operator.sqlite3"), port=port,
            app_id=here.settings.operator_app_id, secret=here.settings.operator_secret,
        )  # fmt: skip
        operator.start()
        try:
            yield _measured(here)
        finally:
            operator.stop()


def _console(port: int) -> AbstractContextManager[Place]:
    return place("sqlite", STOCK, f"http://127.0.0.1:{port}")


def _measured(here: Place) -> Figure:
    """Half of the bare calls before, half after: the simulator gets slower the more it knows."""
    company.seed_operator(here.settings, GROUP, USCC, company.numbers(STOCK), company.iccids(STOCK))
    bare = _calls(here, _ordered(here, 1))
    batch = _ordered(here, 2)
    floor = _post(here, bare[: ORDERS // 2])
    seconds = timing.once(lambda: jobs.send_orders(here.company))
    floor += _post(here, bare[ORDERS // 2 :])
    with here.acting():
        wanted = select(Order.state, func.count()).where(Order.batch_id == batch).group_by(Order.state)
        states = {state: count for state, count in session.execute(wanted)}
    accepted = states.pop("accepted", 0) + states.pop("done", 0)
    remark = ", ".join(f"{count} {state}" for state, count in states.items()) or "all accepted"
    return Figure(PART, "send_orders", accepted / seconds, "orders/s", "bare POSTs", ORDERS / floor, remark)


def _ordered(here: Place, seed: int) -> int:
    content = roster.make(ORDERS, seed=seed, faults=False, prefix=f"Q{seed}").xlsx()
    batch = upload(here, content)
    bulk.check_batch(here.company, batch)
    order(here, batch)
    return batch


def _calls(here: Place, batch: int) -> list[tuple[bytes, dict[str, str]]]:
    """The orders of a batch as signed calls; in the books they are put off, so that nobody else sends them."""
    gateway, path = Gateway(here.settings), f"{PREFIX}/orders"
    with here.acting():
        wanted = select(Order.payload, Order.idempotency_key).where(Order.batch_id == batch)
        found = session.execute(wanted).all()
    with here.owner.begin() as connection:
        later = update(Order.__table__).values(next_try_at=clock.now() + timedelta(days=1))  # type: ignore[arg-type]
        connection.execute(later)
    app_id, secret = here.settings.operator_app_id, here.settings.operator_secret
    calls = []
    for payload, key in found:
        body = json.dumps(gateway._sealed(payload), ensure_ascii=False).encode()
        headers = signing.headers(app_id, secret, "POST", path, body)
        calls.append((body, headers | {"Idempotency-Key": key}))
    gateway.close()
    return calls


def _post(here: Place, calls: list[tuple[bytes, dict[str, str]]]) -> float:
    with httpx.Client(base_url=here.settings.operator_url, timeout=15) as client:

        def call(one: tuple[bytes, dict[str, str]]) -> Any:
            return client.post(f"{PREFIX}/orders", content=one[0], headers=one[1]).raise_for_status()

        with ThreadPoolExecutor(jobs.IN_FLIGHT) as callers:
            return timing.once(lambda: list(callers.map(call, calls)))
