"""How the company stands with the operator: noted when it was told, asked before anything new is ordered."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from console.accounts.models import Company
from console.core import acting, clock
from console.core.db import session
from console.orders import rules
from console.orders.models import Standing

WARN_BEFORE = timedelta(days=30)
"""So long before a letter of authorisation ends somebody should know."""
MOST_FEN = 10**15


def current() -> Standing | None:
    """None when the operator has not told yet; then it decides by itself."""
    return session.scalars(select(Standing)).one_or_none()


def note(told: Mapping[str, Any]) -> None:
    """The operator's picture of its customer, see the contract; nonsense raises ValueError or KeyError."""
    letter = next(iter(told["authorizations"]), None)
    values = {
        "arrears": told["arrears"] is True,
        "owed_fen": _fen(told["owedFen"]),
        "credit_fen": None if told.get("creditLimitFen") is None else _fen(told["creditLimitFen"]),
        "letter": str(letter["id"])[:40] if letter else None,
        "letter_until": date.fromisoformat(letter["validTo"]) if letter else None,
    }
    found = current()
    if found is None:
        session.add(Standing(**values, looked_at=clock.now()))
        return
    for name, value in values.items():
        if getattr(found, name) != value:
            setattr(found, name, value)
    found.looked_at = clock.now()


def _fen(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_FEN:
        raise ValueError("no amount")
    return value


def bar(*, spends: bool) -> rules.Bar | None:
    """Why the operator would refuse whatever is ordered now."""
    found = current()
    if found is None:
        return None
    return rules.barred(
        arrears=found.arrears, letter_until=found.letter_until, spends=spends, today=clock.today()
    )


def customer() -> dict[str, str]:
    """Who orders, as every order says it (gateway contract 5.3), with the letter that says who may sign."""
    company = session.get_one(Company, acting.company())
    letter = session.scalars(select(Standing.letter)).one_or_none()
    named = {"groupCode": company.group_code, "uscc": company.uscc}
    return named | ({"authorizationId": letter} if letter else {})
