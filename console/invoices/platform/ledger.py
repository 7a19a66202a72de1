"""What the platform has issued: invoices by seller and order number, red forms, the seller's quota, its settings."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invoices (
  id INTEGER PRIMARY KEY AUTOINCREMENT, serial TEXT NOT NULL UNIQUE, seller TEXT NOT NULL, order_no TEXT NOT NULL,
  body TEXT NOT NULL, at REAL NOT NULL, ready_at REAL NOT NULL, failed TEXT, signing INTEGER NOT NULL DEFAULT 0,
  human INTEGER NOT NULL DEFAULT 0, number TEXT UNIQUE, net_fen INTEGER NOT NULL, tax_fen INTEGER NOT NULL,
  red_of TEXT, red_net_fen INTEGER NOT NULL DEFAULT 0, red_tax_fen INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS one_order_of_a_seller ON invoices (seller, order_no);
CREATE TABLE IF NOT EXISTS forms (
  id INTEGER PRIMARY KEY AUTOINCREMENT, bill_id TEXT NOT NULL UNIQUE, bill_no TEXT NOT NULL, number TEXT NOT NULL,
  status TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL, red_number TEXT, order_no TEXT UNIQUE);
"""
USUAL: dict[str, Any] = {
    "delay_s": 1.0,
    "quota_fen": None,
    "lost_answers": 0,
    "errors": 0,
    "failing": 0,
    "sign_failing": 0,
    "human": 0,
    "files_late": 0,
    "formats": "xml",
    "silent": False,
    "advanced_s": 0.0,
}
"""How long issuing takes; how much may be issued in all; and how many of the next requests go wrong in which way.

`formats`: which documents of its own it has; a rehearsal looks better with those that the console draws."""


class Ledger:
    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(TABLES)

    @contextmanager
    def desk(self) -> Iterator["Desk"]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield Desk(self._db)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


class Desk:
    """One transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def setting(self, key: str) -> Any:
        row = self.db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return json.loads(row["value"]) if row else USUAL[key]

    def set(self, key: str, value: Any) -> None:
        if key not in USUAL:
            raise KeyError(key)
        self.db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(value)))

    def takes(self, key: str) -> bool:
        """Whether this one is to go wrong; one less then."""
        left = int(self.setting(key))
        if left > 0:
            self.set(key, left - 1)
        return left > 0

    @property
    def now(self) -> float:
        return time.time() + float(self.setting("advanced_s"))
