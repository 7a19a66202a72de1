"""The operator's own database: its tables, and one writer at a time."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY, seen_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS idempotency (
  key TEXT PRIMARY KEY, payload_hash TEXT NOT NULL, status INTEGER, body TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts (external_id TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS customers (
  group_code TEXT PRIMARY KEY, uscc TEXT, arrears INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS numbers (
  msisdn TEXT PRIMARY KEY, state TEXT NOT NULL, group_code TEXT, locked_until INTEGER,
  quarantine_until INTEGER, sequence INTEGER NOT NULL DEFAULT 0,
  activations INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sims (
  key19 TEXT PRIMARY KEY, iccid TEXT NOT NULL, state TEXT NOT NULL, group_code TEXT,
  msisdn TEXT, imsi TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people (
  doc_hash TEXT PRIMARY KEY, name TEXT, other_lines INTEGER NOT NULL DEFAULT 0,
  blacklisted INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subscribers (
  id INTEGER PRIMARY KEY AUTOINCREMENT, msisdn TEXT NOT NULL, key19 TEXT, iccid TEXT,
  group_code TEXT NOT NULL, order_id TEXT, external_id TEXT, doc_hash TEXT, lifecycle TEXT NOT NULL,
  plan TEXT, pending_plan TEXT, pending_from INTEGER, products TEXT NOT NULL DEFAULT '[]',
  contract_end INTEGER, arrears INTEGER NOT NULL DEFAULT 0, short_no TEXT, activated_at INTEGER,
  closed INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS one_line_per_number ON subscribers (msisdn) WHERE closed = 0;
CREATE UNIQUE INDEX IF NOT EXISTS one_line_per_card ON subscribers (key19) WHERE closed = 0;
CREATE UNIQUE INDEX IF NOT EXISTS short_numbers ON subscribers (group_code, short_no) WHERE closed = 0;
CREATE INDEX IF NOT EXISTS lines_of_a_customer ON subscribers (group_code, msisdn) WHERE closed = 0;
CREATE INDEX IF NOT EXISTS lines_of_a_document ON subscribers (doc_hash) WHERE closed = 0;
CREATE TABLE IF NOT EXISTS orders (
  serial INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT UNIQUE, external_id TEXT NOT NULL UNIQUE,
  payload_hash TEXT NOT NULL, type TEXT NOT NULL, group_code TEXT NOT NULL, msisdn TEXT NOT NULL,
  subscriber_id INTEGER, state TEXT NOT NULL, resume_state TEXT, sequence INTEGER NOT NULL,
  items TEXT NOT NULL, error TEXT, script TEXT NOT NULL, ships INTEGER NOT NULL DEFAULT 0,
  effective_at INTEGER, received_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS order_feed ON orders (updated_at, order_id);
CREATE INDEX IF NOT EXISTS orders_of_a_line ON orders (subscriber_id, state);
CREATE INDEX IF NOT EXISTS open_orders ON orders (msisdn, state);
CREATE TABLE IF NOT EXISTS agenda (
  id INTEGER PRIMARY KEY AUTOINCREMENT, due_at INTEGER NOT NULL, step TEXT NOT NULL,
  order_id TEXT, subscriber_id INTEGER);
CREATE INDEX IF NOT EXISTS agenda_due ON agenda (due_at, id);
CREATE INDEX IF NOT EXISTS agenda_order ON agenda (order_id);
CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, order_id TEXT, shard INTEGER NOT NULL,
  body TEXT NOT NULL, due_at INTEGER, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL,
  wrong_signature INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS events_due ON events (state, shard, due_at, id);
CREATE INDEX IF NOT EXISTS events_of_order ON events (order_id, state);
CREATE TABLE IF NOT EXISTS charges (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, group_code TEXT NOT NULL,
  msisdn TEXT NOT NULL, line_id INTEGER NOT NULL, order_id TEXT, item TEXT NOT NULL, code TEXT NOT NULL,
  fen INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS charges_of_order ON charges (order_id);
CREATE INDEX IF NOT EXISTS charges_of_customer ON charges (group_code);
CREATE TABLE IF NOT EXISTS bills (
  bill_id TEXT PRIMARY KEY, group_code TEXT NOT NULL, period TEXT NOT NULL, published_at INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS one_bill_a_month ON bills (group_code, period);
CREATE TABLE IF NOT EXISTS bill_lines (
  bill_id TEXT NOT NULL, line_key TEXT NOT NULL, version INTEGER NOT NULL, msisdn TEXT, item TEXT NOT NULL,
  tax_class TEXT NOT NULL, code TEXT, name TEXT NOT NULL, first_day TEXT NOT NULL, last_day TEXT NOT NULL,
  fen INTEGER NOT NULL, paid_by TEXT NOT NULL DEFAULT 'company', prepaid INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS one_line_of_a_bill ON bill_lines (bill_id, line_key);
CREATE TABLE IF NOT EXISTS pools (
  group_code TEXT NOT NULL, pool_id TEXT NOT NULL, size_mb INTEGER NOT NULL, most INTEGER NOT NULL,
  PRIMARY KEY (group_code, pool_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS authorizations (
  group_code TEXT NOT NULL, id TEXT NOT NULL, valid_to TEXT NOT NULL,
  PRIMARY KEY (group_code, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS consents (
  consent_id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, group_code TEXT NOT NULL, msisdn TEXT NOT NULL,
  period TEXT NOT NULL, state TEXT NOT NULL, asked_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS cdr_exports (
  export_id TEXT PRIMARY KEY, consent_id TEXT NOT NULL, asked_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sms (
  id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL);
"""
# Columns that came later: a ledger that was begun before gets them when it is opened.
ADDED_COLUMNS: dict[str, dict[str, str]] = {
    "customers": {"credit_limit_fen": "INTEGER", "paid_fen": "INTEGER NOT NULL DEFAULT 0"},
    "people": {"id_type": "TEXT"},
    "sims": {
        "sim_type": "TEXT NOT NULL DEFAULT 'PHYSICAL'",
        "eid": "TEXT",
        "matching_id": "TEXT",
        "confirmation_code": "TEXT",
        "download": "TEXT",
        "download_error": "TEXT",
        "code_taken_at": "INTEGER",
        "code_expires_at": "INTEGER",
    },
    "subscribers": {
        "suspended_for": "TEXT",
        "suspended_at": "INTEGER",
        "suspended_until": "INTEGER",
        "limit_mb": "INTEGER",
        "limit_action": "TEXT",
        "pool_id": "TEXT",
        "sms_hold_until": "INTEGER",
        "transferred_at": "INTEGER",
        "incoming_doc": "TEXT",
    },
    "orders": {"wish": "TEXT", "source": "TEXT NOT NULL DEFAULT 'API'", "new_card": "TEXT"},
    "events": {"copy": "INTEGER NOT NULL DEFAULT 0", "group_code": "TEXT"},
}
ADDED_INDEXES = """
CREATE INDEX IF NOT EXISTS incoming_documents ON subscribers (incoming_doc) WHERE closed = 0;
"""
EMPTIED_BY_RESET = (
    *("idempotency", "attempts", "orders", "agenda", "events", "sms"),
    *("customers", "people", "numbers", "sims", "subscribers", "charges", "pools", "authorizations"),
    *("bills", "bill_lines"),
    *("consents", "cdr_exports"),
)


class Ledger:
    """One connection behind one lock: writers queue here instead of failing inside SQLite."""

    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        # In WAL mode this survives the death of the process; only a power cut may lose the last commits.
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(TABLES)
        self._add_columns()
        self._db.executescript(ADDED_INDEXES)

    def _add_columns(self) -> None:
        for table, columns in ADDED_COLUMNS.items():
            present = {row["name"] for row in self._db.execute(f"PRAGMA table_info({table})")}
            for name in columns.keys() - present:
                self._db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {columns[name]}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def reset(self) -> None:
        with self.transaction() as db:
            for table in EMPTIED_BY_RESET:
                db.execute(f"DELETE FROM {table}")
            # What was said of a customer's months goes with the customer.
            db.execute(
                "DELETE FROM meta WHERE key LIKE 'billed from %' OR key LIKE 'usage %' OR key LIKE 'pool %'"
            )

    def close(self) -> None:
        with self._lock:
            self._db.close()


def remember(db: sqlite3.Connection, key: str, value: Any) -> None:
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, json.dumps(value)))


def recall(db: sqlite3.Connection, key: str, default: Any = None) -> Any:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return default if row is None else json.loads(row["value"])
