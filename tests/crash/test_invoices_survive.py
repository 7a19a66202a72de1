"""Workers and the tax platform killed while a year is invoiced: every month once, at the platform and here."""

import random
import time

import httpx
import pytest
from sqlalchemy import func, select

from console.core import acting, clock
from console.core.db import session, transaction
from console.expenses import actions as months
from console.expenses import queries
from console.invoices import applying, covering, rules, titles
from console.invoices import queries as invoices
from console.invoices.models import Invoice
from examples import company, staff
from tests.crash.stacks import running, wait_for

pytestmark = [pytest.mark.crash, pytest.mark.filterwarnings("default")]

DEPARTMENTS = ("销售部", "市场部")


def billed(console):
    """The months of which there is a statement."""
    with acting.acting(console.company, acting.CONSOLE, "test"):
        return [one.period for one in queries.all_in_force()]


def test_a_year_is_invoiced_once_however_often_somebody_dies(tmp_path):
    with running(tmp_path) as console:
        staff.make(console.settings)
        wait_for(lambda: len(billed(console)) == staff.MONTHS, 60)
        periods = billed(console)
        with acting.acting(console.company, acting.CONSOLE, "test"), transaction():
            wanted = {"name": company.NAME, "tax_number": company.uscc(company.USCC_BODY), "kind": "special"}
            titles.keep("owner", wanted)
            for period in periods:
                months.close("owner", console.user, period, queries.in_force(period).version)
        for period in periods:
            for scope, key in (*(("department", name) for name in DEPARTMENTS), ("company", "")):
                with acting.acting(console.company, acting.CONSOLE, "test"), transaction():
                    plan = rules.plan(covering.open_parts(period, scope, key))
                    applying.apply(
                        "owner",
                        console.user,
                        period,
                        scope,
                        key,
                        applying.shown_digest(plan),
                        "",
                        console.settings,
                    )
        chance = random.Random(7)
        for _round in range(6):
            time.sleep(chance.uniform(0.2, 1.0))
            console.stack.kill(chance.choice(["worker-1", "worker-2", "tax", "redis"]))

        def settled():
            with acting.acting(console.company, acting.CONSOLE, "test"), transaction():
                for one in session.scalars(select(Invoice).where(Invoice.next_poll_at > clock.now())):
                    if one.state != "issued":
                        one.next_poll_at = clock.now()  # nobody wants to wait an hour in a test
            with acting.acting(console.company, acting.CONSOLE, "test"):
                states = dict(
                    session.execute(select(Invoice.state, func.count()).group_by(Invoice.state)).all()
                )
            return states == {"issued": len(periods) * 3}

        wait_for(settled, 90)
        with acting.acting(console.company, acting.CONSOLE, "test"):
            assert all(invoices.agreement(period).difference_fen == 0 for period in periods)
            assert all(invoices.agreement(period).open_fen == 0 for period in periods)
            here = session.execute(select(func.count(Invoice.id), func.sum(Invoice.total_fen))).one()
        there = httpx.get(console.settings.tax_url).json()
        assert there["ok"] and (there["issued"], there["totalFen"]) == tuple(here)
