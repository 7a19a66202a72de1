"""What the operator says of people before anything is ordered for them: real name, and how many numbers they have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from console.core import clock, db, lookups
from console.core.db import session
from console.core.encryption import blind_index
from console.orders.models import PersonCheck

Person = tuple[bytes, str]
"""Blind index of the document, and the name."""
HOLDS = timedelta(hours=24)
"""So long the operator's word is believed; tomorrow it may be another."""
MOST_LINES = 1000


@dataclass(frozen=True)
class Told:
    """The operator's word on a person: of whom by name, against what (None is nothing), and numbers of how many."""

    name: bytes
    code: str | None
    lines: int
    most: int


def name_key(name: str) -> bytes:
    """An answer is about a document and a name together: another name is another question."""
    return blind_index("name", name)


def told(people: Collection[Person]) -> dict[Person, Told]:
    """What was said of them within a day: an answer about another name under the same document is none. One query."""
    names: dict[bytes, set[str]] = {}
    for document, name in people:
        names.setdefault(document, set()).add(name)
    columns = (PersonCheck.name_index, PersonCheck.code, PersonCheck.lines, PersonCheck.most)
    wanted = select(PersonCheck.document_index, *columns).where(PersonCheck.asked_at > clock.now() - HOLDS)
    found: dict[Person, Told] = {}
    for document, *rest in lookups.rows(wanted, PersonCheck.document_index, names):
        word = Told(*rest)
        found |= {(document, name): word for name in names[document] if name_key(name) == word.name}
    return found


def read(name: str, answer: Mapping[str, Any]) -> Told | None:
    """The operator's JSON (gateway contract, `/realname/checks`); None for nonsense."""
    lines, most = answer.get("oneIdCount"), answer.get("oneIdLimit")
    if not _is_count(lines) or not _is_count(most) or answer.get("result") not in ("PASS", "FAIL", "REVIEW"):
        return None
    code = str(answer.get("code") or "")[:40] if answer["result"] == "FAIL" else ""
    return Told(name_key(name), code or None, lines, most)  # type: ignore[arg-type]


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_LINES


def keep(answers: Mapping[bytes, Told]) -> None:
    """In the place of what was said before."""
    if not answers:
        return
    session.execute(
        delete(PersonCheck)
        .where(PersonCheck.document_index.in_(answers))
        .execution_options(synchronize_session=False)
    )
    now = clock.now()
    rows = [
        {
            "document_index": document, "name_index": one.name, "code": one.code, "lines": one.lines,
            "most": one.most, "asked_at": now,
        }
        for document, one in answers.items()
    ]  # fmt: skip
    db.insert_many(PersonCheck, rows)
