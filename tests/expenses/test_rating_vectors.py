"""The worked examples of rating come out to the 分."""

import json
from datetime import date
from pathlib import Path

import pytest

from console.expenses import metering, pools, rules
from console.expenses.metering import Bucket, Data, Source
from console.expenses.rated import Held, Month, Product
from console.expenses.rating import rate_month, suspension_fen
from console.plans.rules import Allowance, first_month

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rating_examples.json").read_text("utf-8"))


def plan(**other):
    facts = {
        "code": "P128", "name": "128 元套餐", "kind": "MAIN", "item": "RENT", "tax_class": "VOICE",
        "fee_fen": 12800, "voice_min": 500, "data_mb": 61440, "sms": 100,
    }  # fmt: skip
    return Product(**facts | other)


@pytest.mark.parametrize("case", VECTORS["first_month"], ids=lambda c: f"{c['mode']} {c['activation']}")
def test_the_first_month_costs_and_contains_its_part(case):
    since = date.fromisoformat(case["activation"])
    contains = Allowance(500, 61440, 100)
    began = first_month(case["mode"], case["monthly_fee_fen"], contains, since)
    assert began.allowance == Allowance(**case["allowance"])
    priced = rate_month(Month(f"{since:%Y-%m}", [Held(plan(first_month=case["mode"]), since)]))
    assert (began.fee_fen, priced.total_fen) == (case["fee_fen"], case["fee_fen"])


@pytest.mark.parametrize("case", VECTORS["voice_rounding"], ids=lambda c: c["seconds"])
def test_a_minute_that_has_begun_is_a_whole_one(case):
    assert metering.minutes(case["seconds"]) == case["minutes"]


CHARACTERS = {"han": "汉", "ascii": "a", "4-byte": "𠮷"}


@pytest.mark.parametrize("case", VECTORS["sms_segments"], ids=lambda c: f"{c['length']} {c['text_kind']}")
def test_a_message_is_billed_in_segments(case):
    if case["text_kind"] == "han with 4-byte char":  # the length counts units: one character is two of them
        text = "汉" * (case["length"] - 2) + "𠮷"
    else:
        text = CHARACTERS[case["text_kind"]] * case["length"]
    assert metering.segments(text) == case["segments"]


@pytest.mark.parametrize("case", VECTORS["consumption"], ids=lambda c: c["case"])
def test_data_is_taken_from_its_buckets_in_order(case):
    buckets = [
        Bucket(source, kb, number, app="video" if source == Source.DIRECTED else None)
        for number, (source, kb) in enumerate(case["buckets_kb"].items())
    ]
    used = Data(case["general_usage_kb"], {"video": case["directed_usage_kb"]})
    taken = metering.consume(used, buckets)
    assert taken.by_source() == case["taken_kb"]
    assert taken.over_kb == case["overage_kb"]
    price = case["overage_price_fen_per_gb"]
    assert metering.priced(taken.over_kb, price, metering.KB_OF_A_GB) == case["overage_fee_fen"]


def test_a_pool_and_its_overage_are_put_down_to_its_members():
    case = VECTORS["pool"]
    used, pool, price = case["members_kb"], case["pool_kb"], case["overage_price_fen_per_gb"]
    fee = case["overage_fee_fen"]
    assert pools.over_kb(used, pool) == case["overage_kb"]
    assert pools.over_fen(used, pool, price) == fee
    assert pools.allocate(case["pool_fee_fen"], used, pool, "USAGE") == case["alloc_fee_by_usage"]
    assert pools.allocate(case["pool_fee_fen"], used, pool, "EQUAL") == case["alloc_fee_equal"]
    assert pools.allocate(fee, used, pool, "USAGE") == case["alloc_overage_by_usage"]
    assert pools.allocate(fee, used, pool) == case["alloc_overage_by_excess_over_fair_share"]


@pytest.mark.parametrize("case", VECTORS["largest_remainder"], ids=lambda c: str(c["total_fen"]))
def test_parts_by_largest_remainder_are_the_whole(case):
    assert rules.shares(case["total_fen"], list(case["weights"].values())) == list(case["result"].values())


@pytest.mark.parametrize("case", VECTORS["suspension_fee"], ids=lambda c: c["start"])
def test_suspension_costs_by_the_day_or_by_the_month(case):
    first, last = date.fromisoformat(case["start"]), date.fromisoformat(case["end"])
    assert suspension_fen(first, last) == case["fee_fen"]
    month = Month(f"{first:%Y-%m}", [Held(plan(), date(2025, 1, 1))], suspended=[(first, last)])
    fees = {one.product: one.amount_fen for one in rate_month(month).charges}
    assert fees["SUSPEND"] == case["fee_fen"]
    whole = case["days"] in (28, 31)
    assert fees.get("P128", 0) == (0 if whole else 8258)  # 20 of 31 days
