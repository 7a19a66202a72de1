"""Bills as the operator sends them, made for tests."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from console.core.db import session, transaction
from console.expenses import placements, taking_in
from console.expenses.models import Statement
from console.expenses.taking_in import Billed
from tests.cast import Cast

PERIOD = "2026-10"


def billed(number: int, amount_fen: int, msisdn: str | None = None, **other: Any) -> Billed:
    """Plan fee of October 2026 unless something else is said."""
    facts: dict[str, Any] = {
        "operator_line": f"L{number:06}",
        "operator_version": 1,
        "msisdn": msisdn,
        "item": "RENT",
        "tax_class": "VOICE",
        "product": "QQT5G059",
        "name": "全球通畅享套餐 59 元",
        "service_from": date(2026, 10, 1),
        "service_to": date(2026, 10, 31),
        "amount_fen": amount_fen,
        "paid_by": "company",
        "prepaid": False,
    }
    return Billed(**facts | other)


def take_in(
    cast: Cast, login: str, bill: list[Billed], period: str = PERIOD, known: Mapping[str, int] | None = None
) -> tuple[int, str]:
    """(version, state) of the month's statement afterwards."""
    with cast.as_(login, "test.bill"), transaction():
        placements.remember()
        draft = taking_in.begin(period)
        numbers = {one.msisdn for one in bill if one.msisdn}
        taking_in.take_page(draft, bill, "end", known or taking_in.lines_by_number(period, numbers))
        session.flush()
        statement: Statement = taking_in.complete(draft)
        return statement.version, statement.state
