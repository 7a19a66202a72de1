"""What a company means by words that are in no list: “市场” is 市场部. Remembered, applied to the next files, forgotten."""

from collections import defaultdict
from typing import Any

from sqlalchemy import delete, select

from console.bulk.columns import DOUBTFUL, plain
from console.bulk.kind import Row, UploadKind
from console.bulk.models import RememberedValue
from console.core import acting, clock, permissions
from console.core.db import session
from console.core.encryption import blind_index
from console.core.errors import NotFound
from console.core.permissions import Permission

NO_WORD = frozenset({"E_REQUIRED", "E_PLACEHOLDER", "E_FORMULA", "E_IMAGE"})
"""Nothing was written that could mean something the next time."""
LONGEST = 200


def known() -> dict[str, dict[str, str]]:
    """Field → what is written, in plain form → what it means. One query."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    wanted = select(RememberedValue.field, RememberedValue.written, RememberedValue.value)
    for field, written, value in session.execute(wanted):
        found[field][plain(written)] = value
    return found


def same(field: str, written: str) -> str:
    """Equal for equal words of a column, and tells nothing else about them."""
    return blind_index(f"same {field}", plain(written)).hex()


class Marks:
    """Problem.same for the problems of a roster; a word that comes over and over is worked out once."""

    def __init__(self, kind: UploadKind) -> None:
        self._fields = {column.field for column in kind.columns if column.options}
        self._known: dict[tuple[str, str], str] = {}

    def of(self, row: Row, field: str, code: str, level: str) -> str | None:
        if field not in self._fields or (level == "note" and code not in DOUBTFUL):
            return None
        cell = row.cells.get(field)
        key = field, cell.value if cell else ""
        if key not in self._known:
            self._known[key] = same(*key)
        return self._known[key]


def remember(field: str, written: str, value: str) -> list[str | None]:
    """From now on; returns what Fix.meaning keeps, so that it can be taken back."""
    mark = same(field, written)
    there = _find(field, mark)
    before = there.value if there else None
    if there is None:
        there = RememberedValue(field=field, same=mark, written=written[:LONGEST], value=value)
        session.add(there)
    there.value, there.by, there.at = value, acting.current().actor.user_id, clock.now()
    session.flush()
    return [field, mark, before]


def take_back(meaning: list[Any]) -> None:
    """As it was before remember(); what somebody forgot meanwhile stays forgotten."""
    field, mark, before = meaning
    there = _find(field, mark)
    if there is None:
        return
    if before is None:
        session.delete(there)
    else:
        there.value = before
    session.flush()


def _find(field: str, mark: str) -> RememberedValue | None:
    wanted = select(RememberedValue).where(RememberedValue.field == field, RememberedValue.same == mark)
    return session.scalars(wanted).one_or_none()


def forget(role: str, id_: int) -> None:
    """Files that were checked already stay as they are. Raises NotFound."""
    permissions.check(role, Permission.BATCHES_UPLOAD)
    gone: Any = session.execute(delete(RememberedValue).where(RememberedValue.id == id_))
    if not gone.rowcount:
        raise NotFound()


def is_remembered(field: str, written: str) -> bool:
    return _find(field, same(field, written)) is not None
