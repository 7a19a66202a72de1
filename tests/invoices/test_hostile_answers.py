"""What the tax platform, another company, a form or a name may say, and what must not come of it."""

import csv
import io
import zipfile
from datetime import UTC, datetime

import httpx
import pytest

from console.core import clock
from console.core.db import session, transaction
from console.invoices import bundling, issuing
from console.invoices.models import Invoice
from jobs import invoices
from tests.expenses.months import PERIOD


def change(platform, id_, **facts):
    with platform.people.as_("fay"), transaction():
        invoice = session.get_one(Invoice, id_)
        for name, value in facts.items():
            setattr(invoice, name, value)


def entered(platform, login, number=None):
    """An invoice from a counter, of the company of whoever this is."""
    now = clock.now()
    with platform.people.as_(login), transaction():
        one = Invoice(
            serial=f"0000{login:X>15}"[:20], number=number, state="issued", kind="special", channel="counter", period=PERIOD,
            buyer_name="x", buyer_tax_number="x", seller_name="x", seller_tax_number="x", drawer="", net_fen=0, tax_fen=0,
            total_fen=0, last_period=PERIOD, requested_at=now, next_poll_at=now, issued_at=now,
        )  # fmt: skip
        session.add(one)
        session.flush()
        return one.id


def answered(monkeypatch, **body):
    channel = invoices.gateway()
    monkeypatch.setattr(channel, "_call", lambda *_: httpx.Response(200, json={"code": "E0000"} | body))
    return channel


def document(platform):
    id_ = platform.apply()
    with platform.people.as_("fay"):
        return issuing.document(platform.invoice(id_), genuine=False)


def test_in_the_package_nothing_is_a_formula_or_a_path_and_days_are_those_of_china(platform):
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "issued")
    late = datetime(2026, 10, 31, 17, tzinfo=UTC)
    change(platform, id_, booked_as="=HYPERLINK(1)", buyer_name="../../甲/乙", issued_at=late)
    with platform.people.as_("fay"):
        made = bundling.bundle([session.get_one(Invoice, id_)], platform.settings)
    package = zipfile.ZipFile(io.BytesIO(made))
    assert not [name for name in package.namelist() if "/" in name or ".." in name]
    row = list(csv.reader(io.StringIO(package.read("发票清单.csv").decode("utf-8-sig"))))[1]
    assert (row[1], row[-1]) == ("2026-11-01", "'=HYPERLINK(1)")


@pytest.mark.parametrize(("login", "state"), [("bo", "issued"), ("fay", "unknown")])
def test_a_number_that_is_taken_stops_nobody_else(platform, monkeypatch, login, state):
    """Of another company it does not matter; of our own it is not believed, and the next invoice has its turn."""
    channel, id_ = invoices.gateway(), platform.apply()
    other, ask, given = entered(platform, login), channel.query, []

    def query(serial):
        told = ask(serial)
        if told.number and not given:
            given.append(told.number)
            with platform.people.as_(login), transaction():
                session.get_one(Invoice, other).number = told.number
        return told

    monkeypatch.setattr(channel, "query", query)
    monkeypatch.setattr(invoices, "gateway", lambda: channel)
    platform.until(lambda: given)
    platform.work()
    assert platform.invoice(id_).state in (state, "issuing")
    if state == "issued":
        platform.until(lambda: platform.invoice(id_).state == "issued")
    else:
        assert platform.invoice(id_).error_code == "NUMBER"


@pytest.mark.parametrize("result", [None, {}, [], "x"])
def test_an_answer_that_is_none_leaves_a_question(platform, monkeypatch, result):
    made = document(platform)
    assert answered(monkeypatch, result=result).submit("s", made).state.value == "unknown"


@pytest.mark.parametrize(
    "result",
    [["x"], [{"status": "2", "orderAmount": "abc"}], [{"status": "2", "invoiceTime": "9" * 30}], {"a": 1}],
)
def test_an_answer_to_a_question_that_is_none_is_no_answer(platform, monkeypatch, result):
    assert answered(monkeypatch, result=result).query("s").state.value == "unknown"


@pytest.mark.parametrize(
    ("code", "state"), [("E9130", "failed"), ("E9500", "failed"), ("E9999", "unknown"), ("070312", "unknown")]
)
def test_only_a_refusal_of_the_order_frees_its_money(platform, monkeypatch, code, state):
    made = document(platform)
    assert answered(monkeypatch, code=code).submit("s", made).state.value == state


def test_what_is_nested_too_deep_at_the_door_is_none_of_ours(platform, app):
    assert app.test_client().post("/tax/events", data={"content": "[" * 60_000}).status_code == 200


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("0001-01-01", "0001-01-02"),
        ("9999-12-01", "9999-12-31"),
        ("2026-10-01", "9999-12-30"),
        ("0001-01-02", "2026-10-02"),
    ],
)
def test_nobody_corrects_a_thousand_years(platform, sign_in, first, last):
    fields = {"line": "1", "department": "研发", "first": first, "last": last}
    answer = sign_in("fay").post("/statements/correct", fields)
    assert answer.status_code == 200 and "请选择号码" in answer.text


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("mailing/remove", {"user": str(10**30)}),
        ("budgets/set", {"scope": "department", "key": "x" * 500, "amount": "10"}),
        ("budgets/set", {"scope": "company", "amount": "999,999,999,999,999,999,999,999"}),
        ("correct", {"line": "1", "first": "2026-10-01", "last": "2026-10-02", "department": "x" * 500}),
        ("correct", {"line": "1", "first": "2026-10-01", "last": "2026-10-02", "cost_center": "x" * 500}),
    ],
)
def test_what_no_column_holds_is_no_error_of_ours(platform, sign_in, address, fields):
    assert sign_in("fay").post(f"/statements/{address}", fields).status_code < 500
