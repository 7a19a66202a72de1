"""The command line: `console run`, `demo`, `migrate` and the work of an operator of the console."""

import argparse
import importlib
import secrets
import sys
from collections.abc import Sequence

from console.accounts import actions as accounts
from console.accounts import queries as people
from console.app import prepare
from console.core import acting, clock, rotation, schema
from console.core.config import BadSettings, Settings
from console.core.db import transaction
from console.core.errors import ConsoleError
from console.core.permissions import Role
from console.expenses import rules
from console.invoices import four_ways
from console.plans import catalogue


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="console", description="企业通信管理台")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start everything on this machine with a demo company")
    demo = commands.add_parser("demo", help="the main job without a browser, on a generated roster")
    demo.add_argument("--rows", type=int, default=50)
    demo.add_argument("--seed", type=int, default=1)
    commands.add_parser("migrate", help="bring the database to this release, and the catalogue with it")
    company = commands.add_parser("create-company", help="a new customer with its first user")
    for name in ("name", "uscc", "group-code", "login", "user-name", "phone"):
        company.add_argument(f"--{name}", required=name != "phone")
    leavers = commands.add_parser(
        "limit-leavers", help="how many a full roster may lack without being asked about"
    )
    leavers.add_argument("--group-code", required=True)
    leavers.add_argument("--percent", type=int, default=20)
    leavers.add_argument("--least", type=int, default=5)
    same = commands.add_parser(
        "four-ways", help="a month by roster, lines, statement and invoices: 差异 0.00 or the rows"
    )
    same.add_argument("--group-code", required=True)
    same.add_argument("--period", required=True, help="like 2026-10")
    reset = commands.add_parser("reset-password", help="a new password for somebody who forgot his")
    reset.add_argument("login")
    commands.add_parser("rotate-keys", help="seal everything anew with the newest key")
    chosen = parser.parse_args(arguments)
    try:
        return _run(chosen)
    except (BadSettings, ConsoleError) as error:
        print(f"console: {error}", file=sys.stderr)
        return 2


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command in ("run", "demo"):
        # The launcher starts processes of `jobs`; the console itself never imports them.
        return int(importlib.import_module("jobs.showing").main(chosen))
    settings = Settings.from_environment()
    prepare(settings)
    return {
        "migrate": migrate,
        "create-company": create_company,
        "limit-leavers": limit_leavers,
        "four-ways": compare_four_ways,
        "reset-password": reset_password,
        "rotate-keys": rotate_keys,
    }[chosen.command](settings, chosen)


def migrate(settings: Settings, _chosen: argparse.Namespace) -> int:
    schema.upgrade(settings.database_url)
    with acting.platform("catalogue"), transaction():
        catalogue.seed(clock.today())
    return 0


def create_company(_settings: Settings, chosen: argparse.Namespace) -> int:
    with acting.platform("command line"), transaction():
        company = accounts.create_company(chosen.name, chosen.uscc, chosen.group_code)
    password = secrets.token_urlsafe(12)
    with acting.acting(company.id, acting.CONSOLE, "command line"), transaction():
        accounts.create_user(chosen.login, chosen.user_name, Role.OWNER, password, chosen.phone)
    print(f"{chosen.login}  {password}")
    return 0


def limit_leavers(_settings: Settings, chosen: argparse.Namespace) -> int:
    with acting.platform("command line"), transaction():
        accounts.limit_leavers(chosen.group_code, chosen.percent, chosen.least)
    return 0


def compare_four_ways(_settings: Settings, chosen: argparse.Namespace) -> int:
    """0 when the month agrees, 1 when it does not or is not there."""
    with acting.platform("command line"):
        company = people.company_of(chosen.group_code)
    if company is None or not rules.is_period(chosen.period):
        print("console: no such company or month", file=sys.stderr)
        return 1
    with acting.acting(company, acting.CONSOLE, "command line"):
        found = four_ways.of_month(chosen.period)
    if found is None:
        print("console: that month has no statement yet", file=sys.stderr)
        return 1
    print("\n".join(four_ways.told(found)))
    return 1 if found.rows else 0


def reset_password(_settings: Settings, chosen: argparse.Namespace) -> int:
    found = people.who(chosen.login)
    if found is None:
        print("console: no such login", file=sys.stderr)
        return 1
    password = secrets.token_urlsafe(12)
    with acting.acting(found[1], acting.CONSOLE, "command line"), transaction():
        accounts.reset_password(chosen.login, password)
    print(f"{chosen.login}  {password}")
    return 0


def rotate_keys(_settings: Settings, _chosen: argparse.Namespace) -> int:
    """Company by company, because a sealed value is bound to its company."""
    with acting.platform("rotate-keys"):
        companies = rotation.companies()
    for company in companies:
        with acting.acting(company, acting.CONSOLE, "rotate-keys"):
            print(company, rotation.seal_anew())
    return 0


if __name__ == "__main__":
    sys.exit(main())
