"""What every job has around it: the company it acts for, a log line, and leases that are kept alive."""

import functools
import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from console.core import acting, queue
from console.core.db import session

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 4.0


def job(name: queue.Job) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The first argument of a job is the company. A job may run twice, or not at all, without harm."""

    def decorate(work: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(work)
        def run(company: int, *arguments: int) -> None:
            queue.begun(name, (company, *arguments))
            started = time.monotonic()
            with acting.acting(company, acting.CONSOLE, name.value):
                work(company, *arguments)
                log.info(
                    "job", extra={"seconds": f"{time.monotonic() - started:.2f}", "arguments": arguments}
                )

        return run

    return decorate


def alone(work: Callable[..., None], *arguments: Any) -> None:
    """One of several things to do: when it breaks it is written down, and those behind it have their turn all the same.

    Whoever takes up work until none is due must have put it off before, or it breaks again at once.
    """
    try:
        work(*arguments)
    except MemoryError:
        raise  # nothing is wrong with this one, and the process is not to be trusted any more
    except Exception:
        session.rollback()
        which = [one for one in arguments if isinstance(one, int | str)]
        log.exception("job.broken", extra={"work": work.__name__, "arguments": which})


@contextmanager
def kept_alive(renew: Callable[[], Any]) -> Iterator[None]:
    """Call `renew` every few seconds while the block works; a killed process stops renewing, and is taken over."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT_SECONDS):
            try:
                renew()
            except Exception:  # a missed heartbeat is survived: the lease is longer than two
                log.warning("heartbeat.missed", exc_info=True)

    thread = threading.Thread(target=copy_context().run, args=(beat,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def without_collecting() -> Iterator[None]:
    """No search for unreachable cycles while a roster's million objects are made, none of which is in a cycle.

    It would take a fifth of the time of a check.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
