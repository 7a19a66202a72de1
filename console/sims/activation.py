"""Confirmed rows become people, lines and orders, all in one transaction; later, how each row stands."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from console.accounts.models import Company
from console.bulk.columns import Found
from console.bulk.kind import Outcome, Row
from console.core import acting, clock
from console.core.db import session
from console.employees import actions as employees
from console.employees import identity
from console.orders import actions as orders
from console.orders import queries as order_queries
from console.orders import rules as order_rules
from console.orders import standing
from console.orders.actions import Intent
from console.orders.models import Order
from console.orders.states import OrderState
from console.plans import queries as plans
from console.sims import actions, queries
from console.sims.models import Line, PhoneNumber

KIND = "ACTIVATE"
PLAN_WAITS = "plan_waits"
CHANGED = {
    "ADD_PRODUCT": "product_added",
    "CHANGE_USER": "user_changed",
    "CLEAR_DATA_LIMIT": "limit_cleared",
    "REMOVE_PRODUCT": "product_removed",
    "REPLACE_SIM": "card_replaced",
    "REPORT_LOST": "lost",
    "RESUME": "resumed",
    "ROAMING_ON": "product_added",
    "SET_DATA_LIMIT": "limit_set",
    "SUSPEND": "suspended",
    "TERMINATE": "terminated",
}
"""What is said of an order that is done."""
WAITS = {"CHANGE_PLAN": PLAN_WAITS, "SUSPEND": "suspend_waits", "TERMINATE": "terminate_waits"}
"""What is said of one that is accepted for a later day."""


def order(batch: Any, rows: list[Row]) -> dict[int, Found]:
    """Place one order for each row; returns the rows for which no number or no card is left."""
    numbers, sims = _allocate(rows)
    served = [row for row in rows if row.id in numbers and row.id in sims]
    if served:
        _place(batch, served, numbers, sims)
    return {
        row.id: Found("E_STOCK_SIM" if row.id in numbers else "E_STOCK_NUMBER")
        for row in rows
        if row.id is not None and not (row.id in numbers and row.id in sims)
    }


def _allocate(rows: list[Row]) -> tuple[dict[int, int], dict[int, int]]:
    """Row id → number id and row id → card id: what the row asks for, else the next from the drawer."""
    indexes = {row.id: queries.msisdn_index(row.values["msisdn"]) for row in rows if "msisdn" in row.values}
    wanted_numbers = queries.numbers_by_index(indexes.values())
    numbers: dict[Any, int] = {
        id_: wanted_numbers[i][0]
        for id_, i in indexes.items()
        if wanted_numbers.get(i, (0, ""))[1] == "locked"
    }
    _fill(numbers, [row.id for row in rows if "msisdn" not in row.values], queries.free_numbers)
    return numbers, allocate_sims(rows)


def allocate_sims(rows: list[Row]) -> dict[int, int]:
    """Row id → card id: the card that the row names, else the next from the drawer."""
    wanted = queries.sims_by_key({row.values["sim"] for row in rows if "sim" in row.values})
    sims: dict[Any, int] = {
        row.id: wanted[row.values["sim"]][0]
        for row in rows
        if wanted.get(row.values.get("sim", ""), (0, ""))[1] == "in_stock"
    }
    _fill(sims, [row.id for row in rows if "sim" not in row.values], queries.free_sims)
    return sims


def _fill(taken: dict[Any, int], rows: list[Any], free: Any) -> None:
    spoken_for = set(taken.values())
    found = [id_ for id_ in free(len(rows) + len(spoken_for)) if id_ not in spoken_for]
    taken.update(zip(rows, found, strict=False))


def _place(batch: Any, rows: list[Row], numbers: dict[int, int], sims: dict[int, int]) -> None:
    ids = [row.id for row in rows if row.id is not None]
    actions.reserve_numbers([numbers[id_] for id_ in ids])
    actions.reserve_sims([sims[id_] for id_ in ids])
    people = employees.save_people([identity.person(row.values) for row in rows])
    offers = plans.offers(clock.today())
    lines = actions.open_lines(
        [
            {
                "number_id": numbers[id_],
                "sim_id": sims[id_],
                "employee_id": person,
                "plan_id": offers[row.values["plan"]].plan_id,
            }
            for id_, row, person in zip(ids, rows, people, strict=True)
        ]
    )
    company, customer = session.get_one(Company, acting.company()), standing.customer()
    msisdns, iccids = queries.msisdns(numbers.values()), queries.iccids(sims.values())
    tries = order_queries.tries_of(ids)
    intents = []
    for id_, row, line in zip(ids, rows, lines, strict=True):
        external_id = f"C{company.id}-{batch.number}#{row.number}.{tries.get(id_, 0) + 1}"
        payload = _payload(customer, row.values, msisdns[numbers[id_]], iccids[sims[id_]], offers)
        intents.append(
            Intent(
                external_id, KIND, line, {"externalId": external_id} | payload, batch_id=batch.id, row_id=id_
            )
        )
    orders.place(intents)


def _payload(
    customer: dict[str, str], values: dict[str, Any], msisdn: str, iccid: str, offers: Any
) -> dict[str, Any]:
    """The order as the gateway wants it (contract 5.3); `idNo` is sealed on the way out."""
    plan = offers[values["plan"]]
    products = [{"action": "add", "code": code, "effective": "NOW"} for code in (plan.code, *plan.requires)]
    payment = {"mode": values.get("payment", "GROUP")} | (
        {"capFen": values["cap"]} if "cap" in values else {}
    )
    return {
        "type": KIND,
        "customer": customer,
        "subscriber": {
            "msisdn": msisdn,
            "iccid": iccid,
            "simType": "PHYSICAL",
            "user": user_of(values),
        },
        "products": products,
        "payment": payment,
        "requestedStartDate": None,
        "dryRun": False,
    }


def user_of(values: dict[str, Any]) -> dict[str, Any]:
    """Who uses a number, as the operator registers him."""
    return {
        "name": values["name"],
        "idType": values["document_type"],
        "idNo": values["document_no"],
        "idValidTo": values.get("document_until"),
        "idAddress": values.get("document_address"),
        "contactPhone": values.get("phone"),
    }


def outcomes(batch: Any, rows: Sequence[Any]) -> dict[int, Outcome]:
    """From the latest order of each row and its line."""
    placed = order_queries.of_rows(batch.id, [row.id for row in rows])
    lines = _lines([order.line_id for order in placed.values()])
    return {row_id: _outcome(order, lines.get(order.line_id)) for row_id, order in placed.items()}


def _lines(ids: list[int]) -> dict[int, tuple[str, str]]:
    """Line → (how it stands, number)."""
    wanted = (
        select(Line.id, Line.state, Line.next_plan_on, PhoneNumber.msisdn)
        .join(PhoneNumber)
        .where(Line.id.in_(ids))
    )
    return {
        id_: (PLAN_WAITS if next_plan_on else state, msisdn)
        for id_, state, next_plan_on, msisdn in session.execute(wanted)
    }


def _outcome(order: Order, line: tuple[str, str] | None) -> Outcome:
    state, msisdn = line or ("", None)
    accepted_for_later = order.effective_on is not None and order.effective_on > clock.today()
    if order.state == OrderState.ACCEPTED and accepted_for_later:
        return Outcome("ok", WAITS.get(order.kind, "waits"), msisdn)
    if order.state == OrderState.DONE:
        return Outcome("ok", _done(order.kind, state), msisdn)
    if order.state in (OrderState.FAILED, OrderState.REVERSED, OrderState.ATTENTION):
        remedy = "again" if order.retryable else order_rules.remedy(order.error_code).value
        return Outcome(
            "bad", order.state, None if order.state == OrderState.FAILED else msisdn, order.error_code, remedy
        )
    if order.state == OrderState.CANCELLED:
        return Outcome("bad", "cancelled", None, None, "again" if order.retryable else "ask")
    if order.state == OrderState.PLACED and order.held:
        return Outcome("wait", "held_back", None)
    if order.state == OrderState.PLACED:
        return Outcome("wait", "placed", None)
    return Outcome("run", order.operator_state or order.state, msisdn)


def _done(kind: str, state: str) -> str:
    if kind == "CHANGE_PLAN":
        return PLAN_WAITS if state == PLAN_WAITS else "plan_changed"
    return CHANGED.get(kind) or ("active" if state in ("active", PLAN_WAITS) else "wait_face")
