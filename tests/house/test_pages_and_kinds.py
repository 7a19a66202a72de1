"""Nothing is forgotten when something is added: a page, a job, a kind of upload, a code, a state."""

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from console.app import KINDS
from console.bulk import columns, messages
from console.bulk.models import Batch, BatchRow, Problem
from console.core.db import session, transaction
from console.core.permissions import ROLES, Permission, Role
from console.core.queue import Job
from console.core.states import State
from console.core.web import Guarded
from console.sims import actions as sims
from docs import states as drawn
from tests.hired import hire, hire_example, numbers_of

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = {
    "static", "admin.static", "health", "sign_in.index", "sign_in.second_factor", "sign_in.send_sms",
    "sign_in.sign_out", "sign_in.preferences", "sign_in.keep_alive", "operator.receive", "tax.receive",
}  # fmt: skip
"""Everything that is not a page of the console: the door, files, the operator's call-backs, the probe of the host."""
CALLED_BY_THE_CLOCK = {Job.RECONCILE.value}
"""In the list for the name that its changes carry in the trail."""
STATES = State.__subclasses__()
ABOUT_SOMEBODY = {
    "add-products": ("active",),
    "change-plan": ("active",),
    "data-limits": ("active",),
    "move-people": (),
    "remove-products": ("active",),
    "replace-cards": ("active",),
    "report-lost": ("active",),
    "resume": ("active", "suspended"),
    "several": ("active", "suspended"),
    "suspend": ("active",),
    "terminate": ("active",),
}
"""Kinds for people who are there already, and what became of their line."""
HAS = {"remove-products": ("CRING",)}
"""What that line has beside its plan."""
DOCUMENTS = (
    "resident_id_cn", "foreign_pr_2023", "foreign_pr_old", "hk_macao_travel_permit", "hmt_residence_permit",
    "taiwan_travel_permit", "passport_foreign",
)  # fmt: skip


def views(app):
    return app.extensions["admin"][0]._views


def test_every_page_declares_a_permission(app):
    for view in views(app):
        assert isinstance(view, Guarded), view
        assert isinstance(view.permission, Permission), view


def test_a_page_may_ask_for_more_than_its_view_only_with_a_permission(app):
    for view in views(app):
        for _name, page in inspect.getmembers(type(view), inspect.isfunction):
            assert isinstance(getattr(page, "permission", Permission.HOME), Permission)


def test_there_is_no_way_in_but_pages_and_the_known_few(app):
    pages = {view.endpoint for view in views(app)}
    found = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {one for one in found if one.partition(".")[0] not in pages or one == "admin.static"} == OUTSIDE


def test_a_page_that_changes_something_does_not_listen_to_get(app):
    """Except forms, which show themselves, and what Flask-Admin offers and our lists switch off."""
    both = {r.endpoint for r in app.url_map.iter_rules() if {"GET", "POST"} <= (r.methods or set())}
    forms = {
        "sign_in.index",
        "sign_in.second_factor",
        "bulk.upload",
        "bulk.confirm",
        "statements.correct",
        "statements.file_in",
    }
    assert {one for one in both if not one.endswith((".create_view", ".edit_view"))} == forms


def test_every_role_is_in_the_table_and_every_permission_is_held_by_somebody():
    assert set(ROLES) == set(Role)
    assert set().union(*ROLES.values()) == set(Permission)
    assert all(Permission.HOME in held and Permission.SELF in held for held in ROLES.values())


def test_who_only_looks_changes_nothing():
    changing = {Permission.BATCHES_UPLOAD, Permission.BATCHES_CONFIRM, Permission.EMPLOYEES_WRITE}
    changing |= {Permission.LINES_ACTIVATE, Permission.LINES_CHANGE, Permission.LINES_SUSPEND}
    changing |= {Permission.LEAVERS_ACCEPT, Permission.REVEAL}
    for role in (Role.AUDITOR, Role.FINANCE, Role.APPROVER):
        assert not ROLES[role] & changing, role


@pytest.mark.parametrize("job", list(Job))
def test_every_job_can_be_found_by_its_worker(job):
    module, _, name = job.value.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def test_every_job_is_in_the_list(app):
    """A function with @job that the list does not name could never be rung for."""
    found = set()
    for path in (ROOT / "jobs").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(
                "job(" in ast.unparse(d) for d in node.decorator_list
            ):
                found.add(f"jobs.{path.stem}.{node.name}")
    assert found == {job.value for job in Job} - CALLED_BY_THE_CLOCK


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_every_kind_accepts_its_own_template_filled_with_its_own_example(kind, people, sign_in, work):
    olga = sign_in("olga")
    if kind.slug in ABOUT_SOMEBODY:
        hire_example(people, "olga", *ABOUT_SOMEBODY[kind.slug], products=HAS.get(kind.slug, ()))
    known = {}
    if kind.slug == "change-users":
        known["msisdn"] = numbers_of(people, hire(people, "olga", lines=1, active=1).lines)[0]
    if kind.slug == "give-back-numbers":
        with people.as_("olga"), transaction():
            sims.take_in_numbers(["13800003377"], None)
    book = load_workbook(BytesIO(olga.get(f"/bulk/template/{kind.slug}.xlsx").data))
    sheet = book.worksheets[0]
    headings = {
        str(cell.value).rstrip("*＊ "): cell
        for row in sheet.iter_rows(max_row=15)
        for cell in row
        if cell.value
    }
    for column in kind.columns:
        cell = headings[str(column.label)]
        sheet.cell(cell.row + 1, cell.column).value = known.get(column.field, column.example)
    filled = BytesIO()
    book.save(filled)

    assert olga.upload(filled.getvalue(), kind=kind.slug).status_code == 302
    work()
    with people.as_("olga"):
        batch, rows = session.scalars(select(Batch)).one(), session.scalars(select(BatchRow)).all()
        wrong = session.scalars(select(Problem.code).where(Problem.level == "error")).all()
    assert (batch.state, batch.refusal, wrong) == ("checked", None, [])
    assert [row.state for row in rows] == ["ready"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_every_required_column_of_a_kind_has_an_example_and_a_hint(kind):
    assert kind.permission and kind.slug and str(kind.title) and str(kind.lead)
    for column in kind.columns:
        assert str(column.label)
        assert not column.required or column.example, column.field
    assert len({column.field for column in kind.columns}) == len(kind.columns)


def test_no_column_hides_a_member_of_a_form_from_scripts():
    """An input named `action` is what form.action means from then on."""
    taken = {"action", "method", "submit", "reset", "target", "elements", "length"}
    assert {column.field for kind in KINDS for column in kind.columns if column.default} & taken == set()


@pytest.mark.parametrize("states", STATES)
def test_every_state_is_reached_from_the_first(states):
    reached, ahead = set(), [states.first()]
    while ahead:
        state = ahead.pop()
        if state not in reached:
            reached.add(state)
            ahead += states.moves().get(state, ())
    assert reached == set(states)


@pytest.mark.parametrize("states", STATES)
def test_a_state_has_an_end_or_a_way_on(states):
    assert all(target in states for targets in states.moves().values() for target in targets)
    assert not any(state in states.moves().get(state, ()) for state in states)


def test_the_picture_of_the_states_is_the_table():
    assert set(drawn.THINGS.values()) == set(STATES)
    assert drawn.PAGE.read_text(encoding="utf-8") == drawn.page(), "run `make docs`"


def trees() -> Iterator[ast.AST]:
    """What the modules do, without the catalogues of messages."""
    for folder in ("console", "jobs"):
        for path in (ROOT / folder).rglob("*.py"):
            if "simulator" not in path.parts and path.name != "messages.py":
                yield from ast.walk(ast.parse(path.read_text()))


def row_codes() -> set[str]:
    """Codes that are written out where a cell is judged; also either end of an `if`."""
    found = set()
    for node in trees():
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
            "Found",
            "refused",
            "note",
            "Unique",
        ):
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                ends = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
                found |= {str(end.value) for end in ends if isinstance(end, ast.Constant)}
    return {text for text in found if re.fullmatch(r"[EW]_[A-Z0-9_]+", text)}


def file_codes() -> set[str]:
    texts = (str(node.value) for node in trees() if isinstance(node, ast.Constant))
    return {text for text in texts if re.fullmatch(r"F_[A-Z_]*[A-Z]", text)}


def test_every_code_of_a_row_has_its_message():
    used = row_codes()
    assert len(used) > 40
    assert used - set(messages.ROWS) == set()


def test_every_reason_of_a_rule_has_its_message():
    """Codes that are put together or looked up: each reason and note that the vectors know."""
    wanted = set()
    for name in DOCUMENTS:
        wanted |= {f"E_ID_{one['reason']}" for one in _vectors(name) if not one["valid"]}
    wanted = wanted - {"E_ID_LEGACY_15_DIGIT"} | {"E_ID_15"}
    for one in _vectors("roster_name"):
        wanted |= {columns.NAME_NOTES[note] for note in one.get("notes", ())}
        wanted |= set() if one["valid"] else {columns.NAME_REFUSALS[one["reason"]]}
    assert len(wanted) > 15
    assert wanted - set(messages.ROWS) == set()


def _vectors(name: str) -> list[dict]:
    return json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_text())["vectors"]


def test_every_reason_for_not_taking_a_file_has_its_message():
    assert file_codes() - set(messages.FILES) == set()
