"""Many orders, workers and companies: orders a second, what a row costs, ten thousand of them, and pages meanwhile."""

import json
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import httpx
from sqlalchemy import func, insert, select, update

from bench import crowd as crowds
from bench import timing
from bench.crowd import Crowd, Watch, running
from bench.figures import Figure
from bench.place import GROUP, USCC, Place, free_port, place
from bench.rows import apply, confirm, upload
from console.carrier.http import PREFIX, Gateway
from console.carrier.simulator.driver import SimulatorProcess
from console.core import signing
from console.core.db import engine, session
from console.orders.models import Order
from console.orders.states import OrderState
from examples import company as example
from examples import roster
from jobs import bulk
from jobs import orders as jobs

ORDERS = 1_000
WORKERS = (1, 2, 4)
SMALL, SMALL_ROWS, LARGE_ROWS = 100, 5, 1_000
OF_A_ROW = 500
PATHS = {
    "home page": "/",
    "list of batches": "/bulk/",
    "list of lines": "/lines/",
    "list of employees": "/employees/",
}


def figures(count: int) -> Iterator[Figure]:
    yield from _of_a_row()
    for workers in WORKERS:
        yield from _workers(workers)
    yield from _companies()
    yield from _end_to_end(count)


def _of_a_row() -> Iterator[Figure]:
    """One worker's work in this process, so that statements can be counted."""
    part = f"What a row costs from confirmed to the operator's answer, {OF_A_ROW} rows on SQLite"
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        place("sqlite", OF_A_ROW, f"http://127.0.0.1:{port}") as here,
    ):
        operator = SimulatorProcess(
            f"{folder}/operator.sqlite3", port=port,
            app_id=here.settings.operator_app_id, secret=here.settings.operator_secret,
        )  # fmt: skip
        operator.start()
        try:
            yield from _costs(here, part)
        finally:
            operator.stop()


def _costs(here: Place, part: str) -> Iterator[Figure]:
    example.seed_operator(
        here.settings, GROUP, USCC, example.numbers(2 * OF_A_ROW), example.iccids(2 * OF_A_ROW)
    )
    batch = upload(here, roster.make(OF_A_ROW, faults=False).xlsx())
    bulk.check_batch(here.company, batch)
    confirm(here, batch)
    with timing.statements(engine()) as sent, timing.spending() as spent:
        apply(here, batch)
        _send_all(here, batch)
    floor, cpu = _floor(here, batch)
    yield Figure(part, "SQL statements a row", len(sent) / OF_A_ROW, "", "insert and update", 2.0)
    remark = f"{jobs.IN_FLIGHT} calls in flight; the floor makes one after the other"
    yield Figure(
        part,
        "time",
        1000 * spent.wall / OF_A_ROW,
        "ms",
        "one insert, one POST, one update",
        1000 * floor,
        remark,
    )
    yield Figure(part, "processor", 1000 * spent.cpu / OF_A_ROW, "ms", "the same", 1000 * cpu)


def _send_all(here: Place, batch: int) -> None:
    """After a group the job makes way for others that wait, and here nobody takes those from the queue."""
    placed = select(func.count(Order.id)).where(Order.batch_id == batch, Order.state == OrderState.PLACED)
    waiting = OF_A_ROW
    while waiting:
        jobs.send_orders(here.company)
        with here.acting():
            waiting = session.scalar(placed) or 0


def _floor(here: Any, batch: int) -> tuple[float, float]:
    """Seconds (clock, processor) of a row that is written, called for and marked, each on its own."""
    with here.acting():
        rows = (
            session.execute(select(Order.__table__).where(Order.batch_id == batch).limit(200))
            .mappings()
            .all()
        )
        payloads = list(session.scalars(select(Order.payload).where(Order.batch_id == batch).limit(200)))
        session.commit()
    table: Any = Order.__table__
    numbers = example.numbers(2 * OF_A_ROW)[OF_A_ROW:]
    cards = example.iccids(2 * OF_A_ROW)[OF_A_ROW:]
    calls = [
        _call(here.settings, one, number, card)
        for one, number, card in zip(payloads, numbers, cards, strict=False)
    ]
    with (
        httpx.Client(base_url=here.settings.operator_url, timeout=15) as client,
        here.acting(),
        timing.spending() as spent,
    ):
        for row, (body, headers) in zip(rows, calls, strict=True):
            made = {name: value for name, value in row.items() if name != "id"}
            made |= {"external_id": uuid.uuid4().hex, "idempotency_key": uuid.uuid4().hex}
            with here.owner.begin() as connection:
                id_ = connection.execute(insert(table).values(**made)).inserted_primary_key[0]
            client.post(f"{PREFIX}/orders", content=body, headers=headers).raise_for_status()
            with here.owner.begin() as connection:
                connection.execute(update(table).where(table.c.id == id_).values(state="accepted"))
    return spent.wall / len(rows), spent.cpu / len(rows)


def _call(settings: Any, payload: dict[str, Any], msisdn: str, iccid: str) -> tuple[bytes, dict[str, str]]:
    """The order of a row once more, for another number and card, signed."""
    gateway, path = Gateway(settings), f"{PREFIX}/orders"
    subscriber = payload["subscriber"] | {"msisdn": msisdn, "iccid": iccid}
    body = json.dumps(
        gateway._sealed(payload | {"externalId": uuid.uuid4().hex, "subscriber": subscriber})
    ).encode()
    gateway.close()
    headers = signing.headers(settings.operator_app_id, settings.operator_secret, "POST", path, body)
    return body, headers | {"Idempotency-Key": uuid.uuid4().hex}


def _workers(workers: int) -> Iterator[Figure]:
    part = f"{ORDERS:,} orders with real workers on PostgreSQL, {os.cpu_count()} cores for all processes"
    with running(workers) as (crowd, _app):
        member = crowd.found(2 * ORDERS)
        batch = crowd.checked(member, ORDERS)
        crowd.confirm(member, batch)
        seconds = crowd.settled(member, batch, ORDERS)
        bare = _bare(crowd, member, batch, workers * jobs.IN_FLIGHT)
        remark = "confirmed to final; the floor only posts"
        name = f"{workers} worker{'s' if workers > 1 else ''}"
        yield Figure(part, name, ORDERS / seconds, "orders/s", "bare POSTs", bare, remark)


def _bare(crowd: Crowd, member: tuple[int, int], batch: int, in_flight: int) -> float:
    """Orders a second that are posted and nothing else, with as many in flight as the workers have."""
    with crowd.acting(member):
        payloads = list(
            session.scalars(select(Order.payload).where(Order.batch_id == batch).limit(ORDERS // 2))
        )
        session.commit()
    numbers, cards = example.numbers(2 * ORDERS)[ORDERS:], example.iccids(2 * ORDERS, batch=1)[ORDERS:]
    calls = [_call(crowd.settings, *one) for one in zip(payloads, numbers, cards, strict=False)]
    with (
        httpx.Client(base_url=crowd.settings.operator_url, timeout=30) as client,
        ThreadPoolExecutor(in_flight) as callers,
    ):

        def post(call: tuple[bytes, dict[str, str]]) -> None:
            client.post(f"{PREFIX}/orders", content=call[0], headers=call[1]).raise_for_status()

        return len(calls) / timing.once(lambda: list(callers.map(post, calls)))


def _companies() -> Iterator[Figure]:
    """A large batch first, then a small one of each of a hundred others; somebody looks at pages all the while."""
    part = (
        f"{SMALL} companies with {SMALL_ROWS} rows each behind one with {LARGE_ROWS:,}, 2 workers, PostgreSQL"
    )
    with running(2) as (crowd, app):
        large = crowd.found(2 * LARGE_ROWS)
        others = [crowd.found(2 * SMALL_ROWS) for _one in range(SMALL)]
        alone = crowd.found(2 * SMALL_ROWS)
        batch = crowd.checked(alone, SMALL_ROWS, 7)
        crowd.confirm(alone, batch)
        floor = crowd.settled(alone, batch, SMALL_ROWS)
        batches = [crowd.checked(one, SMALL_ROWS, 100 + place_) for place_, one in enumerate(others)]
        big = crowd.checked(large, LARGE_ROWS, 99)
        header = crowd.cookie(app, large)
        with Watch(crowd.stack.port, header, PATHS | {"batch page": f"/bulk/{big}/check"}) as rest:
            time.sleep(8)
        first = crowd.confirm(large, big)
        with Watch(crowd.stack.port, header, PATHS | {"batch page": f"/bulk/{big}"}) as busy:
            for one, its in zip(others, batches, strict=True):
                crowd.confirm(one, its)
            waits = [crowd.settled(one, its, SMALL_ROWS) for one, its in zip(others, batches, strict=True)]
            last = crowd.settled(large, big, LARGE_ROWS)
        everything = LARGE_ROWS + SMALL * SMALL_ROWS
        taken = max(last, *waits)
        yield Figure(
            part,
            "all orders",
            everything / taken,
            "orders/s",
            remark=f"{everything:,} orders since {first:%H:%M:%S}",
        )
        yield Figure(part, "a small batch waits, median", median(waits), "s", "alone", floor)
        yield Figure(
            part,
            "a small batch waits, the slowest",
            max(waits),
            "s",
            "alone",
            floor,
            f"the large one took {last:.1f} s",
        )
        for name in busy.seconds:
            p50, p99, looks = busy.cuts(name)
            at_rest, at_rest_99, _looks = rest.cuts(name)
            remark = f"p99 {1000 * p99:.0f} ms of {looks}; at rest p99 {1000 * at_rest_99:.0f} ms"
            yield Figure(
                f"Pages while that runs, {part.split(',')[-2].strip()}",
                name,
                1000 * p50,
                "ms",
                "at rest",
                1000 * at_rest,
                remark,
            )


def _end_to_end(count: int) -> Iterator[Figure]:
    part = f"{count:,} rows end to end, 2 workers, PostgreSQL"
    with running(2) as (crowd, _app):
        member = crowd.found(count + 100)
        spent = timing.once(lambda: crowd.checked(member, count))
        yield Figure(part, "upload to checked", spent, "s")
        batch = 1
        crowd.confirm(member, batch)
        seconds = crowd.settled(member, batch, count)
        yield Figure(
            part, "confirmed to the last order final", seconds, "s", remark=f"{count / seconds:.0f} orders/s"
        )
        yield Figure(part, "a worker holds at most", crowds.peak_of_workers(crowd.stack), "MB")
