"""What a company has said about headings, so that it says it once."""

from collections.abc import Mapping

from sqlalchemy import delete, select

from console.bulk.models import RememberedHeading
from console.core import db
from console.core.db import session

LONGEST_HEADING = 60


def recall(kind: str) -> dict[str, str]:
    """Normalised heading → field, '' for what is not imported."""
    wanted = select(RememberedHeading.heading, RememberedHeading.field).where(RememberedHeading.kind == kind)
    return {heading: field for heading, field in session.execute(wanted)}


def remember(kind: str, said: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Keep what differs from `known`, our own synonyms; what agrees with them is forgotten again."""
    wanted = {
        heading: field
        for heading, field in said.items()
        if 0 < len(heading) <= LONGEST_HEADING and known.get(heading) != field
    }
    before = recall(kind)
    changed = {heading for heading in said if heading in before and before[heading] != wanted.get(heading)}
    if changed:
        forget(kind, *changed)
    new = [
        {"kind": kind, "heading": heading, "field": field}
        for heading, field in wanted.items()
        if before.get(heading) != field
    ]
    if new:
        db.insert_many(RememberedHeading, new)


def forget(kind: str, *headings: str) -> None:
    session.execute(
        delete(RememberedHeading)
        .where(RememberedHeading.kind == kind, RememberedHeading.heading.in_(headings))
        .execution_options(synchronize_session=False)
    )
