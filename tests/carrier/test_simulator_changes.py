"""Lines in use at the simulator: limits, pools, short numbers, suspensions, plans, contracts and days."""

from collections.abc import Iterator

import pytest

from console.carrier.simulator.errors import ApiError
from tests.carrier.inside import GROUP, Inside


@pytest.fixture
def inside() -> Iterator[Inside]:
    operator = Inside()
    yield operator
    assert operator.verified() == []
    operator.close()


def test_a_data_limit_is_set_changed_and_cleared(inside: Inside) -> None:
    msisdn = inside.line()

    inside.ask("SET_DATA_LIMIT", msisdn, dataLimit={"limitMb": 20480})
    assert inside.view(msisdn)["dataLimit"] == {"limitMb": 20480, "action": "CUT"}
    assert inside.refused("SET_DATA_LIMIT", msisdn, dataLimit={"limitMb": 20480}) == "ALREADY_SUBSCRIBED"
    later = inside.ask(
        "SET_DATA_LIMIT", msisdn, dataLimit={"limitMb": 1024, "action": "THROTTLE"}, effective="NEXT_CYCLE"
    )
    assert later["waitingFor"] == "DATE"
    assert inside.refused("CLEAR_DATA_LIMIT", msisdn) == "PENDING_CHANGE_EXISTS"
    inside.pass_time("P22D")
    assert inside.view(msisdn)["dataLimit"] == {"limitMb": 1024, "action": "THROTTLE"}
    inside.ask("CLEAR_DATA_LIMIT", msisdn)
    assert inside.view(msisdn)["dataLimit"] is None
    assert inside.refused("CLEAR_DATA_LIMIT", msisdn) == "STATE_NOT_ALLOWED"
    for wrong in ({}, {"limitMb": 0}, {"limitMb": "9"}, {"limitMb": 9, "action": "EXPLODE"}):
        assert inside.refused("SET_DATA_LIMIT", msisdn, dataLimit=wrong) in ("INVALID_PARAM", "MISSING_FIELD")


def test_a_pool_takes_members_until_it_is_full_and_lets_them_go_with_the_month(inside: Inside) -> None:
    first, second = inside.line(), inside.line()
    assert inside.refused("JOIN_POOL", first, pool={"poolId": "P-1"}) == "PLAN_DEPENDENCY"
    inside.seed(pools=[{"poolId": "P-1", "sizeMb": 102400, "most": 1}])

    inside.ask("JOIN_POOL", first, pool={"poolId": "P-1"})

    assert inside.view(first)["poolId"] == "P-1"
    assert inside.charges(first) == [("RENT", "POOL_MEMBER", 213)]
    assert inside.refused("JOIN_POOL", first, pool={"poolId": "P-1"}) == "POOL_FULL"
    assert inside.refused("JOIN_POOL", second, pool={"poolId": "P-1"}) == "POOL_FULL"
    assert inside.refused("TERMINATE", first) == "PLAN_DEPENDENCY"
    inside.ask("LEAVE_POOL", first)
    assert inside.view(first)["poolId"] == "P-1"
    inside.pass_time("P22D")
    assert inside.view(first)["poolId"] is None
    inside.ask("JOIN_POOL", second, pool={"poolId": "P-1"})


def test_two_who_booked_the_last_place_of_a_pool_do_not_both_get_it(inside: Inside) -> None:
    inside.seed(pools=[{"poolId": "P-1", "sizeMb": 102400, "most": 1}])
    booked = [
        inside.ask("JOIN_POOL", inside.line(), pool={"poolId": "P-1"}, effective="NEXT_CYCLE")
        for _ in range(2)
    ]

    inside.pass_time("P22D")

    ended = [inside.order(order["orderId"]) for order in booked]
    assert [order["state"] for order in ended] == ["completed", "failed"]
    assert ended[1]["error"]["code"] == "POOL_FULL"


def test_short_numbers_are_one_to_a_line_and_free_again_afterwards(inside: Inside) -> None:
    first, second = inside.line(), inside.line()
    inside.ask("JOIN_VNET", first, vnet={"shortNo": "6601"})

    assert inside.view(first)["shortNo"] == "6601"
    assert inside.refused("JOIN_VNET", second, vnet={"shortNo": "6601"}) == "SHORT_NO_USED"
    assert inside.refused("JOIN_VNET", first, vnet={"shortNo": "6602"}) == "ALREADY_SUBSCRIBED"
    for wrong in ("10086", "60", "6601111"):
        assert inside.refused("JOIN_VNET", second, vnet={"shortNo": wrong}) == "INVALID_PARAM"
    inside.add(first, "VNET_UNL", effective="NOW")
    assert inside.refused("LEAVE_VNET", first) == "PLAN_DEPENDENCY"
    inside.ask("REMOVE_PRODUCT", first, products=[{"code": "VNET_UNL"}])
    inside.ask("LEAVE_VNET", first)
    inside.pass_time("P22D")
    assert inside.view(first)["shortNo"] is None
    inside.ask("JOIN_VNET", second, vnet={"shortNo": "6601"})


def test_a_suspension_has_a_first_and_a_last_day_and_a_price(inside: Inside) -> None:
    msisdn = inside.line()
    order = inside.ask("SUSPEND", msisdn, suspension={"firstDay": "2026-03-15", "lastDay": "2026-04-14"})
    assert (order["state"], order["waitingFor"]) == ("pending", "DATE")
    assert inside.view(msisdn)["pendingChanges"][0]["type"] == "SUSPEND"

    inside.pass_time("P5D")
    view = inside.view(msisdn)
    assert view["suspension"]["reason"] == "VOLUNTARY"
    assert view["suspension"]["until"].startswith("2026-04-15T00:00")
    inside.pass_time("P31D")

    assert inside.view(msisdn)["lifecycle"] == "ACTIVE"
    # 17 days of March and 14 of April.
    assert inside.charges(msisdn) == [("SUSPEND", "2026-03", 279), ("SUSPEND", "2026-04", 230)]
    last = inside.events(msisdn)[-1]
    assert (last["lifecycle"], last["source"], last["reason"]) == ("ACTIVE", "SYSTEM", "SUSPENSION_OVER")


def test_coming_back_early_pays_for_the_days_and_once(inside: Inside) -> None:
    msisdn = inside.line()
    inside.ask("SUSPEND", msisdn)
    inside.pass_time("P11D")

    inside.ask("RESUME", msisdn)

    assert inside.charges(msisdn) == [("SUSPEND", "2026-03", 181)]
    inside.pass_time("P365D")
    assert len(inside.charges(msisdn)) == 1
    assert inside.view(msisdn)["lifecycle"] == "ACTIVE"


def test_a_plan_change_waits_is_replaced_and_is_cancelled_before_its_day(inside: Inside) -> None:
    msisdn = inside.line()
    first = inside.change_plan(msisdn, "QQT5G129")
    assert (first["state"], first["effectiveAt"]) == ("pending", "2026-04-01T00:00:00.000+08:00")
    assert inside.refused("CHANGE_PLAN", msisdn, products=[{"code": "SZX008"}]) == "PENDING_CHANGE_EXISTS"
    second = inside.change_plan(msisdn, "SZX008", replacePending=True)

    assert inside.order(first["orderId"])["state"] == "cancelled"
    assert inside.view(msisdn)["pendingPlan"] == "SZX008"
    assert inside.cancel(second["orderId"])["state"] == "cancelled"
    assert inside.view(msisdn)["pendingPlan"] is None
    inside.pass_time("P22D")
    assert inside.view(msisdn)["plan"] == "QQT5G089"


def test_other_work_goes_on_while_a_plan_waits_and_the_plan_comes_on_the_first(inside: Inside) -> None:
    msisdn = inside.line()
    order = inside.change_plan(msisdn, "QQT5G129")
    inside.add(msisdn, "ADD05GM")
    inside.ask("SUSPEND", msisdn)

    inside.pass_time("P21DT13H")
    assert inside.view(msisdn)["plan"] == "QQT5G089"
    inside.pass_time("PT2H")

    view = inside.view(msisdn)
    assert (view["plan"], view["lifecycle"], view["pendingPlan"]) == ("QQT5G129", "SUSPENDED", None)
    assert view["contractEnd"].startswith("2027-04-01")
    assert inside.order(order["orderId"])["state"] == "completed"
    changed = next(e for e in inside.events(msisdn) if "plan" in (e.get("changed") or ()))
    assert changed["occurredAt"].startswith("2026-04-01T00:00:00")
    assert changed["line"]["plan"] == "QQT5G129"


def test_a_contract_is_left_for_exactly_its_penalty(inside: Inside) -> None:
    bound = {"plan": "QQT5G129", "contractEnd": "2026-12-01"}
    msisdn = inside.line(**bound)
    cheaper = {"products": [{"action": "add", "code": "QQT5G089"}]}

    with pytest.raises(ApiError) as refusal:
        inside.ask("CHANGE_PLAN", msisdn, **cheaper)
    assert (refusal.value.code, refusal.value.body()["penaltyFen"]) == ("CONTRACT_LOCK", 8 * 4000)
    assert inside.refused("CHANGE_PLAN", msisdn, **cheaper, acceptedPenaltyFen=31999) == "CONTRACT_LOCK"
    inside.ask("CHANGE_PLAN", msisdn, **cheaper, acceptedPenaltyFen=32000)
    assert inside.charges(msisdn) == []
    inside.pass_time("P22D")
    assert inside.charges(msisdn) == [("PENALTY", "QQT5G129", 32000)]
    assert inside.view(msisdn)["contractEnd"] is None
    dearer = inside.line(**bound)
    assert inside.change_plan(dearer, "QQT5G199")["state"] == "pending"


def test_a_line_is_closed_with_the_month_or_now_and_never_out_of_a_contract_for_nothing(
    inside: Inside,
) -> None:
    msisdn, bound = inside.line(), inside.line(plan="QQT5G129", contractEnd="2026-12-01")
    order = inside.ask("TERMINATE", msisdn)
    assert order["waitingFor"] == "DATE"
    assert inside.refused("CHANGE_PLAN", msisdn, products=[{"code": "SZX008"}]) == "PENDING_CHANGE_EXISTS"
    inside.ask("REPORT_LOST", msisdn)

    assert inside.refused("TERMINATE", bound, effective="NOW") == "CONTRACT_LOCK"
    inside.ask("TERMINATE", bound, effective="NOW", acceptedPenaltyFen=8 * 12900)
    assert inside.gone(bound) and inside.charges(bound) == [("PENALTY", "QQT5G129", 103200)]
    assert not inside.gone(msisdn)
    inside.pass_time("P22D")
    assert inside.gone(msisdn)
    assert inside.events(msisdn)[-2]["lifecycle"] == "TERMINATED"


def test_what_waits_for_a_line_that_is_gone_fails(inside: Inside) -> None:
    msisdn = inside.line()
    limit = inside.ask("SET_DATA_LIMIT", msisdn, dataLimit={"limitMb": 9}, requestedStartDate="2026-04-10")
    inside.counter("REPORT_LOST", msisdn)
    with inside.sim.desk() as desk:
        desk.db.execute("UPDATE subscribers SET lifecycle = 'RISK_SUSPENDED' WHERE msisdn = ?", (msisdn,))

    inside.pass_time("P40D")

    ended = inside.order(limit["orderId"])
    assert (ended["state"], ended["error"]["code"]) == ("failed", "STATE_NOT_ALLOWED")


def test_products_of_the_next_month_depend_on_what_is_ordered_until_then(inside: Inside) -> None:
    msisdn = inside.line()
    later = {"effective": "NEXT_CYCLE"}
    inside.add(msisdn, "VNET_BASIC", **later)

    inside.add(msisdn, "VNET_UNL", **later)

    assert (
        inside.refused("ADD_PRODUCT", msisdn, products=[{"code": "VNET_FLEX"}], **later) == "PLAN_EXCLUSIVE"
    )
    unready = inside.refused("ADD_PRODUCT", msisdn, products=[{"code": "VNET_UNL"}], effective="NOW")
    assert unready == "PENDING_CHANGE_EXISTS"
    inside.pass_time("P22D")
    assert sorted(inside.view(msisdn)["products"]) == ["VNET_BASIC", "VNET_UNL"]
    assert inside.charges(msisdn) == []


def test_what_was_ordered_on_top_of_something_taken_back_fails(inside: Inside) -> None:
    msisdn, later = inside.line(), {"effective": "NEXT_CYCLE"}
    base = inside.add(msisdn, "VNET_BASIC", **later)
    on_top = inside.add(msisdn, "VNET_UNL", **later)
    inside.cancel(base["orderId"])

    inside.pass_time("P22D")

    ended = inside.order(on_top["orderId"])
    assert (ended["state"], ended["error"]["code"]) == ("failed", "PLAN_DEPENDENCY")
    assert inside.view(msisdn)["products"] == []


def test_an_expired_letter_of_authority_orders_nothing(inside: Inside) -> None:
    inside.seed(
        authorizations=[{"id": "AUTH-1", "validTo": "2026-03-09"}, {"id": "AUTH-2", "validTo": "2026-03-10"}]
    )
    customer = {"groupCode": GROUP, "authorizationId": "AUTH-1"}
    msisdn = inside.line()

    assert inside.refused("SUSPEND", msisdn, customer=customer) == "AUTHORIZATION_EXPIRED"
    inside.ask("SUSPEND", msisdn, customer=customer | {"authorizationId": "AUTH-2"})


def test_an_enquiry_tells_the_price_that_is_charged(inside: Inside) -> None:
    msisdn, products = inside.line(), [{"action": "add", "code": "CRING", "effective": "NOW"}]
    offer = inside.ask("ADD_PRODUCT", msisdn, products=products, dryRun=True)

    order = inside.ask("ADD_PRODUCT", msisdn, products=products)

    # 22 of 31 days of 5 yuan.
    assert offer["dueFen"] == 355
    assert order["charges"] == offer["charges"] == [{"item": "RENT", "code": "CRING", "fen": 355}]


def test_roaming_needs_the_users_word_and_credit(inside: Inside) -> None:
    msisdn = inside.line()
    inside.seed(creditLimitFen=2000)

    assert inside.refused("ROAMING_ON", msisdn) == "MISSING_FIELD"
    inside.ask("ROAMING_ON", msisdn, userConfirmed=True)
    assert inside.refused("ROAMING_ON", msisdn, userConfirmed=True) == "ALREADY_SUBSCRIBED"
    inside.add(msisdn, "ADD05GM")
    assert inside.refused("ADD_PRODUCT", msisdn, products=[{"code": "ADD10GM"}]) == "CREDIT_EXCEEDED"
    inside.add(msisdn, "ADD01GD")
    assert inside.refused("ROAMING_ON", inside.line(), userConfirmed=True) == "CREDIT_EXCEEDED"
