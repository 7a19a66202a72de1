"""Advice is made once a month: every line in use rated again on the plans it may have, the whole company at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select

from console.core import clock
from console.core.db import insert_many, session
from console.expenses import advising, rules, terms, using
from console.expenses.advice import is_open
from console.expenses.advising import Option, Subject
from console.expenses.measured import Advice
from console.expenses.metering import KB_OF_A_MB
from console.expenses.models import Watched
from console.expenses.optimising import Best, PoolOffer, optimise
from console.expenses.rated import Product, Usage
from console.plans import queries as plans
from console.plans.models import Plan
from console.plans.queries import Offer
from console.sims import rules as lines
from console.sims.models import Line
from console.sims.states import LineState

MADE = "ADVISED"
"""Noted of a month for which advice was made, with what a pool would bring beyond it."""


@dataclass(frozen=True)
class _Market:
    """What is on sale: main plans with what each needs beside it, pools, the fee of a member."""

    offers: Mapping[str, Offer]
    product: Mapping[str, Product]
    plan_id: Mapping[str, int]
    along: Mapping[str, Sequence[Product]]
    least: Mapping[str, int]


def is_made(period: str) -> bool:
    known = select(Watched.id).where(Watched.period == period, Watched.code == MADE)
    return session.scalar(known) is not None


@dataclass(frozen=True)
class Made:
    """What was computed, before any of it is written."""

    period: str
    rows: list[dict[str, Any]]
    values: dict[str, Any]


def compute(period: str) -> Made:
    """Out of the months up to `period`. It only reads, and may take minutes: no transaction is to wait for it."""
    months = [rules.months_before(period, back) for back in range(advising.MONTHS - 1, -1, -1)]
    market = _market(clock.today())
    found = _subjects(months, market)
    subjects = {line: one for line, (one, _plan) in found.items()}
    member = market.product.get("POOL_MEMBER")
    rated = {line: advising.options(one, months, market.along, member) for line, one in subjects.items()}
    options = {line: _worth(each, pooled=False) for line, each in rated.items()}
    alone = optimise(options, market.least, months=len(months))
    pools = _pools(market)
    together = {line: _worth(each, pooled=True) for line, each in rated.items()}
    pooled = optimise(together, market.least, pools, len(months)) if pools and member else alone
    rows = [
        {"line_id": line, "plan_id": found[line][1]}
        | _promise(months, subjects[line], code, options[line], market)
        for line, code in sorted(alone.plans.items())
        if code != subjects[line].plan.code
    ]
    return Made(period, rows, _sums(len(months), options, alone, pooled))


def keep(made: Made) -> int:
    """Advice that nobody has acted on makes room for what is newer; how many lines are advised."""
    if is_made(made.period):
        return 0
    session.execute(delete(Advice).where(is_open()).execution_options(synchronize_session=False))
    acted = set(session.scalars(select(Advice.line_id).where(Advice.period == made.period)))
    rest = {"period": made.period, "batch_id": None, "made_at": clock.now(), "asked_at": None}
    insert_many(Advice, [row | rest for row in made.rows if row["line_id"] not in acted])
    session.add(
        Watched(period=made.period, code=MADE, subject="", noticed_at=clock.now(), values=made.values)
    )
    return len(made.rows)


def _market(today: date) -> _Market:
    offers = plans.offers(today)
    catalogue = terms.sold()
    sold = {code: catalogue.by_id[offer.plan_id] for code, offer in offers.items()}
    main = {code: offer for code, offer in offers.items() if offer.kind == "MAIN"}
    return _Market(
        main,
        sold,
        {code: offer.plan_id for code, offer in main.items()},
        {code: [sold[one] for one in offer.requires if one in sold] for code, offer in main.items()},
        {code: offer.min_qty for code, offer in main.items() if offer.min_qty > 1},
    )


def _pools(market: _Market) -> list[PoolOffer]:
    return [
        PoolOffer(one.code, one.fee_fen, one.data_mb * KB_OF_A_MB, one.gigabyte_fen or 0)
        for one in market.product.values()
        if one.kind == "POOL" and one.data_mb
    ]


def _subjects(months: Sequence[str], market: _Market) -> dict[int, tuple[Subject, int]]:
    """Lines in use for all of the months, whose plan is not about to change, and whose usage is known; with its version."""
    used = using.months(months)
    catalogue = terms.sold()
    first = rules.first_day(months[0])
    wanted = (
        select(Line, Plan)
        .join(Plan, Plan.id == Line.plan_id)
        .where(
            Line.state == LineState.ACTIVE,
            Line.next_plan_id.is_(None),
            Line.opened_on <= first,
            Plan.kind == "MAIN",
        )
        .order_by(Line.id)
    )
    found = {}
    for line, plan in session.execute(wanted):
        extras = [one for code in line.products if (one := catalogue.on(code, clock.today()))]
        month: Mapping[str, Usage] = used.get(line.id, {})
        subject = Subject(line.id, catalogue.by_id[plan.id], extras, month, _may(line, plan, market))
        if not advising.abstains(subject, months):
            found[line.id] = subject, plan.id
    return found


def _may(line: Line, plan: Plan, market: _Market) -> list[Product]:
    """Plans on sale without a penalty; none for the young: an age is not looked up for this."""
    held = lines.Held(
        line.id, line.employee_id, line.number_id, line.state,
        lines.Terms(plan.code, plan.fee_fen, plan.first_month, plan.contract_months, tuple(plan.requires)),
        line.opened_on, False, False, tuple(line.products), contract_end=line.contract_end,
    )  # fmt: skip
    begins = clock.next_cycle(clock.today())
    return [
        market.product[code]
        for code, offer in market.offers.items()
        if not lines.penalty_fen(held, offer.fee_fen, begins) and offer.eligibility != "AGE_16_30"
    ]


def _worth(options: Sequence[Option], pooled: bool) -> list[Option]:
    """The present plan, and those on which the saving is one; `pooled`: also as a member of a pool."""
    now, *others = options
    return [
        now,
        *(
            one
            for one in others
            if advising.worth_it(now.fen, min(one.fen, one.pooled_fen) if pooled else one.fen)
        ),
    ]


def _promise(
    months: Sequence[str], subject: Subject, code: str, options: Sequence[Option], market: _Market
) -> dict[str, Any]:
    after = next(one.fen for one in options if one.code == code)
    return {
        "advised_id": market.plan_id[code],
        "before_fen": advising.monthly(options[0].fen, len(months)),
        "after_fen": advising.monthly(after, len(months)),
        "receipt": advising.receipt(subject, market.product[code], months, market.along.get(code, ()))
        | {"least": market.least.get(code, 1)},
    }


def _sums(months: int, options: Mapping[int, Sequence[Option]], alone: Best, pooled: Best) -> dict[str, Any]:
    """In 分 a month."""
    return {
        "lines": len(options),
        "before": advising.monthly(sum(one[0].fen for one in options.values()), months),
        "alone": advising.monthly(alone.fen, months),
        "pooled": advising.monthly(pooled.fen, months),
        "pools": dict(pooled.pools),
        "members": len(pooled.members),
        "proven": alone.proven and pooled.proven,
    }
