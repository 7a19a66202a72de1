"""The pages of 开票信息: to whom invoices are made out."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.accounts import freshness
from console.core import mail
from console.core.db import transaction
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, requires, written
from console.employees import queries as employees
from console.invoices import mailing, presenting, titles


class TitlesPages(ConsoleView):
    @expose("/titles")
    def titles(self) -> Any:
        """With the form as it was kept of the one that is to be changed, or as the company is known."""
        found, may_set = titles.all_of_them(), allows(current_user.role, Permission.INVOICE_TITLES_SET)
        return self.render(
            "invoices/titles.html",
            titles=presenting.titles(found),
            departments=list(employees.departments()),
            may_set=may_set,
            form=titles.to_begin_with(found, request.args.get("edit", type=int)) if may_set else {},
            problems={}, readers=mailing.readers(), mails=mail.is_open(),
        )  # fmt: skip

    @expose("/titles/save", methods=["POST"])
    @requires(Permission.INVOICE_TITLES_SET)
    def save_title(self) -> Any:
        wanted = {name: written(name) for name in (*titles.FIELDS, "kind", "department")}
        if (
            first := freshness.code_first(url_for(".titles"), _("修改开票信息前请再验证一次身份"))
        ) is not None:
            return first
        wrong = titles.problems(wanted)
        if wrong:
            return self.render(
                "invoices/titles.html",
                titles=presenting.titles(titles.all_of_them()),
                departments=list(employees.departments()),
                may_set=True,
                form=wanted,
                problems=wrong,
                readers=mailing.readers(),
                mails=mail.is_open(),
            )
        with transaction():
            titles.keep(current_user.role, wanted)
        flash(_("开票信息已保存"), "success")
        return redirect(url_for(".titles"))

    @expose("/titles/<int:title_id>/remove", methods=["POST"])
    @requires(Permission.INVOICE_TITLES_SET)
    def remove_title(self, title_id: int) -> Any:
        if (
            first := freshness.code_first(url_for(".titles"), _("修改开票信息前请再验证一次身份"))
        ) is not None:
            return first
        with transaction():
            titles.remove(current_user.role, title_id)
        flash(_("开票信息已删除"), "success")
        return redirect(url_for(".titles"))
