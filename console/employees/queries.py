"""Reads of people, departments and cost centres."""

from collections.abc import Collection

from sqlalchemy import func, select

from console.core import lookups
from console.core.db import session
from console.core.encryption import blind_index
from console.employees.comparing import Person
from console.employees.models import CostCenter, Department, Employee


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


def by_number(numbers: Collection[str]) -> dict[str, tuple[int, bytes | None, bytes]]:
    """工号 → (id, document index, name index)."""
    columns = (Employee.number, Employee.id, Employee.document_index, Employee.name_index)
    found = lookups.rows(select(*columns), Employee.number, numbers)
    return {number: (id_, document, name) for number, id_, document, name in found}


def by_document(indexes: Collection[bytes]) -> dict[bytes, tuple[int, str]]:
    """Document index → (id, 工号); the first of two employees with one document."""
    columns = (Employee.document_index, Employee.id, Employee.number)
    found = lookups.rows(select(*columns).order_by(Employee.id.desc()), Employee.document_index, indexes)
    return {index: (id_, number) for index, id_, number in found}


def people(ids: Collection[int]) -> dict[int, Person]:
    """As the books have them; opens names and telephones, so for those only of whom something is asked."""
    wanted = (
        select(
            Employee.id, Employee.number, Employee.name, Employee.document_index, Employee.phone, Department.path,
            CostCenter.code, Employee.left_on,
        )
        .outerjoin(Department, Department.id == Employee.department_id)
        .outerjoin(CostCenter, CostCenter.id == Employee.cost_center_id)
    )  # fmt: skip
    found = lookups.rows(wanted, Employee.id, ids)
    return {
        id_: Person(id_, number, name, document, phone, department, center, left_on is not None)
        for id_, number, name, document, phone, department, center, left_on in found
    }


def staff() -> set[int]:
    """Ids of everybody who has not left."""
    return set(session.scalars(select(Employee.id).where(Employee.left_on.is_(None))))


def headcount() -> int:
    return session.scalar(select(func.count(Employee.id)).where(Employee.left_on.is_(None))) or 0


def with_names(names: Collection[str]) -> set[int]:
    """Ids of everybody of one of these names."""
    wanted = select(Employee.name_index, Employee.id)
    return {id_ for _index, id_ in lookups.rows(wanted, Employee.name_index, {name_index(n) for n in names})}


def documents(ids: Collection[int]) -> dict[int, tuple[str | None, str | None]]:
    """(type, number) of each; opens the numbers."""
    wanted = select(Employee.id, Employee.document_type, Employee.document_no)
    return {id_: (kind, number) for id_, kind, number in lookups.rows(wanted, Employee.id, ids)}


def named(name: str) -> list[Employee]:
    """Equal names only: the name is sealed, so there is nothing to search in."""
    index = blind_index("name", name)
    return list(session.scalars(select(Employee).where(Employee.name_index == index).limit(20)))


def numbered(prefix: str) -> list[Employee]:
    wanted = select(Employee).where(Employee.number.startswith(prefix, autoescape=True))
    return list(session.scalars(wanted.order_by(Employee.number).limit(20)))


def count() -> int:
    return session.scalar(select(func.count(Employee.id))) or 0
