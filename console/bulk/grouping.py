"""What is alike in the rows of a batch: problems by what to do about them, and equal cells that one press mends."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from console.bulk import meanings, messages
from console.bulk.mending import Look
from console.bulk.models import Batch, BatchRow, Problem
from console.bulk.presenting import Shown
from console.bulk.states import RowState
from console.core.db import session
from console.spreadsheets.cells import BLANK

LINES = 5
"""Lines of equal cells at once; the most frequent are mended first."""
OVER = (RowState.LEFT_OUT, RowState.CONFIRMED, RowState.ORDERED, RowState.DONE)
"""Rows that wait no more."""
SUGGESTED = Problem.values["suggest"].as_string()


@dataclass(frozen=True)
class Group:
    """One code: in how many rows, how many cells, and for how many of them a value is suggested."""

    code: str
    rows: int
    cells: int
    suggested: int = 0


def by_code(batch_id: int, level: str) -> list[Group]:
    """The most frequent first."""
    rows, cells = func.count(func.distinct(Problem.row_id)), func.count()
    wanted = select(Problem.code, rows, cells).where(*_alive(batch_id, level)).group_by(Problem.code)
    found = list(session.execute(wanted.order_by(cells.desc(), Problem.code)))
    suggested = _suggested(batch_id) if level == "error" else {}
    return [Group(code, rows, cells, suggested.get(code, 0)) for code, rows, cells in found]


def _suggested(batch_id: int) -> dict[str, int]:
    wanted = select(Problem.code, func.count()).where(
        *_alive(batch_id, "error"), Problem.same.is_not(None), SUGGESTED.is_not(None)
    )
    return {code: count for code, count in session.execute(wanted.group_by(Problem.code))}


def _alive(batch_id: int, level: str) -> list[Any]:
    """Problems in rows that wait. A few rows are taken off, which is cheaper than looking up each that stays."""
    over = select(BatchRow.id).where(BatchRow.batch_id == batch_id, BatchRow.state.in_(OVER))
    return [Problem.batch_id == batch_id, Problem.level == level, Problem.row_id.not_in(over)]


@dataclass(frozen=True)
class Line:
    """Equal cells: `row_id` is the first row, `total` how many lines there are."""

    field: str
    code: str
    same: str | None
    rows: int
    row_id: int
    total: int


def alike(batch_id: int, level: str, page: int = 1, *, all_notes: bool = False) -> list[Line]:
    """Equal cells in several rows. Of notes those with a likely meaning, or all of them; already in a single row."""
    key, rows, first = (Problem.field, Problem.code, Problem.same), func.count(), func.min(Problem.row_id)
    wanted = (
        select(*key, rows, first, func.count().over())
        .where(*_alive(batch_id, level), Problem.same.is_not(None))
        .group_by(*key)
        .order_by(rows.desc(), first)
        .limit(LINES)
        .offset((page - 1) * LINES)
    )
    if level == "error":
        wanted = wanted.having(rows > 1)
    elif not all_notes:
        wanted = wanted.where(SUGGESTED.is_not(None))
    return [Line(*found) for found in session.execute(wanted)]


def chips(batch: Batch, tab: str, groups: list[Group], code: str | None) -> list[Shown]:
    return [
        {
            "code": group.code,
            "title": str(messages.ROWS[group.code].title),
            "count": group.rows,
            "remedy": str(messages.ROWS[group.code].remedy),
            "url": url_for("bulk.check", batch_id=batch.id, tab=tab, code=group.code),
            "current": group.code == code,
        }
        for group in groups
        if group.code in messages.ROWS
    ]


def suggestions(batch: Batch, groups: list[Group]) -> list[Shown]:
    """Groups that one press mends, each row as is suggested for it."""
    url = url_for("bulk.suggestions", batch_id=batch.id)
    found = []
    for group in groups:
        label = None
        if group.code.startswith("E_STOCK") or group.code == "E_DUP_BATCH":
            label = _("重新核对这些行")
        elif group.suggested > 1:
            label = _("%(n)s 行都按建议修改", n=group.suggested)
        if label:
            title = str(messages.ROWS[group.code].title)
            found.append(
                {"title": title, "count": group.rows, "label": label, "url": url, "code": group.code}
            )
    return found


def lines(look: Look, found: list[Line], here: Shown, page: int) -> Shown | None:
    """Equal cells with the values to choose from; `here` is where the page of lines is turned."""
    if not found:
        return None
    ids = [line.row_id for line in found]
    rows = select(BatchRow.id, BatchRow.cells).where(BatchRow.id.in_(ids))
    cells = {id_: cells for id_, cells in session.execute(rows)}
    likely = select(Problem.row_id, Problem.same, SUGGESTED).where(Problem.row_id.in_(ids))
    suggested = {(row_id, same): value for row_id, same, value in session.execute(likely) if value}
    pages = -(-found[0].total // LINES)
    more = url_for("bulk.check", **here, lines=page % pages + 1) if pages > 1 else None
    return {
        "lines": [
            _line(look, line, cells[line.row_id], suggested.get((line.row_id, line.same))) for line in found
        ],
        "total": found[0].total,
        "page": page,
        "pages": pages,
        "more_url": more,
        "url": url_for("bulk.replace", batch_id=look.batch.id),
    }


def _line(look: Look, line: Line, cells: Any, suggest: str | None) -> Shown:
    written = cells.get(line.field, (BLANK, ""))[1].strip()
    return {
        "label": look.labels.get(line.field, line.field),
        "written": written,
        "count": line.rows,
        "id": f"same-{line.code}-{line.same}",
        "values": {"field": line.field, "code": line.code, "same": line.same},
        "options": look.options.get(line.field, ()),
        "suggest": suggest,
        "memorable": bool(written) and line.code not in meanings.NO_WORD and len(written) <= meanings.LONGEST,
    }
