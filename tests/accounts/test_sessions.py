"""Being signed in: how long, on what terms, and how it ends."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from console.accounts import rules
from console.accounts.models import User, UserSession
from console.app import create_app
from console.bulk.models import Batch
from console.core import clock, db, signing
from console.core.db import session, transaction
from console.core.permissions import Role
from console.shell import HEADERS
from examples import roster
from tests.accounts.entrance import code_now, enrol, give_code, inside, signed_in_by_forms
from tests.bulk.test_upload_to_orders import shown
from tests.cast import PASSWORD, Browser

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def later(**span: float) -> datetime:
    return NOON + timedelta(**span)


def test_fifteen_idle_minutes_end_a_session(people, sign_in):
    with clock.stopped_at(NOON):
        ann = sign_in("ann")
    with clock.stopped_at(later(minutes=15)):
        assert inside(ann)
    with clock.stopped_at(later(minutes=30, seconds=1)):
        assert not inside(ann)
    with clock.stopped_at(NOON):
        assert not inside(ann), "it has ended in the database and not only for this request"


def test_use_keeps_a_session_alive(sign_in):
    with clock.stopped_at(NOON):
        ann = sign_in("ann")
    for minutes in range(14, 120, 14):
        with clock.stopped_at(later(minutes=minutes)):
            assert inside(ann)


def test_a_page_that_only_polls_is_not_use(sign_in):
    with clock.stopped_at(NOON):
        ann = sign_in("ann")
    for minutes in (5, 10, 14):
        with clock.stopped_at(later(minutes=minutes)):
            assert ann.get("/bulk/", headers={"HX-Request": "true"}).status_code == 200
    with clock.stopped_at(later(minutes=16)):
        answer = ann.get("/bulk/", headers={"HX-Request": "true"})
        assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_saying_that_one_is_still_there_is_use(sign_in):
    with clock.stopped_at(NOON):
        ann = sign_in("ann")
        token = ann.csrf()
    with clock.stopped_at(later(minutes=14)):
        answer = ann.client.post("/keep-alive", headers={"X-CSRFToken": token})
        assert answer.status_code == 204
    with clock.stopped_at(later(minutes=28)):
        assert inside(ann)


def test_after_twelve_hours_everybody_signs_in_anew(sign_in):
    with clock.stopped_at(NOON):
        ann = sign_in("ann")
    for minutes in range(14, 12 * 60, 14):
        with clock.stopped_at(later(minutes=minutes)):
            ann.client.get("/health")
            assert ann.get("/plans/").status_code == 200
    with clock.stopped_at(later(hours=12, seconds=1)):
        assert not inside(ann)


def test_signing_out_ends_the_session_on_the_server(app, sign_in, people):
    ann = sign_in("ann")
    with ann.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert inside(Browser(app, token))
    assert ann.post("/sign-out").location == "/sign-in"
    assert not inside(Browser(app, token)), "a copy of the cookie is worth nothing"
    with people.as_("ann"):
        assert session.scalars(select(UserSession.ended_at)).one() is not None


def test_a_new_password_ends_the_other_sessions(sign_in):
    here, elsewhere, other_person = sign_in("ann"), sign_in("ann"), sign_in("hal")
    answer = here.post("/security/password", {"old": PASSWORD, "new": "quiet harbour lantern"})
    assert answer.status_code == 302
    assert inside(here) and not inside(elsewhere) and inside(other_person)


def test_the_old_password_is_needed_for_a_new_one(sign_in, people):
    answer = sign_in("ann").post("/security/password", {"old": "wrong", "new": "quiet harbour lantern"})
    assert "现在的密码不对" in answer.text
    with people.as_("ann"):
        assert (
            session.scalar(select(func.count(UserSession.id)).where(UserSession.ended_at.is_not(None))) == 0
        )


def test_one_device_can_be_signed_out_from_another(sign_in, people):
    here, lost = sign_in("ann"), sign_in("ann")
    with people.as_("ann"):
        newest = session.scalar(select(func.max(UserSession.id)))
    here.post(f"/security/sessions/{newest}/end")
    assert inside(here) and not inside(lost)


def test_nobody_signs_out_somebody_else(sign_in, people):
    hal, ann, bo = sign_in("hal"), sign_in("ann"), sign_in("bo")
    with people.as_("ann"):
        mine = select(UserSession.id).where(UserSession.user_id == people.users["ann"][0])
        ids = session.scalars(mine).all()
    for id_ in ids:
        bo.post(f"/security/sessions/{id_}/end")
        hal.post(f"/security/sessions/{id_}/end")
    assert inside(ann) and inside(bo)


def test_somebody_whose_account_is_closed_cannot_go_on(sign_in, people):
    ann = sign_in("ann")
    assert inside(ann)
    with people.as_("olga"), transaction():
        session.get_one(User, people.users["ann"][0]).enabled = False
    assert not inside(ann)


def test_a_change_of_role_works_at_once(sign_in, people):
    ann = sign_in("ann")
    assert ann.get("/audit/").status_code == 200
    with people.as_("olga"), transaction():
        session.get_one(User, people.users["ann"][0]).role = Role.HR.value
    assert ann.get("/audit/").status_code == 403


def ready_batch(ann: Browser, work) -> str:
    ann.upload(roster.make(3, faults=False).xlsx())
    work()
    return shown(ann.get("/bulk/1/check").text)


def batch_state(people) -> str:
    with people.as_("ann"):
        return session.scalars(select(Batch.state)).one()


@pytest.mark.parametrize(("seconds", "asked"), [(0, False), (600, False), (601, True), (1200, True)])
def test_confirming_asks_for_a_code_again_after_ten_minutes(app, people, work, seconds, asked):
    with clock.stopped_at(NOON):
        ann = Browser(app, people.sessions("ann", factor_age=timedelta(seconds=seconds)))
        mark = ready_batch(ann, work)
        answer = ann.post("/bulk/1/confirm", {"shown": mark})
        if asked:
            assert answer.status_code == 200 and "再次验证身份" in answer.text
            assert batch_state(people) == "checked"
        else:
            assert answer.location == "/bulk/1"
            assert batch_state(people) == "running"


def test_a_right_code_confirms_what_was_shown_and_a_wrong_one_does_not(app, people, work):
    with clock.stopped_at(NOON):
        totp, _codes = enrol(people, "ann")
        ann = Browser(app, people.sessions("ann", factor_age=timedelta(minutes=11)))
        form = {"shown": ready_batch(ann, work)}
        answer = ann.post("/bulk/1/confirm?method=totp", form | {"code": "000000"})
        assert "验证码不对或已用过" in answer.text and batch_state(people) == "checked"
        answer = ann.post("/bulk/1/confirm?method=totp", form | {"code": code_now(totp)})
        assert answer.location == "/bulk/1" and batch_state(people) == "running"
        assert inside(ann), "the browser got the new token"


def test_a_code_for_confirming_also_works_once(app, people, work):
    with clock.stopped_at(NOON):
        totp, _codes = enrol(people, "ann")
        signed_in_by_forms(app, people, "ann", totp)
        old = Browser(app, people.sessions("ann", factor_age=timedelta(minutes=11)))
        form = {"shown": ready_batch(old, work), "code": code_now(totp)}
        assert "验证码不对或已用过" in old.post("/bulk/1/confirm?method=totp", form).text
        assert batch_state(people) == "checked"


@pytest.mark.parametrize("page", ["/security/totp/off", "/security/recovery", "/security/totp"])
def test_a_second_factor_is_not_changed_on_an_old_code(app, people, page):
    """Somebody at a forgotten browser must not be able to move in."""
    _totp, codes = enrol(people, "ann")
    ann = Browser(app, people.sessions("ann", factor_age=timedelta(minutes=11)))
    assert ann.post(page).location == "/second-factor"
    with people.as_("ann"):
        assert session.get_one(User, people.users["ann"][0]).totp_enabled
    stranger = Browser(app, None)
    stranger.client.post(
        "/sign-in", data={"csrf_token": stranger.csrf("/sign-in"), "login": "ann", "password": PASSWORD}
    )
    give_code(stranger, codes[0], "recovery")
    assert inside(stranger), "the recovery codes are the old ones"


def test_a_fresh_code_leads_back_to_the_second_factor(app, people):
    totp, _codes = enrol(people, "ann")
    ann = Browser(app, people.sessions("ann", factor_age=timedelta(minutes=11)))
    ann.post("/security/totp/off")
    assert give_code(ann, code_now(totp)).location == "/security/"
    assert ann.post("/security/totp/off").location == "/security/"
    with people.as_("ann"):
        assert not session.get_one(User, people.users["ann"][0]).totp_enabled


@pytest.fixture
def https(settings, app) -> Iterator[Flask]:
    db.engine().dispose()
    yield create_app(replace(settings, secure_cookies=True))
    db.engine().dispose()
    create_app(settings)


def test_cookies_are_kept_from_scripts_and_other_sites(app, people):
    stranger = Browser(app, None)
    token = stranger.csrf("/sign-in")
    answer = stranger.client.post("/preferences", data={"csrf_token": token, "theme": "dark"})
    lines = app.test_client().get("/sign-in").headers.getlist("Set-Cookie")
    lines += answer.headers.getlist("Set-Cookie")
    assert {line.partition("=")[0] for line in lines} == {"console", "console-theme"}
    for line in lines:
        assert "HttpOnly" in line and "SameSite=Strict" in line and "Path=/" in line


def test_with_https_cookies_are_secure_and_the_browser_is_told_to_stay(https, people):
    answer = https.test_client().get("/sign-in", base_url="https://localhost")
    (line,) = answer.headers.getlist("Set-Cookie")
    assert line.startswith("__Host-console=")
    for mark in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert mark in line
    assert "Domain" not in line
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_every_answer_has_the_headers(app, sign_in, people):
    ann, stranger = sign_in("ann"), Browser(app, None)
    answers = [
        *(ann.get(page) for page in ("/", "/bulk/", "/employees/", "/nothing", "/bulk/99", "/bulk/new")),
        *(stranger.get(page, buffered=True) for page in ("/sign-in", "/", "/health", "/static/console.css")),
        stranger.client.post("/sign-in"),
        stranger.client.post("/operator/events", json={}),
        ann.client.delete("/"),
    ]
    assert {answer.status_code for answer in answers} >= {200, 302, 400, 401, 404, 405}
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers.get(name) == value, (answer.request.path, name)
        if not answer.request.path.startswith("/static/"):
            assert answer.headers["Cache-Control"] == "no-store", answer.request.path


def test_the_policy_allows_nothing_unsafe_and_nothing_from_elsewhere():
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy and "*" not in policy and "http" not in policy
    for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert part in policy


def test_a_form_without_its_token_is_refused_with_a_page(app, sign_in, people):
    ann = sign_in("ann")
    for page in ("/sign-out", "/preferences", "/security/password", "/bulk/new", "/inbox/read"):
        answer = ann.client.post(page, data={"theme": "dark"})
        assert answer.status_code == 400, page
        assert "请求不完整或已过期" in answer.text
    assert inside(ann)


def test_the_token_of_another_browser_is_refused(app, sign_in):
    ann, olga = sign_in("ann"), sign_in("olga")
    answer = ann.client.post("/preferences", data={"csrf_token": olga.csrf(), "theme": "dark"})
    assert answer.status_code == 400


def test_the_operator_needs_no_token_but_a_signature(app, settings, people):
    client, body = app.test_client(), json.dumps({"eventId": "e1", "externalId": "nonsense"}).encode()
    assert client.post("/operator/events", data=body).status_code == 401
    signed = signing.headers("console-tests", settings.operator_secret, "POST", "/operator/events", body)
    assert client.post("/operator/events", data=body, headers=signed).status_code == 400
    assert client.post("/operator/events", data=body + b" ", headers=signed).status_code == 401
    old = signed | {"X-Timestamp": str(int(signed["X-Timestamp"]) - 301)}
    assert client.post("/operator/events", data=body, headers=old).status_code == 401


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short stone", "E_PASSWORD_SHORT"),
        ("x y z " * 22, "E_PASSWORD_LONG"),
        ("Password1234", "E_PASSWORD_COMMON"),
        ("abababababab", "E_PASSWORD_COMMON"),
        ("my-ann-river-1", "E_PASSWORD_NAME"),
        ("river 李小安 stone", "E_PASSWORD_NAME"),
        ("wide river stone", None),
        ("十二个汉字也是很好的密码", None),
        ("x" * 5 + "quiet harbour" + "y" * 110, None),
    ],
)
def test_a_password_is_judged_by_length_and_by_how_easy_it_is_to_guess(password, code):
    found = list(rules.why_not_password(password, "ann@acme.example", "李小安"))
    assert found == ([code] if code else [])


def test_a_bad_new_password_is_told_at_its_field(sign_in):
    page = sign_in("ann").post("/security/password", {"old": PASSWORD, "new": "short"}).text
    assert "新密码至少 12 个字符" in page
