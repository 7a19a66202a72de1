"""What the page of budgets and warnings shows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from console.core import clock
from console.employees import queries as employees
from console.expenses import alarms, drawing, listing, queries, rules, running, watching
from console.expenses.measured import Pool
from console.expenses.metering import KB_OF_A_GB, KB_OF_A_MB
from console.expenses.models import Statement, Watched
from console.identifiers.amounts import yuan

Shown = dict[str, Any]
SHOWN = 200
NEAREST = 6
CENTI = 100
"""Parts of a gigabyte in which days are drawn."""


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
        "usage": present_usage(present),
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


def data(kb: int) -> str:
    """12.3 GB, or whole MB below one."""
    return f"{kb / KB_OF_A_GB:,.1f} GB" if kb >= KB_OF_A_GB else f"{kb / KB_OF_A_MB:,.0f} MB"


def present_usage(period: str) -> Shown | None:
    """The running month: data of each day as a chart, pools, and the lines that come nearest to their data."""
    daily = running.days(period)
    if not daily:
        return None
    every = [
        first_day + timedelta(days=i)
        for first_day in [rules.first_day(period)]
        for i in range(rules.last_day(period).day)
    ]
    chart = drawing.stacked([[daily.get(day, 0) * CENTI // KB_OF_A_GB] for day in every])
    near = running.near(period)[:NEAREST]
    numbers = listing.telephone_numbers([one.line_id for one in near])
    used, through = sum(daily.values()), max(daily)
    return {
        "used": data(used),
        "through": through,
        "projected": data(used * len(every) // through.day),
        "lines": running.lines_counted(period),
        "grid": [(y, f"{value / CENTI:g}") for y, value in chart.grid],
        "days": [
            {"day": day, "column": column, "data": data(daily[day]) if day in daily else None}
            for day, column in zip(every, chart.columns, strict=True)
        ],
        "pools": [_pool(one, period) for one in running.pools(period)],
        "near": [
            {
                "number": numbers.get(one.line_id, "--"), "url": url_for("lines.details_view", id=one.line_id),
                "used": data(one.used_kb), "may": data(one.may_kb), "percent": one.percent,
                "width": min(one.percent, 100), "limited": one.limited,
                "work": url_for("line_work.index", rowid=one.line_id, kind="data-limits" if one.limited else "add-products"),
            }
            for one in near
        ],
    }  # fmt: skip


def _pool(one: Pool, period: str) -> Shown:
    percent = one.used_kb * 100 // one.size_kb if one.size_kb else 0
    return {
        "code": one.code, "members": one.members, "used": data(one.used_kb), "size": data(one.size_kb),
        "percent": percent, "width": min(percent, 100),
        "empty": alarms.runs_out(one.used_kb, one.size_kb, one.through, rules.last_day(period)),
    }  # fmt: skip


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
        "LIMIT": lambda: _("流量已用到限额的 %(level)s%%：%(used)s / %(may)s，到限额后%(then)s", level=level, used=data(facts["used"]), may=data(facts["may"]), then=_("限速") if facts.get("then") == "THROTTLE" else _("断网")),
        "DATA": lambda: _("套餐流量已用 %(level)s%%：%(used)s / %(may)s", level=level, used=data(facts["used"]), may=data(facts["may"])),
        "POOL": lambda: _("照现在的速度 %(day)s 用完：已用 %(used)s / %(may)s。可以加包或换更大的流量池", day=facts["day"], used=data(facts["used"]), may=data(facts["may"])),
        "UNUSED": lambda: _("%(days)s 天没有使用", days=level),
    }  # fmt: skip
    return {
        "subject": subject,
        "text": str(sentences[kind]()),
        "tone": "danger" if kind in ("JUMP", "POOL") or level == "100" else "warn",
        "url": url_for("lines.details_view", id=int(key)) if scope == "line" else None,
    }
