"""A month's statement as its documents say it: read once, row by row, for workbook, CSV, PDF and vouchers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from console.accounts.models import Company
from console.core import acting
from console.core.db import session
from console.employees.models import Employee
from console.expenses import rules, taxes
from console.expenses.models import Allocation, Charge, Statement
from console.identifiers import numbers
from console.sims.models import Line, PhoneNumber

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """The part of one charge for one person. Amount in 分, VAT included; `percent` None: never on the operator's invoice."""

    charge_id: int
    msisdn: str | None
    employee_id: int | None
    number: str | None
    person: str | None
    department: str | None
    cost_center: str | None
    item: str
    name: str
    first: date
    last: date
    amount_fen: int
    paid_by: str
    tax_class: str
    percent: int | None


Source = Callable[[], Iterator[Row]]
"""The rows of a statement from the first one on, each time it is called: who needs sums before rows reads them twice."""


@dataclass(frozen=True, slots=True)
class Book:
    """The head of a statement."""

    company: str
    period: str
    version: int
    state: str
    total_fen: int
    company_fen: int
    lines: int
    rows: int


def open_book(statement: Statement) -> Book:
    company = session.get_one(Company, acting.company()).name
    counted = select(func.count(Allocation.id)).where(Allocation.at(statement.period, statement.version))
    return Book(
        company, statement.period, statement.version, statement.state, statement.total_fen,
        statement.company_fen, statement.lines, session.scalar(counted) or 0,
    )  # fmt: skip


def source(statement: Statement, *, masked: bool = True) -> Source:
    return lambda: rows(statement, masked=masked)


def rows(statement: Statement, *, masked: bool = True) -> Iterator[Row]:
    """Every part of every charge, by department, person and line. One query, read in pieces.

    Names and numbers are opened once for each person and line. Numbers are masked unless the reader may see them.
    """
    people = {
        id_: (number, name)
        for id_, number, name in session.execute(select(Employee.id, Employee.number, Employee.name))
    }
    telephones = {
        id_: numbers.mask(msisdn) if masked else msisdn
        for id_, msisdn in session.execute(
            select(Line.id, PhoneNumber.msisdn).join(PhoneNumber, PhoneNumber.id == Line.number_id)
        )
    }
    wanted = (
        select(
            Charge.id, Charge.line_id, Allocation.employee_id, Allocation.department, Allocation.cost_center,
            Charge.item, Charge.name, Charge.service_from, Charge.service_to, Allocation.amount_fen, Charge.paid_by,
            Charge.tax_class,
        )
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(Allocation.at(statement.period, statement.version))
        .order_by(Allocation.department, Allocation.employee_id, Charge.line_id, Charge.item, Charge.id, Allocation.id)
    )  # fmt: skip
    percents: dict[tuple[str, date], int | None] = {}
    for found in session.execute(wanted, execution_options={"yield_per": AT_ONCE}):
        yield _row(found, people, telephones, percents)


def _row(
    found: Any,
    people: dict[int, tuple[str, str]],
    telephones: dict[int, str],
    percents: dict[tuple[str, date], int | None],
) -> Row:
    charge, line, person, department, center, item, name, first, last, amount, paid_by, tax_class = found
    key = (tax_class, first)
    if key not in percents:
        percents[key] = taxes.rule(tax_class, first).percent
    number, known_as = people.get(person, (None, None))
    return Row(
        charge, telephones.get(line), person, number, known_as, department, center, item, name, first, last, amount,
        paid_by, tax_class, percents[key],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Netted:
    """What one department and cost centre bears at one rate: with VAT, without, and the VAT. In 分."""

    department: str | None
    cost_center: str | None
    tax_class: str
    percent: int | None
    amount_fen: int
    net_fen: int
    tax_fen: int


Bearer = tuple[str | None, str | None, str, int | None, bool]
"""Department, cost centre, tax class, percent, and whether it is a discount."""


def bearer(row: Row) -> Bearer:
    return row.department, row.cost_center, row.tax_class, row.percent, row.amount_fen < 0


def netted(parts: Mapping[Bearer, int]) -> list[Netted]:
    """Who bears how many 分, with the VAT that the invoice will say.

    An invoice has one line for each class and rate and one for its discounts, and its VAT is that of the lines. It is
    spread over the departments by largest remainder, so that the parts are the invoice.
    """
    by_line: dict[tuple[str, int | None, bool], list[tuple[str | None, str | None, int]]] = {}
    for (department, center, tax_class, percent, discount), amount in parts.items():
        by_line.setdefault((tax_class, percent, discount), []).append((department, center, amount))
    sums: dict[tuple[str | None, str | None, str, int | None], list[int]] = {}
    for (tax_class, percent, _discount), bearers in by_line.items():
        bearers.sort(key=lambda one: (one[0] or "", one[1] or ""))
        amounts = [amount for _d, _c, amount in bearers]
        net = taxes.split(sum(amounts), percent)[0] if percent else sum(amounts)
        for (department, center, amount), part in zip(bearers, _spread(net, amounts), strict=True):
            found = sums.setdefault((department, center, tax_class, percent), [0, 0])
            found[0] += amount
            found[1] += part
    return [
        Netted(*key, amount, net, amount - net)
        for key, (amount, net) in sorted(
            sums.items(), key=lambda one: (one[0][0] or "", one[0][1] or "", one[0][2], one[0][3] or 0)
        )
    ]


def _spread(net: int, amounts: list[int]) -> list[int]:
    """Parts of `net` in proportion to the amounts, which have one sign."""
    return rules.shares(net, [abs(amount) for amount in amounts])
