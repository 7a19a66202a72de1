"""The simulator misbehaving as its magic numbers say, towards the caller and in call-backs."""

import http.client
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from console.carrier.simulator.driver import GROUP, Answer, CallbackEar, SimulatorProcess, eventually

EAR_SECRET = "secret-of-the-ear"
_serial = itertools.count(10)


@pytest.fixture(scope="module")
def ear() -> Iterator[CallbackEar]:
    listening = CallbackEar(EAR_SECRET)
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory, ear: CallbackEar) -> Iterator[SimulatorProcess]:
    process = SimulatorProcess(str(tmp_path_factory.mktemp("faults") / "operator.db"))
    process.start()
    assert process.call("PUT", "/callbacks", {"url": ear.url, "secret": EAR_SECRET}).status == 200
    process.lever("POST", "/config", {"hang_s": 0.3, "slow_s": 0.5})
    yield process
    process.stop()


def wish(operator: SimulatorProcess, ending: str, **changes: Any) -> Any:
    """A fresh activation of a number with this ending."""
    n = next(_serial)
    msisdn, iccid = operator.stock(int(ending), prefix=f"13{n:02d}000")
    return operator.activation(f"F-{n}", msisdn, iccid, f"33010619920202{n:04d}", **changes)


def post(operator: SimulatorProcess, order: Any, key: str | None = None) -> Answer:
    return operator.call("POST", "/orders", order, key=key)


def found(operator: SimulatorProcess, order: Any) -> Any:
    answer = operator.call("GET", f"/orders?externalId={order['externalId']}")
    return answer.json if answer.status == 200 else None


def order_events(ear: CallbackEar, order: Any) -> list[Any]:
    return [event for event in ear.events(order["externalId"]) if "state" in event]


@pytest.mark.parametrize(
    ("ending", "status", "code"),
    [
        ("9001", 409, "NUMBER_OCCUPIED"),
        ("9002", 409, "NUMBER_LOCK_EXPIRED"),
        ("9013", 409, "ICCID_USED"),
        ("9014", 422, "REALNAME_MISMATCH"),
        ("9015", 422, "ONE_ID_LIMIT"),
        ("9016", 422, "BLACKLISTED"),
        ("9017", 422, "ARREARS_NUMBER"),
        ("9018", 422, "CONTRACT_LOCK"),
        ("9019", 422, "ALREADY_SUBSCRIBED"),
        ("9023", 422, "88888"),
    ],
)
def test_a_magic_number_is_refused_with_its_code(
    operator: SimulatorProcess, ending: str, status: int, code: str
) -> None:
    order = wish(operator, ending)

    answer = post(operator, order)

    assert (answer.status, answer.json["code"], answer.json["retryable"]) == (status, code, False)
    assert found(operator, order) is None


def test_9003_is_done_although_nothing_is_answered(operator: SimulatorProcess) -> None:
    order = wish(operator, "9003")

    with pytest.raises((http.client.HTTPException, OSError)):
        post(operator, order, key="key-9003")

    known = found(operator, order)
    again = post(operator, order, key="key-9003")
    assert (again.status, again.json["orderId"]) == (202, known["orderId"])
    assert operator.finished(order["externalId"])["state"] == "completed"


def test_9004_is_not_done_and_may_be_sent_again(operator: SimulatorProcess) -> None:
    order = wish(operator, "9004")

    with pytest.raises((http.client.HTTPException, OSError)):
        post(operator, order, key="key-9004")

    assert found(operator, order) is None
    assert post(operator, order, key="key-9004").status == 202


@pytest.mark.parametrize(("ending", "status", "times"), [("9005", 429, 3), ("9006", 503, 2)])
def test_9005_and_9006_are_refused_for_a_while(
    operator: SimulatorProcess, ending: str, status: int, times: int
) -> None:
    order = wish(operator, ending)

    answers = [post(operator, order, key=f"key-{ending}") for _ in range(times + 1)]

    assert [answer.status for answer in answers] == [status] * times + [202]
    assert answers[0].headers["Retry-After"] == "1"


def test_9021_is_slow_and_9022_answers_half_a_body(operator: SimulatorProcess) -> None:
    slow, broken = wish(operator, "9021"), wish(operator, "9022")

    with pytest.raises(TimeoutError):
        operator.call("POST", "/orders", slow, timeout=0.2)
    half = post(operator, broken, key="key-9022")

    assert half.status == 202
    with pytest.raises(json.JSONDecodeError):
        _ = half.json
    assert post(operator, broken, key="key-9022").json["externalId"] == broken["externalId"]
    assert operator.finished(slow["externalId"])["state"] == "completed"


def test_an_activation_is_told_step_by_step_and_signed(operator: SimulatorProcess, ear: CallbackEar) -> None:
    order = wish(operator, "0001")
    post(operator, order)

    eventually(lambda: any(e["lifecycle"] == "ACTIVE" for e in ear.events(order["externalId"])))
    events = ear.events(order["externalId"])

    assert all(one.genuine for one in ear.heard)
    assert len({event["eventId"] for event in events}) == len(events)
    told = order_events(ear, order)
    assert [(event["sequence"], event["state"]) for event in told] == [(2, "inProgress"), (3, "completed")]
    assert [event["final"] for event in told] == [False, True]
    assert told[1]["lifecycle"] == "WAIT_FACE"
    lives = [e for e in events if e["eventType"] == "SubscriberLifecycleEvent"]
    assert [(e["sequence"], e["lifecycle"]) for e in lives] == [
        (1, "ASSIGNED"),
        (2, "WAIT_FACE"),
        (3, "ACTIVE"),
    ]
    subscriber = order["subscriber"]
    for event in events:
        assert (event["msisdn"], event["iccid"]) == (subscriber["msisdn"], subscriber["iccid"])
        assert event["groupCode"] == GROUP


def test_9007_tells_everything_three_times(operator: SimulatorProcess, ear: CallbackEar) -> None:
    order = wish(operator, "9007")
    post(operator, order)

    eventually(lambda: len(order_events(ear, order)) == 6)

    assert set(Counter(event["eventId"] for event in order_events(ear, order)).values()) == {3}


def test_9008_tells_the_end_before_the_beginning(operator: SimulatorProcess, ear: CallbackEar) -> None:
    order = wish(operator, "9008")
    post(operator, order)

    eventually(lambda: len(order_events(ear, order)) == 2)

    assert [event["sequence"] for event in order_events(ear, order)] == [3, 2]


def test_9009_tells_nothing_but_the_feed_knows(operator: SimulatorProcess, ear: CallbackEar) -> None:
    order, next_order = wish(operator, "9009"), wish(operator, "0002")
    post(operator, order)
    assert operator.finished(order["externalId"])["state"] == "completed"
    post(operator, next_order)
    eventually(lambda: order_events(ear, next_order))

    assert ear.events(order["externalId"]) == []
    feed = operator.call("GET", "/orders?updatedSince=2026-01-01").json["orders"]
    assert order["externalId"] in [one["externalId"] for one in feed]


def test_9010_is_held_for_two_hours(operator: SimulatorProcess) -> None:
    order = wish(operator, "9010")
    post(operator, order)
    eventually(lambda: found(operator, order)["state"] == "held")

    operator.lever("POST", "/clock", {"advance": "PT1H59M"})
    assert found(operator, order)["state"] == "held"
    operator.lever("POST", "/clock", {"advance": "PT2M"})
    assert operator.finished(order["externalId"])["state"] == "completed"


def test_9011_is_done_in_part(operator: SimulatorProcess, ear: CallbackEar) -> None:
    products = [{"action": "add", "code": "QQT5G059"}, {"action": "add", "code": "CRING"}]
    order = wish(operator, "9011", products=products)
    post(operator, order)

    assert operator.finished(order["externalId"])["state"] == "partial"
    last = eventually(lambda: [event for event in order_events(ear, order) if event["final"]])[0]
    assert [item["state"] for item in last["items"]] == ["completed", "failed"]
    assert last["items"][1]["error"]["code"] == "CREDIT_EXCEEDED"


def test_9012_is_taken_back_after_it_was_completed(operator: SimulatorProcess, ear: CallbackEar) -> None:
    order = wish(operator, "9012")
    post(operator, order)
    line = f"/subscribers/{order['subscriber']['msisdn']}"
    eventually(lambda: operator.call("GET", line).json["lifecycle"] == "ACTIVE")

    operator.lever("POST", "/clock", {"advance": "PT72H"})

    taken_back = found(operator, order)
    assert (taken_back["state"], taken_back["error"]["code"]) == ("failed", "E_POST_REVERSAL")
    assert operator.call("GET", line).json["lifecycle"] == "RISK_SUSPENDED"
    eventually(lambda: any(event["reversal"] for event in order_events(ear, order)))
    resume = {
        "externalId": f"{order['externalId']}-resume",
        "type": "RESUME",
        "customer": {"groupCode": GROUP},
        "subscriber": {"msisdn": order["subscriber"]["msisdn"]},
    }
    assert post(operator, resume).json["code"] == "RISK_SUSPENDED"


def test_9020_never_shows_the_face_and_the_number_is_taken_back(operator: SimulatorProcess) -> None:
    order = wish(operator, "9020")
    post(operator, order)
    operator.finished(order["externalId"])
    number = order["subscriber"]["msisdn"]
    assert operator.call("GET", f"/subscribers/{number}").json["lifecycle"] == "WAIT_FACE"

    operator.lever("POST", "/clock", {"advance": "P30D"})

    assert found(operator, order)["lifecycle"] == "EXPIRED"
    assert operator.call("GET", f"/numbers/{number}").json["state"] == "QUARANTINE"


def test_a_call_back_that_is_not_taken_comes_again(operator: SimulatorProcess, ear: CallbackEar) -> None:
    order = wish(operator, "0003")
    ear.refusing = True
    post(operator, order)
    operator.finished(order["externalId"])
    eventually(lambda: operator.lever("GET", "/state")["counters"]["callbacks"].get("owed", 0) >= 5)
    ear.refusing = False
    assert ear.events(order["externalId"]) == []

    def heard_a_minute_later() -> bool:
        """On a busy machine a try may be too slow; the next one comes some minutes after it."""
        operator.lever("POST", "/clock", {"advance": "PT1M"})
        return {event["state"] for event in order_events(ear, order)} == {"inProgress", "completed"}

    eventually(heard_a_minute_later)
