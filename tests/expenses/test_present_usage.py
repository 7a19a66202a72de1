"""The month that has not ended: what is used so far, and who and what runs out before it does."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.carrier import http
from console.core import clock
from console.core.db import session, transaction
from console.expenses import alarms, rules, using, watching
from console.expenses.measured import Pool, UsageDay, UsageMonth
from console.expenses.models import Watched
from console.notices.models import Notice
from console.sims.models import Line
from jobs import month, usage
from tests.conftest import free_port
from tests.expenses.test_usage_from_the_operator import billed
from tests.operators import GROUPS
from tests.sims.test_line_changes import send, staff

__all__ = ["billed", "send", "staff"]

LAST = date(2026, 11, 30)


@pytest.fixture
def counted(billed):
    """Late in the month, so that there is something to count whenever the tests run."""
    days = max(0, 28 - clock.today().day)
    billed.advance(f"P{days}D")
    billed.skip(days * 86_400)
    look(billed)
    return billed


def look(operator):
    usage.look_at_present_usage(operator.people.acme)


def rows(operator, model):
    with operator.people.as_("fay"):
        return session.query(model).order_by(model.id).all()


def period():
    return rules.period_of(clock.today())


def test_every_line_has_a_count_that_grows_and_is_not_taken_for_a_final_one(counted):
    found = [one for one in rows(counted, UsageMonth) if one.period == period()]
    assert len(found) == 5 and {one.version for one in found} == {using.RUNNING}
    with counted.people.as_("fay"):
        assert period() not in {one for months in using.months([period()]).values() for one in months}
    look(counted)
    again = [one for one in rows(counted, UsageMonth) if one.period == period()]
    assert [one.id for one in again] == [one.id for one in found], "a look that comes again adds no row"


def test_days_add_up_to_what_the_lines_used(counted):
    daily = sum(one.data_kb for one in rows(counted, UsageDay))
    lines = sum(one.data_kb for one in rows(counted, UsageMonth) if one.version == using.RUNNING)
    assert daily == lines > 0


def limit(operator, mb, action="CUT"):
    with operator.people.as_("ann"), transaction():
        line = session.query(Line).join(UsageMonth).where(UsageMonth.data_kb > 0).order_by(Line.id).first()
        line.limit_mb, line.limit_action = mb, action
        return line.id


def watched(operator):
    return [
        (one.code, one.subject) for one in rows(operator, Watched) if one.code.startswith(("LIMIT", "POOL"))
    ]


def test_a_line_at_its_limit_is_told_once_for_each_level(counted):
    line = limit(counted, 1)
    look(counted)
    look(counted)
    assert watched(counted) == [("LIMIT_80", f"line:{line}"), ("LIMIT_100", f"line:{line}")]
    told = [one.code for one in rows(counted, Notice) if one.code == "WATCHED"]
    assert told
    with counted.people.as_("fay"):
        shown = [one.code for one in watching.noticed(period()) if one.subject == f"line:{line}"]
    assert shown == ["LIMIT_100"], "the page says how far it has come, not every step"


def pool(operator, size_mb, used_kb):
    operator.simulator.lever(
        "POST",
        "/seed",
        {"groupCode": GROUPS["acme"], "pools": [{"poolId": "P1", "sizeMb": size_mb, "most": 9}]},
    )
    operator.simulator.lever(
        "POST", "/usage/pool", {"groupCode": GROUPS["acme"], "poolId": "P1", "usedKb": used_kb}
    )
    look(operator)


def test_a_pool_that_will_be_empty_before_the_month_ends_is_told(counted):
    pool(counted, 100, 99 * 1024)
    assert watched(counted) == [("POOL_OUT", "pool:P1")]
    (kept,) = rows(counted, Pool)
    assert (kept.size_kb, kept.used_kb) == (100 * 1024, 99 * 1024)


def test_one_that_lasts_is_not(counted):
    pool(counted, 100_000, 1024)
    assert watched(counted) == []


def test_the_page_shows_the_month_so_far(counted, sign_in):
    limit(counted, 1)
    pool(counted, 100, 99 * 1024)
    page = sign_in("fay").get("/statements/watch").text
    assert "本月流量" in page and "P1" in page and "限额" in page
    assert "MB / 1 MB" in page or "GB / 1 MB" in page


def test_the_final_count_takes_the_place_of_the_running_one(counted):
    line = rows(counted, UsageMonth)[0].line_id
    with counted.people.as_("fay"), transaction():
        using.take_page(period(), [using.Counted("1", 1, 7, 0, 0, 42)], {"1": line})
    with counted.people.as_("fay"):
        assert using.months([period()])[line][period()].minutes == 7


def test_nothing_is_lost_when_the_operator_is_away(billed, monkeypatch):
    nowhere = replace(month.Settings.from_environment(), operator_url=f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr(month, "gateway", lambda: http.Gateway(nowhere))
    look(billed)
    assert rows(billed, UsageDay) == []


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 30))
def test_a_pool_never_runs_out_in_the_past_and_only_if_the_pace_says_so(used, size, day):
    through = LAST.replace(day=day)
    empty = alarms.runs_out(used, size, through, LAST)
    if empty is not None:
        assert through <= empty <= LAST
        assert used >= size or used * empty.day >= size * day
    elif day >= alarms.DAYS_OF_PACE and used:
        assert used * LAST.day < size * day or used * LAST.day == size * day


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_levels_of_data_come_in_their_order(used, may):
    found = alarms.data_levels(used, may)
    assert found == [level for level in alarms.DATA_LEVELS if used >= may * level / 100]


def test_the_first_days_say_nothing_of_the_pace():
    assert alarms.runs_out(50, 100, LAST.replace(day=4), LAST) is None
    assert alarms.runs_out(100, 100, LAST.replace(day=4), LAST) == LAST.replace(day=4)
