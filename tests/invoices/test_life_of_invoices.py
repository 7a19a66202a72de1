"""Invoices, red letters and restatements in any order, with a platform that misbehaves: every 分 stands on one invoice.

`INVOICE_WALKS=200` walks for longer than the suite has time for.
"""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import date

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from console.core.db import session, transaction
from console.core.errors import Conflict
from console.expenses import actions as months
from console.expenses import taking_in, vouchers
from console.expenses.models import Allocation, Charge
from console.invoices import applying, booking, elsewhere, queries, reversing, xml
from console.invoices.models import Invoice
from tests import cast
from tests.conftest import _empty
from tests.expenses.months import PERIOD, take_in
from tests.invoices.platform import Platform, fill
from tests.invoices.test_elsewhere import issued_elsewhere

WALKS = int(os.environ.get("INVOICE_WALKS", "6"))
SCOPES = [
    ("company", ""),
    ("department", "研发中心"),
    ("department", "研发中心/平台组"),
    ("cost_center", "CC01"),
]


class LifeOfInvoices(RuleBasedStateMachine):
    """Whatever is pressed may be refused with a Conflict; what must hold is looked at after each step."""

    platform: Platform
    counters = 0

    def __init__(self) -> None:
        super().__init__()
        _empty()
        self.platform.people = cast.assemble()
        self.platform.behave(lost_answers=0, errors=0, failing=0, sign_failing=0, human=0)
        self.bill = fill(self.platform)
        self.version = 1
        self.before = self.platform.verify()["totalFen"]
        self.counted = 0

    def press(self, action, *facts, **more):
        with self.platform.people.as_("fay"):
            try:
                with transaction():
                    return action("finance", *facts, **more)
            except Conflict:
                return None

    @property
    def fay(self) -> int:
        return self.platform.people.users["fay"][0]

    def some(self, data, *states):
        found = [one.id for one in self.platform.invoices() if one.state in states and one.red_of_id is None]
        return data.draw(st.sampled_from(found)) if found else None

    # What finance does

    @rule(scope=st.sampled_from(SCOPES))
    def apply(self, scope) -> None:
        with suppress(Conflict):
            self.platform.apply(*scope)

    @rule(data=st.data())
    def again(self, data) -> None:
        if id_ := self.some(data, "failed"):
            self.press(applying.again, self.fay, id_)

    @rule(data=st.data(), voucher=st.sampled_from(["记-1", ""]))
    def book(self, data, voucher) -> None:
        if id_ := self.some(data, "issued", "partly_red"):
            self.press(booking.book, id_, voucher)

    @rule(
        data=st.data(),
        reason=st.sampled_from(["01", "03", "04"]),
        place=st.none() | st.integers(1, 4),
        part=st.booleans(),
    )
    def reverse(self, data, reason, place, part) -> None:
        if id_ := self.some(data, "issued", "partly_red"):
            fen = data.draw(st.integers(1, 3000)) if part else None
            self.press(reversing.ask, self.fay, id_, reason, place, fen)

    @rule(action=st.sampled_from(["confirm", "confirm", "deny"]))
    def answer(self, action) -> None:
        with self.platform.people.as_("fay"):
            waiting = [
                form.id
                for one in self.platform.invoices()
                for form in queries.forms(one.id)
                if form.state == "waiting"
            ]
        for form in waiting:
            self.press(reversing.answer, form, action)

    @rule(fen=st.integers(1, 9000))
    def counter(self, fen) -> None:
        """Somebody had a part of it invoiced at a counter, and its file is taken in."""
        type(self).counters += 1
        number = f"2699000000009{self.counters:07}"
        tax = round(fen * 9 / 109)
        content = xml.write(issued_elsewhere(fen - tax, tax, number=number))
        if self.press(elsewhere.take_in, self.fay, content, PERIOD, self.platform.settings):
            self.counted += fen

    # What the operator does

    @rule(place=st.integers(0, 3), more=st.integers(-7000, 5000))
    def bill_otherwise(self, place, more) -> None:
        """A corrected bill with a higher charge, a lower one or none, closed again."""
        self.version += 1
        self.bill[place] = replace(self.bill[place], amount_fen=max(0, self.bill[place].amount_fen + more))
        self.bill = [replace(one, operator_version=self.version) for one in self.bill]
        take_in(self.platform.people, "ann", self.bill)
        self.platform.close()

    @rule(place=st.integers(0, 3), press=st.booleans())
    def bill_that_cannot_be_read(self, place, press) -> None:
        """A correction of which a page was taken in before the next one broke; something may be pressed meanwhile."""
        broken = [replace(self.bill[place], amount_fen=1, operator_version=self.version + 1)]
        with self.platform.people.as_("fay"), transaction():
            draft = taking_in.begin(PERIOD)
            lines = taking_in.lines_by_number(PERIOD, {one.msisdn for one in broken if one.msisdn})
            taking_in.take_page(draft, broken, "1", lines)
        if press:
            self.platform.skip(3700)
            self.platform.work()
        with self.platform.people.as_("fay"), transaction():
            taking_in.discard(taking_in.lock(draft.id))

    @rule(first=st.integers(1, 20), days=st.integers(0, 10), line=st.integers(0, 3))
    def belonged_elsewhere(self, first, days, line) -> None:
        lines = self._lines()
        last = date(2026, 10, first + days)
        self.press(
            months.correct_placement, [lines[line]], date(2026, 10, first), last, "研发中心", None, "更正"
        )
        with self.platform.people.as_("fay"):
            from console.expenses import queries as statements

            unclosed = statements.in_force(PERIOD).state != "closed"
        if unclosed:
            self.platform.close()

    def _lines(self) -> list[int]:
        with self.platform.people.as_("fay"):
            return list(
                session.scalars(
                    select(Charge.line_id)
                    .where(Charge.line_id.is_not(None))
                    .distinct()
                    .order_by(Charge.line_id)
                )
            )

    # What the platform and the workers do

    @rule(
        trouble=st.sampled_from(["lost_answers", "errors", "failing", "sign_failing", "human", "files_late"])
    )
    def misbehave(self, trouble) -> None:
        self.platform.behave(**{trouble: 1})

    @rule(seconds=st.sampled_from([1, 61, 3700]))
    def work(self, seconds) -> None:
        self.platform.skip(seconds)
        self.platform.work()

    @precondition(lambda self: self.platform.invoices())
    @rule()
    def until_quiet(self) -> None:
        """Everything that is under way comes to an end, and both sides have issued the same."""
        self.platform.behave(lost_answers=0, errors=0, failing=0, sign_failing=0, human=0)
        httpx.post(f"{self.platform.url}/sim/face")
        open_ = ("placed", "unknown", "issuing", "needs_human", "sign_failed")
        for _turn in range(40):
            self.platform.skip(3700)
            self.platform.work()
            found = self.platform.invoices()
            with self.platform.people.as_("fay"):
                forms = {form.state for one in found for form in queries.forms(one.id)}
            if not {one.state for one in found} & set(open_) and not forms & {"placed", "unknown", "ready"}:
                break
        else:
            raise AssertionError("something never ends")
        ours = sum(one.total_fen for one in found if one.channel == "console" and one.state != "failed")
        assert ours == self.platform.verify()["totalFen"] - self.before

    # What is always so

    @invariant()
    def every_fen_stands_on_one_invoice(self) -> None:
        with self.platform.people.as_("fay"):
            found = queries.agreement(PERIOD)
            assert found.difference_fen == found.over_fen >= 0, (
                "差异 0.00, or what a red letter has to take back"
            )
            assert found.covered_fen + found.open_fen + found.never_fen == found.statement.total_fen
            net = session.scalar(select(func.sum(Invoice.total_fen)).where(Invoice.state != "failed")) or 0
            assert net == found.covered_fen + found.over_fen
            assert found.covered_fen <= found.statement.total_fen - found.never_fen
            wrong = select(func.count(Allocation.id)).where(
                Allocation.to_version.is_(None),
                func.abs(Allocation.invoiced_fen) > func.abs(Allocation.amount_fen),
            )
            assert session.scalar(wrong) == 0

    @invariant()
    def every_invoice_that_was_issued_can_be_entered_in_the_books(self) -> None:
        with self.platform.people.as_("fay"):
            issued = select(Invoice).where(Invoice.state.in_(queries.IN_FORCE)).order_by(Invoice.id)
            found = list(session.scalars(issued))
            made = booking.of_invoices(found)
        assert [one.entries[-1].credit_fen for one in made] == [one.total_fen for one in found]
        assert all(vouchers.balanced(one) for one in made)

    @invariant()
    def no_red_letter_exceeds_its_invoice(self) -> None:
        for one in self.platform.invoices():
            assert one.red_of_id or 0 <= one.red_fen <= one.total_fen
        assert self.platform.verify()["ok"]


def test_every_fen_stands_on_one_invoice_whatever_is_pressed(platform):
    LifeOfInvoices.platform = platform
    run_state_machine_as_test(
        LifeOfInvoices,
        settings=settings(
            max_examples=WALKS, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate], derandomize="INVOICE_WALKS" not in os.environ,
        ),
    )  # fmt: skip
