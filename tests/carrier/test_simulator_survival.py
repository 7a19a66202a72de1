"""The simulator killed, restarted and run in chaos: nothing is lost and nothing goes backwards."""

import http.client
import itertools
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from console.carrier.simulator.driver import GROUP, Answer, CallbackEar, SimulatorProcess, eventually

EAR_SECRET = "secret-of-the-ear"
_serial = itertools.count(1)


@pytest.fixture(scope="module")
def ear() -> Iterator[CallbackEar]:
    listening = CallbackEar(EAR_SECRET)
    yield listening
    listening.close()


def wish(process: SimulatorProcess, serial: int) -> Any:
    msisdn, iccid = process.stock(serial)
    return process.activation(f"S-{next(_serial)}", msisdn, iccid, f"33010619930303{serial:04d}")


def post(process: SimulatorProcess, order: Any, key: str | None = None) -> Answer:
    return process.call("POST", "/orders", order, key=key)


def order_events(ear: CallbackEar, order: Any) -> list[Any]:
    return [event for event in ear.events(order["externalId"]) if "state" in event]


def test_sudden_death_loses_no_order_no_key_and_no_call_back(tmp_path: Path, ear: CallbackEar) -> None:
    process = SimulatorProcess(str(tmp_path / "operator.db"))
    process.start()
    try:
        process.call("PUT", "/callbacks", {"url": ear.url, "secret": EAR_SECRET})
        slow_work = {"completion_median_s": 1.5, "completion_p95_s": 1.6, "accept_median_ms": 30}
        process.lever("POST", "/config", slow_work)
        orders = [wish(process, n) for n in range(200, 220)]
        with ThreadPoolExecutor(8) as pool:
            first = list(pool.map(lambda order: post(process, order, order["externalId"]), orders[:10]))
            # Killed while the second half is under way: whatever was not answered is in doubt.
            doubtful = [pool.submit(post, process, order, order["externalId"]) for order in orders[10:]]
            process.kill()
            for future in doubtful:
                assert future.exception() is None or isinstance(
                    future.exception(), OSError | http.client.HTTPException
                )
        process.start()
        again = [post(process, order, order["externalId"]) for order in orders]

        assert [answer.json["orderId"] for answer in again[:10]] == [a.json["orderId"] for a in first]
        assert {answer.status for answer in again} == {202}
        for order in orders:
            eventually(lambda order=order: any(e["final"] for e in order_events(ear, order)))  # type: ignore[misc]
        state = process.lever("GET", "/state")
        assert Counter(order["state"] for order in state["orders"]) == {"completed": 20}
        assert state["counters"]["mostActivationsOfOneNumber"] == 1
    finally:
        process.kill()


def test_a_request_cut_off_by_sudden_death_may_be_sent_again_with_its_key(tmp_path: Path) -> None:
    process = SimulatorProcess(str(tmp_path / "operator.db"))
    process.start()
    try:
        order = wish(process, 9021)
        with ThreadPoolExecutor(1) as pool:
            cut_off = pool.submit(post, process, order, "key-cut")
            eventually(lambda: _under_way(process))
            process.kill()
            assert isinstance(cut_off.exception(), OSError | http.client.HTTPException)
        process.start()

        assert process.call("GET", f"/orders?externalId={order['externalId']}").status == 404
        assert post(process, order, "key-cut").status == 202
    finally:
        process.kill()


def _under_way(process: SimulatorProcess) -> int:
    with closing(sqlite3.connect(process.database)) as db:
        return int(db.execute("SELECT count(*) FROM idempotency WHERE status IS NULL").fetchone()[0])


def test_states_told_by_call_backs_never_go_back_in_chaos(tmp_path: Path, ear: CallbackEar) -> None:
    process = SimulatorProcess(str(tmp_path / "operator.db"), preset="chaos")
    process.start()
    try:
        process.call("PUT", "/callbacks", {"url": ear.url, "secret": EAR_SECRET})
        calm = {"hang_s": 0.1, "slow_s": 0.1, "accept_median_ms": 0, "rate_limit_rps": 5000}
        process.lever("POST", "/config", calm | {"rate_limit_burst": 5000, "maintenance_windows": False})
        orders = [wish(process, n) for n in range(300, 340)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda order: _until_answered(process, order), orders))
        process.lever("POST", "/clock", {"advance": "P40D"})
        state = process.lever("GET", "/state")
        # Events withheld by a retry or a delay have long been due on this day.
        eventually(lambda: process.lever("GET", "/state")["counters"]["callbacks"].get("owed", 0) == 0)
        assert process.lever("GET", "/ledger/verify")["ok"]
    finally:
        process.kill()

    ended = {"completed", "partial", "failed", "rejected"}
    assert {order["state"] for order in state["orders"]} <= ended
    assert state["counters"]["mostActivationsOfOneNumber"] == 1
    rank = {"pending": 1, "inProgress": 2, "held": 2}
    for order in orders:
        told = {event["sequence"]: event for event in order_events(ear, order)}
        ranks = [rank.get(told[n]["state"], 9) for n in sorted(told) if not told[n]["reversal"]]
        assert ranks == sorted(ranks)


def test_every_kind_of_order_under_ten_times_the_faults_leaves_a_ledger_that_proves_itself(
    tmp_path: Path,
) -> None:
    process = SimulatorProcess(str(tmp_path / "operator.db"), preset="real")
    process.start()
    try:
        calm = {"hang_s": 0.05, "slow_s": 0.05, "accept_median_ms": 0, "rate_limit_rps": 5000}
        process.lever("POST", "/config", calm | {"rate_limit_burst": 5000, "maintenance_windows": False})
        process.lever("POST", "/config", {"fault_factor": 10})
        numbers = [_in_use(process, serial) for serial in range(500, 520)]
        for turn in range(2):
            orders = [_change(process, msisdn, place + turn * 3) for place, msisdn in enumerate(numbers)]
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda order: _until_answered(process, order), orders))
            process.kill()
            process.start()
            process.lever("POST", "/clock", {"advance": "P35D"})
        process.lever("POST", "/clock", {"advance": "P40D"})
        state = process.lever("GET", "/state")
        verdict = process.lever("GET", "/ledger/verify")
    finally:
        process.kill()

    assert [one for one in verdict["checked"] if one["violations"]] == []
    ended = {"completed", "partial", "failed", "rejected", "cancelled"}
    assert {order["state"] for order in state["orders"]} <= ended
    assert len({order["type"] for order in state["orders"]}) >= 8


def _in_use(process: SimulatorProcess, serial: int) -> str:
    msisdn, iccid = process.stock(serial)
    line = {"msisdn": msisdn, "iccid": iccid, "plan": "QQT5G089"}
    pool = {"poolId": "P-1", "sizeMb": 1024, "most": 3}
    process.lever("POST", "/seed", {"groupCode": GROUP, "lines": [line], "pools": [pool]})
    return msisdn


def _change(process: SimulatorProcess, msisdn: str, turn: int) -> Any:
    """One order of each kind after the other, each with what it needs."""
    n = next(_serial)
    person = {"name": "测试甲", "idType": "RESIDENT_ID", "idNoEnc": process.sealed(f"33010619940404{n:04d}")}
    kinds: list[dict[str, Any]] = [
        {"type": "CHANGE_PLAN", "products": [{"code": "QQT5G129"}]},
        {"type": "ADD_PRODUCT", "products": [{"code": "ADD05GM"}, {"code": "CRING"}]},
        {"type": "SUSPEND"},
        {"type": "REPORT_LOST"},
        {"type": "REPLACE_SIM", "subscriber": {"simType": "ESIM", "eid": "89086030200000000000000000000177"}},
        {"type": "CHANGE_USER", "subscriber": {"user": person}},
        {"type": "SET_DATA_LIMIT", "dataLimit": {"limitMb": 1024}},
        {"type": "JOIN_POOL", "pool": {"poolId": "P-1"}},
        {"type": "JOIN_VNET", "vnet": {"shortNo": f"66{turn % 4:02d}"}},
        {"type": "TERMINATE"},
    ]
    order = kinds[turn % len(kinds)]
    subscriber = {"msisdn": msisdn} | order.pop("subscriber", {})
    customer = {"groupCode": GROUP}
    return {"externalId": f"K-{n}", "customer": customer, "subscriber": subscriber} | order


def _until_answered(process: SimulatorProcess, order: Any) -> None:
    for _ in range(5):
        try:
            if post(process, order, order["externalId"]).status != 500:
                return
        except (OSError, http.client.HTTPException):
            continue


def test_settings_and_clock_outlive_a_restart(tmp_path: Path) -> None:
    process = SimulatorProcess(str(tmp_path / "operator.db"))
    process.start()
    process.lever("POST", "/config", {"preset": "demo", "face_rate": 0.5})
    process.lever("POST", "/clock", {"advance": "P10D"})
    before = process.call("GET", "/health").json["time"]
    process.kill()
    process.start()
    try:
        config = process.lever("GET", "/config")
        assert (config["preset"], config["face_rate"]) == ("demo", 0.5)
        assert process.call("GET", "/health").json["time"] > before
    finally:
        assert process.stop() == 0
