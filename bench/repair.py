"""The repair workbook of a large batch, beside libraries that write the same cells or only carry them over."""

from collections.abc import Iterator
from io import BytesIO

import openpyxl
import xlsxwriter

from bench import ten_columns
from bench.figures import Found, Grid
from bench.place import Place, place
from bench.ten_columns import HEADINGS, Roster
from bench.timing import Spent, spending
from console.bulk import actions, queries, repairing
from console.bulk.kind import KINDS
from console.bulk.models import Batch
from console.bulk.states import RowState
from console.core.db import session, transaction
from jobs import bulk

TIMES = 3


def figures(count: int) -> Iterator[Found]:
    with place("sqlite", 10) as here:
        roster = ten_columns.mixed(count)
        content = roster.xlsx()
        batch = checked(here, content, len(roster.wrong))
        taken = {
            "repair workbook of the console": [_repaired(here, batch) for _ in range(TIMES)],
            "XlsxWriter writing the same cells": [_written(roster) for _ in range(TIMES)],
            "openpyxl loading and saving the file": [_carried_over(content) for _ in range(TIMES)],
        }
    middles = {name: Spent.middle(runs) for name, runs in taken.items()}
    ours = middles["repair workbook of the console"]
    lines = [
        [name, f"{spent.cpu:.3f}", f"{spent.wall:.3f}", f"{ours.cpu / spent.cpu:.2f}"]
        for name, spent in middles.items()
    ]
    part = f"Repair workbook, {count:,} rows of ten columns, {len(roster.wrong):,} of them wrong"
    yield Grid(part, ["", "CPU s", "wall s", "console ÷ this, CPU"], lines, "Target: 1.5 s.")


def checked(here: Place, content: bytes, wrong: int) -> int:
    """The batch, in which so many rows are wrong."""
    with here.acting(), transaction():
        batch = actions.receive("office", here.user, "activate", "花名册.xlsx", content, {}).id
    bulk.check_batch(here.company, batch)
    with here.acting():
        assert queries.tally(batch).of(RowState.WRONG) == wrong
    return batch


def _repaired(here: Place, batch_id: int) -> Spent:
    """As for a download: nothing of the batch is in the session's memory."""
    with here.app.test_request_context(), here.acting():
        session.expunge_all()
        with spending() as spent:
            batch = session.get_one(Batch, batch_id)
            made = repairing.workbook(batch, KINDS[batch.kind])
    assert made.startswith(b"PK")
    return spent


def _written(roster: Roster) -> Spent:
    with spending() as spent:
        book = xlsxwriter.Workbook(BytesIO(), {"in_memory": True})
        sheet = book.add_worksheet()
        for number, values in enumerate((HEADINGS, *roster.rows)):
            for column, value in enumerate(values):
                if type(value) is int:
                    sheet.write_number(number, column, value)
                elif value is not None:
                    sheet.write_string(number, column, str(value))
        book.close()
    return spent


def _carried_over(content: bytes) -> Spent:
    with spending() as spent:
        openpyxl.load_workbook(BytesIO(content)).save(BytesIO())
    return spent
