"""The simulator's money and days, by hand calculation: shares of months, suspensions, penalties, effective dates."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.carrier.simulator import pricing, scheduling
from console.carrier.simulator.clock import day_after, from_rfc3339, rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.kinds import KINDS, stands_in_the_way, why_not_in
from console.carrier.simulator.settings import PRESETS, changed, in_force
from console.carrier.simulator.wishes import Wish

NOW = from_rfc3339("2026-03-10T10:00:00")
VECTORS = Path(__file__).parent.parent / "vectors"


def day(text: str) -> int:
    return from_rfc3339(text)


def wish(order_type: str, *codes: str, **facts: Any) -> Wish:
    products = tuple({"code": code} for code in codes)
    return Wish("T-1", order_type, "G", "13800000001", products=facts.pop("products", products), **facts)


def test_the_days_left_cost_what_the_worked_examples_say() -> None:
    examples = json.loads((VECTORS / "rating_examples.json").read_text())
    daily = [one for one in examples["first_month"] if one["mode"] == "DAILY"]
    assert len(daily) >= 3
    for one in daily:
        assert pricing.rest_of_month_fen(one["monthly_fee_fen"], day(one["activation"])) == one["fee_fen"]
    for one in examples["suspension_fee"]:
        charges = pricing.suspension(day(one["start"]), day_after(day(one["end"])))
        assert [charge.fen for charge in charges] == [one["fee_fen"]]


def test_a_suspension_costs_five_yuan_a_whole_month_and_else_by_the_day() -> None:
    def fen(begins: str, ends: str) -> list[tuple[str, int]]:
        return [(one.code, one.fen) for one in pricing.suspension(day(begins), day(ends))]

    # 11 days of 5 × 12 / 365.
    assert fen("2026-03-10", "2026-03-21") == [("2026-03", 181)]
    assert fen("2026-03-01", "2026-04-01") == [("2026-03", 500)]
    assert fen("2026-02-27", "2026-04-02") == [("2026-02", 33), ("2026-03", 500), ("2026-04", 16)]
    assert fen("2026-03-10T09:00", "2026-03-10T18:00") == [("2026-03", 16)]


def test_leaving_a_contract_costs_the_difference_for_the_whole_months_left() -> None:
    end = day("2026-12-01")
    assert pricing.penalty_fen(12900, 8900, end, day("2026-04-01")) == 8 * 4000
    assert pricing.penalty_fen(12900, 8900, end, NOW) == 8 * 4000
    assert pricing.penalty_fen(12900, 0, end, day("2026-11-01")) == 12900
    assert pricing.penalty_fen(8900, 12900, end, NOW) == 0
    assert pricing.penalty_fen(12900, 0, None, NOW) == 0


def test_what_begins_with_a_month_is_on_its_bill() -> None:
    assert pricing.added(["CRING"], day("2026-04-01")) == []
    assert [one.fen for one in pricing.added(["CRING", "ADD05GM"], day("2026-03-17"))] == [242, 1500]
    assert pricing.plan_changed("QQT5G059", "QQT5G089", day("2026-04-01")) == []
    assert [one.fen for one in pricing.plan_changed("QQT5G059", "QQT5G089", day("2026-03-17"))] == [1451]


@pytest.mark.parametrize(
    ("asked", "when"),
    [
        (wish("CHANGE_PLAN", "QQT5G129"), "2026-04-01T00:00"),
        (wish("CHANGE_PLAN", products=({"code": "QQT5G129", "effective": "NOW"},)), None),
        (wish("CHANGE_PLAN", "QQT5G129", start_at=day("2026-04-05")), "2026-05-01T00:00"),
        (wish("CHANGE_PLAN", "QQT5G129", start_at=day("2026-05-01")), "2026-05-01T00:00"),
        (wish("ADD_PRODUCT", "ADD05GM"), None),
        (wish("ADD_PRODUCT", "DIRVID"), "2026-04-01T00:00"),
        (wish("ADD_PRODUCT", "VNET_BASIC"), None),
        (wish("ADD_PRODUCT", "VNET_BASIC", "VNET_UNL"), "2026-04-01T00:00"),
        (wish("ADD_PRODUCT", "DIRVID", effective="NOW"), None),
        (wish("REMOVE_PRODUCT", "DIRVID"), "2026-04-01T00:00"),
        (wish("SUSPEND"), None),
        (wish("SUSPEND", start_at=day("2026-03-20")), "2026-03-20T00:00"),
        (wish("SUSPEND", start_at=day("2026-03-10")), None),
        (wish("TERMINATE"), "2026-04-01T00:00"),
        (wish("TERMINATE", effective="NOW"), None),
        (wish("ACTIVATE", "QQT5G059", effective="NEXT_CYCLE"), None),
        (wish("LEAVE_POOL", "POOL_MEMBER"), "2026-04-01T00:00"),
    ],
)
def test_each_order_takes_effect_when_its_kind_says(asked: Wish, when: str | None) -> None:
    found = scheduling.moment(PRESETS["bench"], asked, NOW)
    assert (rfc3339(found) or "None").startswith(when or "None")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (wish("REMOVE_PRODUCT", "DIRVID", effective="NOW"), "PLAN_NOT_ELIGIBLE"),
        (wish("SUSPEND", effective="NEXT_CYCLE"), "PLAN_NOT_ELIGIBLE"),
        (wish("ADD_PRODUCT", products=({"code": "DIRVID", "effective": "SOON"},)), "INVALID_PARAM"),
        (
            wish(
                "ADD_PRODUCT",
                products=(
                    {"code": "DIRVID", "effective": "NOW"},
                    {"code": "CRING", "effective": "NEXT_CYCLE"},
                ),
            ),
            "INVALID_PARAM",
        ),
        (wish("SUSPEND", start_at=day("2026-05-20")), "INVALID_PARAM"),
    ],
)
def test_a_day_that_cannot_be_is_refused(asked: Wish, code: str) -> None:
    with pytest.raises(ApiError) as refusal:
        scheduling.moment(PRESETS["bench"], asked, NOW)
    assert refusal.value.code == code


def test_a_suspension_ends_by_itself_after_twelve_months_at_the_latest() -> None:
    bench = PRESETS["bench"]
    begins = day("2026-03-10")
    assert (
        rfc3339(scheduling.suspended_until(bench, wish("SUSPEND"), begins)) == "2027-03-10T00:00:00.000+08:00"
    )
    assert scheduling.suspended_until(bench, wish("SUSPEND", until=day("2026-03-11")), begins) == day(
        "2026-03-11"
    )
    for wrong in ("2026-03-10", "2027-03-11"):
        with pytest.raises(ApiError, match="INVALID_PARAM"):
            scheduling.suspended_until(bench, wish("SUSPEND", until=day(wrong)), begins)


def test_orders_that_wait_keep_out_what_would_cross_them() -> None:
    def blocked(waiting: str, new: str, codes: tuple[str, str] = ("A", "B")) -> bool:
        return stands_in_the_way(waiting, {codes[0]}, new, {codes[1]})

    assert blocked("CHANGE_PLAN", "CHANGE_PLAN")
    assert not blocked("CHANGE_PLAN", "ADD_PRODUCT")
    assert blocked("ADD_PRODUCT", "REMOVE_PRODUCT", ("A", "A"))
    assert not blocked("ADD_PRODUCT", "REMOVE_PRODUCT")
    assert blocked("TERMINATE", "CHANGE_PLAN") and blocked("CHANGE_PLAN", "TERMINATE")
    assert not blocked("TERMINATE", "REPORT_LOST") and not blocked("TERMINATE", "SUSPEND")
    assert blocked("SUSPEND", "SUSPEND") and not blocked("SUSPEND", "RESUME")
    assert blocked("CHANGE_PLAN", "TRANSFER")


def test_every_kind_is_refused_in_every_life_cycle_that_it_does_not_name() -> None:
    cycles = (
        "RESERVED",
        "ASSIGNED",
        "SHIPPED",
        "SIGNED",
        "WAIT_FACE",
        "ACTIVE",
        "SUSPENDED",
        "LOST",
        "RISK_SUSPENDED",
    )
    for name, kind in KINDS.items():
        for lifecycle in cycles:
            refusal = why_not_in(name, lifecycle, "VOLUNTARY", "13800000001")
            assert (refusal is None) == (lifecycle in kind.allowed), (name, lifecycle)
    codes = {
        (name, cycle): refusal.code
        for name, cycle, reason in (
            ("CHANGE_USER", "WAIT_FACE", ""),
            ("RESUME", "RISK_SUSPENDED", ""),
            ("SUSPEND", "LOST", ""),
            ("CHANGE_PLAN", "SUSPENDED", ""),
            ("RESUME", "SUSPENDED", "ARREARS"),
        )
        if (refusal := why_not_in(name, cycle, reason, "1"))
    }
    assert list(codes.values()) == [
        "FACE_REQUIRED",
        "RISK_SUSPENDED",
        "ALREADY_SUSPENDED",
        "STATE_NOT_ALLOWED",
        "ARREARS_NUMBER",
    ]


def test_one_setting_multiplies_every_fault_up_to_certainty() -> None:
    ten = in_force(changed(PRESETS["real"], {"fault_factor": 10}))
    assert ten.commit_timeout_rate == pytest.approx(0.03)
    assert ten.callback_lost_rate == pytest.approx(0.05)
    assert ten.cancel_refused_rate == 1.0
    assert ten.face_rate == PRESETS["real"].face_rate
    assert in_force(PRESETS["real"]) == PRESETS["real"]
