"""The operator's bill, read over HTTP page by page; corrections that come later; a reader that dies in the middle."""

from datetime import timedelta

import pytest

from console.carrier import http
from console.core import clock
from console.core.db import session
from console.expenses import figures, queries, rules, unreadable
from console.expenses.models import Allocation, Charge, Statement
from console.notices.models import Notice
from jobs import month
from tests.operators import GROUPS, ORDINARY, Operator

MONTH = rules.months_before(rules.period_of(clock.today()), 1)


@pytest.fixture
def billed(operator: Operator, monkeypatch):
    """Six active lines of Acme, billed as if they had been open for a year; pages of two lines."""
    monkeypatch.setattr("console.carrier.months.BILL_LINES", 2)
    monkeypatch.setattr(month, "gateway", lambda: http.Gateway(month.Settings.from_environment()))
    operator.order(*[ORDINARY] * 6)
    operator.until(lambda: [line[3] for line in operator.lines()] == ["active"] * 6, hurry=1)
    since = rules.months_before(MONTH, 12)
    operator.simulator.lever("POST", "/bills/history", {"groupCode": GROUPS["acme"], "from": since})
    return operator


def statement(operator) -> Statement | None:
    with operator.people.as_("fay"):
        return queries.in_force(MONTH)


def bill(operator):
    gateway = http.Gateway(month.Settings.from_environment())
    head = gateway.bill(GROUPS["acme"], MONTH)
    assert head
    return head, [line for page, _cursor in gateway.bill_lines(head["billId"]) for line in page]


def test_the_statement_is_the_bill(billed):
    month.look_for_bills(billed.people.acme)
    head, lines = bill(billed)
    found = statement(billed)
    assert found.total_fen == head["totalFen"] == sum(line["fen"] for line in lines) > 0
    assert found.lines == 6
    with billed.people.as_("fay"):
        assert session.query(Charge).where(Charge.period == MONTH).count() == len(lines)
        assert figures.grouped(found, "line", where={"line": ""}) == [], "every line is one of ours"


def test_finance_hears_of_it_and_nobody_hears_of_nothing_new(billed):
    month.look_for_bills(billed.people.acme)
    month.look_for_bills(billed.people.acme)
    with billed.people.as_("fay"):
        told = session.query(Notice).where(Notice.code == "STATEMENT_READY").all()
    assert {one.user_id for one in told} == {billed.people.users[who][0] for who in ("fay", "olga")}
    assert len(told) == 2 * month.LOOKED_BACK


def test_a_correction_and_a_late_charge_make_a_version(billed):
    month.look_for_bills(billed.people.acme)
    head, lines = bill(billed)
    billed.simulator.lever(
        "POST", "/bills/correct", {"billId": head["billId"], "lineId": lines[0]["lineId"], "fen": 100}
    )
    late = {"billId": head["billId"], "msisdn": lines[0]["msisdn"], "fen": 777, "name": "漫游补出账"}
    billed.simulator.lever("POST", "/bills/late", late)
    month.look_for_bills(billed.people.acme)
    found = statement(billed)
    assert (found.version, found.total_fen) == (2, head["totalFen"] - lines[0]["fen"] + 100 + 777)
    month.look_for_bills(billed.people.acme)
    assert statement(billed).version == 2


def test_a_reader_that_dies_goes_on_where_it_stopped(billed, monkeypatch):
    real, calls = http.Gateway.bill_lines, []

    def dies(self, bill_id, cursor=""):
        calls.append(cursor)
        for place, page in enumerate(real(self, bill_id, cursor)):
            yield page
            if place == 1 and len(calls) == 1:
                raise ConnectionResetError

    monkeypatch.setattr(http.Gateway, "bill_lines", dies)
    with pytest.raises(ConnectionResetError):
        _take(billed)
    assert statement(billed) is None, "half a bill is not shown"
    _take(billed)
    assert calls[0] == "" and calls[1] != ""
    head, _lines = bill(billed)
    assert statement(billed).total_fen == head["totalFen"]


def _take(billed):
    month.take_in_bill(billed.people.acme, rules.number_of(MONTH))


def test_the_present_month_has_no_bill_yet(billed):
    month.take_in_bill(billed.people.acme, rules.number_of(rules.period_of(clock.today())))
    with billed.people.as_("fay"):
        assert queries.newest(rules.period_of(clock.today())) is None


def test_another_company_gets_none_of_it(billed):
    month.look_for_bills(billed.people.bolt)
    with billed.people.as_("bo"):
        assert queries.all_in_force() == []


def test_a_bill_that_cannot_be_read_holds_up_no_other_month_and_is_read_once_it_is_mended(
    billed, monkeypatch
):
    newest, _lines = bill(billed)

    class Garbled(http.Gateway):
        def bill_lines(self, bill_id, cursor=""):
            for page, following in super().bill_lines(bill_id, cursor):
                yield [*page, *[{"lineId": "?"}] * (bill_id == newest["billId"])], following

    with monkeypatch.context() as away:
        away.setattr(month, "gateway", lambda: Garbled(month.Settings.from_environment()))
        month.look_for_bills(billed.people.acme)
    with billed.people.as_("fay"):
        assert queries.in_force(MONTH) is None
        assert queries.in_force(rules.months_before(MONTH, 1)) is not None
    monkeypatch.setattr(unreadable, "AGAIN", timedelta(0))
    month.look_for_bills(billed.people.acme)
    assert statement(billed).total_fen == newest["totalFen"]


def test_finance_hears_once_which_line_cannot_be_read_and_the_version_in_force_stays(billed, monkeypatch):
    month.look_for_bills(billed.people.acme)
    before, charges = statement(billed), _said(billed)
    head, lines = bill(billed)
    billed.simulator.lever(
        "POST", "/bills/correct", {"billId": head["billId"], "lineId": lines[0]["lineId"], "fen": 100}
    )

    class Garbled(http.Gateway):
        def bill_lines(self, bill_id, cursor=""):
            for place, (page, following) in enumerate(super().bill_lines(bill_id, cursor)):
                yield [*page, *[{"lineId": "L-bad", "fen": "x"}] * (place == 1)], following

    with monkeypatch.context() as away:
        away.setattr(month, "gateway", lambda: Garbled(month.Settings.from_environment()))
        month.look_for_bills(billed.people.acme)
        month.look_for_bills(billed.people.acme)
    assert (statement(billed).version, _said(billed)) == (before.version, charges), (
        "as if nothing had been read"
    )
    with billed.people.as_("fay"):
        assert queries.newest(MONTH).state == "open", "no draft stands in the way of corrections"
        told = session.query(Notice).where(Notice.code == "BILL_UNREADABLE").all()
        assert {(one.user_id, one.values["reason"]) for one in told} == {
            (billed.people.users[who][0], "L-bad") for who in ("fay", "olga")
        } and len(told) == 2
        assert unreadable.latest(MONTH) == "L-bad"
    _take(billed)
    assert statement(billed).version == before.version + 1, "who presses has it read again"
    with billed.people.as_("fay"):
        assert unreadable.latest(MONTH) is None


def test_a_bill_that_can_be_read_again_and_says_nothing_new_is_unreadable_no_more(billed, monkeypatch):
    month.look_for_bills(billed.people.acme)
    head, lines = bill(billed)
    changed = {"billId": head["billId"], "lineId": lines[0]["lineId"]}
    billed.simulator.lever("POST", "/bills/correct", changed | {"fen": 100})

    class Garbled(http.Gateway):
        def bill_lines(self, bill_id, cursor=""):
            yield [{"lineId": "L-bad", "fen": 1e999}], ""

    with monkeypatch.context() as away:
        away.setattr(month, "gateway", lambda: Garbled(month.Settings.from_environment()))
        _take(billed)
    with billed.people.as_("fay"):
        assert unreadable.latest(MONTH) == "L-bad"
    billed.simulator.lever("POST", "/bills/correct", changed | {"fen": lines[0]["fen"]})
    month.look_for_bills(billed.people.acme)
    with billed.people.as_("fay"):
        assert unreadable.latest(MONTH) is None, "nothing hangs on the page for ever"


def _said(billed):
    with billed.people.as_("fay"):
        found = queries.in_force(MONTH)
        wanted = session.query(Allocation.charge_id, Allocation.amount_fen, Allocation.to_version)
        return sorted(map(tuple, wanted.where(Allocation.at(MONTH, found.version)).all()))
