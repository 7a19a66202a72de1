"""Amounts in words: 29 vectors, and whatever is written is read back."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.invoices.in_words import in_words, read

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "amounts_in_words.json").read_text("utf-8"))


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["amount"])
def test_the_vectors_come_out_and_are_read_back(case):
    fen = int(Decimal(case["amount"]) * 100)
    assert in_words(fen) == case["words"]
    assert read(case["words"]) == fen
    for other in filter(None, case["also"].replace("(整)", "整").split("、")):
        assert read(other) == fen


@settings(deadline=None)
@given(st.integers(-(10**17), 10**17))
def test_what_is_written_is_read_back(fen):
    assert read(in_words(fen)) == fen


@pytest.mark.parametrize("nonsense", ["", "圆圆x", "壹佰圆x", "12.50", "壹角五"])
def test_nonsense_is_no_amount(nonsense):
    assert read(nonsense) is None
