"""Departments and cost centres of people as a kind of upload; it changes only our own books."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from console.bulk.columns import Found
from console.bulk.kind import Column, Group, Operation, Outcome, Row, Unique, UploadKind
from console.core.permissions import Permission
from console.employees import actions, comparing, identity, queries
from console.employees.comparing import Person
from console.employees.uploads import COST_CENTER, DEPARTMENT, NAME, NUMBER, People, people_reference


@dataclass
class Movers(People):
    """The people of the rows, by 工号."""

    people: dict[str, Person] = field(default_factory=dict)


class MovePeople(UploadKind):
    """Another department or cost centre for people of the books, by 工号."""

    slug = "move-people"
    title = _l("批量调整部门和成本中心")
    short = _l("部门/成本中心调整")
    lead = _l("调动、费用归属变化")
    icon = "i-swap"
    group = Group.PEOPLE
    chosen_by = "employee_number"
    permission = Permission.EMPLOYEES_WRITE
    places_orders = False
    columns = (
        Column(**NUMBER.__dict__ | {"required": True, "shown": True}),
        Column(**NAME.__dict__ | {"required": False, "hint": _l("选填，填了就核对姓名")}),
        Column(**DEPARTMENT.__dict__ | {"required": False, "hint": _l("部门和成本中心至少填一个")}),
        Column(**COST_CENTER.__dict__ | {"shown": True, "hint": _l("部门和成本中心至少填一个")}),
    )
    unique = (Unique("employee_number", "E_EMP_DUP", lambda values: values.get("employee_number")),)

    def reference(self) -> Movers:
        return Movers(**people_reference())

    def look_up(self, rows: list[Row], reference: Movers) -> None:
        known = queries.by_number(
            {row.values["employee_number"] for row in rows if "employee_number" in row.values}
        )
        people = queries.people({id_ for id_, _document, _name in known.values()})
        reference.people = {person.number: person for person in people.values()}
        for row in rows:
            if person := reference.people.get(row.values.get("employee_number", "")):
                _compare(row, person)

    def check(self, row: Row, reference: Movers) -> Iterable[tuple[str, Found]]:
        person = reference.people.get(row.values.get("employee_number", ""))
        if person is None and "employee_number" in row.values:
            yield "employee_number", Found("E_PERSON_UNKNOWN")
        if person and row.values.get("name", person.name) != person.name:
            yield "name", Found("E_EMP_NAME")
        if not any(row.values.get(field) for field in comparing.PLACE):
            yield "department", Found("E_MOVE_WHERE")

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        places = ((row.values.get("department"), row.values.get("cost_center")) for row in rows)
        moves = {row.employee_id: place for row, place in zip(rows, places, strict=True) if row.employee_id}
        actions.move(moves)
        return {}

    def words(self) -> Callable[[str, Any], str]:
        return identity.word

    def outcomes(self, batch: Any, rows: Sequence[Any]) -> dict[int, Outcome]:
        return {row.id: Outcome("ok", "saved") for row in rows if row.state == "done"}


def _compare(row: Row, person: Person) -> None:
    places = {name: row.values[name] for name in comparing.PLACE if name in row.values}
    was = comparing.differences(person, places)
    row.employee_id = person.id
    row.values.setdefault("name", person.name)
    row.operation = Operation.MOVE if was else Operation.SAME
    if was:
        row.values["was"] = was
