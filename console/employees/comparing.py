"""What a roster says of somebody, compared with the books: what differs, and what that means. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.bulk.kind import Operation

PLACE = ("department", "cost_center")
FIELDS = ("name", "phone", *PLACE)


@dataclass(frozen=True, slots=True)
class Person:
    """As the books have somebody: `department` is the path, `cost_center` the code."""

    id: int
    number: str
    name: str
    document_index: bytes | None
    phone: str | None
    department: str | None
    cost_center: str | None
    left: bool = False


def differences(
    person: Person, values: Mapping[str, Any], document_index: bytes | None = None
) -> dict[str, str | None]:
    """Field → what the books say of it, for each field that the roster mentions and that differs.

    A cell that is empty is no wish to delete.
    """
    was = {
        field: getattr(person, field)
        for field in FIELDS
        if values.get(field) is not None and values[field] != getattr(person, field)
    }
    if document_index is not None and person.document_index is None:
        was["document_no"] = None
    return was


def operation(was: Mapping[str, Any]) -> Operation:
    """A new department or cost centre alone is a move; anything else is a change."""
    if not was:
        return Operation.SAME
    return Operation.MOVE if was.keys() <= set(PLACE) else Operation.CHANGE
