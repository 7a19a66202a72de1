"""What the page of budgets and warnings shows."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from console.core import clock
from console.employees import queries as employees
from console.expenses import listing, queries, rules, watching
from console.expenses.models import Statement, Watched
from console.identifiers.amounts import yuan

Shown = dict[str, Any]
SHOWN = 200


def scopes() -> dict[str, str]:
    return {"company": _("全公司"), "department": _("部门"), "cost_center": _("成本中心")}


def page() -> Shown:
    """This month as it will be, budgets as they stand, and what was noticed."""
    present = rules.period_of(clock.today())
    statements = queries.all_in_force()
    latest = statements[0] if statements else None
    future = watching.project(present)
    return {
        "present": present,
        "latest": latest,
        "projection": {
            "total": yuan(future.total_fen),
            "fixed": yuan(future.fixed_fen),
            "beyond": yuan(future.beyond_fen),
            "months": future.months,
        },
        "budgets": _budgets(latest, future) if latest else _budgets_alone(present),
        "noticed": [
            {"period": period, "rows": _noticed(watching.noticed(period))}
            for period in ([present, latest.period] if latest else [present])
        ],
        "scopes": scopes(),
        "departments": list(employees.departments()),
        "cost_centers": list(employees.cost_centers()),
    }


def _budgets(statement: Statement, future: watching.Projection) -> list[Shown]:
    shown = []
    for one in watching.budgets(rules.period_of(clock.today())):
        fen = watching.spent(statement, one)
        percent = round(fen * 100 / one.amount_fen)
        shown.append(
            {
                "scope": one.scope, "key": one.key, "label": one.key or scopes()["company"],
                "amount": yuan(one.amount_fen), "spent": yuan(fen), "percent": percent, "width": min(percent, 100),
                "over": fen > one.amount_fen, "since": one.since,
                "projected": yuan(future.total_fen) if one.scope == "company" else None,
            }
        )  # fmt: skip
    return shown


def _budgets_alone(period: str) -> list[Shown]:
    return [
        {
            "scope": one.scope, "key": one.key, "label": one.key or scopes()["company"],
            "amount": yuan(one.amount_fen), "spent": None, "percent": 0, "width": 0, "over": False, "since": one.since,
            "projected": None,
        }
        for one in watching.budgets(period)
    ]  # fmt: skip


def _noticed(found: Sequence[Watched]) -> list[Shown]:
    lines = [int(one.subject.partition(":")[2]) for one in found if one.subject.startswith("line:")]
    numbers = listing.telephone_numbers(lines)
    return [_one(one, numbers) for one in found[:SHOWN]]


def _one(one: Watched, numbers: dict[int, str]) -> Shown:
    scope, _colon, key = one.subject.partition(":")
    kind, _underscore, level = one.code.partition("_")
    facts = one.values
    subject = numbers.get(int(key), "--") if scope == "line" else (key or scopes()["company"])
    sentences = {
        "BUDGET": lambda: _("已用预算的 %(level)s%%：%(spent)s / %(budget)s", level=level, spent=yuan(facts["spent"]), budget=yuan(facts["budget"])),
        "PROJECTED": lambda: _("照现在的用量，本月将达到预算的 %(level)s%%：%(spent)s", level=level, spent=yuan(facts["spent"])),
        "JUMP": lambda: _("本月 %(now)s，超过前三个月平均 %(mean)s 的五倍", now=yuan(facts["now"]), mean=yuan(facts["mean"])),
        "UNUSED": lambda: _("%(days)s 天没有使用", days=level),
    }  # fmt: skip
    return {
        "subject": subject,
        "text": str(sentences[kind]()),
        "tone": "danger" if kind == "JUMP" or level == "100" else "warn",
        "url": url_for("lines.details_view", id=int(key)) if scope == "line" else None,
    }
