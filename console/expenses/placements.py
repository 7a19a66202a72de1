"""Who had a line on which day: remembered day by day from the books, and corrected afterwards."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, delete, func, or_, select

from console.core import clock, lookups
from console.core.clock import SHANGHAI
from console.core.db import insert_many, session, update_many
from console.employees.models import CostCenter, Department, Employee
from console.expenses.models import Placement
from console.expenses.rules import Place, Placed, corrected, stretches
from console.sims.models import Line
from console.sims.states import LineState


def remember() -> int:
    """Note what is different from what was noted last, for each line; how many are.

    It looks at the books themselves and is called again and again: whatever changes them, nothing has to tell it.
    A move of a person counts from the day on which the person's entry was changed, a new user of a line from today.
    """
    today = clock.today()
    latest = (
        select(Placement.line_id, func.max(Placement.since).label("since"))
        .group_by(Placement.line_id)
        .subquery()
    )
    wanted = (
        select(
            Line.id, Line.employee_id, Department.path, CostCenter.code, Employee.updated_at, Line.created_at,
            Placement.id, Placement.since, Placement.employee_id,
        )
        .join(Employee, Employee.id == Line.employee_id)
        .outerjoin(Department, Department.id == Employee.department_id)
        .outerjoin(CostCenter, CostCenter.id == Employee.cost_center_id)
        .outerjoin(latest, latest.c.line_id == Line.id)
        .outerjoin(Placement, and_(Placement.line_id == Line.id, Placement.since == latest.c.since))
        .where(
            Line.state != LineState.RELEASED,
            or_(
                Placement.id.is_(None),
                Placement.employee_id.is_distinct_from(Line.employee_id),
                Placement.department.is_distinct_from(Department.path),
                Placement.cost_center.is_distinct_from(CostCenter.code),
            ),
        )
    )  # fmt: skip
    new, changed = [], []
    for line, person, department, center, updated, created, known, since, before in session.execute(wanted):
        place = {"employee_id": person, "department": department, "cost_center": center}
        if known is None:
            day = created.astimezone(SHANGHAI).date()
        else:
            day = today if person != before else min(today, updated.astimezone(SHANGHAI).date())
        if known is not None and day <= since:
            changed.append({"id": known} | place)
        else:
            new.append({"line_id": line, "since": day} | place)
    insert_many(Placement, new)
    update_many(Placement, changed)
    return len(new) + len(changed)


def of_lines(lines: Collection[int]) -> dict[int, list[Placed]]:
    """Line → its history, the oldest first. One query."""
    columns = (
        Placement.line_id, Placement.since, Placement.employee_id, Placement.department, Placement.cost_center,
    )  # fmt: skip
    found: dict[int, list[Placed]] = defaultdict(list)
    wanted = select(*columns).order_by(Placement.line_id, Placement.since)
    for line, since, person, department, center in lookups.few(wanted, Placement.line_id, lines):
        found[line].append(Placed(since, Place(person, department, center)))
    return found


def correct(
    lines: Collection[int], first: date, last: date, department: str | None, cost_center: str | None
) -> None:
    """These lines belonged there from `first` to `last`; who used them stays. None leaves what is known as it is."""
    histories = of_lines(lines)
    for part in lookups.portions(histories):
        session.execute(delete(Placement).where(Placement.line_id.in_(part)))
    rows = []
    for line, placed in histories.items():
        history = placed
        for part_first, part_last, place in stretches(placed, first, last):
            moved = Place(place.employee_id, department or place.department, cost_center or place.cost_center)
            history = corrected(history, part_first, part_last, moved)
        rows += [
            {
                "line_id": line,
                "since": one.since,
                "employee_id": one.place.employee_id,
                "department": one.place.department,
                "cost_center": one.place.cost_center,
            }
            for one in history
        ]
    insert_many(Placement, rows)
