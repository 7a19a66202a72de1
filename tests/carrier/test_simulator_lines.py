"""Lines in use at the simulator: what may be done to them, and what waits for its day."""

import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from console.carrier.simulator.clock import duration_ms, from_rfc3339
from console.carrier.simulator.driver import GROUP, Answer, SimulatorProcess, eventually

OTHER = "JT330106000456"
_serial = itertools.count(1000)


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    process = SimulatorProcess(str(tmp_path_factory.mktemp("orders") / "operator.db"))
    process.start()
    yield process
    process.stop()


@pytest.fixture(autouse=True)
def fresh(operator: SimulatorProcess) -> None:
    operator.lever("POST", "/reset")


def stock(operator: SimulatorProcess, group: str = GROUP, card_state: str = "PREPERSO") -> tuple[str, str]:
    return operator.stock(next(_serial), group_code=group, card_state=card_state)


def person(number: int = 0) -> str:
    return f"33010619910101{number or next(_serial):04d}"


def line_in_use(operator: SimulatorProcess, **facts: Any) -> str:
    msisdn, iccid = stock(operator)
    line = {"msisdn": msisdn, "iccid": iccid, "plan": "QQT5G089"} | facts
    operator.lever("POST", "/seed", {"groupCode": GROUP, "lines": [line]})
    return msisdn


def ask(operator: SimulatorProcess, order_type: str, msisdn: str, *codes: str, **more: Any) -> Answer:
    action = "delete" if order_type == "REMOVE_PRODUCT" else "add"
    order = {
        "externalId": f"O-{next(_serial)}",
        "type": order_type,
        "customer": {"groupCode": more.pop("group", GROUP)},
        "subscriber": {"msisdn": msisdn},
        "products": [{"action": action, "code": code} for code in codes],
    }
    return operator.call("POST", "/orders", order | more)


def done(operator: SimulatorProcess, answer: Answer, state: str = "completed") -> Any:
    assert answer.status == 202, answer.text
    order = operator.finished(answer.json["externalId"])
    assert order["state"] == state
    return order


def subscriber(operator: SimulatorProcess, msisdn: str) -> Any:
    return operator.call("GET", f"/subscribers/{msisdn}").json


def active(operator: SimulatorProcess, msisdn: str) -> Any:
    eventually(lambda: subscriber(operator, msisdn).get("lifecycle") == "ACTIVE")
    return subscriber(operator, msisdn)


def test_lines_are_suspended_resumed_reported_lost_and_closed_by_their_state(
    operator: SimulatorProcess,
) -> None:
    msisdn = line_in_use(operator)

    assert ask(operator, "RESUME", msisdn).json["code"] == "STATE_NOT_ALLOWED"
    assert done(operator, ask(operator, "SUSPEND", msisdn))["lifecycle"] == "SUSPENDED"
    assert ask(operator, "SUSPEND", msisdn).json["code"] == "ALREADY_SUSPENDED"
    assert ask(operator, "CHANGE_PLAN", msisdn, "SZX008").json["code"] == "STATE_NOT_ALLOWED"
    assert done(operator, ask(operator, "REPORT_LOST", msisdn))["lifecycle"] == "LOST"
    assert done(operator, ask(operator, "RESUME", msisdn))["lifecycle"] == "ACTIVE"
    assert ask(operator, "SUSPEND", msisdn, group=OTHER).json["code"] == "NOT_YOUR_NUMBER"
    assert done(operator, ask(operator, "TERMINATE", msisdn, effective="NOW"))["lifecycle"] == "TERMINATED"
    assert ask(operator, "SUSPEND", msisdn).json["code"] == "NUMBER_NOT_FOUND"


def test_a_closed_number_rests_for_ninety_days(operator: SimulatorProcess) -> None:
    msisdn = line_in_use(operator)
    done(operator, ask(operator, "TERMINATE", msisdn, effective="NOW"))
    lock = {"groupCode": GROUP, "msisdns": [msisdn], "ttlSec": 600}

    operator.lever("POST", "/clock", {"advance": "P89D"})
    early = operator.call("POST", "/numbers/locks", lock).json["results"][0]
    operator.lever("POST", "/clock", {"advance": "P1DT1H"})
    late = operator.call("POST", "/numbers/locks", lock).json["results"][0]

    assert early["error"]["code"] == "NUMBER_OCCUPIED"
    assert late["locked"] is True


def test_a_new_plan_waits_for_the_first_of_the_month(operator: SimulatorProcess) -> None:
    msisdn = line_in_use(operator)
    order = ask(operator, "CHANGE_PLAN", msisdn, "QQT5G129").json

    waiting = subscriber(operator, msisdn)
    assert (waiting["plan"], waiting["pendingPlan"]) == ("QQT5G089", "QQT5G129")
    assert order["effectiveAt"] == waiting["pendingFrom"]
    assert waiting["pendingFrom"].endswith("-01T00:00:00.000+08:00")
    assert ask(operator, "CHANGE_PLAN", msisdn, "SZX008").json["code"] == "PENDING_CHANGE_EXISTS"
    operator.lever("POST", "/clock", {"advance": "P31D"})
    changed = subscriber(operator, msisdn)
    assert operator.finished(order["externalId"])["state"] == "completed"
    assert (changed["plan"], changed["pendingPlan"]) == ("QQT5G129", None)
    assert changed["contractEnd"] is not None
    assert ask(operator, "CHANGE_PLAN", msisdn, "SZX008").json["code"] == "CONTRACT_LOCK"
    assert ask(operator, "TERMINATE", msisdn).json["penaltyFen"] > 0


def test_a_plan_now_is_only_for_lines_opened_this_month_and_never_a_cheaper_one(
    operator: SimulatorProcess,
) -> None:
    msisdn = line_in_use(operator)
    now = [{"action": "add", "code": "QQT5G129", "effective": "NOW"}]
    cheaper = [{"action": "add", "code": "SZX008", "effective": "NOW"}]

    assert ask(operator, "CHANGE_PLAN", msisdn, products=now).json["code"] == "PLAN_NOT_ELIGIBLE"
    new, iccid = stock(operator)
    operator.call("POST", "/orders", operator.activation("now-1", new, iccid, person()))
    active(operator, new)
    assert ask(operator, "CHANGE_PLAN", new, products=cheaper).json["code"] == "PLAN_NOT_ELIGIBLE"
    done(operator, ask(operator, "CHANGE_PLAN", new, products=now))
    assert subscriber(operator, new)["plan"] == "QQT5G129"


def test_products_are_added_once_and_removed_without_dependants(operator: SimulatorProcess) -> None:
    msisdn = line_in_use(operator)

    assert ask(operator, "ADD_PRODUCT", msisdn, "VNET_UNL").json["code"] == "PLAN_DEPENDENCY"
    done(operator, ask(operator, "ADD_PRODUCT", msisdn, "VNET_BASIC", "VNET_UNL", effective="NOW"))
    assert ask(operator, "ADD_PRODUCT", msisdn, "VNET_UNL").json["code"] == "ALREADY_SUBSCRIBED"
    assert ask(operator, "ADD_PRODUCT", msisdn, "VNET_FLEX").json["code"] == "PLAN_EXCLUSIVE"
    assert ask(operator, "ADD_PRODUCT", msisdn, "SZX008").json["code"] == "PLAN_EXCLUSIVE"
    assert ask(operator, "REMOVE_PRODUCT", msisdn, "VNET_BASIC").json["code"] == "PLAN_DEPENDENCY"
    assert ask(operator, "REMOVE_PRODUCT", msisdn, "CRING").json["code"] == "STATE_NOT_ALLOWED"
    removal = ask(operator, "REMOVE_PRODUCT", msisdn, "VNET_UNL")
    assert subscriber(operator, msisdn)["products"] == ["VNET_BASIC", "VNET_UNL"]
    operator.lever("POST", "/clock", {"advance": "P31D"})
    done(operator, removal)
    assert subscriber(operator, msisdn)["products"] == ["VNET_BASIC"]


def test_arrears_of_the_group_and_of_a_line_stop_what_costs_money(operator: SimulatorProcess) -> None:
    msisdn, iccid = stock(operator, "JT330106000789-ARR")
    order = operator.activation("arr-1", msisdn, iccid, person(), group_code="JT330106000789-ARR")
    owing = line_in_use(operator, arrears=True)

    assert operator.call("POST", "/orders", order).json["code"] == "ARREARS_GROUP"
    assert ask(operator, "SUSPEND", owing).json["code"] == "ARREARS_NUMBER"
    done(operator, ask(operator, "REPORT_LOST", owing))
    operator.lever("POST", "/seed", {"groupCode": GROUP, "arrears": True})
    assert ask(operator, "ADD_PRODUCT", owing, "CRING").json["code"] == "ARREARS_GROUP"


def test_one_order_at_a_time_for_a_number_and_cancelling_gives_all_back(operator: SimulatorProcess) -> None:
    operator.lever("POST", "/config", {"completion_median_s": 3600, "completion_p95_s": 3601})
    msisdn, iccid = stock(operator)
    order = operator.call("POST", "/orders", operator.activation("can-1", msisdn, iccid, person())).json
    line = line_in_use(operator)
    ask(operator, "SUSPEND", line)

    second = ask(operator, "CHANGE_PLAN", line, "SZX008")
    cancelled = operator.call("POST", f"/orders/{order['orderId']}/cancel")
    operator.lever("POST", "/config", {"preset": "bench"})

    assert second.json["code"] == "PENDING_CHANGE_EXISTS"
    done(operator, cancelled, "cancelled")
    assert operator.call("GET", f"/numbers/{msisdn}").json["state"] == "LOCKED"
    assert operator.call("POST", "/sims/query", {"iccids": [iccid]}).json["sims"][0]["state"] == "PREPERSO"
    assert operator.call("POST", f"/orders/{order['orderId']}/cancel").json["code"] == "STATE_NOT_ALLOWED"


def test_an_order_for_a_later_day_is_pending_until_then(operator: SimulatorProcess) -> None:
    msisdn = line_in_use(operator)
    operator.lever("POST", "/clock", {"advance": "P1D"})
    day = operator.call("GET", "/health").json["time"][:10]
    later = from_rfc3339(day) + duration_ms("P3D")
    wanted = datetime.fromtimestamp(later / 1000).astimezone().isoformat()
    order = ask(operator, "SUSPEND", msisdn, requestedStartDate=wanted)
    path = f"/orders/{order.json['orderId']}"

    eventually(lambda: operator.call("GET", path).json["state"] == "pending")
    operator.lever("POST", "/clock", {"advance": "P3D"})
    assert done(operator, order)["lifecycle"] == "SUSPENDED"
