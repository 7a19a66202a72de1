"""Rows of charges as a page shows them, with the names and numbers that they stand for."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from console.core import lookups
from console.employees.models import Employee
from console.expenses import figures
from console.expenses.items import TITLES
from console.expenses.models import Statement
from console.identifiers import numbers
from console.identifiers.amounts import bare
from console.sims.models import Line, PhoneNumber

Shown = dict[str, Any]


def change(now: int, before: int | None) -> str:
    if before is None:
        return "--"
    if now == before:
        return str(_("持平"))
    return ("+" if now > before else "") + bare(now - before)


def people(ids: Sequence[int]) -> dict[int, str]:
    """Name and 工号."""
    wanted = select(Employee.id, Employee.name, Employee.number)
    return {id_: f"{name} {number}" for id_, name, number in lookups.rows(wanted, Employee.id, ids)}


def telephone_numbers(lines: Sequence[int]) -> dict[int, str]:
    """Masked, as everywhere."""
    wanted = select(Line.id, PhoneNumber.msisdn).join(PhoneNumber, PhoneNumber.id == Line.number_id)
    return {id_: numbers.mask(msisdn) for id_, msisdn in lookups.rows(wanted, Line.id, lines)}


def charge_rows(statement: Statement, where: dict[str, Any], limit: int, offset: int) -> list[Shown]:
    found = figures.charges(statement, where, limit, offset)
    who = people(list({part.employee_id for _c, part, _l in found if part.employee_id}))
    telephones = telephone_numbers(list({line.id for _c, _p, line in found if line}))
    return [
        {
            "id": charge.id,
            "line": telephones.get(line.id) if line else None,
            "line_id": line.id if line else None,
            "line_url": url_for("lines.details_view", id=line.id) if line else None,
            "who": who.get(part.employee_id or 0),
            "department": part.department,
            "cost_center": part.cost_center,
            "item": TITLES[charge.item],
            "name": charge.name,
            "days": f"{charge.service_from:%m-%d} ～ {charge.service_to:%m-%d}",
            "sum": bare(part.amount_fen),
            "share": bare(charge.amount_fen) if part.amount_fen != charge.amount_fen else None,
            "person": charge.paid_by == "person",
        }
        for charge, part, line in found
    ]


def narrowed(where: dict[str, Any]) -> list[str]:
    """In words what a list of charges is narrowed to."""
    words = []
    for name, value in where.items():
        if value == "":
            words.append(str(_("未分摊")))
        elif name == "employee":
            words.append(people([value]).get(value, "--"))
        elif name == "line":
            words.append(telephone_numbers([value]).get(value, "--"))
        elif name == "item":
            words.append(str(TITLES.get(value, value)))
        else:
            words.append(str(value))
    return words
