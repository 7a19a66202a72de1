"""A month that is restated while it is invoiced: every 分 stands on one invoice, whoever is first."""

import threading
import time

from sqlalchemy import func, select

from console.core import lookups
from console.core.db import session, transaction
from console.core.errors import Conflict
from console.expenses import taking_in
from console.expenses.models import Allocation, Charge
from console.invoices import booking, covering, queries, reversing
from console.invoices.models import Invoice
from tests.expenses.months import PERIOD, billed, take_in
from tests.invoices.platform import TOTAL


def corrected(numbers):
    return [billed(0, 6900, numbers[0], operator_version=2), billed(1, 7901, numbers[1], operator_version=2)]


def numbers_of_month(platform):
    from tests.hired import numbers_of

    with platform.people.as_("fay"):
        from console.sims.models import Line

        lines = [one.id for one in session.query(Line).order_by(Line.id)]
    return numbers_of(platform.people, lines)


def begin(platform, page):
    """The first page of a corrected bill is in, the rest is still with the operator."""
    draft = taking_in.begin(PERIOD)
    taking_in.take_page(draft, page, "1", taking_in.lines_by_number(PERIOD, {one.msisdn for one in page}))
    session.flush()
    return draft.id


def complete(platform, draft):
    with platform.people.as_("fay"), transaction():
        taking_in.complete(taking_in.lock(draft))


def apply(platform):
    try:
        return platform.apply()
    except Conflict as refused:
        return refused.code


def agreed(platform):
    with platform.people.as_("fay"):
        found = queries.agreement(PERIOD)
        once = sum(one.total_fen for one in platform.invoices())
    assert found.difference_fen == 0
    assert once <= found.statement.total_fen - found.never_fen, "no 分 stands on two invoices"


def test_what_a_half_read_correction_replaces_is_not_invoiced_twice(platform):
    page = corrected(numbers_of_month(platform))
    with platform.people.as_("fay"), transaction():
        draft = begin(platform, page)
    apply(platform)
    complete(platform, draft)
    platform.close()
    apply(platform)
    agreed(platform)


def test_a_correction_and_an_application_at_the_same_moment(platform):
    page = corrected(numbers_of_month(platform))
    came = []
    other = threading.Thread(target=lambda: came.append(apply(platform)))
    with platform.people.as_("fay"), transaction():
        draft = begin(platform, page)
        other.start()
        time.sleep(0.5)
    other.join()
    complete(platform, draft)
    platform.close()
    apply(platform)
    agreed(platform)


def test_an_application_is_not_lost_to_a_correction_that_waited_for_it(platform):
    page = corrected(numbers_of_month(platform))
    drafts = []

    def correct():
        with platform.people.as_("olga"), transaction():
            drafts.append(begin(platform, page))

    other = threading.Thread(target=correct)
    from console.invoices import applying, covering, rules

    with platform.people.as_("fay"):
        seen = applying.shown_digest(rules.plan(covering.open_parts(PERIOD, "company", "")))
    with platform.people.as_("fay"), transaction():
        user = platform.people.users["fay"][0]
        applying.apply("finance", user, PERIOD, "company", "", seen, "", platform.settings)
        session.flush()
        other.start()
        time.sleep(0.5)
    other.join()
    complete(platform, drafts[0])
    platform.close()
    apply(platform)
    agreed(platform)


def held(platform):
    """Operator's line → what of it stands on invoices, in the parts that are true now."""
    with platform.people.as_("fay"):
        wanted = (
            select(Charge.operator_line, func.sum(Allocation.invoiced_fen))
            .join(Charge, Charge.id == Allocation.charge_id)
            .where(Allocation.to_version.is_(None))
            .group_by(Charge.operator_line)
        )
        return dict(map(tuple, session.execute(wanted)))


def discard(platform, draft):
    with platform.people.as_("fay"), transaction():
        taking_in.discard(taking_in.lock(draft))


def test_a_draft_that_is_thrown_away_leaves_what_is_invoiced_as_it_was(platform):
    apply(platform)
    before = held(platform)
    with platform.people.as_("fay"), transaction():
        draft = begin(platform, corrected(numbers_of_month(platform)))
    discard(platform, draft)
    assert held(platform) == before and any(before.values())
    agreed(platform)


def test_what_was_let_go_while_a_draft_stood_can_be_invoiced_once_it_is_thrown_away(platform):
    invoice = apply(platform)
    with platform.people.as_("fay"), transaction():
        draft = begin(platform, corrected(numbers_of_month(platform)))
    with platform.people.as_("fay"), transaction():
        covering.let_go(session.get_one(Invoice, invoice))
        session.get_one(Invoice, invoice).state = "failed"
    discard(platform, draft)
    assert set(held(platform).values()) == {0}
    again = apply(platform)
    assert isinstance(again, int) and again != invoice


def corrected_to(platform, fen, version):
    """The first line's charge, closed again."""
    take_in(platform.people, "ann", [billed(0, fen, numbers_of_month(platform)[0], operator_version=version)])
    platform.close()


def agreement(platform):
    with platform.people.as_("fay"):
        return queries.agreement(PERIOD)


def test_a_charge_corrected_to_less_and_then_to_more_is_not_invoiced_a_second_time(platform):
    apply(platform)
    corrected_to(platform, 1000, 2)
    lower = agreement(platform)
    assert (lower.difference_fen, lower.over_fen) == (4900, 4900), "so much a red letter has to take back"
    corrected_to(platform, 7000, 3)
    assert (agreement(platform).difference_fen, agreement(platform).open_fen) == (0, 1100)
    assert platform.invoice(apply(platform)).total_fen == 1100


def test_what_was_invoiced_beyond_a_charge_is_taken_back_first(platform, sign_in):
    invoice = apply(platform)
    platform.until(lambda: platform.invoice(invoice).state == "issued")
    corrected_to(platform, 1000, 2)
    page = sign_in("fay").get(f"/invoices/four-ways/{PERIOD}/").text
    assert "多开" in page and "49.00" in page
    with platform.people.as_("fay"), transaction():
        booking.book("finance", invoice, "记-1")
        form = reversing.ask("finance", platform.people.users["fay"][0], invoice, "04", 1, 4900).id
    platform.until(lambda: platform.form(form).state == "waiting")
    with platform.people.as_("fay"), transaction():
        reversing.answer("finance", form, "confirm")
    platform.until(lambda: platform.form(form).state == "red_issued")
    after = agreement(platform)
    assert (after.difference_fen, after.over_fen, after.open_fen) == (0, 0, 0), (
        "nothing of it is free to be invoiced"
    )


def test_a_month_of_any_number_of_charges_is_invoiced_let_go_and_invoiced_again(platform, monkeypatch):
    """In short lists of keys: of one long one a database takes 65,535 values."""
    monkeypatch.setattr(lookups, "LONGEST_LIST", 2)
    first = apply(platform)
    whole = platform.covered()
    with platform.people.as_("fay"), transaction():
        covering.let_go(session.get_one(Invoice, first))
        session.get_one(Invoice, first).state = "failed"
    assert (whole, platform.covered()) == (TOTAL, 0)
    again = apply(platform)
    assert platform.invoice(again).total_fen == platform.covered() == TOTAL
    assert agreement(platform).difference_fen == 0
