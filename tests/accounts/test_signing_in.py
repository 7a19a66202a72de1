"""Signing in: a password, then a code; what happens to wrong ones, old ones and used ones."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from console.accounts import rules
from console.accounts.models import RecoveryCode, SmsCode, User, UserSession
from console.audit.models import AuditEvent
from console.core import clock
from console.core.db import session, transaction
from tests.accounts.entrance import (
    code_now,
    enrol,
    give_code,
    give_password,
    inside,
    sent_code,
    signed_in_by_forms,
)
from tests.cast import Browser

WRONG = "账号或密码不对，请核对后再试"
WRONG_CODE = "验证码不对或已用过，请核对后重新填写"
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def stranger(app, people):
    return Browser(app, None)


def test_a_password_and_a_code_open_the_console(people, stranger):
    totp, _codes = enrol(people, "ann")
    assert give_password(stranger, "ann").location == "/second-factor"
    assert not inside(stranger), "the password alone opens nothing"
    answer = give_code(stranger, code_now(totp))
    assert (answer.status_code, answer.location) == (302, "/")
    assert inside(stranger)


def test_a_wrong_password_and_an_unknown_login_are_told_in_the_same_words(stranger):
    wrong, unknown = give_password(stranger, "ann", "wrong stone"), give_password(stranger, "nobody", "wrong")
    assert wrong.status_code == unknown.status_code == 200
    assert WRONG in wrong.text and WRONG in unknown.text
    assert not inside(stranger)


def test_the_login_is_taken_as_people_type_it(stranger):
    assert give_password(stranger, "  ANN ").location == "/second-factor"


@pytest.mark.parametrize("login", ["an\0n", "\0", "安" * 40, "ann'--", "%", "ann\u202e"])
def test_odd_logins_are_unknown_and_nothing_breaks(stranger, login):
    answer = give_password(stranger, login)
    assert answer.status_code in (200, 400)
    assert not inside(stranger)


def test_with_the_password_alone_no_page_opens(people, stranger):
    enrol(people, "ann")
    give_password(stranger, "ann")
    for page in ("/", "/bulk/", "/employees/", "/security/"):
        assert stranger.get(page).location.startswith("/sign-in"), page
    token = stranger.csrf("/second-factor")
    assert stranger.client.post("/security/totp/off", data={"csrf_token": token}).location == "/sign-in"
    assert stranger.client.post("/keep-alive", data={"csrf_token": token}).status_code == 401


def test_each_wrong_try_after_the_fourth_locks_for_twice_as_long(people, stranger):
    moment = NOON
    for expected in (0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60):
        with clock.stopped_at(moment):
            answer = give_password(stranger, "ann", "wrong stone")
            with people.as_("ann"):
                until = session.get_one(User, people.users["ann"][0]).locked_until
        if expected:
            assert until == moment + timedelta(minutes=expected)
            assert f"{until.astimezone(clock.SHANGHAI):%H:%M}" in answer.text
        else:
            assert until is None and WRONG in answer.text
        moment = (until or moment) + timedelta(seconds=1)


def test_while_locked_the_right_password_does_not_help_and_later_it_does(people, stranger):
    with clock.stopped_at(NOON):
        for _ in range(5):
            give_password(stranger, "ann", "wrong stone")
        assert give_password(stranger, "ann").status_code == 200
    with clock.stopped_at(NOON + timedelta(seconds=61)):
        assert give_password(stranger, "ann").location == "/second-factor"


def test_one_locked_account_locks_nobody_else(people, stranger):
    for _ in range(6):
        give_password(stranger, "ann", "wrong stone")
    assert give_password(stranger, "olga").location == "/second-factor"


def test_wrong_codes_lock_as_wrong_passwords_do(people, stranger):
    enrol(people, "ann")
    with clock.stopped_at(NOON):
        give_password(stranger, "ann")
        answers = [give_code(stranger, "000000").text for _ in range(5)]
        assert all(WRONG_CODE in page for page in answers[:4])
        assert "12:01" in answers[4]
        assert not inside(stranger)


def test_a_new_password_step_does_not_reset_the_count_of_wrong_codes(people, stranger):
    """Else somebody with the password could try codes for ever."""
    enrol(people, "ann")
    for _ in range(5):
        give_password(stranger, "ann")
        last = give_code(stranger, "000000")
    assert WRONG_CODE not in last.text


def test_a_right_code_forgets_earlier_slips(people, stranger):
    totp, _codes = enrol(people, "ann")
    for _ in range(3):
        give_password(stranger, "ann", "wrong stone")
    give_password(stranger, "ann")
    give_code(stranger, code_now(totp))
    with people.as_("ann"):
        assert session.get_one(User, people.users["ann"][0]).failures == 0


def test_many_tries_from_one_address_are_slowed_down(app, people, stranger):
    usual, app.config["SIGN_IN_TRIES"] = app.config["SIGN_IN_TRIES"], 3
    try:
        answers = [give_password(stranger, f"nobody{i}", "wrong").text for i in range(4)]
    finally:
        app.config["SIGN_IN_TRIES"] = usual
    assert "尝试得太频繁" not in answers[2]
    assert "尝试得太频繁" in answers[3]


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_may_be_one_step_off(people, stranger, steps, right):
    with clock.stopped_at(NOON):
        totp, _codes = enrol(people, "ann")
        give_password(stranger, "ann")
        give_code(stranger, code_now(totp, steps))
        assert inside(stranger) is right


def test_a_code_works_once(app, people):
    with clock.stopped_at(NOON):
        totp, _codes = enrol(people, "ann")
        first, second = Browser(app, None), Browser(app, None)
        give_password(first, "ann")
        give_password(second, "ann")
        give_code(first, code_now(totp))
        assert WRONG_CODE in give_code(second, code_now(totp)).text
        assert WRONG_CODE in give_code(second, code_now(totp, -1)).text, "nor does an older one"
        assert inside(first) and not inside(second)


def test_a_code_works_once_also_when_it_is_sent_twice_at_the_same_moment(app, people):
    with clock.stopped_at(NOON):
        totp, _codes = enrol(people, "ann")
        code, browsers = code_now(totp), [Browser(app, None) for _ in range(4)]
        for browser in browsers:
            give_password(browser, "ann")
        forms = [
            (browser, {"csrf_token": browser.csrf("/second-factor?method=totp"), "code": code})
            for browser in browsers
        ]
        barrier = threading.Barrier(len(forms))

        def send(browser: Browser, data: dict[str, str]) -> None:
            barrier.wait()
            browser.client.post("/second-factor?method=totp", data=data)

        threads = [threading.Thread(target=send, args=form) for form in forms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sum(inside(browser) for browser in browsers) == 1


def test_a_recovery_code_works_once(app, people):
    _totp, codes = enrol(people, "ann")
    first, second = Browser(app, None), Browser(app, None)
    give_password(first, "ann")
    give_code(first, codes[0].lower().replace("-", " "), "recovery")
    assert inside(first)
    give_password(second, "ann")
    assert WRONG_CODE in give_code(second, codes[0], "recovery").text
    with people.as_("ann"):
        used = session.scalars(select(RecoveryCode.used_at)).all()
    assert sum(moment is not None for moment in used) == 1 and len(used) == 10


def test_new_recovery_codes_make_the_old_ones_void(app, people, sign_in):
    _totp, codes = enrol(people, "ann")
    page = sign_in("ann").post("/security/recovery").text
    assert page.count("-") > 10
    stranger = Browser(app, None)
    give_password(stranger, "ann")
    assert WRONG_CODE in give_code(stranger, codes[0], "recovery").text


def test_a_code_by_text_message_works_once(app, people):
    with clock.stopped_at(NOON):
        code = sent_code(people, "ann")
        first, second = Browser(app, None), Browser(app, None)
        give_password(first, "ann")
        give_code(first, code, "sms")
        assert inside(first)
        give_password(second, "ann")
        assert WRONG_CODE in give_code(second, code, "sms").text


def test_a_code_by_text_message_lives_five_minutes(people, stranger):
    with clock.stopped_at(NOON):
        code = sent_code(people, "hal")
    with clock.stopped_at(NOON + timedelta(minutes=5, seconds=1)):
        with people.as_("hal"):
            assert not rules.sms_usable(NOON, 0, False, clock.now())
        give_password(stranger, "hal")
        assert WRONG_CODE in give_code(stranger, code, "sms").text


def test_a_code_by_text_message_allows_five_tries(people, stranger):
    with clock.stopped_at(NOON):
        code = sent_code(people, "ann")
        give_password(stranger, "ann")
        for _ in range(5):
            give_code(stranger, "00000x", "sms")
            with people.as_("ann"), transaction():
                session.execute(update(User).values(failures=0, locked_until=None))
        assert WRONG_CODE in give_code(stranger, code, "sms").text
        with people.as_("ann"):
            assert session.scalars(select(SmsCode.tries)).one() == rules.SMS_TRIES


def test_the_code_of_somebody_else_does_not_open(people, stranger):
    code = sent_code(people, "olga")
    sent_code(people, "ann")
    give_password(stranger, "ann")
    assert WRONG_CODE in give_code(stranger, code, "sms").text


def test_a_second_text_message_waits_a_minute(people, stranger):
    give_password(stranger, "ann")
    data = {"csrf_token": stranger.csrf("/second-factor?method=sms")}
    assert stranger.client.post("/second-factor/sms", data=data).status_code == 302
    with people.as_("ann"):
        assert len(session.scalars(select(SmsCode)).all()) == 1


def test_the_first_message_goes_out_by_itself_unless_there_is_an_authenticator(people, stranger, app):
    give_password(stranger, "ann")
    enrol(people, "hal")
    give_password(Browser(app, None), "hal")
    with people.as_("ann"):
        assert session.scalars(select(SmsCode.user_id)).all() == [people.users["ann"][0]]


def test_codes_and_tokens_are_not_kept_in_the_clear(people, stranger, app):
    totp, codes = enrol(people, "ann")
    signed_in_by_forms(app, people, "ann", totp)
    with people.as_("ann"):
        digests = session.scalars(select(RecoveryCode.digest)).all()
        tokens = session.scalars(select(UserSession.token_digest)).all()
    assert all(len(one) == 16 for one in digests) and all(len(one) == 32 for one in tokens)
    assert not any(code.replace("-", "").encode() in one for code in codes for one in digests)


def test_after_the_code_the_old_cookie_is_dead(app, people, stranger):
    totp, _codes = enrol(people, "ann")
    give_password(stranger, "ann")
    with stranger.client.session_transaction() as cookie:
        old = cookie["_user_id"]
    give_code(stranger, code_now(totp))
    with stranger.client.session_transaction() as cookie:
        assert cookie["_user_id"] != old and len(cookie["_user_id"]) >= 43
    assert not inside(Browser(app, old))
    assert inside(stranger)


def test_a_cookie_from_before_signing_in_is_not_carried_over(app, people, stranger):
    """Somebody who planted a session knows nothing afterwards."""
    totp, _codes = enrol(people, "ann")
    with stranger.client.session_transaction() as cookie:
        cookie["planted"] = "yes"
    give_password(stranger, "ann")
    give_code(stranger, code_now(totp))
    with stranger.client.session_transaction() as cookie:
        assert "planted" not in cookie


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "//[",
        "/\n/evil.example",
        "evil.example",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(app, people, stranger, target):
    totp, _codes = enrol(people, "ann")
    page = "/sign-in"
    data = {"csrf_token": stranger.csrf(page), "login": "ann", "password": "wide river stone"}
    assert stranger.client.get(page, query_string={"next": target}).status_code == 200
    assert stranger.client.post(page, query_string={"next": target}, data=data).status_code == 302
    assert give_code(stranger, code_now(totp)).location == "/"


def test_signing_in_leads_on_to_the_page_that_was_wanted(people, stranger):
    totp, _codes = enrol(people, "ann")
    wanted = stranger.get("/employees/?q=E0001").location
    assert wanted.startswith("/sign-in?next=")
    give_password(stranger, "ann", query=wanted.removeprefix("/sign-in"))
    assert give_code(stranger, code_now(totp)).location == "/employees/?q=E0001"


def test_a_signed_in_person_is_not_asked_again(sign_in):
    assert sign_in("ann").get("/sign-in").location == "/"


def test_somebody_whose_account_is_closed_does_not_come_in(people, stranger):
    with people.as_("olga"), transaction():
        session.get_one(User, people.users["ann"][0]).enabled = False
    assert WRONG in give_password(stranger, "ann").text


def test_the_trail_tells_who_tried_from_where(people, stranger):
    give_password(stranger, "ann", "wrong stone")
    with people.as_("ann"):
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.entity, event.task, event.address) == ("users", "sign_in.index", "127.0.0.1")
    assert event.changes == {"failures": [0, 1]}
