"""The page 「记住的对应」: what the company has explained about its rosters, as people read it."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from console.bulk.kind import UploadKind
from console.bulk.models import RememberedValue
from console.bulk.presenting import Shown, names_of
from console.core.db import session


def words(kinds: Mapping[str, UploadKind]) -> Shown:
    """「记住的对应」 of words: column, what is written, what it means; the latest first."""
    columns = {column.field: str(column.label) for kind in kinds.values() for column in kind.columns}
    readings = [kind.words() for kind in kinds.values()]
    found = list(session.scalars(select(RememberedValue).order_by(RememberedValue.id.desc())))
    people = names_of({one.by for one in found})
    return {
        "title": _("内容的对应"),
        "about": _("名单里这样写时，按右边的意思办理，并在核对结果里注明"),
        "empty": _("还没有记住的内容。在核对结果里一次改多行时勾选“记住”就会出现在这里"),
        "url": url_for("bulk.forget"),
        "rows": [
            {
                "id": one.id,
                "column": columns.get(one.field, one.field),
                "written": one.written,
                "value": _said(readings, one),
                "by": people.get(one.by or 0, ""),
                "at": one.at,
            }
            for one in found
        ],
    }


def _said(readings: list[Any], one: RememberedValue) -> str:
    """By the first kind that has words of its own for it, such as the name of a plan."""
    said = (word(one.field, one.value) for word in readings)
    return next((text for text in said if text != one.value), one.value)
