"""The two steps of signing in, through the real forms."""

from typing import Any

import pyotp
from flask import Flask

from console.accounts import actions
from console.accounts.models import User
from console.core import clock
from console.core.db import session, transaction
from tests.cast import PASSWORD, Browser, Cast


def give_password(browser: Browser, login: str, password: str = PASSWORD, query: str = "") -> Any:
    page = f"/sign-in{query}"
    data = {"csrf_token": browser.csrf(page), "login": login, "password": password}
    return browser.client.post(page, data=data)


def give_code(browser: Browser, code: str, method: str = "totp") -> Any:
    page = f"/second-factor?method={method}"
    return browser.client.post(page, data={"csrf_token": browser.csrf(page), "code": code})


def enrol(people: Cast, login: str) -> tuple[pyotp.TOTP, list[str]]:
    """An authenticator in force, with its recovery codes. Its first code is used up."""
    user = people.users[login][0]
    with people.as_(login), transaction():
        totp = pyotp.TOTP(actions.start_totp(user))
    with people.as_(login), transaction():
        codes = actions.enable_totp(user, code_now(totp))
        session.get_one(User, user).totp_last_step = 0
    return totp, codes


def code_now(totp: pyotp.TOTP, steps: int = 0) -> str:
    return totp.at(int(clock.now().timestamp()) + 30 * steps)


def sent_code(people: Cast, login: str) -> str:
    with people.as_(login), transaction():
        return actions.make_sms_code(people.users[login][0])[1]


def inside(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def signed_in_by_forms(app: Flask, people: Cast, login: str, totp: pyotp.TOTP) -> Browser:
    browser = Browser(app, None)
    assert give_password(browser, login).status_code == 302
    assert give_code(browser, code_now(totp)).status_code == 302
    return browser
