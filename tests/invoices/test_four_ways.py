"""Roster, lines, statement and invoices of a month are one sum, or the rows say why not."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from console import cli
from console.core.config import Settings
from console.core.db import session, transaction
from console.expenses.models import Allocation, Charge, Placement, Statement
from console.invoices import four_ways
from console.invoices.four_ways import Gap
from console.sims.models import Line
from tests.expenses.months import PERIOD, billed, take_in
from tests.hired import hire, numbers_of


@pytest.fixture
def month(people):
    """Four lines and a pool, all billed."""
    hired = hire(people, "ann", lines=4, active=4)
    numbers = numbers_of(people, hired.lines)
    bill = [billed(i, 5900 + i, number) for i, number in enumerate(numbers)]
    take_in(people, "ann", [*bill, billed(9, 777, None, name="流量池")])
    return hired


def compared(people):
    with people.as_("fay"):
        found = four_ways.of_month(PERIOD)
    assert found is not None
    return found


def spoiled(people, *statements):
    with people.as_("ann"), transaction():
        for one in statements:
            session.execute(one)


def test_a_month_is_the_same_sum_four_times(people, month):
    found = compared(people)
    whole = 4 * 5900 + 6 + 777
    sums = (found.roster_fen, found.lines_fen, found.statement_fen, found.invoices_fen)
    assert sums == (whole,) * 4
    assert found.shared_fen == 777
    assert (found.difference_fen, found.rows) == (0, [])
    assert four_ways.told(found)[-1] == "差异\t0.00"


def test_what_nobody_had_is_missing_in_the_roster(people, month):
    nobody = {"employee_id": None, "department": None, "cost_center": None}
    mine = select(Charge.id).where(Charge.line_id == month.lines[0])
    spoiled(people, update(Allocation).where(Allocation.charge_id.in_(mine)).values(**nobody))
    found = compared(people)
    assert [(row.gap, row.line_id, row.amount_fen) for row in found.rows] == [
        (Gap.NOBODY, month.lines[0], 5900)
    ]
    assert found.difference_fen == 5900
    assert "****" in (found.rows[0].msisdn or "")


def test_a_lost_part_a_wrong_head_and_an_unbilled_line_are_each_a_row(people, month):
    mine = select(Charge.id).where(Charge.line_id == month.lines[1])
    gone = select(Charge.id).where(Charge.line_id == month.lines[2])
    spoiled(
        people,
        update(Allocation).where(Allocation.charge_id.in_(mine)).values(amount_fen=5000),
        update(Statement).values(total_fen=Statement.total_fen + 1),
        delete(Allocation).where(Allocation.charge_id.in_(gone)),
    )
    found = {row.gap: row.amount_fen for row in compared(people).rows if row.line_id != month.lines[2]}
    assert found == {Gap.PARTS: 901, Gap.HEAD: 1}


def test_an_invoice_that_the_statement_does_not_know_is_a_row(people, month):
    spoiled(people, update(Allocation).where(Allocation.amount_fen == 777).values(invoiced_fen=777))
    found = compared(people)
    assert [(row.gap, row.amount_fen) for row in found.rows] == [(Gap.INVOICES, -777)]


def test_a_line_in_use_that_is_not_on_the_bill_is_told(people, sign_in):
    hired = hire(people, "ann", lines=2, active=2)
    take_in(people, "ann", [billed(1, 5900, numbers_of(people, hired.lines)[0])])
    spoiled(people, update(Line).values(active_at=datetime(2026, 9, 30, 12, tzinfo=UTC)))
    found = compared(people)
    assert found.difference_fen == 0
    assert [(row.gap, row.line_id) for row in found.rows] == [(Gap.NOT_BILLED, hired.lines[1])]


def test_the_page_shows_agreement_and_rows(people, month, sign_in):
    fay = sign_in("fay")
    assert fay.get("/invoices/four-ways").status_code == 302
    page = fay.get(f"/invoices/four-ways/{PERIOD}/").text
    assert "四方一致" in page and "0.00" in page
    spoiled(people, update(Statement).values(total_fen=Statement.total_fen + 5))
    page = fay.get(f"/invoices/four-ways/{PERIOD}/").text
    assert "账单合计与明细不等" in page and "0.05" in page
    assert fay.get("/invoices/four-ways/2026-13/").status_code == 404
    assert fay.get("/invoices/four-ways/2020-01/").status_code == 404
    assert sign_in("hal").get(f"/invoices/four-ways/{PERIOD}/").status_code == 403
    assert sign_in("bo").get(f"/invoices/four-ways/{PERIOD}/").status_code == 404
    assert "还没有月账单" in sign_in("bo").get("/invoices/four-ways").text


def test_the_command_prints_it(people, month, settings, monkeypatch, capsys):
    monkeypatch.setattr(cli, "prepare", lambda _settings: None)
    monkeypatch.setattr(Settings, "from_environment", classmethod(lambda _cls: settings))
    assert cli.main(["four-ways", "--group-code", "JT-ACME", "--period", PERIOD]) == 0
    assert "差异\t0.00" in capsys.readouterr().out
    spoiled(people, delete(Placement), update(Statement).values(total_fen=0))
    assert cli.main(["four-ways", "--group-code", "JT-ACME", "--period", PERIOD]) == 1
    assert "账单合计与明细不等" in capsys.readouterr().out
    assert cli.main(["four-ways", "--group-code", "JT-NONE", "--period", PERIOD]) == 1
