"""What the pages of the month show: figures as sentences, bars and rows."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from console.core import clock
from console.expenses import drawing, figures, queries, rules
from console.expenses.figures import Sums
from console.expenses.items import TITLES
from console.expenses.listing import change, people, telephone_numbers
from console.expenses.models import Statement
from console.identifiers.amounts import bare, yuan

Shown = dict[str, Any]
MONTHS = 12
BARS = 8
MOVERS = 5
WAN = 1_000_000
"""分 of ten thousand yuan, in which charts are written; smaller ones in yuan."""
YUAN = 100
PARTS = ("plan", "data", "calls", "services", "other")


def labels() -> dict[str, str]:
    return {
        "plan": _("套餐及固定费"),
        "data": _("套餐外流量"),
        "calls": _("套餐外语音和短信"),
        "services": _("增值和代收"),
        "other": _("其他与减免"),
    }


def dimensions() -> dict[str, str]:
    return {
        "department": _("按部门"),
        "cost_center": _("按成本中心"),
        "employee": _("按员工"),
        "line": _("按号码"),
        "product": _("按套餐和项目"),
        "item": _("按费用类别"),
    }


def month(period: str) -> str:
    first = rules.first_day(period)
    return str(_("%(year)s 年 %(month)s 月", year=first.year, month=first.month))


def state(statement: Statement) -> Shown:
    known = {
        "draft": ("warn", "i-clock", _("正在取账单")),
        "open": ("ok", "i-ok", _("已出账")),
        "closed": ("ok", "i-lock", _("已关账")),
        "restated": ("mute", "i-clock", _("已被新版本代替")),
    }
    tone, icon, label = known[statement.state]
    return {"tone": tone, "icon": icon, "label": label}


def page(statement: Statement, by: str, page_number: int, rows_a_page: int) -> Shown:
    """The whole page of a month."""
    whole = figures.total(statement)
    before = queries.in_force(rules.months_before(statement.period, 1))
    previous = figures.total(before) if before else None
    count = figures.groups(statement, by)
    shown = figures.grouped(statement, by, limit=rows_a_page, offset=(page_number - 1) * rows_a_page)
    earlier = _earlier(before, by, shown)
    return {
        "heading": month(statement.period),
        "period": statement.period,
        "pill": state(statement),
        "due": _due(statement),
        "first": rules.first_day(statement.period),
        "last": rules.last_day(statement.period),
        "stats": _stats(whole, previous, before),
        "departments": _bars(statement, whole),
        "trend": _trend(statement.period),
        "by": by,
        "dimensions": [
            {"key": key, "label": label, "url": _here(statement, by=key)}
            for key, label in dimensions().items()
        ],
        "columns": labels(),
        "rows": [_row(statement, by, one, earlier, names) for names in [_names(by, shown)] for one in shown],
        "total": _row(
            statement, by, whole, {None: previous.total_fen} if previous else {}, {None: _("合计")}
        ),
        "movers": _movers(statement, before),
        "count": count,
    }


def _due(statement: Statement) -> date | None:
    """None for a bill that came after its day: nobody can have paid it by then."""
    due, opened = rules.due_day(statement.period), statement.opened_at
    late = opened is not None and opened.astimezone(clock.SHANGHAI).date() > due
    return None if late else due


def _here(statement: Statement, **arguments: Any) -> str:
    return url_for("statements.month", period=statement.period, **arguments)


def _stats(whole: Sums, previous: Sums | None, before: Statement | None) -> list[Shown]:
    lines = max(whole.lines, 1)
    compared = _("没有上个月的账单可比")
    if previous and before:
        compared = _compared(whole.total_fen, previous.total_fen, rules.first_day(before.period).month)
    person = whole.total_fen - whole.company_fen
    stats = [
        (_("应付合计"), yuan(whole.total_fen), compared),
        (
            _("套餐及固定费"),
            yuan(whole.columns["plan"]),
            _("%(n)s 个号码", n=f"{whole.lines:,}"),
        ),
        (
            _("套餐外"),
            yuan(whole.columns["data"] + whole.columns["calls"]),
            _(
                "流量 %(data)s，语音和短信 %(calls)s",
                data=yuan(whole.columns["data"]),
                calls=yuan(whole.columns["calls"]),
            ),
        ),
        (
            _("增值和代收"),
            yuan(whole.columns["services"]),
            _("其他与减免 %(sum)s", sum=yuan(whole.columns["other"])),
        ),
        (
            _("平均每个号码"),
            yuan(round(whole.total_fen / lines)),
            _("个人承担 %(sum)s", sum=yuan(person)) if person else _("全部由公司承担"),
        ),
    ]
    return [{"label": label, "value": value, "more": more} for label, value, more in stats]


def _compared(now: int, before: int, month_number: int) -> str:
    if now == before:
        return str(_("和 %(month)s 月持平", month=month_number))
    percent = f"{abs(now - before) * 100 / abs(before):.1f}%" if before else "--"
    sentence = (
        _("比 %(month)s 月多 %(sum)s（%(percent)s）")
        if now > before
        else _("比 %(month)s 月少 %(sum)s（%(percent)s）")
    )
    return sentence % {"month": month_number, "sum": yuan(abs(now - before)), "percent": percent}


def _bars(statement: Statement, whole: Sums) -> list[Shown]:
    found = figures.grouped(statement, "department", limit=BARS)
    most = max((one.total_fen for one in found), default=0)
    return [
        {
            "label": one.key or _("未分摊"),
            "url": url_for("statements.charges", period=statement.period, department=one.key or ""),
            "width": round(100 * max(one.total_fen, 0) / most) if most > 0 else 0,
            "sum": yuan(one.total_fen),
            "percent": f"{one.total_fen * 100 / whole.total_fen:.1f}%" if whole.total_fen else "--",
        }
        for one in found
    ]


def _trend(period: str) -> Shown:
    """Twelve months up to this one; those without a statement leave a gap."""
    periods = [rules.months_before(period, back) for back in range(MONTHS - 1, -1, -1)]
    found = figures.trend(periods)
    values = [[found[one].columns[part] for part in PARTS] if one in found else [] for one in periods]
    chart = drawing.stacked(values)
    unit = WAN if any(sum(parts) >= WAN for parts in values) else YUAN
    months = []
    for one, column, parts in zip(periods, chart.columns, values, strict=True):
        month_number = rules.first_day(one).month
        months.append(
            {
                "label": _("%(n)s 月", n=month_number),
                "title": f"{month(one)} {yuan(sum(parts))}",
                "url": url_for("statements.month", period=one) if one in found else None,
                "column": column,
                "sums": [yuan(part) for part in parts],
                "total": yuan(sum(parts)) if parts else None,
                "written": f"{sum(parts) / unit:,.{2 if unit == WAN else 0}f}",
            }
        )
    return {
        "months": months,
        "grid": [(y, f"{value / unit:g}") for y, value in chart.grid],
        "unit": _("单位：万元") if unit == WAN else _("单位：元"),
        "some": bool(found),
        "colours": (1, 3, 2, 4, 5),
    }


def _earlier(before: Statement | None, by: str, shown: Sequence[Sums]) -> dict[Any, int]:
    """Key → the month before, for the rows of this page only."""
    if before is None:
        return {}
    keys = [one.key for one in shown]
    return {one.key: one.total_fen for one in figures.grouped(before, by, only=keys)}


def _row(statement: Statement, by: str, one: Sums, earlier: dict[Any, int], names: dict[Any, Any]) -> Shown:
    before = earlier.get(one.key)
    wanted: dict[str, Any] = {by: "" if one.key is None else one.key}
    return {
        "label": names.get(one.key, one.key) or _("未分摊"),
        "url": url_for("statements.charges", period=statement.period, **wanted),
        "lines": one.lines,
        "columns": [
            yuan(one.columns[part])[1:] if one.columns[part] >= 0 else "-" + yuan(-one.columns[part])[1:]
            for part in PARTS
        ],
        "sum": bare(one.total_fen),
        "each": bare(round(one.total_fen / one.lines)) if one.lines else "--",
        "change": change(one.total_fen, before),
    }


def _names(by: str, shown: Sequence[Sums]) -> dict[Any, Any]:
    keys = [one.key for one in shown if one.key is not None]
    if by == "employee":
        return people(keys)
    if by == "line":
        return telephone_numbers(keys)
    if by == "item":
        return {key: TITLES[key] for key in keys}
    return {}


def _movers(statement: Statement, before: Statement | None) -> list[Shown]:
    if before is None:
        return []
    return [
        {
            "label": key or _("未分摊"),
            "now": bare(now),
            "before": bare(then),
            "change": change(now, then),
            "url": url_for("statements.charges", period=statement.period, department=key or ""),
        }
        for key, now, then in figures.movers(statement, before, MOVERS)
    ]


def versions(period: str) -> list[Shown]:
    """Each version with what it says otherwise than the one before."""
    found = queries.versions(period)
    return [
        {
            "version": one.version,
            "pill": state(one),
            "total": yuan(one.total_fen),
            "when": one.opened_at,
            "reason": one.reason,
            "rows": [
                {
                    "department": department or _("未分摊"),
                    "cost_center": center or "--",
                    "before": bare(old),
                    "after": bare(new),
                    "change": change(new, old),
                }
                for department, center, old, new in (
                    figures.difference(period, one.version) if one.version > 1 else []
                )
            ],
        }
        for one in found
    ]


def months() -> list[Shown]:
    return [
        {
            "period": one.period,
            "label": month(one.period),
            "total": yuan(one.total_fen),
            "pill": state(one),
            "url": url_for("statements.month", period=one.period),
        }
        for one in queries.all_in_force()
    ]
