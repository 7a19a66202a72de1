"""Red letters: agreed to by both sides in 72 hours, never more than the blue one, and what they free is free again."""

from datetime import timedelta

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select

from console.core import clock
from console.core.db import session, transaction
from console.core.errors import Conflict
from console.expenses.models import Allocation, Charge
from console.invoices import queries, reversing
from console.invoices.rules import Open, plan
from jobs import invoices
from tests.expenses.months import PERIOD
from tests.invoices.platform import TOTAL


@pytest.fixture
def issued(platform):
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "issued")
    return id_


def book(platform, id_):
    with platform.people.as_("fay"), transaction():
        platform_invoice = session.get_one(type(platform.invoice(id_)), id_)
        platform_invoice.booked_at, platform_invoice.booked_as = clock.now(), "记-12"


def red(platform, id_, reason="01", place=None, amount=None):
    with platform.people.as_("fay"), transaction():
        return reversing.ask("finance", platform.people.users["fay"][0], id_, reason, place, amount).id


def operate(platform, form, action):
    if action == "revoke":  # the seller takes it back: at the platform, not here
        invoices.gateway().red_operate(platform.form(form).platform_id, action)
        platform.skip(61)
    else:
        with platform.people.as_("fay"), transaction():
            reversing.answer("finance", form, action)
    platform.work()


def agreed(platform):
    with platform.people.as_("fay"):
        assert queries.agreement(PERIOD).difference_fen == 0


def test_what_nobody_booked_is_reversed_whole_and_can_be_invoiced_again(platform, issued):
    form = red(platform, issued)
    platform.until(lambda: platform.form(form).state == "red_issued")
    blue, redone = platform.invoices()
    assert (blue.state, blue.red_fen, redone.total_fen, redone.red_of_id) == (
        "fully_red",
        TOTAL,
        -TOTAL,
        issued,
    )
    assert platform.covered() == 0
    agreed(platform)
    again = platform.apply()
    assert platform.invoice(again).total_fen == TOTAL
    agreed(platform)


def test_what_is_booked_needs_the_other_sides_word(platform, issued):
    book(platform, issued)
    form = red(platform, issued, "03")
    platform.work()
    assert platform.form(form).state == "waiting"
    assert platform.covered() == TOTAL
    operate(platform, form, "confirm")
    platform.until(lambda: platform.form(form).state == "red_issued")
    assert platform.covered() == 0


@pytest.mark.parametrize(("action", "state"), [("deny", "rejected"), ("revoke", "withdrawn")])
def test_a_form_that_is_not_agreed_to_changes_nothing(platform, issued, action, state):
    book(platform, issued)
    form = red(platform, issued, "03")
    platform.work()
    operate(platform, form, action)
    assert platform.form(form).state == state
    assert (platform.invoice(issued).state, platform.covered()) == ("issued", TOTAL)


def test_after_72_hours_without_a_word_it_is_over(platform, issued):
    book(platform, issued)
    form = red(platform, issued, "03")
    platform.work()
    platform.skip(timedelta(hours=73).total_seconds())
    platform.work()
    assert platform.form(form).state == "expired"
    assert platform.invoice(issued).state == "issued"


def test_a_part_frees_exactly_that_part(platform, issued):
    book(platform, issued)
    form = red(platform, issued, "04", 3, 234)
    platform.work()
    operate(platform, form, "confirm")
    platform.until(lambda: platform.form(form).state == "red_issued")
    assert (platform.invoice(issued).state, platform.invoice(issued).red_fen) == ("partly_red", 234)
    assert platform.covered() == TOTAL - 234
    agreed(platform)
    rest = red(platform, issued, "03")
    platform.work()
    operate(platform, rest, "confirm")
    platform.until(lambda: platform.form(rest).state == "red_issued")
    assert platform.invoice(issued).state == "fully_red"
    assert platform.covered() == 0
    agreed(platform)


def reverse(platform, id_, reason, place=None, amount=None):
    """Asked for, agreed to by the other side, and issued."""
    form = red(platform, id_, reason, place, amount)
    platform.work()
    operate(platform, form, "confirm")
    platform.until(lambda: platform.form(form).state == "red_issued")


def invoiced(platform):
    """Class of tax → what charges of it say is on invoices."""
    with platform.people.as_("fay"):
        sums = select(Charge.tax_class, func.sum(Allocation.invoiced_fen)).join(Allocation)
        found = sums.where(Allocation.to_version.is_(None)).group_by(Charge.tax_class)
        return {tax_class: fen for tax_class, fen in session.execute(found)}


def test_a_part_frees_the_charges_of_its_line_and_no_others(platform, issued):
    before = invoiced(platform)
    book(platform, issued)
    reverse(platform, issued, "04", 3, 234)
    assert invoiced(platform) == before | {"DATA": before["DATA"] - 234}


def test_what_was_freed_and_invoiced_again_is_not_freed_a_second_time(platform, issued):
    book(platform, issued)
    reverse(platform, issued, "04", 3, 234)
    other = platform.apply()
    platform.until(lambda: platform.invoice(other).state == "issued")
    assert platform.invoice(other).total_fen == 234
    agreed(platform)
    reverse(platform, issued, "03")
    assert platform.covered() == 234
    agreed(platform)


def test_not_booked_or_a_mistake_is_reversed_whole_only(platform, issued):
    with pytest.raises(Conflict) as refused:
        red(platform, issued, "04", 3, 100)
    assert refused.value.code == "E_RED_PARTIAL"
    book(platform, issued)
    with pytest.raises(Conflict) as refused:
        red(platform, issued, "01", 3, 100)
    assert refused.value.code == "E_RED_PARTIAL"


def test_never_more_than_the_line(platform, issued):
    book(platform, issued)
    with pytest.raises(Conflict) as refused:
        red(platform, issued, "04", 3, 1235)
    assert refused.value.code == "E_RED_AMOUNT"


def test_one_form_at_a_time(platform, issued):
    red(platform, issued)
    with pytest.raises(Conflict) as refused:
        red(platform, issued)
    assert refused.value.code == "E_RED_OPEN"


def test_a_form_whose_answer_was_lost_is_the_same_form_when_it_is_sent_again(platform, issued, monkeypatch):
    form = red(platform, issued)
    channel = invoices.gateway()
    with platform.people.as_("fay"):
        wanted = reversing.request(platform.form(form), platform.invoice(issued))
    first, second = channel.red_apply(wanted), channel.red_apply(wanted)
    assert first.platform_id == second.platform_id
    platform.until(lambda: platform.form(form).state == "red_issued")
    assert platform.invoice(issued).red_fen == TOTAL


class Lines(RuleBasedStateMachine):
    """Plans of any parts: what is planned and what is left out are all of it, and no line is worth nothing."""

    def __init__(self):
        super().__init__()
        self.parts = []

    @rule(
        fen=st.integers(-5000, 50000).filter(bool),
        tax_class=st.sampled_from(["VOICE", "DATA", "OTHER_VAS", "GOODS", "NONE"]),
        paid_by=st.sampled_from(["company", "company", "person"]),
        prepaid=st.booleans(),
        day=st.dates(clock.today().replace(year=2025, day=1), clock.today()),
    )
    def charge(self, fen, tax_class, paid_by, prepaid, day):
        self.parts.append(Open(len(self.parts), fen, tax_class, day, paid_by, prepaid))

    @precondition(lambda self: self.parts)
    @rule(data=st.data())
    def drop(self, data):
        self.parts.remove(data.draw(st.sampled_from(self.parts)))

    @invariant()
    def nothing_is_lost(self):
        found = plan(self.parts)
        assert found.total_fen + sum(found.left_out.values()) == sum(part.left_fen for part in self.parts)
        assert all(line.net_fen + line.tax_fen != 0 for line in found.lines)
        assert all(line.discount == (line.net_fen + line.tax_fen < 0) for line in found.lines)
        assert plan(list(reversed(self.parts))).total_fen == found.total_fen


TestLines = Lines.TestCase
TestLines.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


def test_more_than_is_left_is_refused_and_never_taken_for_the_whole(platform, issued):
    book(platform, issued)
    for place, amount in ((1, TOTAL + 1), (None, TOTAL + 1), (3, 10_000_000)):
        with pytest.raises(Conflict) as refused:
            red(platform, issued, "04", place, amount)
        assert refused.value.code == "E_RED_AMOUNT"
    with platform.people.as_("fay"):
        assert queries.forms(issued) == []


def test_a_line_without_an_amount_is_that_line_and_not_the_invoice(platform, issued):
    book(platform, issued)
    form = platform.form(red(platform, issued, "04", 3))
    assert (form.line_place, form.partial) == (3, True)
    with platform.people.as_("fay"):
        line = queries.lines(issued)[2]
        assert form.net_fen + form.tax_fen == -(line.net_fen + line.tax_fen)


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "1,00"}, {"amount": "一百"}, {"amount": "-5"}, {"place": "x"}, {"place": str(10**30)}],
)
def test_what_cannot_be_read_in_the_form_reverses_nothing(platform, issued, sign_in, wrong):
    book(platform, issued)
    fields = {"reason": "04", "place": "", "amount": ""} | wrong
    answer = sign_in("fay").post(f"/invoices/{issued}/red", fields)
    assert answer.status_code == 409
    with platform.people.as_("fay"):
        assert queries.forms(issued) == []


def test_the_last_red_letter_takes_of_each_line_what_is_left_of_it(platform, issued):
    book(platform, issued)
    reverse(platform, issued, "04", 1, 20_000)
    reverse(platform, issued, "04", 3, 234)
    reverse(platform, issued, "03")
    left: dict[tuple[str, int], int] = {}
    with platform.people.as_("fay"):
        for invoice in platform.invoices():
            for line in queries.lines(invoice.id):
                fen = line.net_fen + line.tax_fen
                assert invoice.id == issued or fen < 0, "a red line takes, and never gives"
                left[line.name, line.percent] = left.get((line.name, line.percent), 0) + fen
    assert set(left.values()) == {0}


def test_a_platform_that_is_in_trouble_when_it_is_asked_has_not_refused_the_form(
    platform, issued, monkeypatch
):
    book(platform, issued)
    form = red(platform, issued, "03")
    platform.work()
    channel = invoices.gateway()
    monkeypatch.setattr(
        channel, "_call", lambda *_: httpx.Response(200, json={"code": "E9999", "describe": "忙"})
    )
    with platform.people.as_("fay"):
        asked = platform.form(form).platform_id
    for told in (channel.red_query(asked), channel.red_operate(asked, "confirm")):
        assert told.state.value == "unknown"
