"""Jobs that read what lines used, and advise because of it."""

import logging
from collections import Counter
from datetime import date
from typing import Any

import httpx
from sqlalchemy import select

from console.accounts.models import Company
from console.core import clock
from console.core.db import session, transaction
from console.core.permissions import Permission
from console.core.queue import Job
from console.expenses import (
    advice_making,
    differences,
    queries,
    rules,
    running,
    taking_in,
    terms,
    using,
    watching,
)
from console.expenses.models import Statement, Watched
from console.identifiers.amounts import yuan
from console.notices import actions as notices
from jobs import month
from jobs.runner import job

log = logging.getLogger(__name__)

MONTHS = 3
"""So many months are asked for: what advice looks at, and as long as counts are corrected."""
COMPARED = "BILL_COMPARED"


@job(Job.LOOK_FOR_USAGE)
def look_for_usage(company: int) -> None:
    """The last months, the latest first; what was read before stays as it is."""
    with transaction():
        terms.remember()
    group = session.get_one(Company, company).group_code
    session.commit()  # ends the read: the operator is asked without a transaction
    now = rules.period_of(clock.today())
    for back in range(1, MONTHS + 1):
        period = rules.months_before(now, back)
        try:
            for page in month.gateway().usage(group, period):
                counted = [using.read(one) for one in page]
                with transaction():
                    lines = taking_in.lines_by_number(period, {one.msisdn for one in counted})
                    using.take_page(period, counted, lines)
        except httpx.HTTPError as error:
            log.warning("usage.away", extra={"error": type(error).__name__, "period": period})
            return
        with transaction():
            _compare(period)
    _advise(rules.months_before(now, 1))


@job(Job.LOOK_AT_PRESENT_USAGE)
def look_at_present_usage(company: int) -> None:
    """The month that has not ended, up to yesterday: counts grow in place, the final ones come as any month's do."""
    group = session.get_one(Company, company).group_code
    session.commit()  # ends the read: the operator is asked without a transaction
    period, daily, through = rules.period_of(clock.today()), Counter[int](), None
    try:
        for page in month.gateway().running_usage(group):
            through = date.fromisoformat(page["through"])
            if rules.period_of(through) != period:
                return  # the first day of a month: nothing is counted yet
            counted = [using.read(one) for one in page["usage"]]
            for one in page["usage"]:
                daily.update(dict(enumerate(map(int, one["dailyKb"]), start=1)))
            with transaction():
                lines = taking_in.lines_by_number(period, {one.msisdn for one in counted})
                using.take_running(period, counted, lines)
        pools = month.gateway().pools(group)
    except httpx.HTTPError as error:
        log.warning("usage.away", extra={"error": type(error).__name__, "period": period})
        return
    with transaction():
        running.keep_days(period, daily)
        if pools["pools"]:
            running.keep_pools(pools["pools"], date.fromisoformat(pools["through"]))
        session.flush()
        watching.look_at_usage(period)


def _advise(period: str) -> None:
    """Once a month, as soon as its usage is known."""
    if advice_making.is_made(period) or not using.months([period]):
        return
    made = advice_making.compute(period)
    session.commit()  # ends the read
    with transaction():
        if advice_making.keep(made):
            saving = sum(row["before_fen"] - row["after_fen"] for row in made.rows)
            notices.tell_all(
                Permission.STATEMENTS_CLOSE, "ADVICE_MADE", title=period, n=len(made.rows), sum=yuan(saving)
            )


def _compare(period: str) -> None:
    """Once for each version of a bill, as soon as the usage behind it is known: who closes months hears of differences."""
    statement = queries.in_force(period)
    if statement is None or _was_compared(statement):
        return
    found = differences.of_statement(statement)
    if not found.lines:
        return
    facts: dict[str, Any] = {"n": len(found.rows), "sum": yuan(found.theirs_fen - found.ours_fen)}
    session.add(
        Watched(
            period=period,
            code=COMPARED,
            subject=str(statement.version),
            values=facts,
            noticed_at=clock.now(),
        )
    )
    if found.rows:
        notices.tell_all(Permission.STATEMENTS_CLOSE, "BILL_DIFFERS", title=period, **facts)


def _was_compared(statement: Statement) -> bool:
    known = select(Watched.id).where(
        Watched.period == statement.period,
        Watched.code == COMPARED,
        Watched.subject == str(statement.version),
    )
    return session.scalar(known) is not None
