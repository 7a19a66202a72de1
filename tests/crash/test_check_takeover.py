"""A worker dies while it checks a large roster; another one takes over, and every row is there once."""

import tempfile
from pathlib import Path

import pytest
from sqlalchemy import func, select

from console.bulk.models import BatchRow
from console.core.db import session
from tests.crash.stacks import Console, frozen_worker, running, thaw, wait_for

pytestmark = pytest.mark.crash
ROWS = 15_000
LEASE_LOST_WITHIN = 40


def rows(console: Console, batch: int) -> tuple[int, int]:
    """(rows, different rows of the sheet)"""
    with console.office():
        wanted = select(func.count(BatchRow.id), func.count(func.distinct(BatchRow.number)))
        found = session.execute(wanted.where(BatchRow.batch_id == batch)).one()
        return found[0], found[1]


def test_a_worker_killed_while_checking_is_taken_over_and_every_row_is_there_once():
    with (
        tempfile.TemporaryDirectory(prefix="console-check-") as folder,
        running(Path(folder), preset="bench") as console,
    ):
        batch = console.upload(ROWS)
        wait_for(lambda: console.batch(batch).state == "checking", 20)
        checking = frozen_worker(console)
        lease = console.batch(batch).lease
        console.stack.kill(checking)
        thaw(console)
        assert (console.batch(batch).state, rows(console, batch)) == ("checking", (0, 0))
        # Another lease, or none any more: fifteen thousand rows may be checked between two looks.
        taken = wait_for(lambda: console.batch(batch).lease != lease, LEASE_LOST_WITHIN)
        checked = wait_for(lambda: console.batch(batch).state == "checked", 90)
        print(f"\nchecking: taken over after {taken:.1f} s, {ROWS} rows checked {checked:.1f} s later")
        assert rows(console, batch) == (ROWS, ROWS)
