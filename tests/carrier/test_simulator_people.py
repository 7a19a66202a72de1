"""Who a line belongs to at the simulator: new users, new owners, and risk control taking back."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.carrier.inside import GROUP, OTHER, Inside, user


@pytest.fixture
def inside() -> Iterator[Inside]:
    operator = Inside()
    yield operator
    assert operator.verified() == []
    operator.close()


def test_a_new_user_is_checked_counted_and_shows_his_face(inside: Inside) -> None:
    msisdn, full, listed, new = inside.line(), user(8001), user(8002), user(8003)
    inside.seed(
        people=[full | {"otherLines": 5}, listed | {"blacklisted": True}, user(8004) | {"name": "测试乙"}]
    )

    def change(person: dict[str, str]) -> dict[str, Any]:
        return {"subscriber": {"user": inside.sealed(person)}}

    assert inside.refused("CHANGE_USER", msisdn, **change(full)) == "ONE_ID_LIMIT"
    assert inside.refused("CHANGE_USER", msisdn, **change(listed)) == "BLACKLISTED"
    assert inside.refused("CHANGE_USER", msisdn, **change(user(8004))) == "REALNAME_MISMATCH"
    expired = {"subscriber": {"user": inside.sealed(new) | {"idValidTo": "2026-03-09"}}}
    assert inside.refused("CHANGE_USER", msisdn, **expired) == "REALNAME_ID_EXPIRED"
    inside.sim.change({"face_min_s": 3600, "face_max_s": 3600})
    before = inside.view(msisdn)["userDocHash"]
    order = inside.ask("CHANGE_USER", msisdn, **change(new))
    assert (order["state"], order["lifecycle"]) == ("completed", "WAIT_FACE")
    assert inside.view(msisdn)["userDocHash"] != before
    assert inside.refused("CHANGE_PLAN", msisdn, products=[{"code": "QQT5G129"}]) == "FACE_REQUIRED"

    inside.pass_time("PT1H")

    assert inside.view(msisdn)["lifecycle"] == "ACTIVE"
    assert inside.view(msisdn)["user"] == {"nameMasked": "测**", "idType": "RESIDENT_ID"}
    assert inside.refused("CHANGE_USER", msisdn, **change(new)) == "ALREADY_SUBSCRIBED"
    assert [e["lifecycle"] for e in inside.events(msisdn) if "line" in e] == ["WAIT_FACE", "ACTIVE"]


def test_a_user_on_his_way_in_counts_for_the_limit(inside: Inside) -> None:
    new = user(8005)
    inside.seed(people=[new | {"otherLines": 4}])
    inside.sim.change({"completion_median_s": 60, "completion_p95_s": 61})
    first = inside.ask("CHANGE_USER", inside.line(), subscriber={"user": inside.sealed(new)})
    assert first["state"] == "acknowledged"

    second = inside.line()

    assert inside.refused("CHANGE_USER", second, subscriber={"user": inside.sealed(new)}) == "ONE_ID_LIMIT"
    assert inside.cancel(first["orderId"])["state"] in ("cancelled", "assessingCancellation")
    inside.pass_time("PT1M")
    assert (
        inside.ask("CHANGE_USER", second, subscriber={"user": inside.sealed(new)})["state"] == "acknowledged"
    )


def test_a_new_user_without_a_face_leaves_the_number_resting(inside: Inside) -> None:
    msisdn = "13800009020"
    inside.seed(lines=[{"msisdn": msisdn, "iccid": "89860219002400090200", "plan": "QQT5G089"}])
    inside.ask("CHANGE_USER", msisdn, subscriber={"user": inside.sealed(user(8006))})

    inside.pass_time("P30D")

    view = inside.view(msisdn)
    assert (view["lifecycle"], view["suspension"]["reason"]) == ("SUSPENDED", "FACE")
    assert inside.refused("RESUME", msisdn) == "FACE_REQUIRED"


def test_a_number_goes_over_to_its_person_and_leaves_the_group(inside: Inside) -> None:
    msisdn = inside.line(products=["CRING"])
    asked = {
        "transfer": {"direction": "TO_PERSON", "letterId": "L-1"},
        "subscriber": {"user": inside.sealed(user(8010))},
    }
    assert inside.refused("TRANSFER", msisdn, **asked) == "PLAN_DEPENDENCY"
    inside.ask("REMOVE_PRODUCT", msisdn, products=[{"code": "CRING", "action": "delete"}])
    assert inside.refused("TRANSFER", msisdn, **asked) == "PENDING_CHANGE_EXISTS"
    inside.pass_time("P25D")
    assert inside.refused("TRANSFER", msisdn, **asked) == "PLAN_NOT_ELIGIBLE"

    order = inside.ask("TRANSFER", msisdn, **asked, products=[{"action": "add", "code": "SZX019"}])

    assert (order["state"], order["lifecycle"]) == ("completed", "TRANSFERRED")
    view = inside.view(msisdn)
    assert (view["groupCode"], view["plan"], view["lifecycle"]) == ("", "SZX019", "ACTIVE")
    assert inside.refused("SUSPEND", msisdn) == "NOT_YOUR_NUMBER"


def test_a_number_goes_from_one_company_to_another_and_back_from_a_person(inside: Inside) -> None:
    msisdn, person = inside.line(), user(8011)
    inside.seed(groupCode=OTHER, arrears=True)
    to_other = {
        "transfer": {"direction": "TO_COMPANY", "letterId": "L-1", "toGroupCode": OTHER},
        "subscriber": {"user": inside.sealed(person)},
    }
    assert inside.refused("TRANSFER", msisdn, **to_other) == "ARREARS_GROUP"
    inside.seed(groupCode=OTHER)

    inside.ask("TRANSFER", msisdn, **to_other)

    assert inside.view(msisdn)["groupCode"] == OTHER
    assert inside.refused("TERMINATE", msisdn, group=OTHER, effective="NOW") == "STATE_NOT_ALLOWED"
    out = {
        "transfer": {"direction": "TO_PERSON", "letterId": "L-2"},
        "subscriber": {"user": inside.sealed(person)},
    }
    inside.ask("TRANSFER", msisdn, group=OTHER, **out, products=[{"action": "add", "code": "SZX019"}])
    back = {
        "transfer": {"direction": "FROM_PERSON", "letterId": "L-3"},
        "subscriber": {"user": inside.sealed(person)},
    }
    inside.ask("TRANSFER", msisdn, **back)
    assert inside.view(msisdn)["groupCode"] == GROUP


def test_new_lines_and_lines_under_contract_are_not_handed_over(inside: Inside) -> None:
    asked = {
        "transfer": {"direction": "TO_PERSON", "letterId": "L-1"},
        "subscriber": {"user": inside.sealed(user(8012))},
    }

    assert inside.refused("TRANSFER", inside.activate(), **asked) == "TRANSFER_TOO_NEW"
    assert inside.refused("TRANSFER", inside.line(contractEnd="2026-12-01"), **asked) == "CONTRACT_LOCK"
    unsigned = asked | {"transfer": {"direction": "TO_PERSON"}}
    assert inside.refused("TRANSFER", inside.line(), **unsigned) == "MISSING_FIELD"


def test_a_finished_change_of_user_is_taken_back_by_risk_control(inside: Inside) -> None:
    msisdn = "13800009012"
    inside.seed(lines=[{"msisdn": msisdn, "iccid": "89860219002400090120", "plan": "QQT5G089"}])
    order = inside.ask("CHANGE_USER", msisdn, subscriber={"user": inside.sealed(user(8020))})
    assert order["state"] == "completed"

    inside.pass_time("PT72H")

    taken_back = inside.order(order["orderId"])
    assert (taken_back["state"], taken_back["error"]["code"], taken_back["reversal"]) == (
        "failed",
        "E_POST_REVERSAL",
        True,
    )
    last = [event for event in inside.events(msisdn) if "line" in event][-1]
    assert (last["lifecycle"], last["source"]) == ("RISK_SUSPENDED", "RISK_CONTROL")


def test_what_a_reversed_activation_cost_is_given_back(inside: Inside) -> None:
    inside.seed(numbers=["13900009012"], sims=[{"iccid": "89860219002400090120"}])
    subscriber = {"iccid": "89860219002400090120", "user": inside.sealed(user(8021))}
    order = inside.ask("ACTIVATE", "13900009012", subscriber=subscriber, products=[{"code": "QQT5G059"}])
    assert [one["fen"] for one in inside.order(order["orderId"])["charges"]] == [4187]

    inside.pass_time("PT72H")

    assert [one["fen"] for one in inside.order(order["orderId"])["charges"]] == [4187, -4187]
