"""The customer's side of the contract, for tests: a simulator process to start, call and hear."""

import http.client
import http.server
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from console.carrier.simulator.signing import encrypt_id, same, signature, signed_headers

GROUP = "JT330106000123"
_START_WITHIN_S = 15.0
Found = TypeVar("Found")


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class SimulatorProcess:
    """Holds the process; kill it and start it again on the same database as often as needed."""

    database: str
    preset: str = "bench"
    seed: int = 42
    app_id: str = "console-test"
    secret: str = "operator-test-secret"
    admin: bool = True
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Return when it answers; RuntimeError when it does not in time."""
        command = [sys.executable, "-m", "console.carrier.simulator", "--port", str(self.port)]
        command += ["--database", self.database, "--preset", self.preset, "--seed", str(self.seed)]
        command += ["--admin"] if self.admin else []
        keys = {"OPERATOR_APP_ID": self.app_id, "OPERATOR_SECRET": self.secret}
        inherited = {name: value for name, value in os.environ.items() if name != "SIM_ADMIN"}
        self.process = subprocess.Popen(command, env=inherited | keys)
        deadline = time.monotonic() + _START_WITHIN_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.plain("GET", "/")
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the simulator did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """Ask it to stop; return its exit status."""
        if self.process is None:
            return 0
        self.process.terminate()
        return self.process.wait(timeout=10)

    def plain(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        timeout: float = 30.0,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), dict(response.headers))
        finally:
            connection.close()

    def call(
        self, method: str, path: str, payload: Any = None, *, key: str | None = None, timeout: float = 30.0
    ) -> Answer:
        """A signed request below /gw/v1; mutating ones get a fresh Idempotency-Key unless one is given."""
        body = b"" if payload is None else json.dumps(payload, ensure_ascii=False).encode()
        target = f"/gw/v1{path}"
        headers = signed_headers(self.app_id, self.secret, method, target, body)
        if method != "GET":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        return self.plain(method, target, body, headers, timeout)

    def lever(self, method: str, path: str, payload: Any = None) -> Any:
        """An administrative call below /sim; RuntimeError when it is refused."""
        body = b"" if payload is None else json.dumps(payload, ensure_ascii=False).encode()
        answer = self.plain(method, f"/sim{path}", body, {"Content-Type": "application/json"})
        if answer.status >= 300:
            raise RuntimeError(answer.text)
        return answer.json

    def sealed(self, id_number: str) -> str:
        return encrypt_id(self.secret, id_number, secrets.token_bytes(12))

    def stock(
        self, serial: int, *, prefix: str = "1380000", group_code: str = GROUP, card_state: str = "PREPERSO"
    ) -> tuple[str, str]:
        """A number locked for the group and a card of the group, both ending in the serial."""
        msisdn, iccid = f"{prefix}{serial:04d}", f"8986021900{prefix[2:5]}01{serial:04d}0"
        sims = [{"iccid": iccid, "state": card_state}]
        self.lever("POST", "/seed", {"groupCode": group_code, "numbers": [msisdn], "sims": sims})
        return msisdn, iccid

    def finished(self, external_id: str) -> Any:
        """The order when it has come to its end."""
        path = f"/orders?externalId={quote(external_id, safe='')}"
        eventually(lambda: self.call("GET", path).json.get("final"))
        return self.call("GET", path).json

    def activation(self, external_id: str, msisdn: str, iccid: str, id_number: str, **changes: Any) -> Any:
        """The body of an ordinary activation; changes replace its top-level members."""
        group_code = changes.pop("group_code", GROUP)
        user = {"name": "测试甲", "idType": "RESIDENT_ID", "idNoEnc": self.sealed(id_number)}
        order = {
            "externalId": external_id,
            "type": "ACTIVATE",
            "customer": {"groupCode": group_code, "uscc": "91330106MA0000090C"},
            "subscriber": {"msisdn": msisdn, "iccid": iccid, "simType": "PHYSICAL", "user": user},
            "products": [{"action": "add", "code": "QQT5G059", "effective": "NOW"}],
        }
        return order | changes


@dataclass(frozen=True)
class Heard:
    """One call-back as it arrived."""

    event: dict[str, Any]
    genuine: bool


class CallbackEar:
    """A little server that takes call-backs and keeps them; refusing makes the operator send again."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.heard: list[Heard] = []
        self.refusing = False
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/operator/events?of=tests"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def events(self, external_id: str) -> list[dict[str, Any]]:
        return [one.event for one in list(self.heard) if one.event["externalId"] == external_id]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        ear = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stamp, nonce = self.headers["X-Timestamp"], self.headers["X-Nonce"]
                expected = signature(ear.secret, "POST", self.path, stamp, nonce, body)
                genuine = same(expected, self.headers["X-Signature"])
                if not ear.refusing:
                    ear.heard.append(Heard(json.loads(body), genuine))
                self.send_response(503 if ear.refusing else 200)
                self.end_headers()
                self.wfile.write(b'{"code":"0"}')

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads a log of these."""

        return Handler


def eventually(look: Callable[[], Found], within_s: float = 8.0) -> Found:
    """What look returns as soon as it is true; AssertionError when it never is."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"still {found!r} after {within_s} s")
        time.sleep(0.03)
