"""Who may call: signatures, nonces and the rate limit, checked before any work."""

import threading
import time
from typing import Any

from flask import current_app, request

from console.carrier.simulator import signing
from console.carrier.simulator.clock import real_ms
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.simulation import Simulation


class RateLimit:
    """A token bucket; its level is not worth keeping over a restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._level: float | None = None
        self._at = time.monotonic()

    def take(self, rps: float, burst: float) -> bool:
        with self._lock:
            now = time.monotonic()
            level = burst if self._level is None else self._level
            level = min(burst, level + (now - self._at) * rps)
            self._at = now
            self._level = level - 1 if level >= 1 else level
            return level >= 1


def simulation() -> Simulation:
    found: Simulation = current_app.extensions["simulation"]
    return found


def check_signature() -> None:
    """Timestamps are real time: the simulated clock may be days ahead."""
    sim = simulation()
    headers = request.headers
    if headers.get("X-App-Id", "") != sim.options.app_id:
        raise ApiError("APP_FORBIDDEN")
    timestamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
    if not timestamp.isdecimal() or abs(int(timestamp) - time.time()) > signing.SKEW_S:
        raise ApiError("TIMESTAMP_SKEW")
    if not nonce or not headers.get("X-Request-Id"):
        raise ApiError("SIGNATURE_INVALID", "缺少 X-Nonce 或 X-Request-Id")
    expected = signing.signature(
        sim.options.secret, request.method, _target(), timestamp, nonce, request.get_data()
    )
    if not signing.same(expected, headers.get("X-Signature", "")):
        raise ApiError("SIGNATURE_INVALID")
    _use_up(sim, nonce)


def _target() -> str:
    """Path and query as they were sent, before anything was decoded."""
    return str(request.environ["REQUEST_URI"])


def _use_up(sim: Simulation, nonce: str) -> None:
    with sim.desk() as desk:
        new = desk.db.execute(
            "INSERT INTO nonces (nonce, seen_at) VALUES (?, ?) ON CONFLICT (nonce) DO NOTHING",
            (nonce, real_ms()),
        )
        if new.rowcount == 0:
            raise ApiError("NONCE_REUSED")


def check_rate() -> None:
    sim = simulation()
    limit: RateLimit = current_app.extensions["rate limit"]
    if not limit.take(sim.settings.rate_limit_rps, sim.settings.rate_limit_burst):
        raise ApiError("RATE_LIMITED", retry_after_s=1)


def check_admin() -> None:
    if not simulation().options.admin:
        raise ApiError("APP_FORBIDDEN", "管理接口未启用")


def payload() -> dict[str, Any]:
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise ApiError("INVALID_PARAM", "请求体应为 JSON 对象")
    return body


def idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        raise ApiError("IDEMPOTENCY_KEY_MISSING")
    return key
