"""The first page, and the search over everything."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import redirect, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk import finding, presenting
from console.bulk import queries as bulk
from console.bulk.kind import KINDS
from console.bulk.models import Batch
from console.bulk.queries import Tally
from console.bulk.states import BatchState, RowState
from console.core import clock
from console.core.listing import asked
from console.core.permissions import Permission, Role, allows
from console.core.web import ConsoleHome, ConsoleView
from console.employees import listing as employees
from console.employees import queries as people
from console.expenses import queries as months
from console.identifiers import numbers
from console.identifiers.amounts import yuan
from console.notices import queries as notices
from console.orders import standing
from console.sims import listing as sims
from console.sims import queries as stock

RECENT = 5
TODOS = 6
KINDS_FIRST = 3
"""So many kinds of bulk work have a tile of their own; the upload page has them all."""
Shown = dict[str, Any]


class HomeView(ConsoleHome):
    permission = Permission.HOME

    @expose("/")
    def index(self) -> Any:
        today = clock.today()
        usage = sims.usage(today)
        numbers_free, sims_free = stock.stock()
        _total, batches = finding.recent(RECENT)
        return self.render(
            "home.html",
            today=today,
            cycle=_cycle(today),
            cycle_stats={
                "lines_active": usage.active,
                "opened_today": usage.opened_today,
                "suspended": usage.suspended,
                "monthly_fen": usage.monthly_fen,
                "numbers_free": numbers_free,
                "sims_free": sims_free,
            },
            tiles=_tiles(),
            elder_tiles=_elder_tiles(),
            todos=_todos(),
            recent=presenting.summaries(batches),
            by_plan=_by_plan(),
            batches_url=url_for("bulk.batches"),
            upload_url=url_for("bulk.upload") if _may(Permission.BATCHES_UPLOAD) else None,
        )


class SearchView(ConsoleView):
    permission = Permission.HOME

    @expose("/")
    def index(self) -> Any:
        text = asked("q")
        groups = [group for group in _found(text) if group["items"]] if text else []
        hits = [item for group in groups for item in group["items"]]
        if len(hits) == 1:
            return redirect(hits[0]["url"])
        return self.render("search.html", q=text, groups=groups)


def _may(permission: Permission) -> bool:
    return allows(current_user.role, permission)


def _cycle(today: date) -> Shown:
    """The month of the bill."""
    days = monthrange(today.year, today.month)[1]
    return {"first": today.replace(day=1), "last": today.replace(day=days), "days_left": days - today.day}


def _tiles() -> list[Shown]:
    """The month for who closes it, one for each kind of bulk work, then what there is to look at; four at most."""
    tiles = _month_tiles()
    tiles += [
        _tile(kind.icon, kind.title, kind.lead, url_for("bulk.upload", kind=kind.slug))
        for kind in KINDS.values()
        if _may(kind.permission) and _may(Permission.BATCHES_UPLOAD)
    ][:KINDS_FIRST]
    if _may(Permission.EMPLOYEES_READ):
        known = _("%(n)s 人", n=f"{people.count():,}")
        tiles.append(_tile("i-users", _("查看花名册"), known, url_for("employees.index_view")))
    if _may(Permission.BATCHES_READ):
        tiles.append(_tile("i-clock", _("批次记录"), _("进度、结果和下载"), url_for("bulk.batches")))
    return tiles[:4]


def _month_tiles() -> list[Shown]:
    """Statement and invoices, one click from here."""
    if not _may(Permission.STATEMENTS_CLOSE) or current_user.role != Role.FINANCE:
        return []
    latest = months.all_in_force()
    text = f"{latest[0].period} {yuan(latest[0].total_fen)}" if latest else _("还没有账单")
    return [
        _tile("i-bill", _("下载月账单"), text, url_for("statements.index")),
        _tile("i-invoice", _("电子发票"), _("开票、下载和红冲"), url_for("invoices.index")),
    ]


def _elder_tiles() -> list[Shown]:
    """The six entries of the plain mode."""
    more = [
        ("i-phone", _("号码管理"), _("谁在用哪个号码"), "lines.index_view", Permission.LINES_READ),
        ("i-bell", _("消息"), _unread(), "inbox.index", Permission.SELF),
    ]
    extra = [
        _tile(icon, title, sub, url_for(page)) for icon, title, sub, page, needed in more if _may(needed)
    ]
    tiles = [*_tiles(), *extra]
    return [tile | {"primary": place == 0} for place, tile in enumerate(tiles)]


def _unread() -> str:
    count = notices.unread(current_user.user_id)
    return str(_("%(n)s 条未读", n=count) if count else _("没有未读消息"))


def _tile(icon: str, title: Any, sub: Any, url: str) -> Shown:
    return {"icon": icon, "title": title, "sub": sub, "url": url}


def _todos() -> list[Shown]:
    """What stops everything first, then batches in which rows wait for a person, or failed and can be mended."""
    if not _may(Permission.BATCHES_UPLOAD):
        return []
    _total, finished = finding.recent(TODOS, state=BatchState.FINISHED.value)
    mendable = [batch for batch in finished if batch.expires_at > clock.now()]
    batches = {batch.id: batch for batch in [*finding.waiting_for_a_person(), *mendable]}
    tallies = bulk.tallies(list(batches))
    its = [todo for batch in batches.values() for todo in _todo(batch, tallies[batch.id])]
    return [*_standing(), *its][:TODOS]


def _standing() -> Iterator[Shown]:
    """Arrears, and a letter of authorisation that ends soon or has ended."""
    told = standing.current()
    if told is None:
        return
    if told.arrears:
        title = _("公司账户欠费 %(sum)s", sum=yuan(max(told.owed_fen, 0)))
        detail = _("缴清前运营商不受理要花钱的业务，挂失不受影响")
        yield _task("danger", "i-warn", title, detail, url_for("bulk.batches"), _("看批次"))
    if told.letter_until and told.letter_until - clock.today() <= standing.WARN_BEFORE:
        days = (told.letter_until - clock.today()).days
        title = _("公司授权书 %(day)s 到期", day=str(told.letter_until))
        detail = (
            _("还有 %(n)s 天，请联系客户经理续期", n=days)
            if days >= 0
            else _("已经不能提交新的业务，请联系客户经理续期")
        )
        yield _task(
            "warn" if days >= 0 else "danger", "i-shield", title, detail, url_for("bulk.plans"), _("看计划")
        )


def _todo(batch: Batch, tally: Tally) -> Iterator[Shown]:
    wrong, ready = tally.of(RowState.WRONG), tally.of(RowState.READY)
    check = url_for("bulk.check", batch_id=batch.id)
    if batch.state == BatchState.ASKING:
        title = _("“%(title)s”有问题要先回答", title=batch.title)
        yield _task("warn", "i-info", title, batch.number, presenting.batch_url(batch), _("去回答"))
    if wrong:
        others = _("其余 %(n)s 行核对无误", n=ready) if ready else batch.number
        title = _("“%(title)s”有 %(n)s 行待修正", title=batch.title, n=wrong)
        yield _task("warn", "i-edit", title, others, check, _("去修正"))
    elif ready:
        title = _("“%(title)s”有 %(n)s 行等待确认", title=batch.title, n=ready)
        yield _task("accent", "i-check", title, batch.number, check, _("去确认"))
    if tally.bad and batch.state == BatchState.FINISHED:
        title = _("“%(title)s”有 %(n)s 行没有办成", title=batch.title, n=tally.bad)
        detail = _("%(n)s 行可以直接重试", n=tally.retryable) if tally.retryable else batch.number
        yield _task(
            "danger", "i-warn", title, detail, url_for("bulk.batch", batch_id=batch.id), _("查看原因")
        )


def _task(tone: str, icon: str, title: str, detail: str, url: str, label: str) -> Shown:
    return {"tone": tone, "icon": icon, "title": title, "detail": detail, "url": url, "label": label}


def _by_plan() -> list[Shown]:
    found = sims.active_by_plan()
    total = sum(count for _name, count, _fee in found)
    return [
        {"label": name, "percent": round(100 * count / total), "count": count, "monthly_fen": fee}
        for name, count, fee in found
    ]


def _found(text: str) -> Iterator[Shown]:
    """By kind of thing, as far as the role may look."""
    if _may(Permission.EMPLOYEES_READ):
        yield {"title": _("员工"), "items": [_person(one) for one in employees.search(text)]}
    if _may(Permission.LINES_READ) and len(text) == 4 and text.isascii() and text.isdecimal():
        yield {"title": _("号码"), "items": [_line(one) for one in sims.search(text)]}
    if _may(Permission.BATCHES_READ):
        yield {"title": _("批次"), "items": [_batch(one) for one in finding.numbered(text)]}


def _person(one: Any) -> Shown:
    parts = [one.number, one.department.path if one.department else None]
    sub = " · ".join(part for part in parts if part)
    return {"label": one.name, "sub": sub, "url": url_for("employees.details_view", id=one.id)}


def _line(one: Any) -> Shown:
    return {
        "label": numbers.mask(one.number.msisdn),
        "sub": f"{one.employee.name} · {one.plan.name}",
        "url": url_for("lines.details_view", id=one.id),
    }


def _batch(one: Batch) -> Shown:
    return {"label": one.title, "sub": one.number, "url": presenting.batch_url(one)}
