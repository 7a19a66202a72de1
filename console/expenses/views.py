"""The pages of the month: statement, the charges behind each figure, versions, questions, corrections, budgets."""

from datetime import date
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.core import clock, queue
from console.core.db import transaction
from console.core.listing import asked
from console.core.permissions import Permission, allows
from console.core.queue import Job
from console.core.web import page_number, requires
from console.expenses import (
    actions,
    asking,
    commenting,
    figures,
    listing,
    presenting,
    queries,
    rules,
    unreadable,
)
from console.expenses.bill_files_views import BillFilePages
from console.expenses.commenting_views import CommentPages
from console.expenses.delivering_views import DeliveryPages
from console.expenses.differences_views import DifferencesPages
from console.expenses.documents import KINDS
from console.expenses.downloading_views import DownloadPages
from console.expenses.sharing_views import SharingPages
from console.expenses.watching_views import WatchingPages

ROWS = 50


class StatementsView(
    DownloadPages, DeliveryPages, DifferencesPages, WatchingPages, CommentPages, SharingPages, BillFilePages
):
    permission = Permission.STATEMENTS_READ

    @expose("/")
    def index(self) -> Any:
        """The newest month, which is what people come for."""
        newest = queries.all_in_force()
        if newest:
            return redirect(url_for(".month", period=newest[0].period))
        return self._none(_last_month())

    def _none(self, period: str) -> Any:
        ended = rules.last_day(period) < clock.today()
        return self.render(
            "expenses/none.html",
            period=period,
            taking=queue.progress(_key(period)),
            unreadable=unreadable.latest(period),
            may_close=actions.may_close(current_user.role) and ended,
        )

    @expose("/<period>/")
    def month(self, period: str) -> Any:
        _month(period)
        statement = asking.version_asked_for(period)
        if statement is None:
            return self._none(period)
        if "HX-Request" in request.headers:  # a page that waited for it
            return Response(status=200, headers={"HX-Redirect": url_for(".month", period=period)})
        by = asked("by") if asked("by") in presenting.dimensions() else "department"
        shown = presenting.page(statement, by, page_number(), ROWS)
        return self.render(
            "expenses/statement.html",
            **shown,
            statement=statement,
            months=presenting.months(),
            pager=_pager(shown["count"], period=period, by=by),
            questions=asking.open_questions(period),
            unreadable=unreadable.latest(period),
            comments=commenting.shown(period, current_user.user_id).get(None, []),
            longest=commenting.LONGEST,
            may_close=actions.may_close(current_user.role),
            may_invoice=allows(current_user.role, Permission.INVOICES_ISSUE),
            newest=queries.in_force(period),
            documents=KINDS,
        )

    @expose("/<period>/charges")
    def charges(self, period: str) -> Any:
        _month(period)
        statement = asking.version_asked_for(period) or abort(404)
        where = _asked_for()
        count = figures.charge_count(statement, where)
        return self.render(
            "expenses/charges.html",
            statement=statement,
            heading=presenting.month(period),
            narrowed=listing.narrowed(where),
            rows=listing.charge_rows(statement, where, ROWS, (page_number() - 1) * ROWS),
            total=listing.bare(figures.total(statement, where).total_fen),
            pager=_pager(
                count, endpoint=".charges", period=period, **{name: request.args[name] for name in where}
            ),
            questions=asking.on_charges(period),
            may_close=actions.may_close(current_user.role),
        )

    @expose("/<period>/versions")
    def versions(self, period: str) -> Any:
        _month(period)
        return self.render(
            "expenses/versions.html",
            period=period,
            heading=presenting.month(period),
            versions=presenting.versions(period),
        )

    @expose("/<period>/take-in", methods=["POST"])
    @requires(Permission.STATEMENTS_CLOSE)
    def take_in(self, period: str) -> Any:
        _month(period)
        if rules.last_day(period) >= clock.today():
            flash(_("这个月还没有结束，账单要到下月初才有"), "warning")
        elif queue.ring(Job.TAKE_IN_BILL, current_user.company_id, rules.number_of(period)):
            flash(_("正在向运营商取账单，取完会发消息给你，可以先离开"), "success")
        else:
            flash(_("任务队列暂时不可用，系统会在几分钟内自己重试"), "warning")
        return redirect(url_for(".month", period=period))

    @expose("/<period>/close", methods=["POST"])
    @requires(Permission.STATEMENTS_CLOSE)
    def close(self, period: str) -> Any:
        _month(period)
        with transaction():
            actions.close(
                current_user.role, current_user.user_id, period, request.form.get("version", 0, type=int)
            )
        flash(_("%(month)s账单已关账，之后的更正会生成新版本", month=presenting.month(period)), "success")
        return redirect(url_for(".month", period=period))

    @expose("/charges/<int:charge_id>/ask", methods=["POST"])
    def ask(self, charge_id: int) -> Any:
        text = request.form.get("text", "").replace("\0", "").strip()[:500]
        period = asking.month_of(charge_id)
        if not text:
            flash(_("请写下疑问"), "warning")
            return redirect(url_for(".month", period=period))
        with transaction():
            actions.ask(current_user.role, current_user.user_id, charge_id, text)
        flash(_("疑问已记下，财务会答复"), "success")
        return redirect(url_for(".questions", period=period))

    @expose("/<period>/questions")
    def questions(self, period: str) -> Any:
        _month(period)
        return self.render(
            "expenses/questions.html",
            period=period,
            heading=presenting.month(period),
            questions=asking.shown(period),
            comments=commenting.shown(period, current_user.user_id),
            longest=commenting.LONGEST,
            may_answer=actions.may_close(current_user.role),
        )

    @expose("/questions/<int:question_id>/answer", methods=["POST"])
    @requires(Permission.STATEMENTS_CLOSE)
    def answer(self, question_id: int) -> Any:
        text = request.form.get("text", "").replace("\0", "").strip()[:500]
        period = asking.period_of(question_id)
        if not text:
            flash(_("请写下答复"), "warning")
            return redirect(url_for(".questions", period=period))
        with transaction():
            actions.answer(
                current_user.role, current_user.user_id, question_id, text,
                dispute=request.form.get("then") == "dispute",
            )  # fmt: skip
        flash(_("答复已记下"), "success")
        return redirect(url_for(".questions", period=period))

    @expose("/correct", methods=["GET", "POST"])
    @requires(Permission.STATEMENTS_CLOSE)
    def correct(self) -> Any:
        """Where lines belonged in past months: looked at first, then carried out."""
        lines = sorted(
            {int(text) for text in request.values.getlist("line") if text.isdecimal() and len(text) < 10}
        )
        first, last = _day("first"), _day("last")
        form = {
            name: request.values.get(name, "").replace("\0", "").strip()[:longest]
            for name, longest in {
                "first": 10,
                "last": 10,
                "department": 200,
                "cost_center": 30,
                "reason": 200,
            }.items()
        }
        if request.method == "GET":
            return self.render("expenses/correct.html", **asking.correcting(lines, form))
        if not (
            lines
            and first
            and last
            and rules.may_be_corrected(first, last, clock.today())
            and (form["department"] or form["cost_center"])
        ):
            flash(_("请选择号码，填写起止日期，以及部门或成本中心"), "warning")
            return self.render("expenses/correct.html", **asking.correcting(lines, form))
        with transaction():
            restated = actions.correct_placement(
                current_user.role, lines, first, last, form["department"] or None, form["cost_center"] or None,
                form["reason"][:200] or str(_("更正归属")),
            )  # fmt: skip
            found = [(one.period, one.version) for one in restated]
        if not found:
            flash(_("已更正。这段时间还没有出账，出账时会按更正后的归属分摊"), "success")
            return redirect(url_for(".index"))
        flash(_("已更正，%(n)s 个月的账单重新分摊", n=len(found)), "success")
        return redirect(url_for(".versions", period=found[-1][0]))


def _month(period: str) -> None:
    if not rules.is_period(period):
        abort(404)


def _asked_for() -> dict[str, Any]:
    """What the address narrows the charges by; a number that is none is as unknown as one that nobody has."""
    where: dict[str, Any] = {}
    for name in figures.BY:
        if name not in request.args:
            continue
        text = asked(name)
        if name in ("employee", "line") and text:
            where[name] = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        else:
            where[name] = text
    return where


def _pager(count: int, endpoint: str = ".month", **arguments: Any) -> dict[str, Any]:
    page, pages = page_number(), max(1, -(-count // ROWS))
    return {
        "page": page,
        "pages": pages,
        "total": f"{count:,}",
        "first": min((page - 1) * ROWS + 1, count),
        "last": min(page * ROWS, count),
        "url": lambda number: url_for(endpoint, page=number, **arguments),
    }


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.values.get(name, ""))
    except ValueError:
        return None


def _last_month() -> str:
    return rules.months_before(rules.period_of(clock.today()), 1)


def _key(period: str) -> str:
    return f"bill-{current_user.company_id}-{period}"


def pages() -> list[Any]:
    return [StatementsView(name="statements", endpoint="statements", url="/statements")]
