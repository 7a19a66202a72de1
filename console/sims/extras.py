"""Products beside the plan of a line: what stands against them and what they cost."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from console.bulk.columns import Found, note
from console.bulk.kind import Price, Row
from console.plans import combining
from console.plans.queries import Offer
from console.sims import rules
from console.sims.rules import Effective, Held

Offers = Mapping[str, Offer]


def along(line: Held, offer: Offer, offers: Offers) -> list[Offer]:
    """The product with what it needs and the line has not; roaming must be asked for by itself."""
    missing = [code for code in combining.missing(offer, line.products) if code != combining.ROAMING]
    return [*(offers[code] for code in missing if code in offers), offer]


def when(values: Mapping[str, Any], offer: Offer) -> Effective:
    """As the row says, else as the product is sold."""
    default = Effective.NOW if offer.at_once else Effective.NEXT_CYCLE
    return Effective(values.get("effective", default))


def check_added(row: Row, line: Held, offers: Offers) -> Iterable[tuple[str, Found]]:
    offer = offers.get(row.values.get("product", ""))
    if offer is None:
        return
    if offer.code in line.products and offer.kind not in combining.REPEATABLE:
        yield "product", Found("E_PRODUCT_HAVE")
    if clash := combining.clashing(offer, line.products, offers):
        yield "product", Found("E_PRODUCT_CLASH", values={"names": _names(clash, offers)})
    if combining.ROAMING in combining.missing(offer, line.products):
        yield "product", Found("E_PRODUCT_ROAMING")
    if offer.code == combining.ROAMING and not row.values.get("agreed"):
        yield "agreed", Found("E_PAPER_AGREED")
    if brought := [one.name for one in along(line, offer, offers) if one is not offer]:
        yield "product", note("W_PLAN_REQUIRES", names=brought)


def check_removed(row: Row, line: Held, offers: Offers) -> Iterable[tuple[str, Found]]:
    code = row.values.get("product")
    if code is None:
        return
    if code not in line.products:
        yield "product", Found("E_PRODUCT_NOT_HAVE")
    left = {line.plan.code, *line.products} - {code}
    if needed := combining.dependants(code, left, offers):
        yield "product", Found("E_PRODUCT_NEEDED", values={"names": _names(needed, offers)})


def added_price(row: Row, line: Held, offers: Offers, today: date) -> Price:
    offer = offers[row.values["product"]]
    monthly = cycle = once = 0
    for one in along(line, offer, offers):
        if not one.monthly:
            once += one.fee_fen
            continue
        monthly += one.fee_fen
        if when(row.values, offer) is Effective.NOW:
            cycle += rules.rest_of_cycle(one.fee_fen, one.first_month, today)
    return Price(offer.code, monthly, cycle, once)


def _names(codes: Iterable[str], offers: Offers) -> list[str]:
    return [offers[code].name if code in offers else code for code in codes]
