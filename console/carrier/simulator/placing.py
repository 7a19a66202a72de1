"""A request for orders from its arrival to its answer, with everything that may go wrong on the way."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from console.carrier.simulator import faults, idempotency, maintenance, orders, payloads
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.faults import Transport
from console.carrier.simulator.orders import Reply
from console.carrier.simulator.simulation import Desk, Simulation

MOST_IN_A_BATCH = 200
_NEVER_DONE = {
    Transport.TIMEOUT,
    Transport.INTERNAL,
    Transport.RESET_BEFORE,
    Transport.RATE_LIMITED,
    Transport.MAINTENANCE,
}


@dataclass(frozen=True)
class Broken:
    """No proper answer: the connection ends after a while, or half of the body arrives."""

    after_s: float = 0.0
    half_of: Reply | None = None


def once(sim: Simulation, key: str, target: str, payload: Any, work: Callable[[Desk], Reply]) -> Reply:
    """Do a plain mutating request at most once for its key."""
    payload_hash = payloads.digest(sim.options.secret, target, payload)
    with sim.desk() as desk:
        known = idempotency.claim(desk, key, payload_hash)
    return known or _do(sim, key, work)


def _do(sim: Simulation, key: str, work: Callable[[Desk], Reply]) -> Reply:
    """The work and its answer are kept together; a refusal is an answer too unless it may be retried."""
    try:
        with sim.desk() as desk:
            reply = work(desk)
            idempotency.settle(desk, key, reply)
    except ApiError as error:
        with sim.desk() as desk:
            if error.retryable:
                idempotency.abandon(desk, key)
            else:
                idempotency.settle(desk, key, Reply(error.http_status, error.body()))
        raise
    except Exception:
        # The simulator's own mistake must not leave the key in progress for ever.
        with sim.desk() as desk:
            idempotency.abandon(desk, key)
        raise
    sim.wake()
    return reply


def place(sim: Simulation, key: str, payload: dict[str, Any]) -> Reply | Broken:
    external_id = payloads.text(payload, "externalId")
    msisdn = payloads.text(payload, "subscriber.msisdn", needed=False)
    return _through_faults(sim, key, "/orders", payload, external_id, msisdn, _accept)


def place_batch(sim: Simulation, key: str, payload: dict[str, Any]) -> Reply | Broken:
    """Faults of the line are drawn for the batch as a whole; each order in it is taken or refused alone."""
    external_id = payloads.text(payload, "externalId")
    items = payload.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_IN_A_BATCH:
        raise ApiError("INVALID_PARAM", f"items 应为 1～{MOST_IN_A_BATCH} 条", "items")
    return _through_faults(sim, key, "/order-batches", payload, external_id, "", _accept_all)


def _through_faults(
    sim: Simulation,
    key: str,
    target: str,
    payload: dict[str, Any],
    external_id: str,
    msisdn: str,
    work: Callable[[Simulation, Desk, dict[str, Any]], Reply],
) -> Reply | Broken:
    payload_hash = payloads.digest(sim.options.secret, target, payload)
    dice = sim.dice(external_id)
    with sim.desk() as desk:
        known = idempotency.claim(desk, key, payload_hash)
        if known is not None:
            return known
        fault = faults.transport(sim.settings, dice, msisdn, _attempt(desk, external_id))
        if fault in _NEVER_DONE:
            idempotency.abandon(desk, key)
    if fault in _NEVER_DONE:
        return _without_doing(sim, fault)
    sim.stopping.wait(_latency_s(sim, dice, fault))
    reply = _do(sim, key, lambda desk: work(sim, desk, payload))
    if fault is Transport.COMMIT_THEN_TIMEOUT:
        return Broken(after_s=sim.settings.hang_s)
    if fault is Transport.RESET_AFTER:
        return Broken()
    return Broken(half_of=reply) if fault is Transport.MALFORMED else reply


def _attempt(desk: Desk, external_id: str) -> int:
    row = desk.db.execute(
        "INSERT INTO attempts (external_id, count) VALUES (?, 1) "
        "ON CONFLICT (external_id) DO UPDATE SET count = count + 1 RETURNING count",
        (external_id,),
    ).fetchone()
    return int(row["count"])


def _without_doing(sim: Simulation, fault: Transport) -> Broken:
    if fault is Transport.RATE_LIMITED:
        raise ApiError("RATE_LIMITED", retry_after_s=1)
    if fault is Transport.MAINTENANCE:
        raise ApiError("MAINTENANCE", retry_after_s=1)
    if fault is Transport.INTERNAL:
        raise ApiError("INTERNAL")
    return Broken(after_s=sim.settings.hang_s if fault is Transport.TIMEOUT else 0.0)


def _latency_s(sim: Simulation, dice: faults.Dice, fault: Transport) -> float:
    return sim.settings.slow_s if fault is Transport.SLOW else faults.accept_latency_s(sim.settings, dice)


def _accept(sim: Simulation, desk: Desk, payload: dict[str, Any]) -> Reply:
    _check_open(sim, desk, payload)
    return orders.accept(desk, payload)


def _check_open(sim: Simulation, desk: Desk, payload: dict[str, Any]) -> None:
    window = maintenance.in_the_way(desk.settings, desk.now, payloads.text(payload, "type"))
    if window is not None:
        left = sim.clock.real_seconds(window.ends - desk.now)
        raise ApiError(window.code, retry_after_s=max(1, math.ceil(left)))


def _accept_all(sim: Simulation, desk: Desk, payload: dict[str, Any]) -> Reply:
    accepted: list[Any] = []
    refused: list[Any] = []
    for item in payload["items"]:
        desk.db.execute("SAVEPOINT item")
        try:
            accepted.append(_accept(sim, desk, item).body)
        except ApiError as error:
            desk.db.execute("ROLLBACK TO item")
            refused.append({"externalId": _named(item), "error": error.body()})
        desk.db.execute("RELEASE item")
    batch_id = "BT" + hashlib.sha256(str(payload["externalId"]).encode()).hexdigest()[:16].upper()
    return Reply(202, {"batchId": batch_id, "accepted": accepted, "refused": refused})


def _named(item: Any) -> Any:
    return item.get("externalId") if isinstance(item, dict) else None
