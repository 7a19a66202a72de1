"""The first month of a plan."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.plans.rules import Allowance, FirstMonth, FirstMonthMode, first_month

EXAMPLES = json.loads((Path(__file__).parents[1] / "vectors" / "rating_examples.json").read_text("utf-8"))
WHOLE = Allowance(voice_min=500, data_mb=61_440, sms=100)

modes = st.sampled_from(list(FirstMonthMode))
fees = st.integers(0, 10_000_000)
days = st.dates(date(2020, 1, 1), date(2032, 12, 31))
allowances = st.builds(Allowance, *[st.integers(0, 10_000_000)] * 3)


@pytest.mark.parametrize(
    "example", EXAMPLES["first_month"], ids=lambda example: f"{example['mode']}-{example['activation']}"
)
def test_a_first_month_agrees_with_the_worked_example(example: dict[str, Any]) -> None:
    activated = date.fromisoformat(example["activation"])

    month = first_month(example["mode"], example["monthly_fee_fen"], WHOLE, activated)

    assert month == FirstMonth(example["fee_fen"], Allowance(**example["allowance"]))


@given(modes, fees, allowances, days)
def test_activation_on_the_first_is_the_whole_month_in_every_mode(
    mode: FirstMonthMode, fee: int, allowance: Allowance, day: date
) -> None:
    assert first_month(mode, fee, allowance, day.replace(day=1)) == FirstMonth(fee, allowance)


@given(modes, fees, allowances, days)
def test_a_first_month_never_costs_or_contains_more_than_a_whole_one(
    mode: FirstMonthMode, fee: int, allowance: Allowance, day: date
) -> None:
    month = first_month(mode, fee, allowance, day)

    assert 0 <= month.fee_fen <= fee
    assert 0 <= month.allowance.voice_min <= allowance.voice_min
    assert 0 <= month.allowance.data_mb <= allowance.data_mb
    assert 0 <= month.allowance.sms <= allowance.sms


@given(fees, days)
def test_a_later_activation_never_costs_more(fee: int, day: date) -> None:
    earlier = first_month("DAILY", fee, WHOLE, day.replace(day=1 + day.day // 2))

    assert first_month("DAILY", fee, WHOLE, day).fee_fen <= earlier.fee_fen


def test_half_a_fen_is_rounded_up() -> None:
    assert first_month("HALF", 1, WHOLE, date(2025, 12, 16)).fee_fen == 1
    assert first_month("HALF", 5, WHOLE, date(2025, 12, 16)).fee_fen == 3


@given(st.integers(0, 10**12))
def test_the_last_day_of_a_month_costs_its_share(fee: int) -> None:
    charged = first_month("DAILY", fee, WHOLE, date(2024, 2, 29)).fee_fen

    assert abs(Decimal(charged) - Decimal(fee) / 29) <= Decimal("0.5")


def test_an_unknown_mode_is_an_error() -> None:
    with pytest.raises(ValueError, match="WEEKLY"):
        first_month("WEEKLY", 100, WHOLE, date(2025, 1, 1))
