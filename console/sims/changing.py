"""Orders that change lines: another plan, suspended, back in use. Placed like activations, one for each row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from console.accounts.models import Company
from console.bulk.kind import Row
from console.core import acting, clock
from console.core.db import session
from console.orders import actions as orders
from console.orders import queries as order_queries
from console.orders.actions import Intent
from console.plans.queries import Offer
from console.sims import queries
from console.sims.rules import Effective, Work, next_cycle

REASONS = {"left": "LEFT", "leave": "LEAVE", "other": "OTHER"}


@dataclass(frozen=True)
class Change:
    """What a row asks for its line; `plan` and `effective` for another plan only."""

    row: Row
    work: Work
    line_id: int
    number_id: int
    plan: Offer | None = None
    effective: Effective = Effective.NEXT_CYCLE


def order(batch: Any, changes: list[Change]) -> None:
    """Place them; the lines were checked a moment ago, in the same transaction."""
    if not changes:
        return
    company = session.get_one(Company, acting.company())
    msisdns = queries.msisdns({change.number_id for change in changes})
    tries = order_queries.tries_of([change.row.id for change in changes if change.row.id is not None])
    intents = []
    for change in changes:
        number = tries.get(change.row.id or 0, 0) + 1
        external_id = f"C{company.id}-{batch.number}#{change.row.number}.{number}"
        asked = _payload(company, change, msisdns[change.number_id])
        intents.append(
            Intent(
                external_id, change.work.value, change.line_id, {"externalId": external_id} | asked,
                batch_id=batch.id, row_id=change.row.id, effective_on=_first_day(change),
            )
        )  # fmt: skip
    orders.place(intents)


def _first_day(change: Change) -> date | None:
    later = change.plan is not None and change.effective is Effective.NEXT_CYCLE
    return next_cycle(clock.today()) if later else None


def _payload(company: Company, change: Change, msisdn: str) -> dict[str, Any]:
    """The order as the gateway wants it (contract 5.3)."""
    asked: dict[str, Any] = {
        "type": change.work.value,
        "customer": {"groupCode": company.group_code, "uscc": company.uscc},
        "subscriber": {"msisdn": msisdn},
        "requestedStartDate": None,
        "dryRun": False,
    }
    if change.plan:
        codes = (change.plan.code, *change.plan.requires)
        effective = change.effective.value
        products = [{"action": "add", "code": code, "effective": effective} for code in codes]
        # One change waits at most; the row said that it replaces the one before.
        asked |= {"products": products, "replacePending": True}
    return asked | _reason(change.row.values)


def _reason(values: Mapping[str, Any]) -> dict[str, str]:
    return {"reason": REASONS[values["reason"]]} if values.get("reason") in REASONS else {}
