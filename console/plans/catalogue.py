"""The operator's catalogue as data (catalogue.json; illustrative prices), brought into the table by version."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from console.core.db import session
from console.plans.models import Plan

COLUMNS = (
    "code", "name", "family", "kind", "fee_fen", "fee_cycle", "voice_min", "data_mb", "directed_mb", "sms",
    "contract_months", "min_qty", "eligibility", "first_month", "requires", "excludes", "synonyms", "tax", "bill_item",
)  # fmt: skip
SINCE = date(2026, 1, 1)


@cache
def products() -> list[dict[str, Any]]:
    text = (Path(__file__).parent / "catalogue.json").read_text("utf-8")
    return list(json.loads(text)["products"])


def seed(today: date) -> int:
    """Bring in what is new; a product that changed gets a new version from today. Returns how many rows were added."""
    current = {plan.code: plan for plan in session.scalars(select(Plan).where(Plan.valid_to.is_(None)))}
    added = 0
    for product in products():
        row = {name: product[name] for name in COLUMNS if product.get(name) is not None}
        row["more"] = {name: value for name, value in product.items() if name not in COLUMNS}
        old = current.get(row["code"])
        if old and all(getattr(old, name) == value for name, value in row.items()):
            continue
        if old:
            old.valid_to = today
        session.add(Plan(**row, version=old.version + 1 if old else 1, valid_from=today if old else SINCE))
        added += 1
    session.flush()
    return added
