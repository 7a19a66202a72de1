"""What is asked about a file before its rows are checked, and what comes of the answers."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from console.bulk import checking, remembering, shapes
from console.bulk.checking import Task
from console.bulk.kind import KINDS, Column, UploadKind
from console.bulk.models import Batch
from console.bulk.states import BatchState
from console.core import acting, clock, permissions, queue
from console.core.db import session
from console.core.errors import WrongState
from console.core.permissions import Permission
from console.core.words import in_all_languages
from console.spreadsheets.cells import Note, Workbook
from console.spreadsheets.choosing import Q_SHEET, Told
from console.spreadsheets.headings import fields_by_heading, normalised
from console.spreadsheets.refusals import Refused
from console.spreadsheets.tables import Q_COLUMNS, Table, find_table, stamp

Q_COLUMN_SHIFT: Final = "Q_COLUMN_SHIFT"
COLUMNS: Final = "columns"
"""Among the answers of a batch: key of a heading → field."""
OPEN = (BatchState.ASKING, BatchState.CHECKED)
"""As long as nothing was confirmed."""
Trouble = tuple[str, dict[str, Any]]


def columns_of(kind: UploadKind) -> tuple[Column, ...]:
    """All that a file may have, those that are only compared included."""
    return (*kind.columns, *kind.witnesses)


def synonyms(kind: UploadKind) -> dict[str, tuple[str, ...]]:
    """Field → the headings that it goes by, in every language."""
    return {one.field: (*in_all_languages(one.label), *one.synonyms) for one in columns_of(kind)}


def required(kind: UploadKind, defaults: Mapping[str, str]) -> list[str]:
    """The fields that a file must have a column for; one with a default value is none."""
    return [column.field for column in kind.columns if column.required and not defaults.get(column.field)]


def table_of(task: Task, workbook: Workbook) -> Table:
    """The table of a file, read with what was answered and remembered. Raises Refused."""
    kind, answers = task.kind, dict(task.answers)
    told = Told(columns=answers.pop(COLUMNS, {}), answers=answers, remembered=task.remembered)
    table = find_table(
        workbook,
        synonyms(kind),
        required(kind, task.defaults),
        told,
        padded=[column.field for column in kind.columns if column.padded],
        filled_down=[column.field for column in kind.columns if column.filled_down],
    )
    return replace(
        table,
        questions=(*table.questions, *_shifts(kind, table, answers)),
        notes=(*table.notes, *_about_the_template(kind, stamp(workbook))),
    )


def _about_the_template(kind: UploadKind, stamped: Mapping[str, str]) -> Iterator[Note]:
    """Every template that was ever given out is taken; that it is an old one, or another's, is said."""
    if not stamped:
        return
    version = stamped.get("version", "")
    if stamped.get("kind") != kind.slug:
        yield Note("W_TEMPLATE_OTHER")
    elif version.isdecimal() and int(version) < kind.version:
        yield Note("W_TEMPLATE_OLD", {"version": int(version), "now": kind.version})


def _shifts(kind: UploadKind, table: Table, answers: Mapping[str, str]) -> Iterator[Note]:
    """A column that we matched and that holds something else is refused; one that a person matched is asked about."""
    for field, looks in shapes.shifted(kind.columns, table):
        values = {"label": table.headings[field], "looks": looks}
        if field not in table.told:
            raise Refused("F_COLUMN_SHIFT", **values)
        if answers.get(Q_COLUMN_SHIFT) != "yes":
            yield Note(Q_COLUMN_SHIFT, {"default": "no", **values})


def ask(task: Task, table: Table) -> None:
    """The batch waits for a person; nothing of its rows is kept."""
    batch = checking.held(task)
    if batch is None:
        return
    with acting.on_batch(batch.id):
        checking.drop_rows(batch)
        batch.state = BatchState.ASKING
        batch.questions = [[one.code, dict(one.values)] for one in table.questions]
        batch.layout = checking.layout_of(task.kind, table)
        batch.lease = batch.lease_until = None
        session.flush()


def answer(role: str, batch_id: int, answers: Mapping[str, str], columns: Mapping[str, str]) -> list[Trouble]:
    """Take the answers and have the file checked anew; or, with nothing changed, what is wrong with them.

    `answers` go by the code of the question, `columns` by the key of the heading. Raises WrongState when something
    was confirmed already.
    """
    batch = _open(role, batch_id)
    kind, layout = KINDS[batch.kind], batch.layout or {"sheet": "", "columns": []}
    said = _settled(batch, answers)
    chosen = _chosen(kind, layout, columns)
    elsewhere = said.get(Q_SHEET, layout["sheet"]) != layout["sheet"]
    troubles = list(_troubles(kind, layout, chosen, [] if elsewhere else required(kind, batch.defaults)))
    if troubles:
        return troubles
    with acting.on_batch(batch.id):
        batch.answers = {**batch.answers, **said, COLUMNS: chosen}
        batch.questions, batch.attempts = [], 0
        batch.state = BatchState.RECEIVED
        texts = {one["key"]: one["text"] for one in layout["columns"]}
        headings = {normalised(texts[key]): field for key, field in chosen.items() if "#" not in key}
        remembering.remember(batch.kind, headings, fields_by_heading(synonyms(kind)))
        session.flush()
        queue.enqueue(queue.Job.CHECK_BATCH, acting.company(), batch.id)
    return []


def forget(role: str, batch_id: int, heading: str) -> None:
    """The next file with this heading is read as if nobody had ever explained it."""
    batch = _open(role, batch_id)
    with acting.on_batch(batch.id):
        remembering.forget(batch.kind, normalised(heading))


def _open(role: str, batch_id: int) -> Batch:
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    permissions.check(role, Permission.BATCHES_UPLOAD)
    permissions.check(role, KINDS[batch.kind].permission)
    if batch.state not in OPEN or batch.expires_at < clock.now():
        raise WrongState(thing="Batch", old=batch.state, new="asked")
    return batch


def _settled(batch: Batch, answers: Mapping[str, str]) -> dict[str, str]:
    """An answer for each question that is open, the safe one where none of the possible ones came."""
    said = {}
    for code, values in batch.questions:
        if code != Q_COLUMNS:
            possible = values.get("options", ("yes", "no"))
            said[code] = answers[code] if answers.get(code) in possible else values["default"]
    return said


def _chosen(kind: UploadKind, layout: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    """For every heading of the file; one that was not sent along stays as it was found."""
    known = {column.field for column in columns_of(kind)}
    wanted = {one["key"]: columns.get(one["key"], one["field"]) for one in layout["columns"]}
    return {key: field if field in known else "" for key, field in wanted.items()}


def _troubles(
    kind: UploadKind, layout: Mapping[str, Any], chosen: Mapping[str, str], needed: list[str]
) -> Iterator[Trouble]:
    names = {one["key"]: one["name"] for one in layout["columns"]}
    for column in columns_of(kind):
        keys = [key for key, field in chosen.items() if field == column.field]
        if len(keys) > 1:
            yield "TWICE", {"field": column.field, "headings": [names[key] for key in keys], "keys": keys}
        if not keys and column.field in needed:
            yield "MISSING", {"field": column.field, "headings": [], "keys": []}
