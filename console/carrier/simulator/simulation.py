"""One running simulation: its ledger, clock and settings, and what one transaction sees of them."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from console.carrier.simulator import settings as presets
from console.carrier.simulator.clock import Clock, real_ms
from console.carrier.simulator.faults import Dice
from console.carrier.simulator.ledger import Ledger, recall, remember
from console.carrier.simulator.settings import PRESETS, Settings

# Call-backs of one number are sent one after the other, by one of so many senders.
SHARDS = 4


@dataclass(frozen=True)
class Options:
    """What the command line and the environment say."""

    database: str
    app_id: str
    secret: str
    seed: int = 42
    preset: str = "demo"
    admin: bool = False


@dataclass(frozen=True)
class Desk:
    """A transaction under way; now is when a thing happens, written_at when it is entered."""

    db: sqlite3.Connection
    settings: Settings
    seed: int
    secret: str
    now: int
    written_at: int

    def dice(self, subject: str) -> Dice:
        return Dice(self.seed, subject)


class Simulation:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.ledger = Ledger(options.database)
        self.stopping = threading.Event()
        self.work_alarm = threading.Event()
        self.sender_alarms = [threading.Event() for _ in range(SHARDS)]
        with self.ledger.transaction() as db:
            self.preset, self._changes = self._remembered_settings(db)
            self.settings = presets.in_force(presets.changed(PRESETS[self.preset], self._changes))
            self.clock = self._remembered_clock(db)
            # Requests that were under way when the process died have left nothing behind.
            db.execute("DELETE FROM idempotency WHERE status IS NULL")

    @contextmanager
    def desk(self, now: int | None = None) -> Iterator[Desk]:
        with self.ledger.transaction() as db:
            written_at = self.clock.now()
            moment = written_at if now is None else now
            yield Desk(db, self.settings, self.options.seed, self.options.secret, moment, written_at)

    def dice(self, subject: str) -> Dice:
        return Dice(self.options.seed, subject)

    def wake(self) -> None:
        """There may be new work for the background threads."""
        self.work_alarm.set()
        self.wake_senders()

    def wake_senders(self) -> None:
        for alarm in self.sender_alarms:
            alarm.set()

    def stop(self) -> None:
        self.stopping.set()
        self.wake()

    def change(self, changes: dict[str, Any], preset: str | None = None) -> None:
        """Keep changed settings; a preset drops the earlier changes. ValueError when one does not fit."""
        if preset is not None and preset not in PRESETS:
            raise ValueError(f"{preset}: no such preset")
        kept = {} if preset else self._changes
        name = preset or self.preset
        settings = presets.in_force(presets.changed(PRESETS[name], kept | changes))
        with self.ledger.transaction() as db:
            self.preset, self._changes, self.settings = name, kept | changes, settings
            remember(db, "preset", name)
            remember(db, "changes", self._changes)
            self._keep_clock(db, self.clock.at_speed(settings.speed))
        self.wake()

    def advance(self, milliseconds: int) -> None:
        with self.ledger.transaction() as db:
            self._keep_clock(db, self.clock.advanced(milliseconds))
        self.wake()

    def reset(self) -> None:
        """Empty the ledger and put the clock right; settings and the call-back address stay."""
        self.ledger.reset()
        with self.ledger.transaction() as db:
            self._keep_clock(db, Clock(real_ms(), real_ms(), self.settings.speed))
        self.wake()

    def _remembered_settings(self, db: sqlite3.Connection) -> tuple[str, dict[str, Any]]:
        # The command line wins only when it says something new, or a change made at run time
        # would not outlive a restart.
        if recall(db, "started with") == self.options.preset:
            return recall(db, "preset", self.options.preset), recall(db, "changes", {})
        remember(db, "started with", self.options.preset)
        remember(db, "preset", self.options.preset)
        remember(db, "changes", {})
        return self.options.preset, {}

    def _remembered_clock(self, db: sqlite3.Connection) -> Clock:
        kept = recall(db, "clock")
        clock = Clock(*kept) if kept else Clock(real_ms(), real_ms())
        return self._keep_clock(db, clock.at_speed(self.settings.speed))

    def _keep_clock(self, db: sqlite3.Connection, clock: Clock) -> Clock:
        remember(db, "clock", [clock.simulated_at, clock.real_at, clock.speed])
        self.clock = clock
        return clock
