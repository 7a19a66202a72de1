"""The pages of e-invoices: list, application, one invoice with its files and red letters."""

from io import BytesIO
from typing import Any

from flask import abort, current_app, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.accounts import freshness
from console.core import mail
from console.core.config import Settings
from console.core.db import transaction
from console.core.errors import Conflict
from console.core.listing import asked
from console.core.permissions import Permission, allows
from console.core.web import page_number, requires, written
from console.employees import queries as employees
from console.expenses import queries as months
from console.expenses import rules as calendar
from console.identifiers import amounts
from console.invoices import (
    announcing,
    applying,
    booking,
    bundling,
    elsewhere,
    issuing,
    messages,
    presenting,
    queries,
    reversing,
    rules,
)
from console.invoices.archiving_views import ArchivePages
from console.invoices.document import LONGEST_REMARK
from console.invoices.four_ways_views import FourWaysPages
from console.invoices.mailing_views import MailingPages
from console.invoices.packages_views import PackagePages
from console.invoices.titles_views import TitlesPages

ROWS = 30


class InvoicesView(FourWaysPages, TitlesPages, ArchivePages, MailingPages, PackagePages):
    permission = Permission.INVOICES_READ

    @expose("/")
    def index(self) -> Any:
        wanted: dict[str, Any] = {name: asked(name) for name in ("q", "state", "period", "booked")}
        if wanted["state"] not in presenting.states():
            wanted["state"] = ""
        count = queries.count(wanted)
        page, agreements = page_number(), presenting.agreements()
        return self.render(
            "invoices/list.html",
            rows=[presenting.row(one) for one in queries.listed(wanted, ROWS, (page - 1) * ROWS)],
            wanted=wanted,
            states=presenting.states(),
            agreements=agreements,
            to_issue=next((one["url"] for one in agreements if one["closed"] and one["url"]), None),
            may_issue=_may(Permission.INVOICES_ISSUE),
            announced=[presenting.announced(one) for one in announcing.open_ones()],
            periods=[one.period for one in months.all_in_force()],
            pager={
                "page": page, "pages": max(1, -(-count // ROWS)), "total": f"{count:,}",
                "first": min((page - 1) * ROWS + 1, count), "last": min(page * ROWS, count),
                "url": lambda number: url_for(".index", page=number, **{k: v for k, v in wanted.items() if v}),
            },
        )  # fmt: skip

    @expose("/new")
    @requires(Permission.INVOICES_ISSUE)
    def apply(self) -> Any:
        """Prefilled: what is still to be invoiced of a month, whole or in part."""
        first, scope, key = asked("period"), asked("scope") or "company", asked("key")
        last = _last(first, asked("last"))
        if scope not in applying.SCOPES:
            abort(404)
        unclosed = [
            one for one in months.all_in_force() if first <= one.period <= last and one.state != "closed"
        ]
        if unclosed:
            return self.render("invoices/not_closed.html", period=unclosed[-1].period, statement=unclosed[-1])
        months.in_force(first) or abort(404)
        return self.render(
            "invoices/apply.html",
            **presenting.application(first, last, scope, key, _settings()),
            closed=[one.period for one in months.all_in_force() if one.state == "closed"],
            departments=list(employees.departments()),
            cost_centers=list(employees.cost_centers()),
            longest_remark=LONGEST_REMARK,
        )

    @expose("/issue", methods=["POST"])
    @requires(Permission.INVOICES_ISSUE)
    def issue(self) -> Any:
        form = {name: written(name) for name in ("period", "scope", "key", "shown", "remark")}
        last = _last(form["period"], written("last"))
        if form["scope"] not in applying.SCOPES:
            abort(404)
        here = url_for(".apply", period=form["period"], last=last, scope=form["scope"], key=form["key"])
        if (first := freshness.code_first(here, _("开票前请再验证一次身份"))) is not None:
            return first
        try:
            with transaction():
                invoice = applying.apply(
                    current_user.role, current_user.user_id, form["period"], form["scope"], form["key"],
                    form["shown"], form["remark"][:LONGEST_REMARK], _settings(), last,
                ).id  # fmt: skip
        except Conflict as refused:
            if refused.code not in ("E_INVOICE_NOTHING", "E_INVOICE_CHANGED", "E_INVOICE_TITLE"):
                raise
            flash(_refusals()[refused.code], "warning")
            return redirect(here)
        flash(_("已提交，开好会发消息给你"), "success")
        return redirect(url_for(".invoice", invoice_id=invoice))

    @expose("/<int:invoice_id>/")
    def invoice(self, invoice_id: int) -> Any:
        return self.render(
            "invoices/invoice.html",
            **presenting.details(applying.get(invoice_id)),
            mails=mail.is_open(),
            may_issue=_may(Permission.INVOICES_ISSUE),
        )

    @expose("/<int:invoice_id>/again", methods=["POST"])
    @requires(Permission.INVOICES_ISSUE)
    def again(self, invoice_id: int) -> Any:
        applying.get(invoice_id)
        here = url_for(".invoice", invoice_id=invoice_id)
        if (first := freshness.code_first(here, _("开票前请再验证一次身份"))) is not None:
            return first
        with transaction():
            new = applying.again(current_user.role, current_user.user_id, invoice_id).id
        flash(_("已重新提交"), "success")
        return redirect(url_for(".invoice", invoice_id=new))

    @expose("/<int:invoice_id>/look", methods=["POST"])
    @requires(Permission.INVOICES_ISSUE)
    def look(self, invoice_id: int) -> Any:
        applying.get(invoice_id)
        with transaction():
            issuing.look_now(current_user.role, invoice_id)
        flash(_("正在向平台核实，状态会自动更新"), "success")
        return redirect(url_for(".invoice", invoice_id=invoice_id))

    @expose("/announced/<int:announced_id>/again", methods=["POST"])
    @requires(Permission.INVOICES_ISSUE)
    def fetch_again(self, announced_id: int) -> Any:
        with transaction():
            announcing.again(current_user.role, announced_id)
        flash(_("正在重新收取，收好后出现在发票列表"), "success")
        return redirect(url_for(".index"))

    @expose("/<int:invoice_id>/book", methods=["POST"])
    @requires(Permission.INVOICES_ISSUE)
    def book(self, invoice_id: int) -> Any:
        applying.get(invoice_id)
        with transaction():
            booking.book(current_user.role, invoice_id, written("voucher")[:60])
        flash(_("入账标记已更新"), "success")
        return redirect(url_for(".invoice", invoice_id=invoice_id))

    @expose("/<int:invoice_id>/red", methods=["POST"])
    @requires(Permission.INVOICES_ISSUE)
    def red(self, invoice_id: int) -> Any:
        applying.get(invoice_id)
        here = url_for(".invoice", invoice_id=invoice_id)
        if (first := freshness.code_first(here, _("红冲前请再验证一次身份"))) is not None:
            return first
        amount, place = amounts.fen(written("amount")), request.form.get("place", type=int)
        if (written("amount") and amount is None) or (written("place") and place is None):
            raise Conflict("E_RED_AMOUNT")  # what cannot be read is not the whole invoice
        with transaction():
            reversing.ask(
                current_user.role, current_user.user_id, invoice_id, written("reason"), place, amount
            )
        flash(_("红字确认单已提交，办成会发消息给你"), "success")
        return redirect(here)

    @expose("/forms/<int:form_id>/operate", methods=["POST"])
    @requires(Permission.INVOICES_ISSUE)
    def operate(self, form_id: int) -> Any:
        """The buyer's word on a form that waits for it."""
        form = reversing.get(form_id)
        action = written("action")
        if action not in ("confirm", "deny"):
            abort(400)
        with transaction():
            reversing.answer(current_user.role, form_id, action)
        flash(_("已答复，平台确认后状态会更新"), "success")
        return redirect(url_for(".invoice", invoice_id=form.invoice_id))

    @expose("/<int:invoice_id>/file.<format>")
    def file(self, invoice_id: int, format: str) -> Any:
        if format not in bundling.WRITERS:
            abort(404)
        invoice = applying.get(invoice_id)
        return send_file(
            BytesIO(bundling.content(invoice, format, _settings())),
            mimetype=bundling.TYPES[format],
            as_attachment=True,
            download_name=bundling.name(invoice, format),
        )

    @expose("/<int:invoice_id>/voucher/<program>")
    def voucher(self, invoice_id: int, program: str) -> Any:
        """For the books, as 金蝶 or 用友 read it."""
        if program not in booking.WRITERS:
            abort(404)
        made = booking.of_invoices([applying.get(invoice_id)]) or abort(404)
        name, type_, write = booking.WRITERS[program]
        return send_file(BytesIO(write(made)), mimetype=type_, as_attachment=True, download_name=name)

    @expose("/upload", methods=["POST"])
    @requires(Permission.INVOICES_ISSUE)
    def upload(self) -> Any:
        """An invoice from a counter, as XML, OFD or PDF."""
        sent, period = request.files.get("file"), written("period")
        if sent is None or not sent.filename or not calendar.is_period(period):
            flash(_("请选择发票文件和账期"), "warning")
            return redirect(url_for(".index"))
        content = sent.read()
        try:
            found = elsewhere.read(content)
            with transaction():
                taken = elsewhere.take_in(
                    current_user.role, current_user.user_id, content, period, _settings(), found
                ).id
        except Conflict as refused:
            flash(_why(refused), "warning")
            return redirect(url_for(".index"))
        flash(_("发票已收下，并和账单对上"), "success")
        return redirect(url_for(".invoice", invoice_id=taken))


def _last(first: str, last: str) -> str:
    """The month up to which an invoice goes: the first one itself when nothing else, or too much, is asked for."""
    if not calendar.is_period(first):
        abort(404)
    fits = calendar.is_period(last) and first <= last <= calendar.months_before(first, 1 - rules.MOST_MONTHS)
    return last if fits else first


def _refusals() -> dict[str, str]:
    return messages.refusals() | {
        "E_INVOICE_NOTHING": _("这部分账单已经开过票，没有再开。下面是已有的发票"),
        "E_INVOICE_CHANGED": _("账单和你看到的不一样了，没有开票。请看过新的金额再提交"),
        "E_INVOICE_TITLE": _("还没有开票信息，请先填写"),
    }


def _why(refused: Conflict) -> str:
    """What a person is told of a file that was not taken in."""
    if refused.code == "E_FILE_NOT_INVOICE":
        return messages.unreadable(refused.values["why"])
    if refused.code == "E_FILE_ALTERED":
        return messages.doubts(refused.values["codes"])
    known = _refusals()
    if refused.code not in known:
        raise refused
    return known[refused.code] % refused.values


def _may(permission: Permission) -> bool:
    return allows(current_user.role, permission)


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def pages() -> list[Any]:
    return [InvoicesView(name="invoices", endpoint="invoices", url="/invoices")]
