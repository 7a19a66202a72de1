"""Another plan for a line, or a rest for it: what stands against it and what it costs, for every kind that asks."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from console.bulk.columns import Found, note
from console.bulk.kind import Price, Row
from console.employees import identity
from console.plans.queries import Offer
from console.sims import rules
from console.sims.eligibility import YOUTH
from console.sims.rules import Effective, Held, Terms, Work


def effective(values: Mapping[str, Any]) -> Effective:
    return Effective(values.get("effective", Effective.NEXT_CYCLE))


def terms(offer: Offer) -> Terms:
    return Terms(offer.code, offer.fee_fen, offer.first_month, offer.contract_months, offer.requires)


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
    if code := rules.why_not_plan(line, terms(offer), effective(row.values), today):
        yield "plan", Found(code)
    years = identity.age(*document, today) if document and offer.eligibility == "AGE_16_30" else None
    if years is not None and years not in YOUTH:
        yield "plan", Found("E_PLAN_AGE")
    if line.waiting:
        yield "plan", note("W_PLAN_REPLACES")
    if extra := [offers[code].name for code in _along(line, offer) if code in offers]:
        yield "plan", note("W_PLAN_REQUIRES", names=extra)


def _along(line: Held, offer: Offer) -> list[str]:
    return [code for code in offer.requires if code not in line.plan.requires]


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
    return Price(offer.code, monthly, cycle)


def suspension_price(line: Held, today: date) -> Price:
    return Price(Work.SUSPEND.value, *rules.suspension(line.plan, today))
