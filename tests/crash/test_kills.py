"""Processes are killed while a batch runs; the batch finishes, and nobody gets a number twice."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from console.orders.states import OrderState
from tests.crash.stacks import Console, alive, busy_worker, environment, free_port, running, wait_for

pytestmark = pytest.mark.crash
ROWS = 48
BROKEN = "console:operator:broken"
UNANSWERED = {"sending", "placed", "unknown"}
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
    wait_for(lambda: len(console.states(batch)) == ROWS, 30)
    wait_for(lambda: not set(console.states(batch)[:8]) & {"placed", "sending"}, 30)
    assert "sending" in console.states(batch)
    assert console.batch(batch).state == "running"
    return batch


def finishes(console: Console, batch: int, what: str) -> None:
    """Print how long it took, for whoever tunes the leases."""
    killed_at = time.monotonic()
    wait_for(lambda: not set(console.states(batch)) & UNANSWERED, FINISHED_WITHIN)
    answered = time.monotonic() - killed_at
    wait_for(lambda: not set(console.states(batch)) & set(OrderState.open()), FINISHED_WITHIN)
    final = time.monotonic() - killed_at
    wait_for(lambda: console.batch(batch).state == "finished", FINISHED_WITHIN)
    print(f"\n{what}: all orders answered after {answered:.1f} s, all final after {final:.1f} s")
    assert console.states(batch) == ["done"] * ROWS
    console.must_agree(batch)


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


def test_the_web_server_and_the_clock_killed(console):
    batch = in_the_middle(console)
    console.stack.kill("web")
    console.stack.kill("clock")
    finishes(console, batch, "web server and clock killed")


def test_redis_killed(console):
    batch = in_the_middle(console)
    console.stack.kill("redis")
    finishes(console, batch, "Redis killed")


def test_redis_emptied(console):
    batch = in_the_middle(console)
    with Redis.from_url(console.settings.redis_url) as redis:
        redis.flushall()
    finishes(console, batch, "Redis emptied")


def test_the_operator_killed(console):
    """So many calls end in doubt that the breaker opens for a minute, which the test does not wait for."""
    batch = in_the_middle(console)
    console.stack.kill("operator")
    with Redis.from_url(console.settings.redis_url) as redis:
        wait_for(lambda: redis.exists(BROKEN), 20)

        def answered() -> bool:
            redis.delete(BROKEN)
            return not set(console.states(batch)) & UNANSWERED

        seconds = wait_for(answered, FINISHED_WITHIN)
    finishes(console, batch, f"operator killed, break cut short (and {seconds:.1f} s before)")


@contextmanager
def console_run(folder: Path, number: int) -> Iterator[subprocess.Popen[bytes]]:
    """`console run` with its data in this folder, up and greeting; whatever is left of it is killed."""
    environ = environment(CONSOLE_DATA=str(folder), PORT=str(free_port()))
    output = folder / f"output-{number}"
    with output.open("wb") as written:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "console.cli", "run"],
            env=environ, stdout=written, stderr=written, start_new_session=True,
        )  # fmt: skip
    try:
        started = wait_for(lambda: "Ctrl-C" in output.read_text() or launcher.poll() is not None, 60)
        assert launcher.poll() is None, output.read_text()
        print(f"\nconsole run: up after {started:.1f} s")
        yield launcher
    finally:
        for pid in alive(f"CONSOLE_DATA={folder}"):
            os.kill(pid, signal.SIGKILL)
        launcher.wait()


def test_nothing_of_console_run_is_left_when_it_ends(tmp_path):
    """Ctrl-C ends it in order, the second start finds its data, and killing the launcher makes no orphans."""
    for number, status, within in ((signal.SIGINT, 0, 1), (signal.SIGKILL, -signal.SIGKILL, 15)):
        with console_run(tmp_path, number) as launcher:
            assert len(alive(f"CONSOLE_DATA={tmp_path}")) >= 8, "Redis, operator, web, workers, clock"
            os.kill(launcher.pid, number)
            stopped = time.monotonic()
            assert launcher.wait(timeout=20) == status
            stopped = time.monotonic() - stopped
            left = wait_for(lambda: not alive(f"CONSOLE_DATA={tmp_path}"), within)
            print(f"\n{number.name}: ended after {stopped:.1f} s, nothing left after another {left:.1f} s")
