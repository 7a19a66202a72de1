"""Every address of the console, tried by everybody who has no business there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from werkzeug.routing import Rule

from console.accounts import actions as accounts
from console.bulk import approval_rules, approval_settings
from console.bulk.models import Batch, BatchRow
from console.core import acting, clock
from console.core.config import Settings
from console.core.db import Base, session, transaction
from console.core.permissions import Permission, Role, allows
from console.employees.models import Department, Employee
from console.expenses import actions as expenses
from console.invoices import applying, covering, reversing, titles
from console.invoices import rules as invoice_rules
from console.orders.models import Order
from examples import roster
from examples.company import uscc
from tests.accounts.entrance import give_password
from tests.bulk.test_upload_to_orders import shown
from tests.cast import PASSWORD, Browser, Cast
from tests.expenses.months import PERIOD, billed, take_in
from tests.hired import Hired, hire, numbers_of

OPEN = {
    "static": "style and script, the same for everybody",
    "admin.static": "Flask-Admin's own files",
    "tax.receive": "unsigned by the platform's own interface: it changes nothing, and says the same to everybody",
    "health": "whether the process lives; tells nothing else",
    "sign_in.index": "the door",
    "sign_in.preferences": "appearance and language of this browser",
    "sign_in.sign_out": "whoever is out already goes to the door",
}
PASSWORD_ENOUGH = {
    "sign_in.second_factor": "the second step",
    "sign_in.send_sms": "the message with the code of the second step",
}
OWN_ONLY = {
    "security.end": "looks among the person's own sessions only, and then returns to the page",
    "edit_view": "there is nothing to edit in any list: back to the list before anything is looked up",
    "delete_view": "nothing can be deleted in any list: back to the list before anything is looked up",
}
LEAVES_TRACE = {
    "statements.download": "numbers in full leave the console: the trail says so",
    "bulk.repair_workbook": "personal data leave the console: the trail says so",
    "bulk.results": "numbers in full leave the console: the trail says so",
}
OF_ITS_KIND = {
    "bulk.repair_workbook": "needs the permission of the batch's kind as well: here that of opening lines"
}
ENDS_THE_SESSION = {"sign_in.sign_out"}
LOGINS = {role.value: login for login, role in (
    ("olga", Role.OWNER), ("ann", Role.OFFICE), ("hal", Role.HR), ("fay", Role.FINANCE), ("vic", Role.AUDITOR),
    ("ada", Role.APPROVER),
)}  # fmt: skip
ODD = (
    "page=99999999999999999999999", "page=-1", "page=x", "id=%C2%B2", "id=", "id=-1", "id=99999999999999999999",
    "tab=%00", "tab=nowhere", "code=%00&tab=wrong", "q=%00", "q=%25_%27%22%5C", "q=%F0%9F%98%80", "sort=99&desc=7",
    "since=2026-02-31&until=%00", "entity=%00&state=%00&plan=%00&department=%00&line=%00&kind=%00&group=%00",
    "method=%00&shown=%00", "flt1_0=x&search=%00&page_size=0", "name=x&query=y&offset=z&limit=-1",
    "by=%00&version=x", "version=99&page=0", "line=%C2%B2&employee=-1&item=%00", "line=x&first=2026-02-31&last=%00",
)  # fmt: skip
LARGE = 2**31


@dataclass(frozen=True)
class Acme:
    """What there is to be looked for: ids of Acme's rows."""

    hired: Hired
    batch: int
    running: int
    row: int
    ordered: int
    session: int
    correction: int = 1


@pytest.fixture
def acme(people: Cast, sign_in: Any, work: Any, settings: Settings) -> Acme:
    """A batch with wrong and ready rows, one that runs, people, lines, orders, notices and a trail."""
    with people.as_("olga"), transaction():
        people.users["ada"] = (
            accounts.create_user("ada", "Ada", Role.APPROVER, PASSWORD, None).id,
            people.acme,
        )
    hired = hire(people, "ann", lines=3, without=1, active=1)
    ann = sign_in("ann")
    ann.upload(roster.make(6).xlsx())
    ann.upload(roster.make(4, seed=2, first=100, faults=False).xlsx(), name="另一份.xlsx")
    work()
    assert ann.post("/bulk/2/confirm", {"shown": shown(ann.get("/bulk/2/check").text)}).status_code == 302
    work()
    mended = {"roster": (BytesIO(ann.get("/bulk/1/repair.xlsx").data), "修正表.xlsx")}
    assert ann.post("/bulk/1/repair", mended, content_type="multipart/form-data").status_code == 302
    work()
    with people.as_("olga"), transaction():
        approval_settings.add_rule(approval_rules.Rule(0, kind="terminate"))
        owner, office = people.users["olga"][0], people.users["ann"][0]
        approval_settings.appoint(
            owner, office, clock.today() - timedelta(days=9), clock.today() - timedelta(days=8)
        )
    with people.as_("ann"):
        wrong = session.scalars(select(BatchRow.id).where(BatchRow.state == "wrong")).first()
        ordered = session.scalars(select(BatchRow.id).where(BatchRow.state == "ordered")).first()
        assert session.scalar(select(func.count(Order.id))) == 4
        mine = session.scalar(text("select max(id) from user_sessions"))
    take_in(people, "ann", [billed(1, 5900, numbers_of(people, hired.lines)[0])])
    with people.as_("fay"), transaction():
        expenses.ask("finance", people.users["fay"][0], 1, "为什么？")
    take_in(people, "ann", [billed(1, 5900, numbers_of(people, hired.lines)[0])], "2026-09")
    with people.as_("fay"), transaction():
        fay = people.users["fay"][0]
        expenses.close("finance", fay, "2026-09", 1)
        titles.keep("finance", {"name": "Acme", "tax_number": uscc("91990100MA0000002"), "kind": "special"})
    with people.as_("fay"), transaction():
        seen = applying.shown_digest(invoice_rules.plan(covering.open_parts("2026-09", "company", "")))
        invoice = applying.apply("finance", fay, "2026-09", "company", "", seen, "", settings)
        invoice.state, invoice.number, invoice.issued_at = "issued", "26990000000000000018", clock.now()
    with people.as_("fay"), transaction():
        reversing.ask("finance", fay, 1, "01")
    return Acme(hired, 1, 2, wrong or 0, ordered or 0, mine or 0)


def rules(app: Flask, method: str) -> Iterator[Rule]:
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if method in (rule.methods or ()):
            yield rule


def address(app: Flask, rule: Rule, acme: Acme | None, **instead: Any) -> str:
    """The address of a rule, with ids of Acme's rows."""
    ids = {
        "batch_id": acme.batch if acme else 1,
        "row_id": acme.row if acme else 1,
        "employee_id": acme.hired.people[0] if acme else 1,
        "session_id": acme.session if acme else 1,
        "correction_id": acme.correction if acme else 1,
        "order_id": 1,
        "rule_id": 1,
        "deputy_id": 1,
        "charge_id": 1,
        "question_id": 1,
        "period": PERIOD,
        "kind": "xlsx",
        "invoice_id": 1,
        "form_id": 1,
        "title_id": 1,
        "format": "xml",
        "program": "yonyou",
        "comment_id": 1,
        "package_id": 1,
        "file_id": 1,
        "reader_id": 1,
        "announced_id": 1,
        "request_id": 1,
        "slug": "activate",
        "export_type": "csv",
        "filename": "console.css",
    } | instead
    query = ""
    if rule.endpoint in ("employees.details_view", "employees.edit_view"):
        query = f"?id={ids['employee_id']}"
    elif rule.endpoint.endswith((".details_view", ".edit_view")):
        query = f"?id={instead.get('id', acme.hired.lines[0] if acme else 1)}"
    elif rule.endpoint == "bulk.confirm":
        query = f"?shown={'0' * 64}"
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, {k: ids[k] for k in rule.arguments}) + query


def snapshot() -> dict[str, list[Any]]:
    """Every row of every table as it lies in the database; being seen is no change."""
    found = {}
    with acting.platform("test"):
        for table in Base.metadata.sorted_tables:
            columns = [column.name for column in table.columns if column.name != "last_seen"]
            names = ", ".join(f'"{name}"' for name in columns)
            rows = session.connection().execute(text(f"select {names} from {table.name} order by id"))
            found[table.name] = [tuple(map(repr, row)) for row in rows]
    return found


def changed(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> set[str]:
    return {table for table in before if before[table] != after[table]}


def refused(answer: Any) -> bool:
    to_the_door = answer.status_code == 302 and answer.location.startswith("/sign-in")
    return to_the_door or answer.status_code in (401, 404)


@pytest.mark.parametrize("half", [False, True], ids=["nobody", "only the password"])
def test_strangers_are_sent_to_the_door(app, acme, half):
    stranger = Browser(app, None)
    if half:
        assert give_password(stranger, "ann").location == "/second-factor"
    token, let_in = stranger.csrf("/second-factor" if half else "/sign-in"), []
    exempt = OPEN | (PASSWORD_ENOUGH if half else {})
    before = snapshot()
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            if rule.endpoint in exempt:
                continue
            data = {"csrf_token": token} if method == "POST" else None
            answer = stranger.client.open(address(app, rule, acme), method=method, data=data, buffered=True)
            if not refused(answer):
                let_in.append((method, str(rule), answer.status_code))
    assert let_in == []
    assert changed(before, snapshot()) == set()


def test_what_is_open_to_everybody_is_still_there(app):
    """A reason that is no longer needed would hide the next mistake."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(OPEN) | set(PASSWORD_ENOUGH) | set(LEAVES_TRACE) | {"security.end"} <= endpoints


def test_bo_of_bolt_finds_nothing_of_acme(app, people, acme, sign_in):
    bo, found = sign_in("bo"), []
    token = bo.csrf()
    before = snapshot()
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            url = address(app, rule, acme)
            if not (
                rule.arguments
                & {
                    "batch_id",
                    "row_id",
                    "employee_id",
                    "session_id",
                    "correction_id",
                    "charge_id",
                    "question_id",
                    "invoice_id",
                    "form_id",
                    "title_id",
                }
                or "?id=" in url
            ):
                continue
            data = {"csrf_token": token, "purpose": "person", "id": "1"} if method == "POST" else None
            answer = bo.client.open(url, method=method, data=data)
            own = rule.endpoint in OWN_ONLY or rule.endpoint.partition(".")[2] in OWN_ONLY
            if answer.status_code != (302 if own else 404):
                found.append((method, url, answer.status_code))
    assert found == []
    assert changed(before, snapshot()) == set()


def test_an_id_of_another_company_is_as_unknown_as_one_that_nobody_has(app, acme, sign_in):
    bo = sign_in("bo")
    for there, nowhere in (
        (f"/bulk/{acme.batch}", "/bulk/9"),
        (f"/employees/details/?id={acme.hired.people[0]}", "/employees/details/?id=9"),
    ):
        one, other = bo.get(there), bo.get(nowhere)
        assert one.status_code == other.status_code == 404
        assert len(one.text) == len(other.text), "not even by its size"


def test_ids_in_forms_and_queries_reach_the_own_company_only(app, people, acme, sign_in, work):
    bo = sign_in("bo")
    bo.upload(roster.make(6, seed=3, first=500).xlsx())
    work()
    with people.as_("bo"):
        mine = session.scalars(select(Batch.id)).one()
    with people.as_("ann"):
        department = session.scalars(select(Department.id)).first()
        names = [one.name for one in session.scalars(select(Employee))]
    before = snapshot()
    for path in ("", "/leave-out", "/take-back", "/give-back"):
        answer = bo.post(f"/bulk/{mine}/rows/{acme.row}{path}", {"name": "沈星阑"})
        assert answer.status_code == 404, path
    assert bo.post(f"/bulk/{mine}/retry", {"row": str(acme.ordered)}).status_code in (302, 404, 409)
    page = bo.get(f"/employees/?department={department}").text
    assert not any(name in page for name in names)
    for found in ("/employees/?q=E0001", "/search/?q=E0001", "/audit/?q=PC", "/bulk/?q=PC", "/search/?q=PC"):
        page = bo.get(found, follow_redirects=True).text
        assert not any(name in page for name in [*names, "另一份", "Acme", "Ann"]), found
    assert changed(before, snapshot()) <= {"audit_events"}


def test_a_row_of_another_batch_is_not_touched(people, acme, sign_in):
    ann = sign_in("ann")
    before = snapshot()
    for path in ("", "/leave-out", "/take-back", "/give-back"):
        answer = ann.post(f"/bulk/{acme.running}/rows/{acme.row}{path}", {"name": "沈星阑"})
        assert answer.status_code in (404, 409), path
    assert changed(before, snapshot()) == set()


def needed(app: Flask, endpoint: str) -> list[Any]:
    """The permissions that a page says it needs."""
    view_name, _, page = endpoint.partition(".")
    view = next((one for one in app.extensions["admin"][0]._views if one.endpoint == view_name), None)
    if view is None:
        return []
    own = getattr(getattr(type(view), page, None), "permission", None)
    return [view.permission, *([own] if own else [])]


@pytest.mark.parametrize("role", list(Role))
def test_every_role_opens_what_the_table_of_roles_says(app, people, acme, sign_in, role):
    browser, wrong = sign_in(LOGINS[role.value]), []
    token = browser.csrf()
    before = snapshot()
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            allowed = all(allows(role, permission) for permission in needed(app, rule.endpoint))
            if method == "POST" and allowed:
                continue
            data = {"csrf_token": token} if method == "POST" else None
            answer = browser.client.open(address(app, rule, acme), method=method, data=data, buffered=True)
            if allowed and (rule.endpoint in OF_ITS_KIND and not allows(role, Permission.LINES_ACTIVATE)):
                allowed = False
            if allowed and answer.status_code not in (200, 302, 404):
                wrong.append((method, str(rule), answer.status_code))
            if not allowed and not (answer.status_code == 403 and "你的角色不能做这件事" in answer.text):
                wrong.append((method, str(rule), answer.status_code))
    assert wrong == []
    assert changed(before, snapshot()) <= {"audit_events"}


@pytest.mark.parametrize("role", [Role.OWNER, Role.HR, Role.AUDITOR])
def test_no_button_pressed_out_of_turn_breaks_a_page(app, people, acme, sign_in, role):
    browser, broken = sign_in(LOGINS[role.value]), []
    token = browser.csrf()
    odd = {
        "row": "x",
        "purpose": "\0",
        "kind": "\0",
        "action": "delete",
        "rowid": "1",
        "code": "\0",
        "name": "\0",
    }
    for data in (odd, {}):
        for rule in rules(app, "POST"):
            if rule.endpoint in ENDS_THE_SESSION:
                continue
            answer = browser.client.post(address(app, rule, acme), data={"csrf_token": token} | data)
            if answer.status_code >= 500:
                broken.append((str(rule), data))
    assert broken == []


def test_looking_changes_nothing(app, acme, sign_in):
    olga, changes = sign_in("olga"), []
    before = snapshot()
    for rule in rules(app, "GET"):
        for batch in (acme.batch, acme.running):
            olga.get(address(app, rule, acme, batch_id=batch), buffered=True)
            olga.get(address(app, rule, acme, batch_id=batch), headers={"HX-Request": "true"}, buffered=True)
            after = snapshot()
            if changed(before, after) - ({"audit_events"} if rule.endpoint in LEAVES_TRACE else set()):
                changes.append((str(rule), changed(before, after)))
            before = after
    assert changes == []


def test_no_odd_question_breaks_a_page(app, acme, sign_in):
    olga, broken = sign_in("olga"), []
    for rule in rules(app, "GET"):
        if rule.endpoint in ("static", "admin.static"):
            continue
        url = address(app, rule, acme)
        for odd in ODD:
            path = f"{url.partition('?')[0]}?{odd}"
            if olga.get(path).status_code >= 500:
                broken.append(path)
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_number_that_no_column_holds_is_an_unknown_page(app, acme, sign_in, method):
    olga, broken = sign_in("olga"), []
    token = olga.csrf()
    for rule in rules(app, method):
        for large in (LARGE, 2**63, 10**30):
            for name in rule.arguments & {"batch_id", "row_id", "employee_id", "session_id", "correction_id"}:
                url = address(app, rule, acme, **{name: large})
                data = {"csrf_token": token, "purpose": "person"} if method == "POST" else None
                answer = olga.client.open(url, method=method, data=data)
                if answer.status_code != 404:
                    broken.append((url, answer.status_code))
    assert broken == []


def test_every_list_refuses_to_be_written(app, people, acme, sign_in):
    olga = sign_in("olga")
    before = snapshot()
    for name in ("employees", "lines", "audit"):
        for page, data in (
            ("new/", {"name": "x", "number": "x"}),
            (f"edit/?id={acme.hired.people[0]}", {"name": "x", "company_id": str(people.bolt)}),
            ("delete/", {"id": str(acme.hired.people[0])}),
            ("action/", {"action": "delete", "rowid": str(acme.hired.people[0])}),
            ("ajax/update/", {"list_form_pk": "1", "number": "x"}),
        ):
            assert olga.post(f"/{name}/{page}", data).status_code in (302, 404, 400), (name, page)
    assert changed(before, snapshot()) == set()
