"""The people of the tests: Acme's Ann (office), Olga (owner), Hal (HR), Fay (finance), Vic (auditor); Bolt's Bo."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from console.accounts import actions as accounts
from console.accounts import passwords, queries
from console.accounts.models import User, UserSession
from console.core import acting, clock
from console.core.db import session, transaction
from console.core.permissions import Role
from console.employees import actions as employees
from console.plans import catalogue
from console.sims import actions as sims
from examples import company as demo
from examples import roster

PASSWORD = "wide river stone"
STOCK = 60


@dataclass
class Cast:
    """Ids of the two companies and of their people by login."""

    acme: int
    bolt: int
    users: dict[str, tuple[int, int]] = field(default_factory=dict)

    def as_(self, login: str, task: str = "test") -> Any:
        """Everything inside is done by this person."""
        user, company = self.users[login]
        return acting.acting(company, acting.Actor(login, user, "127.0.0.1"), task)

    def sessions(self, login: str, factor_age: timedelta = timedelta()) -> str:
        """The token of a browser in which both steps of signing in were taken."""
        user, token = self.users[login][0], secrets.token_urlsafe(16)
        now = clock.now()
        with self.as_(login), transaction():
            session.add(
                UserSession(
                    token_digest=queries.digest(token), user_id=user, address="127.0.0.1", agent="test",
                    created_at=now, last_seen=now, factor_at=now - factor_age,
                )
            )  # fmt: skip
        return token


def assemble() -> Cast:
    with acting.platform("test"), transaction():
        catalogue.seed(clock.today())
        acme = accounts.create_company("Acme 示例", demo.uscc("91990100MA0000002"), "JT-ACME").id
        bolt = accounts.create_company("Bolt 示例", demo.uscc("91990100MA0000003"), "JT-BOLT").id
    cast = Cast(acme, bolt)
    everybody = {
        "ann": (acme, Role.OFFICE), "olga": (acme, Role.OWNER), "hal": (acme, Role.HR),
        "fay": (acme, Role.FINANCE), "vic": (acme, Role.AUDITOR), "bo": (bolt, Role.OWNER),
    }  # fmt: skip
    for login, (company, role) in everybody.items():
        with acting.acting(company, acting.CONSOLE, "test"), transaction():
            cast.users[login] = (_user(login, role), company)
    for company, first in ((acme, 0), (bolt, STOCK)):
        with acting.acting(company, acting.CONSOLE, "test"), transaction():
            employees.ensure_departments(roster.DEPARTMENTS)
            sims.take_in_numbers(demo.numbers(first + STOCK)[first:], None)
            sims.take_in_sims(demo.iccids(first + STOCK)[first:])
    return cast


@cache
def _hashed() -> str:
    """Argon2 is slow on purpose: once is enough for everybody."""
    return passwords.hashed(PASSWORD)


def _user(login: str, role: Role) -> int:
    user = User(
        login=login, name=login.title(), role=role.value, password_hash=_hashed(), phone="13900000101",
        created_at=clock.now(),
    )  # fmt: skip
    session.add(user)
    session.flush()
    return user.id


class Browser:
    """Somebody at a browser: GET looks, and forms carry the token that the page gave."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.client: FlaskClient = app.test_client()
        if token:
            with self.client.session_transaction() as cookie:
                cookie["_user_id"] = token
                cookie["_fresh"] = True

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def csrf(self, page: str = "/security/") -> str:
        html = self.client.get(page).get_data(as_text=True)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html) or re.search(
            r'"X-CSRFToken":\s*"([^"]+)"', html
        )
        assert found, f"no form on {page}"
        return found[1]

    def post(self, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> Any:
        return self.client.post(path, data={"csrf_token": self.csrf()} | dict(data or {}), **more)

    def upload(self, content: bytes, name: str = "名单.xlsx", kind: str = "activate", **fields: str) -> Any:
        data = {"kind": kind, "roster": (BytesIO(content), name), "payment": "集团统付"} | fields
        return self.post("/bulk/new", data, content_type="multipart/form-data")
