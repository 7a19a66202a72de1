"""Invoices from a counter come as files: read, doubted, matched with the month, and shown once."""

from dataclasses import replace
from datetime import datetime

import pytest

from console.core.db import transaction
from console.core.errors import Conflict
from console.invoices import elsewhere, ofd, pdf, queries, xml
from console.invoices.document import Party
from tests.expenses.months import PERIOD
from tests.invoices.platform import BUYER, TOTAL
from tests.invoices.samples import SELLER, item, sample

WRITERS = {"xml": xml.write, "ofd": ofd.write, "pdf": pdf.write}


def issued_elsewhere(net, tax, **other):
    buyer = Party("Acme 示例", BUYER)
    facts = {
        "buyer": buyer,
        "seller": SELLER,
        "genuine": True,
        "number": "26990000000000009001",
        "issued_at": datetime(2026, 11, 5, 9),
    }
    return sample(item(net, tax), **facts | other)


def take(platform, content):
    with platform.people.as_("fay"), transaction():
        return elsewhere.take_in(
            "finance", platform.people.users["fay"][0], content, PERIOD, platform.settings
        ).id


@pytest.mark.parametrize("format_", WRITERS)
def test_it_covers_its_amount_and_only_the_rest_is_invoiced_here(platform, format_):
    id_ = take(platform, WRITERS[format_](issued_elsewhere(10000, 900)))
    assert (platform.invoice(id_).state, platform.invoice(id_).channel) == ("issued", "counter")
    rest = platform.apply()
    assert platform.invoice(rest).total_fen == TOTAL - 10900
    with platform.people.as_("fay"):
        assert queries.agreement(PERIOD).difference_fen == 0
        assert [one.format for one in queries.files(id_)] == [format_]


def test_the_same_one_again_is_shown_and_not_taken(platform):
    take(platform, xml.write(issued_elsewhere(10000, 900)))
    with pytest.raises(Conflict) as refused:
        take(platform, ofd.write(issued_elsewhere(10000, 900)))
    assert refused.value.code == "E_FILE_KNOWN"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"hello", "E_FILE_NOT_INVOICE"),
        (xml.write(issued_elsewhere(10000, 900, buyer=Party("别人", "91990000MA0DEM0213"))), "E_FILE_OTHER_BUYER"),
        (xml.write(issued_elsewhere(10000, 900, seller=Party("别的", "91990000MA0DEM0213"))), "E_FILE_OTHER_SELLER"),
        (xml.write(issued_elsewhere(10000, 900)).replace(b"<TotalTax-includedAmount>109.00", b"<TotalTax-includedAmount>10.00"), "E_FILE_ALTERED"),
        (xml.write(issued_elsewhere(10**7, 9 * 10**5)), "E_FILE_AMOUNT"),
        (xml.write(replace(issued_elsewhere(-100, -9), red_of="26990000000000000018", red_form="1")), "E_FILE_RED"),
    ],
)  # fmt: skip
def test_what_is_not_ours_or_was_altered_is_refused_with_the_reason(platform, content, code):
    with pytest.raises(Conflict) as refused:
        take(platform, content)
    assert refused.value.code == code
    assert platform.covered() == 0
