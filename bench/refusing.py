"""Overload: a company sends more files than the console takes, and nothing that was accepted is lost."""

import os
import re
import signal
from collections import Counter
from collections.abc import Iterator

import httpx
from sqlalchemy import func, select

from bench.crowd import Crowd, running, until
from bench.figures import Figure
from console.bulk.actions import MOST_UNREAD
from console.bulk.models import Batch
from console.bulk.states import BatchState
from console.core.db import session
from examples import roster

FILES = 3 * MOST_UNREAD
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PART = f"Overload: {FILES} files of one company while no worker works, PostgreSQL"


def figures() -> Iterator[Figure]:
    with running(2) as (crowd, app):
        member = crowd.found(20)
        _to_workers(crowd, signal.SIGSTOP)
        statuses = _send(crowd, crowd.cookie(app, member))
        _to_workers(crowd, signal.SIGCONT)
        checked = select(func.count(Batch.id)).where(Batch.state == BatchState.CHECKED)
        with crowd.acting(member):
            until(lambda: session.scalar(checked) == statuses[302], "the check of what was accepted")
    remark = f"and checked, all of them; {statuses[429]} answered 429 with Retry-After"
    yield Figure(PART, "accepted", statuses[302], "files", "limit", MOST_UNREAD, remark)


def _to_workers(crowd: Crowd, what: signal.Signals) -> None:
    for name, part in crowd.stack.parts.items():
        if name.startswith("worker-") and part.running:
            os.killpg(part.running.pid, what)


def _send(crowd: Crowd, header: dict[str, str]) -> Counter[int]:
    """How often each answer was given."""
    answers: Counter[int] = Counter()
    with httpx.Client(base_url=f"http://127.0.0.1:{crowd.stack.port}", timeout=60) as browser:
        page = browser.get("/bulk/new", headers=header).raise_for_status()
        found = TOKEN.search(page.text)
        assert found, "no form on the page"
        for number in range(FILES):
            content = roster.make(5, seed=number, faults=False, prefix=f"Z{number}").xlsx()
            fields = {"csrf_token": found[1], "kind": "activate", "payment": "集团统付"}
            answer = browser.post("/bulk/new", data=fields, files={"roster": (f"{number}.xlsx", content)})
            assert answer.status_code == 302 or answer.headers["Retry-After"]
            answers[answer.status_code] += 1
    assert set(answers) == {302, 429}, answers
    return answers
