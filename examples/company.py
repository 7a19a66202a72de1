"""青岚示例商贸有限公司: a made-up company with people who sign in, departments, numbers and cards."""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import select

from console.accounts import actions as accounts
from console.accounts.models import Company, User
from console.core import acting, clock, signing
from console.core.config import Settings
from console.core.db import session, transaction
from console.core.permissions import Role
from console.employees import actions as employees
from console.employees.models import CostCenter
from console.sims import actions as sims
from examples.roster import DEPARTMENTS

NAME = "青岚示例商贸有限公司"
USCC_BODY = "91990100MA0000001"
GROUP = "JT990100000001"
PEOPLE = (
    ("office@qinglan", "周予安", Role.OFFICE, "13900000619"),
    ("owner@qinglan", "沈以宁", Role.OWNER, "13900000620"),
    ("hr@qinglan", "卓清远", Role.HR, "13900000621"),
    ("finance@qinglan", "阮听雪", Role.FINANCE, "13900000622"),
)
COST_CENTERS = {"CC100": "销售费用", "CC101": "管理费用", "CC102": "研发费用", "CC103": "物流费用"}
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(body: str) -> str:
    """With its check character (GB 32100-2015)."""
    total = sum(_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + _ALPHABET[(31 - total % 31) % 31]


def numbers(count: int) -> list[str]:
    """From the fictitious block 0000, without the endings at which the simulator misbehaves."""
    found = [
        f"{prefix}0000{tail:04}"
        for prefix in ("198", "197", "195", "178", "159")
        for tail in range(1000, 9000)
    ]
    return found[:count]


def iccids(count: int, batch: int = 1) -> list[str]:
    return [_with_luhn(f"898600260{batch:02}{serial:08}") for serial in range(1, count + 1)]


def _with_luhn(body: str) -> str:
    doubled = [int(c) * (2 if place % 2 == 0 else 1) for place, c in enumerate(reversed(body))]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return f"{body}{(10 - total % 10) % 10}"


def make(settings: Settings, stock: int = 400) -> dict[str, str] | None:
    """The company with its stock, here and at the operator; login → password, or None when it is here already."""
    if _known():
        return None
    with acting.platform("demo"), transaction():
        company = accounts.create_company(NAME, uscc(USCC_BODY), GROUP).id
    passwords = {login: _password(login) for login, *_rest in PEOPLE}
    with acting.acting(company, acting.CONSOLE, "demo"), transaction():
        for login, name, role, phone in PEOPLE:
            accounts.create_user(login, name, role, passwords[login], phone)
        employees.ensure_departments(DEPARTMENTS)
        session.add_all(CostCenter(code=code, name=name) for code, name in COST_CENTERS.items())
        sims.take_in_numbers(numbers(stock), None)
        sims.take_in_sims(iccids(stock))
    seed_operator(settings, GROUP, uscc(USCC_BODY), numbers(stock), iccids(stock))
    return passwords


def _password(login: str) -> str:
    """A random one; by chance it may hold the name of who signs in, which no password may."""
    while True:
        made = secrets.token_urlsafe(9) + secrets.choice("ABCDEFGH")
        if login.partition("@")[0] not in made.lower():
            return made


def _known() -> bool:
    with acting.platform("demo"):
        return session.scalar(select(Company.id).where(Company.group_code == GROUP)) is not None


def office_user() -> tuple[int, int]:
    """(company, user) of the office administrator."""
    with acting.platform("demo"):
        wanted = select(User.company_id, User.id).where(User.login == PEOPLE[0][0])
        company, user = session.execute(wanted).one()
    return company, user


def seed_operator(
    settings: Settings, group: str, uscc_: str, msisdns: Iterable[str], cards: Iterable[str]
) -> None:
    """Tell the simulator which numbers and cards this company has. Asking twice changes nothing."""
    wanted = {
        "groupCode": group,
        "uscc": uscc_,
        "numbers": list(msisdns),
        "sims": [{"iccid": c} for c in cards],
        "authorizations": [{"id": "AUTH-1", "validTo": str(clock.today() + timedelta(days=400))}],
    }
    pull(settings, "/sim/seed", wanted)


def pull(settings: Settings, lever: str, wanted: Mapping[str, Any]) -> None:
    """One lever of the simulator."""
    url, body = f"{settings.operator_url}{lever}", json.dumps(wanted).encode()
    signed = signing.headers(
        settings.operator_app_id, settings.operator_secret, "POST", urlsplit(url).path, body
    )
    httpx.post(url, content=body, headers=signed, timeout=60).raise_for_status()
