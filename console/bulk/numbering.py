"""The numbers by which people know batches: PC20261120-003, counted for each company and day."""

from typing import Any

from console.accounts.models import Company
from console.core import acting, clock
from console.core.db import session

ONE_AT_A_TIME: Any = {"key_share": True}
"""FOR NO KEY UPDATE: one holder, while rows that refer to this one may still be inserted."""


def next_number() -> str:
    """PC20261120-003: counted for each company and day, under a lock on the company's row."""
    company = session.get_one(Company, acting.company(), with_for_update=ONE_AT_A_TIME)
    day = f"{clock.today():%Y%m%d}"
    company.batch_count = company.batch_count + 1 if company.batch_day == day else 1
    company.batch_day = day
    return f"PC{day}-{company.batch_count:03}"
