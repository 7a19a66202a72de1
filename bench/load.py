"""Pages under load: the real web server with everything beside it, and sixteen connections that never rest."""

import http.client
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles

from bench.figures import Figure
from bench.place import free_port, signed_in
from console.app import create_app
from console.bulk import actions, queries
from console.bulk.models import Batch
from console.bulk.states import BatchState
from console.core import acting
from console.core.config import Settings
from console.core.db import session, transaction
from examples import company, roster
from jobs.launcher import Stack

CONNECTIONS = 16
SECONDS = 5.0
PEOPLE = 200
PART = f"Under load, {CONNECTIONS} connections, gunicorn of 2 × 8 threads"


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="console-bench-") as folder:
        environ = dict(os.environ) | {"OPERATOR_RATE": "100000", "OPERATOR_BURST": "100000"}
        stack = Stack(Path(folder), free_port(), free_port(), preset="bench", environ=environ)
        try:
            os.environ.update(stack.prepare())
            stack.start()
            yield from _measured(stack)
        finally:
            stack.stop()


def _measured(stack: Stack) -> Iterator[Figure]:
    settings = Settings.from_environment()
    app = create_app(settings)
    company.make(settings)
    company_id, user = company.office_user()
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = signed_in(company_id, user), True
    cookie = client.get_cookie("console")
    assert cookie is not None
    header = {"Cookie": f"console={cookie.value}"}
    batch = _finished_batch(company_id, user)
    paths = {
        "home page": "/",
        f"progress of a batch of {PEOPLE}": f"/bulk/{batch}/progress",
        "static file": "/static/console.css",
    }
    floor = _load(stack.port, "/health", {})
    yield _figure("/health", floor, None)
    for name, path in paths.items():
        yield _figure(name, _load(stack.port, path, header), floor)


def _figure(name: str, seconds: list[float], floor: list[float] | None) -> Figure:
    cuts = quantiles(seconds, n=20)
    remark = f"p50 {1000 * cuts[9]:.1f} ms, p95 {1000 * cuts[18]:.1f} ms"
    beside = len(floor) / SECONDS if floor else None
    return Figure(PART, name, len(seconds) / SECONDS, "requests/s", "/health", beside, remark)


def _finished_batch(company_id: int, user: int) -> int:
    with acting.acting(company_id, acting.Actor("bench", user), "bench"):
        with transaction():
            content = roster.make(PEOPLE, faults=False).xlsx()
            defaults = {"payment": "集团统付"}
            batch = actions.receive("office", user, "activate", "名单.xlsx", content, defaults).id
        _wait(lambda: session.get_one(Batch, batch).state == BatchState.CHECKED)
        shown = queries.shown(batch)
        with transaction():
            actions.confirm("office", user, batch, shown)
        _wait(lambda: session.get_one(Batch, batch).state == BatchState.FINISHED)
    return batch


def _wait(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < until, "the workers did not finish the batch"
        time.sleep(0.2)
        session.commit()
        session.expire_all()


def _load(port: int, path: str, header: dict[str, str]) -> list[float]:
    """How long each answer took; after a second of the same that does not count."""
    taken: list[float] = []
    start = time.perf_counter() + 1
    threads = [
        threading.Thread(target=_connection, args=(port, path, header, start, taken))
        for _ in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def _connection(port: int, path: str, header: dict[str, str], start: float, taken: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while (now := time.perf_counter()) < start + SECONDS:
        try:
            connection.request("GET", path, headers=header)
            answer = connection.getresponse()
            answer.read()
        except (http.client.RemoteDisconnected, ConnectionError):  # the server ends idle connections
            connection.close()
            continue
        assert answer.status == 200, f"{path}: {answer.status}"
        if now >= start:
            taken.append(time.perf_counter() - now)
