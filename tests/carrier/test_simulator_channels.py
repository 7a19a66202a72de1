"""What the operator tells beside answers: other channels' doings, the feed of events, stock page by page, its own proof."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from console.carrier.simulator.driver import GROUP, CallbackEar, SimulatorProcess, eventually
from console.carrier.simulator.errors import ApiError
from tests.carrier.inside import EID, Inside

EAR_SECRET = "secret-of-the-ear"


@pytest.fixture(scope="module")
def ear() -> Iterator[CallbackEar]:
    listening = CallbackEar(EAR_SECRET)
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory, ear: CallbackEar) -> Iterator[SimulatorProcess]:
    process = SimulatorProcess(str(tmp_path_factory.mktemp("channels") / "operator.db"))
    process.start()
    process.call("PUT", "/callbacks", {"url": ear.url, "secret": EAR_SECRET})
    yield process
    process.stop()


@pytest.fixture
def inside() -> Iterator[Inside]:
    alone = Inside()
    yield alone
    assert alone.verified() == []
    alone.close()


def in_use(operator: SimulatorProcess, serial: int) -> str:
    msisdn, iccid = operator.stock(serial)
    line = {"msisdn": msisdn, "iccid": iccid, "plan": "QQT5G089"}
    operator.lever("POST", "/seed", {"groupCode": GROUP, "lines": [line]})
    return msisdn


def told(ear: CallbackEar, msisdn: str) -> list[Any]:
    return [one.event for one in list(ear.heard) if one.event["msisdn"] == msisdn]


def test_the_counters_doings_are_called_back_and_stand_in_the_feed(
    operator: SimulatorProcess, ear: CallbackEar
) -> None:
    msisdn = in_use(operator, 401)

    operator.lever("POST", "/lines", {"msisdn": msisdn, "action": "SUSPEND", "channel": "HOTLINE"})

    event = eventually(lambda: told(ear, msisdn))[0]
    assert (event["eventType"], event["lifecycle"]) == ("SubscriberLifecycleEvent", "SUSPENDED")
    assert (event["source"], event["type"], event["reason"]) == ("HOTLINE", "SUSPEND", "VOLUNTARY")
    assert event["externalId"] is None and event["groupCode"] == GROUP
    assert event["line"]["suspension"]["reason"] == "VOLUNTARY"
    feed = operator.call("GET", f"/events?groupCode={GROUP}").json["events"]
    assert event in feed
    orders = operator.call("GET", "/orders?updatedSince=2026-01-01").json["orders"]
    mine = next(order for order in orders if order["msisdn"] == msisdn)
    assert (mine["source"], mine["externalId"], mine["state"]) == ("HOTLINE", None, "completed")


def test_a_line_of_ours_keeps_its_opening_order_in_what_a_counter_does(
    operator: SimulatorProcess, ear: CallbackEar
) -> None:
    msisdn, iccid = operator.stock(402)
    operator.call("POST", "/orders", operator.activation("C1-X#1.1", msisdn, iccid, "330106199101010402"))
    eventually(lambda: operator.call("GET", f"/subscribers/{msisdn}").json.get("lifecycle") == "ACTIVE")

    operator.lever("POST", "/lines", {"msisdn": msisdn, "action": "REPORT_LOST", "channel": "COUNTER"})

    event = eventually(lambda: [e for e in told(ear, msisdn) if e.get("source") == "COUNTER"])[0]
    assert (event["externalId"], event["lifecycle"]) == ("C1-X#1.1", "LOST")
    sequences = [e["sequence"] for e in told(ear, msisdn) if "line" in e]
    assert sequences == sorted(set(sequences))


def test_the_feed_of_events_goes_on_where_it_was_left_and_knows_lost_ones(operator: SimulatorProcess) -> None:
    lost = "13800009009"
    operator.lever("POST", "/seed", {
        "groupCode": GROUP, "lines": [{"msisdn": lost, "iccid": "89860219002400090090", "plan": "QQT5G089"}],
    })  # fmt: skip
    page = operator.call("GET", "/events").json
    while page["more"]:
        page = operator.call("GET", f"/events?cursor={page['nextCursor']}").json

    operator.lever(
        "POST", "/lines", {"msisdn": lost, "action": "CHANGE_PLAN", "products": [{"code": "QQT5G129"}]}
    )
    operator.lever("POST", "/lines", {"msisdn": lost, "action": "SUSPEND"})

    new = operator.call("GET", f"/events?cursor={page['nextCursor']}&limit=10").json
    assert [event["lifecycle"] for event in new["events"]] == ["ACTIVE", "SUSPENDED"]
    assert (new["events"][0]["changed"], new["events"][0]["type"]) == (["pendingChanges"], "CHANGE_PLAN")
    assert new["events"][0]["line"]["pendingPlan"] == "QQT5G129"
    again = operator.call("GET", f"/events?cursor={new['nextCursor']}").json
    assert (again["events"], again["nextCursor"], again["more"]) == ([], new["nextCursor"], False)
    assert operator.call("GET", "/events?cursor=bm9uZQ==").json["code"] == "INVALID_PARAM"


def test_stock_is_listed_page_by_page(operator: SimulatorProcess) -> None:
    numbers = sorted(in_use(operator, serial) for serial in range(410, 417))
    group = "JT-STOCK"
    cards = [f"898602190024000{n:04d}0" for n in range(700, 705)]
    operator.lever("POST", "/seed", {
        "groupCode": group, "numbers": ["13900000701", "13900000702"], "sims": [{"iccid": iccid} for iccid in cards],
    })  # fmt: skip

    assert set(numbers) <= set(walk(operator, "subscribers", "msisdn", GROUP, limit=3))
    assert walk(operator, "sims", "iccid", group, limit=2) == cards
    assert walk(operator, "numbers/locks", "msisdn", group, limit=1) == ["13900000701", "13900000702"]
    assert operator.call("GET", f"/subscribers?groupCode={GROUP}&lifecycle=LOST&limit=1").status == 200
    assert operator.call("GET", "/subscribers").json["code"] == "MISSING_FIELD"
    assert (
        operator.call("GET", f"/subscribers/{numbers[0]}?groupCode=OTHER").json["code"] == "NOT_YOUR_NUMBER"
    )


def walk(operator: SimulatorProcess, path: str, key: str, group: str, limit: int) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        page = operator.call("GET", f"/{path}?groupCode={group}&limit={limit}&cursor={quote(cursor)}").json
        rows = next(value for name, value in page.items() if name != "nextCursor")
        assert len(rows) <= limit
        found += [row[key] for row in rows]
        cursor = page["nextCursor"]
        if not cursor:
            return found


def test_an_activation_code_survives_a_lost_answer_but_not_a_second_question(
    operator: SimulatorProcess,
) -> None:
    msisdn = in_use(operator, 420)
    order = {
        "externalId": "esim-1",
        "type": "REPLACE_SIM",
        "customer": {"groupCode": GROUP},
        "subscriber": {"msisdn": msisdn, "simType": "ESIM", "eid": EID},
    }
    operator.call("POST", "/orders", order)
    path = f"/orders/{operator.finished('esim-1')['orderId']}/activation-code"

    foreign = operator.call("POST", path, {"groupCode": "OTHER"})
    first = operator.call("POST", path, {"groupCode": GROUP}, key="code-1")
    replayed = operator.call("POST", path, {"groupCode": GROUP}, key="code-1")
    second = operator.call("POST", path, {"groupCode": GROUP}, key="code-2")

    assert foreign.json["code"] == "NOT_YOUR_NUMBER"
    assert first.status == 200 and first.json == replayed.json
    assert (second.status, second.json["code"], second.json["field"]) == (
        409,
        "STATE_NOT_ALLOWED",
        "activationCode",
    )
    assert first.json["activationCode"] not in operator.call("GET", "/orders?externalId=esim-1").text
    assert first.json["activationCode"] not in json.dumps(operator.lever("GET", "/state"))


def test_the_counters_page_shows_lines_and_does_what_is_asked(operator: SimulatorProcess) -> None:
    msisdn = in_use(operator, 430)
    form = urlencode({"msisdn": msisdn, "action": "SUSPEND", "channel": "COUNTER"}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    elsewhere = operator.plain("POST", "/sim/counter", form, headers | {"Sec-Fetch-Site": "cross-site"})
    taken = operator.plain("POST", "/sim/counter", form, headers)
    refused = operator.plain("POST", "/sim/counter", form, headers)

    assert elsewhere.status == 403
    assert taken.status == 302 and "done=SUSPEND" in taken.headers["Location"]
    assert "problem=" in refused.headers["Location"]
    page = operator.plain("GET", f"/sim/counter?msisdn={msisdn}").text
    assert msisdn in page and "SUSPENDED（VOLUNTARY）" in page
    assert "&lt;b&gt;" in operator.plain("GET", "/sim/counter?msisdn=%3Cb%3E").text


def test_the_counter_changes_cards_plans_and_users_lines_by_the_rules(inside: Inside) -> None:
    msisdn, iccid = inside.line(), "89860219002400055550"

    view = inside.counter("REPLACE_SIM", msisdn, subscriber={"iccid": iccid}, channel="COUNTER")
    assert (view["iccid"], view["card"]["state"]) == (iccid, "ACTIVE")
    view = inside.counter("CHANGE_PLAN", msisdn, products=[{"code": "QQT5G129"}], channel="ACCOUNT_MANAGER")
    assert view["pendingChanges"][0]["source"] == "ACCOUNT_MANAGER"
    assert view["pendingChanges"][0]["externalId"] is None
    with pytest.raises(ApiError, match="PENDING_CHANGE_EXISTS"):
        inside.counter("CHANGE_PLAN", msisdn, products=[{"code": "SZX008"}])
    inside.pass_time("P22D")
    assert inside.view(msisdn)["plan"] == "QQT5G129"
    with pytest.raises(ApiError, match="INVALID_PARAM"):
        inside.counter("DANCE", msisdn)


def test_risk_control_and_billing_stop_lines_that_their_company_cannot_restart(inside: Inside) -> None:
    risky, owing = inside.line(), inside.line()

    assert inside.counter("RISK_SUSPEND", risky)["lifecycle"] == "RISK_SUSPENDED"
    assert inside.refused("RESUME", risky) == "RISK_SUSPENDED"
    assert inside.counter("RISK_RESTORE", risky)["lifecycle"] == "ACTIVE"
    view = inside.counter("ARREARS_SUSPEND", owing)
    assert (view["lifecycle"], view["arrears"], view["suspension"]["reason"]) == (
        "SUSPENDED",
        True,
        "ARREARS",
    )
    assert inside.refused("RESUME", owing) == "ARREARS_NUMBER"
    view = inside.counter("ARREARS_RESTORE", owing)
    assert (view["lifecycle"], view["arrears"], view["suspension"]) == ("ACTIVE", False, None)
    with pytest.raises(ApiError, match="STATE_NOT_ALLOWED"):
        inside.counter("ARREARS_RESTORE", owing)


def test_a_payment_ends_arrears_and_frees_credit(operator: SimulatorProcess) -> None:
    group = "JT-CREDIT"
    msisdn, iccid = operator.stock(440, group_code=group)
    line = {"msisdn": msisdn, "iccid": iccid, "plan": "QQT5G089"}
    operator.lever("POST", "/seed", {"groupCode": group, "lines": [line], "creditLimitFen": 1500})

    def pack(number: int) -> Any:
        order = {
            "externalId": f"pack-{number}",
            "type": "ADD_PRODUCT",
            "customer": {"groupCode": group},
            "subscriber": {"msisdn": msisdn},
            "products": [{"action": "add", "code": "ADD05GM"}],
        }
        return operator.call("POST", "/orders", order)

    assert pack(1).status == 202
    operator.finished("pack-1")
    assert pack(2).json["code"] == "CREDIT_EXCEEDED"
    assert operator.lever("POST", "/payments", {"groupCode": group, "fen": 1500})["owedFen"] == 0
    assert pack(3).status == 202


def test_the_ledger_proves_itself_and_tells_what_is_broken(inside: Inside) -> None:
    msisdn = inside.line()
    inside.add(msisdn, "ADD05GM")
    assert inside.verified() == []

    with inside.sim.desk() as desk:
        desk.db.execute("UPDATE sims SET state = 'BLANK'")
        desk.db.execute("INSERT INTO charges (key, group_code, msisdn, line_id, order_id, item, code, fen, at) "
                        "SELECT key || '!', group_code, msisdn, line_id, order_id, item, code, fen, at FROM charges")  # fmt: skip

    broken = {one["invariant"]: one for one in inside.verified()}
    assert set(broken) == {"a thing is charged once to an order", "a line in use has an active card"}
    assert broken["a line in use has an active card"]["examples"][0]["msisdn"] == msisdn
    with inside.sim.desk() as desk:
        desk.db.execute("UPDATE sims SET state = 'ACTIVE'")
        desk.db.execute("DELETE FROM charges WHERE key LIKE '%!'")


def test_a_ledger_of_an_earlier_time_is_opened_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "operator.db"
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE customers (group_code TEXT PRIMARY KEY, uscc TEXT, arrears INTEGER NOT NULL DEFAULT 0) "
            "WITHOUT ROWID; INSERT INTO customers VALUES ('JT-OLD', NULL, 0);"
        )
    process = SimulatorProcess(str(path))
    process.start()
    try:
        assert process.lever("POST", "/payments", {"groupCode": "JT-OLD", "fen": 100})["owedFen"] == -100
        verdict = process.lever("GET", "/ledger/verify")
        assert verdict["ok"] and len(verdict["checked"]) >= 15
    finally:
        process.stop()
