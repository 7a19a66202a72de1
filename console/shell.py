"""What surrounds every page: navigation, the running batch, messages, appearance; filters and security headers."""

from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk import finding, presenting
from console.bulk import queries as bulk
from console.core.clock import SHANGHAI
from console.core.permissions import Permission, allows
from console.identifiers.amounts import yuan
from console.notices import queries as notices

HELP_PHONE = "10086-8"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
PREFERENCES = ("theme", "mode", "locale", "density")
ROLES = {
    "owner": lambda: _("主管理员"),
    "office": lambda: _("行政"),
    "hr": lambda: _("人事"),
    "finance": lambda: _("财务"),
    "approver": lambda: _("审批人"),
    "auditor": lambda: _("只读审计"),
}


def navigation() -> list[dict[str, Any]]:
    """Groups a role cannot use are absent. Only the current group is open."""
    groups = [
        (_("首页"), "i-home", [(_("首页"), "admin.index", Permission.HOME)]),
        (
            _("员工与号码"),
            "i-users",
            [
                (_("员工花名册"), "employees.index_view", Permission.EMPLOYEES_READ),
                (_("号码管理"), "lines.index_view", Permission.LINES_READ),
                (_("部门"), "departments.index", Permission.EMPLOYEES_READ),
                (_("号码与卡库存"), "stock.index", Permission.LINES_READ),
            ],
        ),
        (
            _("批量办理"),
            "i-upload",
            [
                (_("新建批量办理"), "bulk.upload", Permission.BATCHES_UPLOAD),
                (_("批次记录"), "bulk.batches", Permission.BATCHES_READ),
                (_("计划"), "bulk.plans", Permission.BATCHES_READ),
                (_("待我审批"), "bulk.approvals", Permission.BATCHES_READ),
                (_("审批规则"), "bulk.approval_rules", Permission.APPROVALS_SET),
                (_("名单模板"), "bulk.templates", Permission.BATCHES_UPLOAD),
            ],
        ),
        (
            _("账单与发票"),
            "i-bill",
            [
                (_("月账单"), "statements.index", Permission.STATEMENTS_READ),
                (_("费用提醒与预算"), "statements.watch", Permission.STATEMENTS_READ),
                (_("省钱建议"), "advice.index", Permission.STATEMENTS_READ),
                (_("电子发票"), "invoices.index", Permission.INVOICES_READ),
                (_("开票信息"), "invoices.titles", Permission.INVOICES_READ),
                (_("四方核对"), "invoices.four_ways", Permission.INVOICES_READ),
                (_("详单"), "details.index", Permission.DETAILS_READ),
            ],
        ),
        (_("套餐"), "i-layers", [(_("可选套餐"), "plans.index", Permission.PLANS_READ)]),
        (
            _("日志与对账"),
            "i-shield",
            [
                (_("操作日志"), "audit.index_view", Permission.AUDIT_READ),
                (_("对账差异"), "differences.index_view", Permission.LINES_READ),
            ],
        ),
        (_("安全与验证"), "i-gear", [(_("安全与验证"), "security.index", Permission.SELF)]),
    ]
    return [group for label, icon, items in groups if (group := _group(label, icon, items))]


def _group(label: str, icon: str, items: list[tuple[str, str, Permission]]) -> dict[str, Any] | None:
    allowed = [
        (text, endpoint) for text, endpoint, permission in items if allows(current_user.role, permission)
    ]
    if not allowed:
        return None
    view = (request.endpoint or "").split(".")[0]
    here = request.endpoint
    group = {
        "label": label,
        "icon": icon,
        "url": url_for(allowed[0][1]),
        "active": any(endpoint.split(".")[0] == view for _text, endpoint in allowed),
        "count": None,
        "items": [
            {"label": text, "url": url_for(endpoint), "current": _is_here(endpoint, here)}
            for text, endpoint in allowed
        ],
    }
    if len(allowed) == 1:
        group["items"] = []
    return group


def _is_here(endpoint: str, here: str | None) -> bool:
    """A page inside a batch belongs to the list of batches; a detail belongs to its list."""
    inside = {
        "bulk.check": "bulk.upload", "bulk.papers": "bulk.upload", "bulk.checking": "bulk.upload", "bulk.confirm": "bulk.upload",
        "bulk.batch": "bulk.batches", "employees.details_view": "employees.index_view",
        "lines.details_view": "lines.index_view", "line_work.index": "lines.index_view", "esim.hand_over": "lines.index_view", "esim.code": "lines.index_view", "audit.details_view": "audit.index_view",
        "statements.month": "statements.index", "statements.charges": "statements.index", "statements.versions": "statements.index", "statements.differences": "statements.index",
        "statements.accounts": "statements.index", "statements.shares": "statements.index", "statements.file_in": "statements.index", "statements.save_shares": "statements.index", "invoices.archive": "invoices.index", "details.one": "details.index", "statements.questions": "statements.index", "invoices.invoice": "invoices.index", "invoices.apply": "invoices.index", "invoices.save_title": "invoices.titles", "invoices.four_ways_of": "invoices.four_ways", "statements.correct": "statements.index",
    }  # fmt: skip
    return endpoint == inside.get(here or "", here)


def shell() -> dict[str, Any] | None:
    """None for strangers."""
    if not current_user.is_authenticated:
        return None
    if "shell" not in g:
        g.shell = {
            "user_name": current_user.name,
            "user_initial": current_user.name[:1],
            "role_label": ROLES[current_user.role](),
            "company_name": current_user.company_name,
            "nav": navigation(),
            "running": _running(),
            "unread": notices.unread(current_user.user_id),
            "search_url": url_for("search.index"),
            "home_url": url_for("admin.index"),
            "inbox_url": url_for("inbox.index"),
            "security_url": url_for("security.index"),
            "sign_out_url": url_for("sign_in.sign_out"),
            "help_phone": HELP_PHONE,
            "idle_seconds": current_app.extensions["settings"].idle_seconds,
            "keepalive_url": url_for("sign_in.keep_alive"),
        }
    return dict(g.shell)


def _running() -> dict[str, Any] | None:
    batches = finding.running()
    if not batches:
        return None
    tallies = bulk.tallies([batch.id for batch in batches])
    done = sum(tally.ok + tally.bad for tally in tallies.values())
    total = sum(tally.total for tally in tallies.values())
    return {
        "count": len(batches),
        "percent": 100 * done // total if total else 0,
        "url": presenting.batch_url(batches[0]),
    }


def preference(name: str) -> str:
    """The account's choice, else this browser's."""
    mine = getattr(current_user, name, "") if current_user else ""
    chosen = mine or request.cookies.get(f"console-{name}", "")
    return {"standard": "", "normal": ""}.get(chosen, chosen)


def locale() -> str:
    """Chinese unless English was asked for."""
    chosen = preference("locale") if request else ""
    return "en" if chosen == "en" else "zh_Hans_CN"


def attach(app: Flask) -> None:
    app.context_processor(_context)
    app.after_request(_secure)
    app.add_template_filter(yuan, "yuan")
    app.add_template_filter(lambda fen: yuan(fen, sign=True), "yuan_signed")
    app.add_template_filter(lambda at: _local(at, "%Y-%m-%d %H:%M"), "when")
    app.add_template_filter(lambda at: _local(at, "%H:%M"), "clock")
    app.add_template_filter(_day, "day")


def _context() -> dict[str, Any]:
    prefs = {name: preference(name) for name in PREFERENCES}
    prefs["locale"] = "en" if prefs["locale"] == "en" else "zh"
    return {
        "shell": shell(),
        "prefs": prefs,
        "preferences_url": url_for("sign_in.preferences"),
        "static": static,
    }


def static(name: str) -> str:
    """A static file by a name that changes with its content, so that browsers may keep it for a year."""
    return url_for("static", filename=name, v=_version(str(Path(current_app.static_folder or "") / name)))


@cache
def _version(path: str) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()[:10]


def _secure(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint == "static":
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
        )
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _local(at: datetime | None, form: str) -> str:
    return at.astimezone(SHANGHAI).strftime(form) if at else "--"


def _day(at: date | datetime | None) -> str:
    if at is None:
        return "--"
    return (
        at.astimezone(SHANGHAI) if isinstance(at, datetime) and at.tzinfo in (UTC, SHANGHAI) else at
    ).strftime("%Y-%m-%d")
