"""The forms that send an invoice by mail, and the list of those who get each new one."""

from typing import Any

from flask import flash, redirect, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.accounts import freshness
from console.core.db import transaction
from console.core.errors import Conflict
from console.core.permissions import Permission
from console.core.web import ConsoleView, requires, written
from console.invoices import applying, mailing


class MailingPages(ConsoleView):
    @expose("/<int:invoice_id>/mail", methods=["POST"])
    @requires(Permission.INVOICES_ISSUE)
    def mail_invoice(self, invoice_id: int) -> Any:
        applying.get(invoice_id)
        here = url_for(".invoice", invoice_id=invoice_id)
        if (first := freshness.code_first(here, _("把发票发给别人前请再验证一次身份"))) is not None:
            return first
        try:
            wanted = mailing.addresses(written("to", 3000))
        except Conflict:
            flash(_wrong(), "warning")
            return redirect(here)
        with transaction():
            mailing.ask(current_user.role, current_user.user_id, invoice_id, wanted)
        flash(_("已交给邮件服务器，送出后这里会更新"), "success")
        return redirect(here)

    @expose("/readers/add", methods=["POST"])
    @requires(Permission.INVOICE_TITLES_SET)
    def add_reader(self) -> Any:
        if (first := _code_first()) is not None:
            return first
        try:
            with transaction():
                mailing.subscribe(current_user.role, written("to", 3000))
        except Conflict:
            flash(_wrong(), "warning")
            return redirect(url_for(".titles"))
        flash(_("以后每张新发票都会发到这个邮箱"), "success")
        return redirect(url_for(".titles"))

    @expose("/readers/<int:reader_id>/remove", methods=["POST"])
    @requires(Permission.INVOICE_TITLES_SET)
    def remove_reader(self, reader_id: int) -> Any:
        if (first := _code_first()) is not None:
            return first
        with transaction():
            mailing.unsubscribe(current_user.role, reader_id)
        flash(_("不再发到这个邮箱"), "success")
        return redirect(url_for(".titles"))


def _code_first() -> Any:
    return freshness.code_first(url_for(".titles"), _("修改收票邮箱前请再验证一次身份"))


def _wrong() -> str:
    return _("邮箱地址不对，或超过 %(n)s 个。几个地址之间用逗号隔开", n=mailing.MOST)
