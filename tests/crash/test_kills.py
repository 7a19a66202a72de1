"""Processes are killed while a batch runs; the batch finishes, and nobody gets a number twice."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from console.orders.states import OrderState
from tests.crash.stacks import Console, alive, environment, free_port, running, wait_for

pytestmark = pytest.mark.crash
ROWS = 60
FINISHED_WITHIN = 60
"""Seconds, on a slow machine. RQ alone would need thirteen minutes to miss a worker."""


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    """Slow enough that there is something to kill: some eight orders a second."""
    with tempfile.TemporaryDirectory(prefix="console-kills-") as folder, running(Path(folder)) as console:
        console.behave(accept_median_ms=700, accept_p95_ms=1000, commit_timeout_rate=0, slow_rate=0)
        yield console


def in_the_middle(console: Console) -> int:
    """A batch of which some orders are through, some are on their way and some still wait."""
    batch = console.upload(ROWS)
    console.confirm(batch)
    wait_for(
        lambda: console.states(batch).count("sending") >= 10 and len(set(console.states(batch))) >= 2, 30
    )
    wait_for(
        lambda: ROWS - console.states(batch).count("sending") - console.states(batch).count("placed") >= 8, 30
    )
    assert console.batch(batch).state == "running"
    return batch


def finishes(console: Console, batch: int, what: str) -> None:
    """Print how long it took, for whoever tunes the leases."""
    killed_at = time.monotonic()
    wait_for(lambda: not set(console.states(batch)) & {"sending", "placed", "unknown"}, FINISHED_WITHIN)
    answered = time.monotonic() - killed_at
    wait_for(lambda: not set(console.states(batch)) & set(OrderState.open()), FINISHED_WITHIN)
    final = time.monotonic() - killed_at
    wait_for(lambda: console.batch(batch).state == "finished", FINISHED_WITHIN)
    print(f"\n{what}: all orders answered after {answered:.1f} s, all final after {final:.1f} s")
    assert console.states(batch) == ["done"] * ROWS
    console.must_agree(batch)


def busy_worker(console: Console) -> str:
    """The name of the worker process that has a child at work."""
    for name, part in console.stack.parts.items():
        if name.startswith("worker") and part.running:
            children = Path(f"/proc/{part.running.pid}/task/{part.running.pid}/children").read_text()
            if children.strip():
                return name
    raise AssertionError("no worker is at work")


def test_a_killed_worker_is_replaced_and_its_orders_are_taken_over(console):
    batch = in_the_middle(console)
    left = {order.lease for order in console.orders(batch) if order.state == "sending"}
    killed = busy_worker(console)
    before = console.stack.parts[killed].running
    console.stack.kill(killed)
    taken = wait_for(lambda: not left & {order.lease for order in console.orders(batch)}, 40)
    print(f"\ntheir lease ran out and somebody else had them after {taken:.1f} s")
    finishes(console, batch, f"{killed} killed (and {taken:.1f} s before)")
    assert console.stack.parts[killed].running is not before


def test_both_workers_killed(console):
    batch = in_the_middle(console)
    for name in ("worker-1", "worker-2"):
        console.stack.kill(name)
    finishes(console, batch, "both workers killed")


def test_the_web_server_killed(console):
    batch = in_the_middle(console)
    console.stack.kill("web")
    finishes(console, batch, "web server killed")


def test_redis_killed(console):
    batch = in_the_middle(console)
    console.stack.kill("redis")
    finishes(console, batch, "Redis killed")


def test_redis_emptied(console):
    batch = in_the_middle(console)
    with Redis.from_url(console.settings.redis_url) as redis:
        redis.flushall()
    finishes(console, batch, "Redis emptied")


def test_the_clock_killed(console):
    batch = in_the_middle(console)
    console.stack.kill("clock")
    finishes(console, batch, "clock killed")


def test_the_operator_killed(console):
    batch = in_the_middle(console)
    console.stack.kill("operator")
    finishes(console, batch, "operator killed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_of_console_run_is_left_when_it_ends(tmp_path, number):
    """Ctrl-C ends it in order; and whoever kills the launcher has not made orphans."""
    mark = f"CONSOLE_DATA={tmp_path}"
    environ = environment(CONSOLE_DATA=str(tmp_path), PORT=str(free_port()))
    output = (tmp_path / "output").open("wb")
    launcher = subprocess.Popen(
        [sys.executable, "-m", "console.cli", "run"],
        env=environ, stdout=output, stderr=output, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(lambda: "Ctrl-C" in (tmp_path / "output").read_text(), 60)
        assert len(alive(mark)) >= 8, "launcher, Redis, operator, two of the web, two workers, clock"
        os.kill(launcher.pid, number)
        assert launcher.wait(timeout=20) == (0 if number == signal.SIGINT else -signal.SIGKILL)
        ended = wait_for(lambda: not alive(mark), 0.5 if number == signal.SIGINT else 15)
        print(f"\n{number.name}: nothing left after another {ended:.1f} s")
    finally:
        for pid in alive(mark):
            os.kill(pid, signal.SIGKILL)
        launcher.wait()
        output.close()
