"""Another plan for a line, or a rest for it: what stands against it and what it costs, for every kind that asks."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from console.bulk.columns import Found, note
from console.bulk.kind import Price, Row
from console.core import clock
from console.employees import identity
from console.plans.queries import Offer
from console.sims import rules
from console.sims.eligibility import YOUTH
from console.sims.rules import Effective, Held, Terms, Work


def effective(values: Mapping[str, Any]) -> Effective:
    return Effective(values.get("effective", Effective.NEXT_CYCLE))


def terms(offer: Offer) -> Terms:
    return Terms(offer.code, offer.fee_fen, offer.first_month, offer.contract_months, offer.requires)


def day_of(when: Effective) -> date | None:
    """The day on which it takes effect; None for at once."""
    return clock.next_cycle(clock.today()) if when is Effective.NEXT_CYCLE else None


def plan_asked(offer: Offer, when: Effective, values: Mapping[str, Any]) -> dict[str, Any]:
    """The order for another plan. One change waits at most; the row said that it replaces the one before."""
    codes = (offer.code, *offer.requires)
    products = [{"action": "add", "code": code, "effective": when.value} for code in codes]
    asked: dict[str, Any] = {"products": products, "replacePending": True}
    return asked | penalty_asked(values)


def penalty_asked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only what the row agreed to pay, and only when something is due."""
    return {"acceptedPenaltyFen": values["penalty_fen"]} if values.get("penalty_fen") else {}


def plan_penalty(row: Row, line: Held, offers: Mapping[str, Offer], today: date) -> int:
    """分 for leaving the contract with the row's plan, as far as the row accepts it."""
    offer = offers.get(row.values.get("plan", ""))
    if offer is None or not row.values.get("accepts"):
        return 0
    return rules.penalty_fen(line, offer.fee_fen, rules.first_day(effective(row.values), today))


def check_plan(
    row: Row,
    line: Held,
    offers: Mapping[str, Offer],
    today: date,
    document: tuple[str | None, str | None] | None,
) -> Iterable[tuple[str, Found]]:
    """What stands against the row's plan for this line. Pure; `document` is the holder's, where age matters."""
    offer = offers.get(row.values.get("plan", ""))
    if offer is None:
        return
    accepts, when = bool(row.values.get("accepts")), effective(row.values)
    if code := rules.why_not_plan(line, terms(offer), when, today, accepts=accepts):
        due = rules.penalty_fen(line, offer.fee_fen, rules.first_day(when, today))
        yield "plan", Found(code, values={"yuan": f"{due / 100:.2f}"} if code == "E_CONTRACT_LOCK" else {})
    years = identity.age(*document, today) if document and offer.eligibility == "AGE_16_30" else None
    if years is not None and years not in YOUTH:
        yield "plan", Found("E_PLAN_AGE")
    if line.waiting:
        yield "plan", note("W_PLAN_REPLACES")
    if extra := [offers[code].name for code in _along(line, offer) if code in offers]:
        yield "plan", note("W_PLAN_REQUIRES", names=extra)


def _along(line: Held, offer: Offer) -> list[str]:
    return [code for code in offer.requires if code not in line.plan.requires and code not in line.products]


def plan_price(row: Row, line: Held, offers: Mapping[str, Offer], today: date) -> Price:
    """The difference, with what comes along with the new plan."""
    offer = offers[row.values["plan"]]
    when = effective(row.values)
    monthly, cycle = rules.plan_change(line.plan, terms(offer), when, today)
    for extra in (offers[code] for code in _along(line, offer) if code in offers):
        monthly += extra.fee_fen
        cycle += (
            0
            if when is Effective.NEXT_CYCLE
            else rules.rest_of_cycle(extra.fee_fen, extra.first_month, today)
        )
    return Price(offer.code, monthly, cycle, penalty_fen=row.values.get("penalty_fen", 0))


def suspension_price(
    line: Held, first: date, last: date | None = None, *, today: date | None = None
) -> Price:
    """What begins with a later cycle is not in this one."""
    monthly, cycle = rules.suspension(line.plan, first, last)
    later = today is not None and (first.year, first.month) != (today.year, today.month)
    return Price(Work.SUSPEND.value, monthly, 0 if later else cycle)
