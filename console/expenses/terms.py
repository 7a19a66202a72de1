"""What a line had on which day: remembered from the books like its place, and given to the rating of a month."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, func, select

from console.core import clock, lookups
from console.core.clock import SHANGHAI
from console.core.db import insert_many, session, update_many
from console.expenses.measured import LineTerms
from console.expenses.rated import Cycle, Held, Product, product
from console.plans.models import Plan
from console.sims.models import Line
from console.sims.states import LineState

IN_USE = {LineState.ACTIVE, LineState.SUSPENDED, LineState.LOST, LineState.RISK_SUSPENDED}
"""In these states a line has its products, and they are paid for."""


@dataclass(frozen=True, slots=True)
class Had:
    """From `since` on, until the next one."""

    since: date
    plan_id: int
    products: tuple[str, ...]
    state: str


def remember() -> int:
    """Note what is different from what was noted last, for each line in use or ended; how many are.

    A plan that was to change on a day has changed on that day, however late that is noticed; anything else today.
    """
    today = clock.today()
    latest = (
        select(LineTerms.line_id, func.max(LineTerms.since).label("since"))
        .group_by(LineTerms.line_id)
        .subquery()
    )
    wanted = (
        select(
            Line.id, Line.plan_id, Line.products, Line.state, Line.next_plan_id, Line.next_plan_on,
            Line.opened_on, Line.created_at, LineTerms,
        )
        .outerjoin(latest, latest.c.line_id == Line.id)
        .outerjoin(LineTerms, and_(LineTerms.line_id == Line.id, LineTerms.since == latest.c.since))
        .where(Line.state.in_([*IN_USE, LineState.TERMINATED]))
    )  # fmt: skip
    new, changed = [], []
    for line, plan, products, state, next_plan, next_on, opened, created, known in session.execute(wanted):
        now = {
            "plan_id": plan,
            "products": sorted(products),
            "line_state": state,
            "next_plan_id": next_plan,
            "next_plan_on": next_on,
        }
        if known is None:
            new.append({"line_id": line, "since": opened or created.astimezone(SHANGHAI).date()} | now)
        elif any(getattr(known, name) != value for name, value in now.items()):
            since = _since(known, plan, today)
            if since <= known.since or all(
                getattr(known, n) == now[n] for n in ("plan_id", "products", "line_state")
            ):
                changed.append({"id": known.id} | now)
            else:
                new.append({"line_id": line, "since": since} | now)
    insert_many(LineTerms, new)
    update_many(LineTerms, changed)
    return len(new) + len(changed)


def _since(known: LineTerms, plan: int, today: date) -> date:
    due = known.next_plan_on
    return due if due and plan == known.next_plan_id and known.since < due <= today else today


def of_lines(lines: Collection[int]) -> dict[int, list[Had]]:
    """Line → its history, the oldest first. One query."""
    wanted = select(
        LineTerms.line_id, LineTerms.since, LineTerms.plan_id, LineTerms.products, LineTerms.line_state
    ).order_by(LineTerms.line_id, LineTerms.since)
    found: dict[int, list[Had]] = defaultdict(list)
    for line, since, plan, products, state in lookups.rows(wanted, LineTerms.line_id, lines):
        found[line].append(Had(since, plan, tuple(products), state))
    return found


def all_lines(until: date) -> list[int]:
    """Which are known to have been there on or before that day."""
    return list(session.scalars(select(LineTerms.line_id).where(LineTerms.since <= until).distinct()))


@dataclass(frozen=True)
class Sold:
    """The catalogue as rating needs it: versions by id, and of each code the versions in their order."""

    by_id: Mapping[int, Product]
    by_code: Mapping[str, Sequence[tuple[date, Product]]]

    def on(self, code: str, day: date) -> Product | None:
        """The version that was sold on a day; for a day before the first one, that."""
        versions = self.by_code.get(code, ())
        held = [one for since, one in versions if since <= day] or [one for _since, one in versions[:1]]
        return held[-1] if held else None


def sold() -> Sold:
    by_id, by_code = {}, defaultdict(list)
    for plan in session.scalars(select(Plan).order_by(Plan.code, Plan.version)):
        row = {column.key: getattr(plan, column.key) for column in Plan.__table__.columns}
        by_id[plan.id] = product(row | dict(plan.more))
        by_code[plan.code].append((plan.valid_from, by_id[plan.id]))
    return Sold(by_id, by_code)


def held(history: Sequence[Had], catalogue: Sold) -> list[Held]:
    """Its plans and products, each from the first to the last of the days without a gap."""
    stretches: dict[tuple[str, int | str], list[tuple[date, date | None]]] = defaultdict(list)
    for place, had in enumerate(history):
        if had.state not in IN_USE:
            continue
        until = history[place + 1].since - timedelta(days=1) if place + 1 < len(history) else None
        keys: list[tuple[str, int | str]] = [
            ("plan", had.plan_id),
            *(("code", code) for code in had.products),
        ]
        for key in keys:
            known = stretches[key]
            if known and known[-1][1] == had.since - timedelta(days=1):
                known[-1] = (known[-1][0], until)
            else:
                known.append((had.since, until))
    found = []
    for (kind, which), days in stretches.items():
        for since, until in days:
            one = catalogue.by_id.get(int(which)) if kind == "plan" else catalogue.on(str(which), since)
            if one and one.cycle in (Cycle.MONTH, Cycle.YEAR):  # packs are known from their orders
                found.append(Held(one, since, until))
    return found


def suspended(history: Sequence[Had], today: date) -> list[tuple[date, date]]:
    """Days on which the number was kept for somebody (停机保号)."""
    return [
        (had.since, history[place + 1].since - timedelta(days=1) if place + 1 < len(history) else today)
        for place, had in enumerate(history)
        if had.state == LineState.SUSPENDED
    ]
