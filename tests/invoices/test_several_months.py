"""One invoice over several months: each month agrees with what of the invoice is its own."""

from datetime import date

import pytest

from console.core.db import transaction
from console.core.errors import Conflict
from console.expenses import rules as calendar
from console.invoices import covering, queries, reversing
from tests.expenses.months import PERIOD, billed, take_in
from tests.invoices.platform import TOTAL

BEFORE, LAST_YEAR = "2026-09", "2025-12"


def month(platform, period, *fens, close=True, **facts):
    """A month of shared charges; the last day of it is the service's last."""
    served = {"service_from": calendar.first_day(period), "service_to": calendar.last_day(period)}
    bill = [
        billed(100 + place, fen, operator_line=f"{period}-{place}", **served | facts)
        for place, fen in enumerate(fens)
    ]
    take_in(platform.people, "ann", bill, period)
    if close:
        platform.close(period)


def differences(platform, *periods):
    with platform.people.as_("fay"):
        return [queries.agreement(one).difference_fen for one in periods]


def invoiced(platform, period):
    with platform.people.as_("fay"):
        return queries.agreement(period).invoiced_fen


def issue(platform, first, last, **scope):
    id_ = platform.apply(first=first, last=last, **scope)
    platform.until(lambda: platform.invoice(id_).state == "issued")
    return id_


def test_two_months_stand_on_one_invoice_and_each_agrees_with_its_part(platform):
    month(platform, BEFORE, 3000, 500)
    id_ = issue(platform, BEFORE, PERIOD)
    assert platform.invoice(id_).total_fen == TOTAL + 3500
    assert (invoiced(platform, BEFORE), invoiced(platform, PERIOD)) == (3500, TOTAL)
    assert differences(platform, BEFORE, PERIOD) == [0, 0]


def test_rates_are_those_of_the_days_of_the_service(platform):
    month(platform, LAST_YEAR, 10600, tax_class="DATA", item="DATA", service_from=date(2025, 12, 1))
    month(platform, "2026-01", 10900, tax_class="DATA", item="DATA", service_from=date(2026, 1, 1))
    id_ = platform.apply(first=LAST_YEAR, last="2026-01")
    with platform.people.as_("fay"):
        lines = [(one.percent, one.net_fen, one.tax_fen) for one in queries.lines(id_)]
    assert lines == [(9, 10000, 900), (6, 10000, 600)]


def test_neither_month_can_be_invoiced_again_alone_or_together(platform):
    month(platform, BEFORE, 3000)
    platform.apply(first=BEFORE, last=PERIOD)
    for first, last in ((BEFORE, ""), (PERIOD, ""), (BEFORE, PERIOD)):
        with pytest.raises(Conflict) as refused:
            platform.apply(first=first, last=last)
        assert refused.value.code == "E_INVOICE_NOTHING"


def test_what_is_left_of_one_month_goes_with_the_whole_of_another(platform):
    month(platform, BEFORE, 3000)
    part = platform.apply("department", "研发中心/平台组")
    rest = platform.apply(first=BEFORE, last=PERIOD)
    assert platform.invoice(part).total_fen + platform.invoice(rest).total_fen == TOTAL + 3000
    assert differences(platform, BEFORE, PERIOD) == [0, 0]


def test_a_month_between_that_is_not_closed_is_not_passed_over(platform):
    month(platform, BEFORE, 3000, close=False)
    month(platform, "2026-08", 2000)
    with pytest.raises(Conflict) as refused:
        platform.apply(first="2026-08", last=PERIOD)
    assert (refused.value.code, refused.value.values["period"]) == ("E_INVOICE_NOT_CLOSED", BEFORE)


def test_a_month_between_without_any_statement_is(platform):
    month(platform, "2026-08", 2000)
    assert platform.invoice(platform.apply(first="2026-08", last=PERIOD)).total_fen == TOTAL + 2000


def test_reversed_all_months_are_open_again(platform):
    month(platform, BEFORE, 3000)
    id_ = issue(platform, BEFORE, PERIOD)
    with platform.people.as_("fay"), transaction():
        form = reversing.ask("finance", platform.people.users["fay"][0], id_, "03").id
    platform.until(lambda: platform.form(form).state == "red_issued")
    assert (invoiced(platform, BEFORE), invoiced(platform, PERIOD)) == (0, 0)
    assert differences(platform, BEFORE, PERIOD) == [0, 0]
    red = platform.invoices()[-1]
    assert (red.period, red.last_period, red.total_fen) == (BEFORE, PERIOD, -TOTAL - 3000)


def test_a_restated_month_of_it_keeps_what_was_invoiced(platform):
    month(platform, BEFORE, 3000)
    issue(platform, BEFORE, PERIOD)
    month(platform, BEFORE, 3100, operator_version=2)
    assert differences(platform, BEFORE, PERIOD) == [0, 0]
    with platform.people.as_("fay"):
        left = covering.open_parts(BEFORE, "company", "")
    assert sum(one.left_fen for one in left) == 100


def test_a_failed_one_is_tried_again_with_all_its_months(platform):
    month(platform, BEFORE, 3000)
    platform.behave(failing=1)
    id_ = platform.apply(first=BEFORE, last=PERIOD)
    platform.until(lambda: platform.invoice(id_).state == "failed")
    assert differences(platform, BEFORE, PERIOD) == [0, 0]
    from console.invoices import applying

    with platform.people.as_("fay"), transaction():
        other = applying.again("finance", platform.people.users["fay"][0], id_).id
    assert platform.invoice(other).total_fen == TOTAL + 3000
    assert differences(platform, BEFORE, PERIOD) == [0, 0]


def test_the_page_offers_closed_months_and_issues_what_it_shows(platform, sign_in):
    month(platform, BEFORE, 3000)
    fay = sign_in("fay")
    page = fay.get(f"/invoices/new?period={BEFORE}&last={PERIOD}")
    assert page.status_code == 200
    assert f"{BEFORE} — {PERIOD}" in page.text and f"{(TOTAL + 3000) / 100:.2f}" in page.text
    for last in ("2026-08", "2029-01", "x"):
        assert f"{PERIOD} — " not in fay.get(f"/invoices/new?period={PERIOD}&last={last}").text
    id_ = platform.apply(first=BEFORE, last=PERIOD)
    assert f"{BEFORE} — {PERIOD}" in fay.get("/invoices/").text
    for period in (BEFORE, PERIOD):
        assert f"/invoices/{id_}/" in fay.get(f"/invoices/?period={period}").text
