"""Orders that change lines: another plan, suspended, back in use. Placed like activations, one for each row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from console.accounts.models import Company
from console.bulk.kind import Row
from console.core import acting
from console.core.db import session
from console.orders import actions as orders
from console.orders import queries as order_queries
from console.orders import standing
from console.orders.actions import Intent
from console.sims import queries
from console.sims.rules import Work

REASONS = {
    "left": "LEFT",
    "leave": "LEAVE",
    "unused": "UNUSED",
    "lost": "LOST",
    "broken": "BROKEN",
    "upgrade": "OTHER",
    "other": "OTHER",
}


@dataclass(frozen=True)
class Change:
    """What a row asks for its line: `asks` goes into the order as it is, `first_day` is when it takes effect."""

    row: Row
    work: Work
    line_id: int
    number_id: int
    asks: Mapping[str, Any] = field(default_factory=dict)
    first_day: date | None = None


def order(batch: Any, changes: list[Change]) -> None:
    """Place them; the lines were checked a moment ago, in the same transaction."""
    if not changes:
        return
    company, customer = session.get_one(Company, acting.company()), standing.customer()
    msisdns = queries.msisdns({change.number_id for change in changes})
    tries = order_queries.tries_of([change.row.id for change in changes if change.row.id is not None])
    intents = []
    for change in changes:
        number = tries.get(change.row.id or 0, 0) + 1
        external_id = f"C{company.id}-{batch.number}#{change.row.number}.{number}"
        asked = _payload(customer, change, msisdns[change.number_id])
        intents.append(
            Intent(
                external_id, change.work.value, change.line_id, {"externalId": external_id} | asked,
                batch_id=batch.id, row_id=change.row.id, effective_on=change.first_day,
            )
        )  # fmt: skip
    orders.place(intents)


def _payload(customer: dict[str, str], change: Change, msisdn: str) -> dict[str, Any]:
    """The order as the gateway wants it (contract 5.3)."""
    asked = dict(change.asks)
    subscriber = {"msisdn": msisdn} | asked.pop("subscriber", {})
    return {
        "type": change.work.value,
        "customer": customer,
        "subscriber": subscriber,
        "requestedStartDate": None,
        "dryRun": False,
        **asked,
        **_reason(change.row.values),
    }


def _reason(values: Mapping[str, Any]) -> dict[str, str]:
    return {"reason": REASONS[values["reason"]]} if values.get("reason") in REASONS else {}
