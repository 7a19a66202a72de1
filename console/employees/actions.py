"""What is done to people, departments and cost centres."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import select

from console.core import clock, db
from console.core.db import session
from console.core.encryption import blind_index
from console.employees import queries
from console.employees.models import CostCenter, Department, Employee

_GIVEN = re.compile(r"P[0-9]{6}")
PERSON = ("name", "document_type", "document_no", "phone")


def ensure_departments(paths: Iterable[str]) -> dict[str, int]:
    """Make what is missing of the tree, parents first; all paths → id."""
    known = queries.departments()
    wanted = {part for path in paths for part in _ancestors(path)} - known.keys()
    for path in sorted(wanted, key=lambda path: path.count("/")):
        parent, _, name = path.rpartition("/")
        department = Department(path=path, name=name, parent_id=known.get(parent))
        session.add(department)
        session.flush()
        known[path] = department.id
    return known


def ensure_cost_centers(codes: Iterable[str]) -> dict[str, int]:
    known = queries.cost_centers()
    for code in sorted(set(codes) - known.keys()):
        center = CostCenter(code=code, name=code)
        session.add(center)
        session.flush()
        known[code] = center.id
    return known


def save_people(people: list[Mapping[str, Any]]) -> list[int]:
    """Add or change people by 工号 or else by document; returns the employee id for each, in order.

    Each person is a mapping with `number`, `name`, and as far as known `document_type`, `document_no`,
    `person_key`, `phone`, `department`, `cost_center`. What a person does not mention stays as it was.
    """
    keys = [person.get("number") or person.get("person_key") for person in people]
    once = {key: person for key, person in zip(keys, people, strict=True)}
    saved = dict(zip(once, _save(list(once.values())), strict=True))
    return [saved[key] for key in keys]


def leave(ids: Iterable[int]) -> None:
    """The roster does not mention these people any more."""
    leaving = {"left_on": clock.today(), "updated_at": clock.now()}
    db.update_many(Employee, [{"id": id_} | leaving for id_ in ids])


def move(moves: Mapping[int, tuple[str | None, str | None]]) -> None:
    """Employee id → (department, cost centre); None leaves it as it is. What is missing of the tree is made."""
    departments = ensure_departments({path for path, _code in moves.values() if path})
    centers = ensure_cost_centers({code for _path, code in moves.values() if code})
    people: list[tuple[int, dict[str, Any]]] = []
    for id_, (path, code) in moves.items():
        row = {"department_id": departments[path]} if path else {}
        people.append((id_, row | ({"cost_center_id": centers[code]} if code else {})))
    _change(people)


def _save(people: list[Mapping[str, Any]]) -> list[int]:
    departments = ensure_departments({p["department"] for p in people if p.get("department")})
    centers = ensure_cost_centers({p["cost_center"] for p in people if p.get("cost_center")})
    rows = [_columns(person, departments, centers) for person in people]
    known = _known(rows)
    new = [row for row, id_ in zip(rows, known, strict=True) if id_ is None]
    if new:
        now = clock.now()
        blank = dict.fromkeys(_ALL) | {"created_at": now, "updated_at": now}
        fresh = iter(db.insert_many(Employee, [blank | row for row in new]))
    _change([(id_, row) for row, id_ in zip(rows, known, strict=True) if id_ is not None])
    return [next(fresh) if id_ is None else id_ for id_ in known]


_ALL = (
    "number", "name", "name_index", "document_type", "document_no", "document_index", "phone",
    "department_id", "cost_center_id",
)  # fmt: skip


def _columns(
    person: Mapping[str, Any], departments: dict[str, int], centers: dict[str, int]
) -> dict[str, Any]:
    row = {field: person[field] for field in PERSON if person.get(field)}
    row["number"] = person.get("number") or ""
    row["left_on"] = None  # whoever is written of in a roster works here
    row["name_index"] = blind_index("name", person["name"])
    if person.get("person_key"):
        row["document_index"] = queries.document_index(person["person_key"])
    if person.get("department"):
        row["department_id"] = departments[person["department"]]
    if person.get("cost_center"):
        row["cost_center_id"] = centers[person["cost_center"]]
    return row


def _known(rows: list[dict[str, Any]]) -> list[int | None]:
    """The id of each person who is here already. People without a 工号 get one: the next free P number."""
    numbers = queries.by_number([row["number"] for row in rows if row["number"]])
    documents = queries.by_document([row["document_index"] for row in rows if "document_index" in row])
    free = iter(())  # type: Iterator[str]
    if any(not row["number"] for row in rows):
        free = _free_numbers({row["number"] for row in rows})
    found: list[int | None] = []
    for row in rows:
        if row["number"]:
            id_ = numbers.get(row["number"], (None,))[0]
        else:
            id_, row["number"] = documents.get(row.get("document_index", b""), (None, ""))
            row["number"] = row["number"] or next(free)
        found.append(id_)
    return found


def _free_numbers(written: set[str]) -> Iterator[str]:
    """P000001, P000002 …: beyond every such number in the books and in what is being written."""
    kept = session.scalars(select(Employee.number).where(Employee.number.like("P______")))
    taken = [int(number[1:]) for number in (*kept, *written) if _GIVEN.fullmatch(number)]
    return (f"P{number:06}" for number in itertools.count(max(taken, default=0) + 1))


def _change(people: list[tuple[int, dict[str, Any]]]) -> None:
    """Rows that mention the same columns are changed together."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for id_, row in people:
        alike.setdefault(tuple(sorted(row)), []).append({"id": id_, **row, "updated_at": clock.now()})
    for rows in alike.values():
        db.update_many(Employee, rows)


def _ancestors(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]
