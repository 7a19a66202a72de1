"""The price of an order on the day it takes effect, the same for the enquiry, the credit and the charge."""

import json
import sqlite3

from console.carrier.simulator import catalogue, pricing
from console.carrier.simulator.kinds import ADDS
from console.carrier.simulator.pricing import Charge
from console.carrier.simulator.wishes import PHYSICAL, Wish


def quote(wish: Wish, line: sqlite3.Row | None, at: int) -> list[Charge]:
    """What is due at once; monthly fees of later months are on the bills."""
    if line is None or wish.type in ADDS:
        return pricing.added(wish.codes, at)
    if wish.type == "CHANGE_PLAN":
        along = [code for code in wish.extras if code not in json.loads(line["products"])]
        changed = pricing.plan_changed(line["plan"], wish.main_plan or "", at)
        return [*changed, *pricing.added(along, at), *penalty(wish, line, at)]
    if wish.type == "REPLACE_SIM" and wish.sim_type == PHYSICAL:
        return [pricing.card()]
    return penalty(wish, line, at) if wish.type == "TERMINATE" else []


def penalty(wish: Wish, line: sqlite3.Row, at: int) -> list[Charge]:
    fees = [
        catalogue.PRODUCTS[code].fee_fen if code else 0
        for code in (line["plan"], wish.main_plan if wish.type == "CHANGE_PLAN" else None)
    ]
    fen = pricing.penalty_fen(fees[0], fees[1], line["contract_end"], at)
    # Once accepted it stays what it was, should a month end between the order and its being carried out.
    due = wish.accepted_penalty_fen or fen
    return [Charge("PENALTY", line["plan"], due)] if fen else []
