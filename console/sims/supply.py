"""More numbers from the operator when the pool is too small for what was confirmed."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from console.accounts.models import Company
from console.core import acting, clock
from console.core.db import session
from console.sims import actions, queries

LOCK_DAYS = 30
AT_ONCE = 50


def missing_numbers(rows: int) -> int:
    free, _cards = queries.stock()
    return max(0, rows - free)


def fetch_numbers(gateway: Any, count: int) -> Sequence[str]:
    """Find free numbers and have them kept for this company; fewer than asked when the operator has no more.

    Locking is idempotent: a number that this company holds already is answered as locked.
    """
    group = session.get_one(Company, acting.company()).group_code
    session.commit()
    locked: list[str] = []
    while len(locked) < count:
        free = gateway.free_numbers(min(AT_ONCE, count - len(locked)))
        if not free:
            break
        got = gateway.lock_numbers(free, group, LOCK_DAYS * 86400, str(uuid.uuid4()))
        if not got:
            break
        locked += got
    return locked


def take_in_numbers(msisdns: Sequence[str]) -> None:
    actions.take_in_numbers(msisdns, clock.now() + timedelta(days=LOCK_DAYS))
