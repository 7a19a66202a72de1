"""Reads for the pages that look at people, departments and cost centres."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from console.audit.models import AuditEvent
from console.core.db import session
from console.core.encryption import blind_index
from console.employees.models import CostCenter, Department, Employee
from console.identifiers.names import person_name

FOUND = 20
RECENT = 12
_WRITING = timedelta(minutes=2)
"""So long at most after the moment in the row its event is written, when thousands are written together."""


def called(text: str) -> Any:
    """The condition for somebody of this very name or with a 工号 that begins so."""
    name = person_name(text).normalized or text
    return or_(
        Employee.name_index == blind_index("name", name), Employee.number.startswith(text, autoescape=True)
    )


def search(text: str) -> list[Employee]:
    wanted = (
        select(Employee)
        .where(called(text))
        .options(joinedload(Employee.department))
        .order_by(Employee.number)
    )
    return list(session.scalars(wanted.limit(FOUND)))


def department_options() -> list[tuple[int, str]]:
    """(id, path), the tree in order."""
    found = session.execute(select(Department.id, Department.path).order_by(Department.path))
    return [(id_, path) for id_, path in found]


def below(department_id: int) -> Any:
    """The condition for people of a department or of one below it."""
    path = select(Department.path).where(Department.id == department_id).scalar_subquery()
    under = select(Department.id).where(
        or_(
            Department.id == department_id,
            func.substr(Department.path, 1, func.length(path) + 1) == path + "/",
        )
    )
    return Employee.department_id.in_(under)


def with_and_without(conditions: list[Any], holders: Any) -> tuple[int, int]:
    """(people with a number, people without) among those whom the conditions reach."""
    having = func.count(case((Employee.id.in_(holders), 1)))
    found, everybody = session.execute(select(having, func.count(Employee.id)).where(*conditions)).one()
    return found, everybody - found


def departments() -> list[tuple[int, str, int, int]]:
    """(id, path, people in it, people in it and below), the tree in order. Two queries, however many."""
    own, paths = _people_by(Employee.department_id), department_options()
    totals: Counter[str] = Counter()
    for id_, path in paths:
        parts = path.split("/")
        for depth in range(len(parts)):
            totals["/".join(parts[: depth + 1])] += own.get(id_, 0)
    return [(id_, path, own.get(id_, 0), totals[path]) for id_, path in paths]


def people_per_cost_center() -> dict[int, int]:
    return _people_by(Employee.cost_center_id)


def cost_centers() -> list[CostCenter]:
    return list(session.scalars(select(CostCenter).order_by(CostCenter.code)))


def without_department() -> int:
    return session.scalar(select(func.count(Employee.id)).where(Employee.department_id.is_(None))) or 0


def _people_by(column: Any) -> dict[int, int]:
    wanted = select(column, func.count(Employee.id)).where(column.is_not(None)).group_by(column)
    return dict(session.execute(wanted).all())


def events(employee: Employee) -> list[AuditEvent]:
    """What was done to this person's row, the latest first.

    Rosters write many people with one event that lists their ids, so those are looked up by their time.
    """
    written = or_(*(_soon_after(moment) for moment in {employee.created_at, employee.updated_at}))
    together = and_(AuditEvent.entity_id.is_(None), written)
    wanted = (
        select(AuditEvent)
        .where(AuditEvent.entity == "employees", or_(AuditEvent.entity_id == employee.id, together))
        .order_by(AuditEvent.id.desc())
        .limit(10 * RECENT)
    )
    return [event for event in session.scalars(wanted) if _is_about(event, employee)][:RECENT]


def _soon_after(moment: datetime) -> Any:
    return AuditEvent.at.between(moment, moment + _WRITING)


def _is_about(event: AuditEvent, employee: Employee) -> bool:
    return event.entity_id == employee.id or employee.id in event.changes.get("ids", ())
