"""What a row of the full roster asks for, and what it asks for whom the roster does not mention. Pure."""

from dataclasses import dataclass, field
from typing import Any

from console.bulk.kind import Operation, Row
from console.employees import comparing
from console.employees.comparing import Person
from console.sims.rules import Held
from console.sims.states import LineState
from console.sims.uploads import Activations

OPENS = "opens"
"""Marks the values of a row for which a number is opened."""


@dataclass
class Books(Activations):
    """Also the people whom the rows are about, and their lines, by employee."""

    people: dict[int, Person] = field(default_factory=dict)
    held: dict[int, list[Held]] = field(default_factory=dict)


def whom(row: Row, reference: Books) -> int | None:
    """Whom of the books a row is about, by 工号 and else by document."""
    number = row.values.get("employee_number")
    if number in reference.numbers:
        return reference.numbers[number][0]
    return reference.documents.get(row.document_index or b"", (None, ""))[0]


def decide(row: Row, reference: Books) -> None:
    """What is to be done for a row of the file; nobody without a row in the books has a line."""
    values, person = row.values, reference.people.get(row.employee_id or 0)
    lines = reference.held.get(row.employee_id or 0, [])
    if (
        not lines
        and (person is None or person.left or row.operation == Operation.JOIN)
        and "new_plan" in values
    ):
        values.setdefault("plan", values["new_plan"])
    if person is None or (not lines and "plan" in values):
        row.operation = Operation.JOIN
        if "plan" in values:
            values[OPENS] = True
        return
    was = comparing.differences(person, values, row.document_index)
    if len(lines) == 1 and not person.left and values.get("plan", lines[0].plan.code) != lines[0].plan.code:
        was["plan"] = lines[0].plan.code
        values |= {"line": str(lines[0].line_id), "number_id": lines[0].number_id}
    if was:
        values["was"] = was
    row.operation = Operation.JOIN if person.left else comparing.operation(was)


def decide_absent(row: Row, reference: Books) -> None:
    person, line = reference.people.get(row.employee_id or 0), line_of(row, reference)
    if line is None or line.state != LineState.ACTIVE:
        row.values.pop("line", None)  # suspended meanwhile, or there never was one
    left = person is None or person.left
    row.operation = Operation.LEFT if left and "line" not in row.values else Operation.LEAVE


def absent(number: int, person: Person, line: Held | None) -> Row:
    values: dict[str, Any] = {
        "absent": True,
        "employee_number": person.number,
        "name": person.name,
        "department": person.department,
        "cost_center": person.cost_center,
        "reason": "left",
    }
    if line:
        values |= {"line": str(line.line_id), "number_id": line.number_id, "plan": line.plan.code}
    known = {name: value for name, value in values.items() if value is not None}
    return Row(number, {}, known, document_index=person.document_index, employee_id=person.id)


def in_use(reference: Books, employee_id: int) -> list[Held]:
    return [line for line in reference.held.get(employee_id, ()) if line.state == LineState.ACTIVE]


def line_of(row: Row, reference: Books) -> Held | None:
    """The line that the row changes."""
    lines = reference.held.get(row.employee_id or 0, ())
    return next((line for line in lines if str(line.line_id) == row.values.get("line")), None)
