"""VAT by the day of the service, split to the 分."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.expenses import taxes
from console.expenses.items import TaxClass

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rating_examples.json").read_text("utf-8"))
CLASS_OF = {
    "月固定费 2026": (TaxClass.VOICE, date(2026, 6, 1)), "上网费 2025": (TaxClass.DATA, date(2025, 12, 31)),
    "上网费 2026": (TaxClass.DATA, date(2026, 1, 1)), "语音通信费": (TaxClass.VOICE, date(2026, 6, 1)),
    "增值业务费": (TaxClass.OTHER_VAS, date(2026, 6, 1)), "one fen": (TaxClass.VOICE, date(2026, 6, 1)),
}  # fmt: skip


@pytest.mark.parametrize("case", VECTORS["vat"], ids=lambda case: case["item"])
def test_the_worked_examples_come_out_to_the_fen(case):
    percent = taxes.rule(*CLASS_OF[case["item"]]).percent
    assert percent == int(Decimal(case["rate"]) * 100)
    assert taxes.split(case["incl_fen"], percent) == (case["excl_fen"], case["tax_fen"])


@pytest.mark.parametrize("moved", [TaxClass.DATA, TaxClass.MESSAGES, TaxClass.BROADBAND])
def test_the_rate_changes_with_the_day_of_the_service(moved):
    assert taxes.rule(moved, date(2025, 12, 31)).percent == 6
    assert taxes.rule(moved, date(2026, 1, 1)).percent == 9


def test_what_others_sell_is_never_on_the_operators_invoice():
    assert taxes.rule(TaxClass.NONE, date(2026, 10, 1)).percent is None


def test_every_class_has_a_rule_with_a_code_of_19_digits():
    for one in TaxClass:
        held = taxes.rule(one, date(2026, 10, 1))
        assert held.percent is None or (len(held.code) == 19 and held.code.isdecimal())


@pytest.mark.parametrize("nonsense", [("GIFTS", date(2026, 1, 1)), ("DATA", date(2016, 4, 30))])
def test_what_has_no_rate_is_refused(nonsense):
    with pytest.raises(ValueError):
        taxes.rule(*nonsense)


@given(st.integers(-(10**12), 10**12), st.sampled_from([1, 3, 5, 6, 9, 13]))
def test_both_parts_add_up_and_the_tax_is_that_of_the_net_amount(amount, percent):
    net, tax = taxes.split(amount, percent)
    assert net + tax == amount
    assert abs(net * percent - tax * 100) <= 56, "0.0056 yuan, as measured in the reference"
