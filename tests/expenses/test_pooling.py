"""The overage of a shared pool is put down to whoever caused it, to the 分, wherever they worked."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from console.core import clock
from console.core.db import session, transaction
from console.expenses import actions, figures, pooling, queries, rules
from console.expenses.measured import PoolUse
from console.expenses.models import Allocation, Charge
from console.expenses.pooling import Taken
from console.sims.models import Line
from jobs import month
from tests.expenses.months import PERIOD, billed, take_in
from tests.expenses.test_usage_from_the_operator import billed as operators_month
from tests.hired import hire
from tests.operators import GROUPS, ORDINARY
from tests.sims.test_line_changes import send, staff

__all__ = ["operators_month", "send", "staff"]

LAST = rules.months_before(rules.period_of(clock.today()), 1)


@pytest.fixture
def members(people):
    """Four lines in two departments; two of them took more than their share of a pool."""
    hired = hire(people, "ann", lines=4, active=4)
    with people.as_("ann"), transaction():
        for line, kb in zip(hired.lines, (500, 300, 100, 0), strict=True):
            session.add(PoolUse(period=PERIOD, code="P1", line_id=line, used_kb=kb, size_kb=400))
    return hired


def parts(people):
    """Line's employee → 分 of the pool's overage."""
    with people.as_("fay"):
        wanted = (
            select(Allocation.employee_id, Allocation.amount_fen)
            .join(Charge, Charge.id == Allocation.charge_id)
            .where(Charge.product == "P1", Allocation.to_version.is_(None))
        )
        return dict(session.execute(wanted).all())


def overage(fen, version=1, number=1):
    return billed(
        number,
        fen,
        None,
        item="DATA",
        tax_class="DATA",
        product="P1",
        name="流量池超出流量费",
        operator_version=version,
    )


def test_who_took_more_than_a_fair_share_pays_by_the_excess(people, members):
    take_in(people, "ann", [overage(1000)])
    with people.as_("fay"):
        employee = dict(session.execute(select(Line.id, Line.employee_id)).all())
    first, second, *_rest = (employee[line] for line in members.lines)
    assert parts(people) == {first: 667, second: 333}
    with people.as_("fay"):
        statement = queries.in_force(PERIOD)
        assert None not in {one.key for one in figures.grouped(statement, "department", None)}
        assert figures.total(statement).total_fen == 1000


def test_a_correction_of_where_somebody_belonged_moves_his_part_of_it(people, members):
    take_in(people, "ann", [overage(1000)])
    with people.as_("fay"), transaction():
        actions.correct_placement(
            "finance", [members.lines[0]], date(2026, 10, 1), date(2026, 10, 31), "财务部", None, "更正"
        )
    with people.as_("fay"):
        found = {
            one.key: one.total_fen for one in figures.grouped(queries.in_force(PERIOD), "department", None)
        }
    assert found["财务部"] == 667


def test_without_a_word_from_the_operator_it_belongs_to_nobody_yet(people):
    hire(people, "ann", lines=1, active=1)
    take_in(people, "ann", [overage(1000)])
    assert parts(people) == {None: 1000}


def test_the_operators_own_bill_and_pool_agree_with_what_is_allocated(operators_month):
    operator = operators_month
    operator.order(*[ORDINARY] * 15)
    operator.until(lambda: [line[3] for line in operator.lines()] == ["active"] * 20, hurry=1)
    month.remember_places(operator.people.acme)
    group = {"groupCode": GROUPS["acme"]}
    operator.simulator.lever("POST", "/seed", group | {"pools": [{"poolId": "P1", "sizeMb": 1, "most": 99}]})
    with operator.people.as_("ann"):
        numbers = [one.number.msisdn for one in session.query(Line).order_by(Line.id)]
    for place, number in enumerate(numbers):
        order = {
            "externalId": f"POOL-{place}", "type": "JOIN_POOL", "customer": group, "subscriber": {"msisdn": number},
            "pool": {"poolId": "P1"}, "effective": "NOW",
        }  # fmt: skip
        assert operator.simulator.call("POST", "/orders", order).status == 202
    operator.advance("PT1M")
    month.look_for_bills(operator.people.acme)
    told = month.gateway().pools(GROUPS["acme"], LAST)["pools"][0]
    with operator.people.as_("fay"):
        charge = session.query(Charge).where(Charge.period == LAST, Charge.product == "P1").one()
        allocated = session.query(Allocation).where(Allocation.charge_id == charge.id).all()
        taken = pooling.of_month(LAST)["P1"]
    assert (
        len(told["taken"]) == 20
        and sum(one["usedKb"] for one in told["taken"]) == sum(taken.by_line.values()) > 0
    )
    assert charge.amount_fen == sum(one.amount_fen for one in allocated) > 0
    assert all(one.employee_id is not None for one in allocated)
    assert len(allocated) == len(taken.shares(charge.amount_fen))


@given(
    st.dictionaries(st.integers(1, 10**6), st.integers(0, 10**9), max_size=12),
    st.integers(0, 10**9),
    st.integers(-(10**6), 10**8),
)
def test_the_parts_are_the_whole_whoever_used_what(used, size, fen):
    borne = Taken(size, used).shares(fen)
    assert sum(part for _line, part in borne) == (fen if used else 0)
    assert {line for line, _part in borne} <= set(used)
