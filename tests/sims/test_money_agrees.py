"""To the 分: what our rules work out is what the operator's own arithmetic gives, whatever the day and the fee."""

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from console.carrier.simulator import pricing
from console.carrier.simulator.clock import CHINA
from console.core import clock
from console.sims import rules
from console.sims.rules import Held, Terms

DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
FEES = st.integers(0, 60_000)
FEW = settings(max_examples=60, deadline=None)


def moment(day, hour=0):
    return round(datetime(day.year, day.month, day.day, hour, tzinfo=CHINA).timestamp() * 1000)


def bound(fee, until):
    plan = Terms("OLD", fee, "DAILY", 12, ())
    return Held(1, 2, 3, "active", plan, None, waiting=False, busy=False, contract_end=until)


@FEW
@given(FEES, DAYS)
def test_the_rest_of_a_month(fee, day):
    assert rules.rest_of_cycle(fee, "DAILY", day) == pricing.rest_of_month_fen(fee, moment(day, 12))


@FEW
@given(FEES, FEES, DAYS, st.integers(0, 30))
def test_the_penalty_of_a_contract(old, new, day, months):
    until = day.replace(day=1)
    for _month in range(months):
        until = clock.next_cycle(until)
    for on in (day, clock.next_cycle(day)):
        hour = 0 if on.day == 1 else 12
        assert rules.penalty_fen(bound(old, until), new, on) == pricing.penalty_fen(
            old, new, moment(until), moment(on, hour)
        )


@FEW
@given(DAYS, st.integers(0, 40))
def test_the_days_of_a_suspension(first, length):
    """The part that falls into the month of the first day; a plan that costs nothing saves nothing."""
    free, last = Terms("FREE", 0, "DAILY", 0, ()), first + timedelta(days=length)
    _monthly, cycle = rules.suspension(free, first, last)
    charged = pricing.suspension(moment(first), moment(last + timedelta(days=1)))
    assert cycle == charged[0].fen
