"""Work on one row by one process: a lease that runs out with whoever held it, and tries that are counted."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Integer, String, or_, update
from sqlalchemy.orm import Mapped, mapped_column

from console.core import clock
from console.core.db import Moment, session

LEASE = timedelta(seconds=15)
MOST_TRIES = 5
"""What has failed so often, with growing waits, fails for a reason that waiting does not mend."""


class Leased:
    """A row that somebody has to work on. Whoever does holds a lease; what is not done and not held is due."""

    id: Mapped[int]
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    @property
    def given_up(self) -> bool:
        """It was tried often enough, and nobody is at the last try any more."""
        return self.tries >= MOST_TRIES and (self.lease_until is None or self.lease_until < clock.now())

    def again(self) -> None:
        """From the first try on."""
        self.tries, self.lease_until = 0, None

    def put_off(self, wait: timedelta) -> None:
        """Nothing is wrong but the moment: this was no try."""
        self.lease, self.lease_until, self.tries = None, clock.now() + wait, self.tries - 1

    def failed(self) -> None:
        """Again after a while, four times as long each time."""
        last = self.tries >= MOST_TRIES
        self.lease = None
        self.lease_until = None if last else clock.now() + LEASE * 4 ** (self.tries - 1)


Row = TypeVar("Row", bound=Leased)


@dataclass(frozen=True, slots=True)
class Task:
    """A row that this process, and nobody else, works on while the lease lasts."""

    id: int
    lease: str


def is_due(model: type[Leased], now: datetime) -> ColumnElement[bool]:
    """Beside the condition that it is not done, which the table knows."""
    return or_(model.lease_until.is_(None), model.lease_until < now) & (model.tries < MOST_TRIES)


def start(model: type[Leased], row_id: int, waiting: ColumnElement[bool]) -> Task | None:
    """None when somebody else is at it, or it is done."""
    task, now = Task(row_id, secrets.token_hex(8)), clock.now()
    taken = session.execute(
        update(model)
        .where(model.id == row_id, waiting, is_due(model, now))
        .values(lease=task.lease, lease_until=now + LEASE, tries=model.tries + 1)
        .execution_options(synchronize_session=False)
    )
    return task if taken.rowcount else None  # type: ignore[attr-defined]


def renew(model: type[Leased], task: Task) -> None:
    session.execute(
        update(model)
        .where(model.id == task.id, model.lease == task.lease)
        .values(lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )


def held(model: type[Row], task: Task) -> Row | None:
    """The row, locked until the transaction ends; None when the lease was lost, and somebody else has it."""
    row = session.get_one(model, task.id, with_for_update=True, populate_existing=True)
    return row if row.lease == task.lease else None
