"""Cards at the simulator: replaced from the stock, dead afterwards, or downloaded with a code given out once."""

from collections.abc import Iterator
from typing import Any

import pytest

from console.carrier.simulator import esim, orders
from console.carrier.simulator.errors import ApiError
from console.identifiers.sims import activation_code
from tests.carrier.inside import EID, OTHER, Inside


@pytest.fixture
def inside() -> Iterator[Inside]:
    operator = Inside()
    yield operator
    assert operator.verified() == []
    operator.close()


def test_a_lost_card_is_replaced_from_the_companys_stock_and_dies(inside: Inside) -> None:
    msisdn, new = inside.line(), inside.stock()
    old = inside.view(msisdn)["iccid"]
    early = inside.refused("REPLACE_SIM", msisdn, subscriber={"iccid": new}, reason="LOST")
    inside.ask("REPORT_LOST", msisdn)

    order = inside.ask("REPLACE_SIM", msisdn, subscriber={"iccid": new}, reason="LOST")

    assert early == "STATE_NOT_ALLOWED"
    assert (order["state"], order["lifecycle"], order["sim"]["iccid"]) == ("completed", "ACTIVE", new)
    assert order["charges"] == [{"item": "CARD", "code": "SIMFEE", "fen": 1000}]
    assert (inside.sim_state(old), inside.sim_state(new)) == ("SCRAPPED", "ACTIVE")
    view = inside.view(msisdn)
    assert view["card"]["iccid"] == new
    assert view["smsHoldUntil"].startswith("2026-03-13T10:00")
    told = [
        event["state"]
        for event in inside.events(msisdn)
        if event.get("type") == "REPLACE_SIM" and "state" in event
    ]
    assert told == ["inProgress", "held", "inProgress", "completed"]


def test_a_card_that_is_used_scrapped_or_not_ours_replaces_nothing(inside: Inside) -> None:
    msisdn, other = inside.line(), inside.line()
    used = inside.view(other)["iccid"]
    inside.seed(groupCode=OTHER, sims=[{"iccid": "89860219002400088880"}])
    inside.seed(sims=[{"iccid": "89860219002400077770", "state": "SCRAPPED"}])

    for iccid, code in (
        (used, "ICCID_USED"),
        ("89860219002400088880", "SIM_NOT_FOUND"),
        ("89860219002400077770", "ICCID_SCRAPPED"),
        ("", "MISSING_FIELD"),
        ("12345", "INVALID_PARAM"),
    ):
        assert inside.refused("REPLACE_SIM", msisdn, subscriber={"iccid": iccid}) == code


def test_a_face_that_is_not_shown_leaves_the_old_card_as_it_was(inside: Inside) -> None:
    msisdn, new = "13800009020", inside.stock()
    inside.seed(lines=[{"msisdn": msisdn, "iccid": "89860219002400090200", "plan": "QQT5G089"}])
    order = inside.ask("REPLACE_SIM", msisdn, subscriber={"iccid": new})
    assert (order["state"], order["waitingFor"]) == ("held", "FACE")
    assert inside.refused("SUSPEND", msisdn) == "PENDING_CHANGE_EXISTS"

    inside.pass_time("P30D")

    ended = inside.order(order["orderId"])
    assert (ended["state"], ended["error"]["code"]) == ("failed", "REALNAME_FACE_FAILED")
    assert inside.sim_state(new) == "PREPERSO"
    assert inside.view(msisdn)["card"]["state"] == "ACTIVE"
    assert inside.charges(msisdn) == []


def test_an_esim_has_an_activation_code_that_is_given_out_once(inside: Inside) -> None:
    msisdn = inside.line()
    old = inside.view(msisdn)["iccid"]
    order = inside.ask("REPLACE_SIM", msisdn, subscriber={"simType": "ESIM", "eid": EID})
    assert order["sim"]["downloadState"] == "RELEASED" and order["charges"] == []
    assert EID not in str(order)

    first = take(inside, order)

    code = activation_code(first["activationCode"])
    assert code.valid and code.detail["smdp"] == "rsp.operator.example" and not code.detail["cc_required"]
    assert first["activationCode"].startswith("LPA:1$")
    with pytest.raises(ApiError, match="STATE_NOT_ALLOWED") as refusal:
        take(inside, order)
    assert refusal.value.field == "activationCode"
    inside.pass_time("PT1M")
    assert inside.order(order["orderId"])["sim"]["downloadState"] == "INSTALLED"
    assert inside.events(msisdn)[-1]["line"]["card"]["downloadState"] == "INSTALLED"
    assert inside.sim_state(old) == "SCRAPPED"
    assert inside.view(msisdn)["card"]["eidMasked"] == EID[:8] + "*" * 20 + EID[-4:]


def take(inside: Inside, order: dict[str, Any]) -> dict[str, Any]:
    with inside.sim.desk() as desk:
        return esim.take_code(desk, orders.find(desk, order["orderId"]))


def test_codes_with_a_confirmation_are_well_formed_too() -> None:
    inside = Inside(esim_confirmation_rate=1)
    order = inside.ask("REPLACE_SIM", inside.line(), subscriber={"simType": "ESIM", "eid": EID})

    given = take(inside, order)

    assert activation_code(given["activationCode"]).detail["cc_required"]
    assert given["confirmationCode"].isdecimal()


def test_a_code_that_nobody_fetches_expires_and_a_download_can_fail(inside: Inside) -> None:
    late = inside.ask("REPLACE_SIM", inside.line(), subscriber={"simType": "ESIM", "eid": EID})
    inside.seed(lines=[{"msisdn": "13800009024", "iccid": "89860219002400090240", "plan": "QQT5G089"}])
    full = inside.ask("REPLACE_SIM", "13800009024", subscriber={"simType": "ESIM", "eid": EID})
    take(inside, full)

    inside.pass_time("P7DT1M")

    with pytest.raises(ApiError) as refusal:
        take(inside, late)
    assert refusal.value.field == "expiresAt"
    sim = inside.order(full["orderId"])["sim"]
    assert (sim["downloadState"], sim["downloadError"]["reasonCode"]) == ("ERROR", "4.8")


def test_an_esim_needs_an_eid_that_can_be_one_and_a_region_that_offers_it(inside: Inside) -> None:
    msisdn = inside.line()

    for eid in (EID[:-1] + "8", EID[:-1], "x" * 32):
        assert (
            inside.refused("REPLACE_SIM", msisdn, subscriber={"simType": "ESIM", "eid": eid})
            == "INVALID_PARAM"
        )
    assert inside.refused("REPLACE_SIM", msisdn, subscriber={"simType": "ESIM"}) == "MISSING_FIELD"
    inside.sim.change({"esim_offered": False})
    assert (
        inside.refused("REPLACE_SIM", msisdn, subscriber={"simType": "ESIM", "eid": EID})
        == "PLAN_NOT_ELIGIBLE"
    )


def test_a_line_may_be_opened_on_an_esim(inside: Inside) -> None:
    msisdn = inside.activate(subscriber={"simType": "ESIM", "eid": EID, "iccid": ""})

    view = inside.view(msisdn)

    assert (view["lifecycle"], view["card"]["simType"], view["card"]["downloadState"]) == (
        "ACTIVE",
        "ESIM",
        "RELEASED",
    )
    given = take(inside, inside.order(view["orderId"]))
    assert given["iccid"] == view["iccid"]
