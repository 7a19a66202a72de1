"""Opening lines at the simulator: what it asks for, what it refuses, the way to an active line."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

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


def test_a_card_at_hand_goes_from_assigned_through_the_face_check_to_active(
    operator: SimulatorProcess,
) -> None:
    msisdn, iccid = stock(operator)

    order = operator.call("POST", "/orders", operator.activation("A-1", msisdn, iccid, person()))

    assert order.json["state"] == "acknowledged" and order.json["sequence"] == 1
    done(operator, order)
    line = active(operator, msisdn)
    assert (line["plan"], line["iccid"], line["sequence"]) == ("QQT5G059", iccid, 3)
    assert operator.call("POST", "/sims/query", {"iccids": [iccid]}).json["sims"][0]["state"] == "ACTIVE"
    assert operator.lever("GET", "/state")["counters"]["activations"] == {msisdn: 1}


def test_a_blank_card_is_shipped_and_signed_for_first(operator: SimulatorProcess) -> None:
    operator.lever("POST", "/config", {"ship_s": 86400, "sign_min_s": 86400, "sign_max_s": 86400})
    operator.lever("POST", "/config", {"face_min_s": 3600, "face_max_s": 3600})
    msisdn, iccid = stock(operator, card_state="BLANK")
    order = operator.activation("A-2", msisdn, iccid, person())
    done(operator, operator.call("POST", "/orders", order))

    seen = [subscriber(operator, msisdn)["lifecycle"]]
    for step in ("P1D", "P1D", "PT1H"):
        operator.lever("POST", "/clock", {"advance": step})
        seen.append(subscriber(operator, msisdn)["lifecycle"])
    operator.lever("POST", "/config", {"preset": "bench"})

    assert seen == ["ASSIGNED", "SHIPPED", "WAIT_FACE", "ACTIVE"]


def test_without_a_card_the_operator_takes_one_of_its_own(operator: SimulatorProcess) -> None:
    msisdn, _ = stock(operator)
    done(operator, operator.call("POST", "/orders", operator.activation("A-3", msisdn, "", person())))

    assert active(operator, msisdn)["iccid"].startswith("898600")


def test_one_document_has_at_most_five_lines_over_all_customers(operator: SimulatorProcess) -> None:
    who = person(9911)
    answers = []
    for turn in range(6):
        group = (GROUP, OTHER)[turn % 2]
        msisdn, iccid = stock(operator, group)
        order = operator.activation(f"five-{turn}", msisdn, iccid, who, group_code=group)
        answers.append(operator.call("POST", "/orders", order))

    assert [answer.status for answer in answers] == [202] * 5 + [422]
    assert answers[5].json["code"] == "ONE_ID_LIMIT"
    check = {"name": "测试甲", "idType": "RESIDENT_ID", "idNo": who, "purpose": "ACTIVATE"}
    told = operator.call("POST", "/realname/checks", check).json
    assert told == {"result": "FAIL", "code": "ONE_ID_LIMIT", "oneIdCount": 5, "oneIdLimit": 5}


def test_a_closed_line_makes_room_for_another_of_the_same_person(operator: SimulatorProcess) -> None:
    who = person(9912)
    people = [{"idType": "RESIDENT_ID", "idNo": who, "otherLines": 4}]
    operator.lever("POST", "/seed", {"groupCode": GROUP, "people": people})
    first, card = stock(operator)
    done(operator, operator.call("POST", "/orders", operator.activation("room-1", first, card, who)))
    active(operator, first)
    second, card = stock(operator)
    full = operator.call("POST", "/orders", operator.activation("room-2", second, card, who))

    subject = {"customer": {"groupCode": GROUP}, "subscriber": {"msisdn": first}}
    closing = {"externalId": "room-close", "type": "TERMINATE", "effective": "NOW"} | subject
    done(operator, operator.call("POST", "/orders", closing))

    assert full.json["code"] == "ONE_ID_LIMIT"
    again = operator.call("POST", "/orders", operator.activation("room-3", second, card, who))
    assert again.status == 202


def test_known_people_are_refused_for_their_name_or_the_list_they_are_on(operator: SimulatorProcess) -> None:
    listed, named = person(9913), person(9914)
    people = [
        {"idType": "RESIDENT_ID", "idNo": listed, "blacklisted": True},
        {"idType": "RESIDENT_ID", "idNo": named, "name": "测试乙"},
    ]
    operator.lever("POST", "/seed", {"groupCode": GROUP, "people": people})
    msisdn, iccid = stock(operator)

    codes = [
        operator.call("POST", "/orders", operator.activation(f"p-{who}", msisdn, iccid, who)).json["code"]
        for who in (listed, named)
    ]

    assert codes == ["BLACKLISTED", "REALNAME_MISMATCH"]


def test_one_card_serves_one_line(operator: SimulatorProcess) -> None:
    first, iccid = stock(operator)
    second, _ = stock(operator)
    operator.call("POST", "/orders", operator.activation("card-1", first, iccid, person()))

    # The last character of a card number is not reliable; the first nineteen identify it.
    answer = operator.call(
        "POST", "/orders", operator.activation("card-2", second, iccid[:19] + "7", person())
    )

    assert (answer.status, answer.json["code"]) == (409, "ICCID_USED")


def test_cards_and_numbers_of_others_cannot_be_used(operator: SimulatorProcess) -> None:
    mine, card = stock(operator)
    theirs, their_card = stock(operator, OTHER)
    scrapped, scrapped_card = stock(operator, card_state="SCRAPPED")
    wanted = {
        "NUMBER_OCCUPIED": (theirs, card),
        "SIM_NOT_FOUND": (mine, their_card),
        "ICCID_SCRAPPED": (scrapped, scrapped_card),
        "NUMBER_LOCK_EXPIRED": ("13400000777", card),
        "NUMBER_NOT_FOUND": ("13112345678", card),
    }

    for code, (msisdn, iccid) in wanted.items():
        answer = operator.call("POST", "/orders", operator.activation(f"x-{code}", msisdn, iccid, person()))
        assert answer.json["code"] == code


def test_products_must_go_together(operator: SimulatorProcess) -> None:
    msisdn, iccid = stock(operator)

    def refused(*codes: str) -> str:
        products = [{"action": "add", "code": code} for code in codes]
        order = operator.activation(f"pr-{next(_serial)}", msisdn, iccid, person(), products=products)
        return str(operator.call("POST", "/orders", order).json["code"])

    assert refused("JT5G049") == "PLAN_DEPENDENCY"
    assert refused("QQT5G059", "SZX008") == "PLAN_EXCLUSIVE"
    assert refused("QQT5G059", "VNET_BASIC", "VNET_UNL", "VNET_FLEX") == "PLAN_EXCLUSIVE"
    assert refused("VNET_BASIC") == "MISSING_FIELD"
    assert refused("NO_SUCH") == "INVALID_PARAM"


def test_a_short_number_is_used_once_in_a_group(operator: SimulatorProcess) -> None:
    products = [
        {"action": "add", "code": "QQT5G059"},
        {"action": "add", "code": "VNET_BASIC", "shortNo": "6601"},
    ]
    orders = []
    for turn, state in enumerate(("completed", "partial")):
        msisdn, iccid = stock(operator)
        order = operator.activation(f"short-{turn}", msisdn, iccid, person(), products=products)
        orders.append(done(operator, operator.call("POST", "/orders", order), state))

    assert orders[1]["items"][1]["error"]["code"] == "SHORT_NO_USED"
    assert subscriber(operator, msisdn)["products"] == []
