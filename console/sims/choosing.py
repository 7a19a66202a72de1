"""What can be asked of lines that somebody selected in a list: it goes the way of an uploaded file, as one."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from console.bulk import actions as batches
from console.bulk.kind import KINDS, Column, UploadKind
from console.bulk.models import Batch
from console.core.permissions import allows
from console.sims import listing
from console.spreadsheets import writing

WHO = ("msisdn", "employee_number", "name")


def kinds(role: str) -> list[UploadKind]:
    return [kind for kind in KINDS.values() if kind.chosen_by and allows(role, kind.permission)]


def common(kind: UploadKind, count: int) -> list[Column]:
    """The columns that are filled in once for all of the selection."""
    return [column for column in kind.columns if column.field not in WHO and not (column.own and count > 1)]


def ask(
    role: str, user_id: int, kind: UploadKind, conditions: Sequence[Any], values: Mapping[str, str]
) -> Batch:
    """A batch for the selected lines, received like any file; raises what batches.receive() raises."""
    chosen = listing.named(conditions)
    filled = [column for column in common(kind, len(chosen)) if values.get(column.field)]
    who = [column for column in kind.columns if column.field in WHO[:2]]
    known = [dict(zip(WHO, one, strict=False)) for one in chosen]
    whose = dict.fromkeys(tuple(one[column.field] for column in who) for one in known)
    headings = [str(column.label) for column in (*who, *filled)]
    rows = [[*one, *(values[column.field] for column in filled)] for one in whose]
    name = _("%(kind)s %(n)s 个号码", kind=kind.short, n=len(rows))
    received = batches.receive(role, user_id, kind.slug, f"{name}.xlsx", writing.table(headings, rows), {})
    assert isinstance(received, Batch), "what we write ourselves is no repair workbook"
    return received
