"""Reads of people, departments and cost centres."""

from collections.abc import Iterable

from sqlalchemy import func, select

from console.core.db import session
from console.core.encryption import blind_index
from console.employees.models import CostCenter, Department, Employee

MANY = 5_000


def document_index(person_key: str) -> bytes:
    """`person_key` is document type and what identifies the person in it, see identifiers.documents."""
    return blind_index("document", person_key)


def name_index(name: str) -> bytes:
    return blind_index("name", name)


def departments() -> dict[str, int]:
    """Path → id, in the order of the paths."""
    found = session.execute(select(Department.path, Department.id).order_by(Department.path))
    return {path: id_ for path, id_ in found}


def cost_centers() -> dict[str, int]:
    found = session.execute(select(CostCenter.code, CostCenter.id).order_by(CostCenter.code))
    return {code: id_ for code, id_ in found}


def cost_center_names() -> dict[str, str]:
    """Name → code, for rosters that write the name."""
    return {name: code for name, code in session.execute(select(CostCenter.name, CostCenter.code))}


def by_number(numbers: Iterable[str]) -> dict[str, tuple[int, bytes | None, bytes]]:
    """工号 → (id, document index, name index)."""
    columns = (Employee.number, Employee.id, Employee.document_index, Employee.name_index)
    return {
        number: (id_, document, name)
        for part in _parts(list(numbers))
        for number, id_, document, name in session.execute(select(*columns).where(Employee.number.in_(part)))
    }


def by_document(indexes: Iterable[bytes]) -> dict[bytes, tuple[int, str]]:
    """Document index → (id, 工号)."""
    columns = (Employee.document_index, Employee.id, Employee.number)
    return {
        index: (id_, number)
        for part in _parts(list(indexes))
        for index, id_, number in session.execute(
            select(*columns).where(Employee.document_index.in_(part)).order_by(Employee.id.desc())
        )
        if index is not None
    }


def named(name: str) -> list[Employee]:
    """Equal names only: the name is sealed, so there is nothing to search in."""
    index = blind_index("name", name)
    return list(session.scalars(select(Employee).where(Employee.name_index == index).limit(20)))


def numbered(prefix: str) -> list[Employee]:
    wanted = select(Employee).where(Employee.number.startswith(prefix, autoescape=True))
    return list(session.scalars(wanted.order_by(Employee.number).limit(20)))


def count() -> int:
    return session.scalar(select(func.count(Employee.id))) or 0


def _parts(values: list) -> Iterable[list]:
    """Databases take so many parameters and no more."""
    for start in range(0, len(values), MANY):
        yield values[start : start + MANY]
