"""The directory as a workbook, in the shape in which it can be uploaded again."""

from collections.abc import Iterable

from console.employees import identity
from console.employees.models import Employee
from console.employees.uploads import EmployeeRoster
from console.spreadsheets import writing
from console.spreadsheets.writing import Value

SEALED = ("document_type", "document_no", "phone")
"""Only for who may see them whole: a masked number could not be uploaded again."""


def directory(people: Iterable[Employee], sheet_name: str, *, whole: bool) -> bytes:
    """People under the headings of the roster; `whole` with documents and telephones."""
    columns = [column for column in EmployeeRoster.columns if whole or column.field not in SEALED]
    rows = _rows(people, [column.field for column in columns])
    headings = [str(column.label) for column in columns]
    return writing.table(headings, rows, widths=[column.width for column in columns], sheet_name=sheet_name)


def _rows(people: Iterable[Employee], fields: list[str]) -> Iterable[list[Value]]:
    for one in people:
        known: dict[str, Value] = {
            "employee_number": one.number,
            "name": one.name,
            "department": one.department.path if one.department else None,
            "cost_center": one.cost_center.code if one.cost_center else None,
        }
        if "document_no" in fields:
            kind = one.document_type
            known |= {
                "document_type": identity.word("document_type", kind) if kind else None,
                "document_no": one.document_no,
                "phone": one.phone,
            }
        yield [known[field] for field in fields]
