"""Before anything is confirmed, the page shows what becomes of the budgets that the rows touch."""

import pytest
from sqlalchemy import select

from console.bulk import beside
from console.bulk.beside import Part
from console.bulk.models import BatchRow
from console.core.db import session, transaction
from console.expenses import actions, budgeting
from tests.expenses.months import PERIOD, billed, take_in
from tests.operators import ORDINARY


def budget(people, scope, key, fen):
    with people.as_("fay"), transaction():
        actions.set_budget("finance", scope, key, PERIOD, fen)


@pytest.fixture
def spent(people):
    """A statement of ¥100.00 of nobody's department."""
    take_in(people, "fay", [billed(1, 10_000)])


def of(people, *parts):
    with people.as_("ann"):
        return [(one.name, one.before_fen, one.after_fen) for one in budgeting.before_and_after(parts)]


def test_a_budget_counts_the_rows_of_its_scope(people, spent):
    budget(people, "company", "", 50_000)
    budget(people, "department", "技术部", 1_000)
    budget(people, "cost_center", "CC1", 70_000)
    parts = (Part("技术部/研发一组", None, 900), Part("技术部门", "CC1", 500), Part(None, None, 7))
    assert of(people, *parts) == [("技术部", 0, 900), ("全公司", 10_000, 11_407), ("CC1", 0, 500)]


def test_a_budget_that_no_row_touches_is_left_out(people, spent):
    budget(people, "department", "销售部", 1_000)
    assert of(people, Part("技术部", None, 900)) == []


def test_without_a_statement_nothing_is_said(people):
    budget(people, "company", "", 50_000)
    assert of(people, Part(None, None, 900)) == []


def test_the_check_page_shows_the_budget_before_and_after_and_says_when_it_is_exceeded(
    operator, people, spent, sign_in
):
    budget(people, "company", "", 15_000)
    batch = operator.upload(ORDINARY, ORDINARY)
    with people.as_("ann"):
        (line,) = beside.budgets(batch)
        monthly = sum(session.scalars(select(BatchRow.monthly_fen)))
    assert (line.before_fen, line.after_fen) == (10_000, 10_000 + monthly)
    page = sign_in("ann").get(f"/bulk/{batch}/check?tab=ready").text
    assert "办理后的预算" in page and "将超预算" in page and "¥100.00" in page
