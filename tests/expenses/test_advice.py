"""Advice with its receipt: made out of three months, turned into a batch by one press, and held to its promise."""

from datetime import date

import pytest
from sqlalchemy import select, update

from console.bulk.models import Batch, BatchRow
from console.core import clock
from console.core.db import session, transaction
from console.core.errors import Conflict
from console.expenses import advice, advice_asking, advice_making, taking_in, terms, using
from console.expenses.measured import Advice, LineTerms
from console.expenses.metering import KB_OF_A_GB
from console.expenses.using import Counted
from console.plans.models import Plan
from console.sims.models import Line
from tests.expenses.months import billed, take_in
from tests.hired import hire, numbers_of

MONTHS = ("2026-08", "2026-09", "2026-10")


@pytest.fixture
def used(people):
    """Three lines of acme on the 59 yuan plan: one uses 2 GB, one what the plan contains, one is known for two months."""
    hired = hire(people, "ann", lines=3, active=3)
    numbers = numbers_of(people, hired.lines)
    with people.as_("ann"), transaction():
        session.execute(update(Line).values(opened_on=date(2026, 1, 1)))
        terms.remember()
        known = taking_in.lines_by_number(MONTHS[0], numbers)
        for month in MONTHS:
            counted = [
                Counted(numbers[0], 1, 100, 0, 0, 2 * KB_OF_A_GB),
                Counted(numbers[1], 1, 200, 0, 0, 20 * KB_OF_A_GB),
                Counted(numbers[2], 1, 0, 0, 0, 0),
            ]
            using.take_page(month, counted[: 2 if month == MONTHS[0] else 3], known)
    return hired.lines, numbers


def make(people):
    with people.as_("ann", "test.advice"):
        made = advice_making.compute(MONTHS[-1])
        session.commit()
        with transaction():
            advice_making.keep(made)
        return made


def promises(people):
    with people.as_("fay"):
        codes = {plan.id: plan.code for plan in session.scalars(select(Plan))}
        return {
            one.line_id: (codes[one.advised_id], one.before_fen, one.after_fen)
            for one in session.scalars(select(Advice))
        }


def test_advice_is_made_for_whom_it_saves_something_and_is_known_long_enough(people, used):
    lines, _numbers = used
    assert make(people).values["lines"] == 2
    assert promises(people) == {lines[0]: ("SZX019", 5900, 1900)}
    with people.as_("fay"):
        months = session.scalars(select(Advice)).one().receipt["months"]
        assert [month["period"] for month in months] == list(MONTHS)
        assert months[0]["after"] == [["RENT", "神州行基础套餐19元档", 1900]]
        assert advice_making.is_made(MONTHS[-1])
        assert advice.newest().values["proven"]


def test_a_saving_of_less_than_a_percent_is_not_promised_even_if_a_pool_would_bring_more(people, used):
    lines, numbers = used
    with people.as_("ann"), transaction():
        known = taking_in.lines_by_number(MONTHS[0], numbers)
        for month in MONTHS:  # 6 yuan of data beyond the 59: no plan is cheaper by a percent, a pool is
            more = Counted(numbers[1], 2, 200, 0, 0, 20 * KB_OF_A_GB + 6 * KB_OF_A_GB // 5)
            using.take_page(month, [more], known)
    make(people)
    assert set(promises(people)) == {lines[0]}


def test_it_is_made_once_for_a_month(people, used):
    make(people)
    make(people)
    assert len(promises(people)) == 1


def test_a_line_that_would_pay_a_penalty_or_is_about_to_change_is_left_alone(people, used):
    lines, _numbers = used
    with people.as_("ann"), transaction():
        session.execute(update(Line).where(Line.id == lines[0]).values(contract_end=date(2099, 1, 1)))
    make(people)
    assert promises(people) == {}


def test_the_page_shows_the_promise_with_the_bills_it_was_computed_from(people, used, sign_in):
    assert "还没有建议" in sign_in("fay").get("/advice/").text
    make(people)
    page = sign_in("fay").get("/advice/").text
    assert "¥40.00" in page and "神州行基础套餐19元档" in page and "2.00 GB、100 分钟、0 条" in page
    assert "做成套餐变更批次" not in page, "finance looks, the office acts"
    assert "做成套餐变更批次" in sign_in("ann").get("/advice/").text


def test_one_press_makes_a_batch_that_is_checked_like_any_other(people, used, sign_in, work):
    make(people)
    ann = sign_in("ann")
    with people.as_("ann"):
        wanted = session.scalars(select(Advice.id)).all()
    assert ann.post("/advice/ask", {"advice": [str(one) for one in wanted]}).status_code == 302
    work()
    with people.as_("ann"):
        batch = session.scalars(select(Batch)).one()
        row = session.scalars(select(BatchRow)).one()
        assert (batch.kind, batch.state, row.state) == ("change-plan", "checked", "ready")
        assert (row.values["plan"], row.values["effective"]) == ("SZX019", "NEXT_CYCLE")
        assert session.scalars(select(Advice)).one().batch_id == batch.id
        with pytest.raises(Conflict), transaction():
            advice_asking.ask("office", people.users["ann"][0], wanted)
    page = ann.get("/advice/").text
    assert "建议都做成批次了" in page and "还没有整月的账单" in page


def test_advice_is_open_again_when_its_batch_came_to_nothing(people, used):
    make(people)
    with people.as_("ann"), transaction():
        one = session.scalars(select(Advice)).one()
        batch = advice_asking.ask("office", people.users["ann"][0], [one.id])
        assert advice.open_sums() == (0, 0)
        batch.state = "checking"
        batch.state = "refused"
    with people.as_("ann"):
        assert advice.open_sums() == (1, 4000)


def test_who_only_looks_makes_no_batch(people, used, sign_in):
    make(people)
    assert sign_in("fay").post("/advice/ask", {"advice": ["1"]}).status_code == 403


def test_a_month_later_what_was_saved_stands_beside_the_promise(people, used, sign_in, monkeypatch):
    lines, numbers = used
    make(people)
    with people.as_("ann"), transaction():
        plan = session.scalars(select(Plan.id).where(Plan.code == "SZX019")).one()
        one = session.scalars(select(Advice)).one()
        advice_asking.ask("office", people.users["ann"][0], [one.id])
        changed = {"plan_id": plan, "next_plan_id": None, "next_plan_on": None}
        session.execute(update(Line).where(Line.id == lines[0]).values(**changed))
        monkeypatch.setattr(clock, "today", lambda: date(2026, 11, 1))
        terms.remember()
        assert session.query(LineTerms).where(LineTerms.line_id == lines[0]).count() == 2
        # 3 GB in November: one more than the 19 yuan plan contains.
        counted = [Counted(numbers[0], 1, 100, 0, 0, 3 * KB_OF_A_GB)]
        using.take_page("2026-11", counted, taking_in.lines_by_number("2026-11", numbers))
        assert advice.came([one]) == {}
    bill = [
        billed(1, 1900, numbers[0], product="SZX019"),
        billed(2, 500, numbers[0], item="DATA", tax_class="DATA", product=None),
        billed(3, 1000, numbers[0], item="OTHER", product=None),
    ]
    take_in(people, "ann", bill, "2026-11")
    with people.as_("fay"):
        one = session.scalars(select(Advice)).one()
        (found,) = advice.came([one]).values()
    assert (found.period, found.would_be_fen, found.billed_fen, found.saved_fen) == (
        "2026-11",
        5900,
        2400,
        3500,
    )
    page = sign_in("fay").get("/advice/").text
    assert "35.00" in page and "2026 年 11 月" in page
