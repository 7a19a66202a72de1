"""Somebody who uploads rosters through the web server while it suffers."""

import re
import secrets
from typing import Any

import httpx
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from console.accounts import queries
from console.accounts.models import UserSession
from console.core import clock
from console.core.db import session, transaction
from examples import roster
from tests.crash.stacks import Console


def signed_in(console: Console) -> httpx.Client:
    """A browser in which both steps of signing in were taken."""
    token, now = secrets.token_urlsafe(16), clock.now()
    with console.office(), transaction():
        session.add(
            UserSession(
                token_digest=queries.digest(token), user_id=console.user, address="127.0.0.1", agent="chaos",
                created_at=now, last_seen=now, factor_at=now,
            )
        )  # fmt: skip
    app = Flask("console")
    app.secret_key = console.settings.secret_key
    serializer: Any = SecureCookieSessionInterface().get_signing_serializer(app)
    cookie = serializer.dumps({"_user_id": token, "_fresh": True})
    jar = httpx.Cookies()
    jar.set("console", cookie, domain="127.0.0.1")  # what the server sets later takes its place
    return httpx.Client(base_url=f"http://127.0.0.1:{console.stack.port}", cookies=jar, timeout=60)


def token_of(browser: httpx.Client) -> str:
    """What a form has to send along. Raises httpx.HTTPError when the page is not to be had."""
    page = browser.get("/security/").raise_for_status()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token, "a page without a form"
    return token[1]


def upload(browser: httpx.Client, token: str, person: int) -> httpx.Response:
    """A roster of two hundred people, from this number on. Raises httpx.HTTPError."""
    made = roster.make(200, seed=person, faults=False, first=person)
    return browser.post(
        "/bulk/new",
        data={"csrf_token": token, "kind": "activate", "payment": "集团统付"},
        files={"roster": (f"名单{person}.xlsx", made.xlsx())},
    )
