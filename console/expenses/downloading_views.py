"""The pages that hand out a month's documents, and the accounts that its vouchers go to."""

from io import BytesIO
from typing import Any

from flask import abort, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.accounts import freshness
from console.audit import actions as audit
from console.core.db import transaction
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, requires
from console.employees import queries as employees
from console.expenses import accounts, book, documents, rules
from console.expenses.asking import version_asked_for


class DownloadPages(ConsoleView):
    @expose("/<period>/download/<kind>")
    def download(self, period: str, kind: str) -> Any:
        """Numbers in full for who may see them and has just proved who he is; the trail says so."""
        if kind not in documents.KINDS or not rules.is_period(period):
            abort(404)
        statement = version_asked_for(period) or abort(404)
        in_full = allows(current_user.role, Permission.REVEAL) and freshness.is_fresh()
        if in_full:
            with transaction():
                audit.record(
                    "reveal", "statements", statement.id, {"purpose": "statement", "fields": ["msisdn"]}
                )
        head = book.open_book(statement)
        content = documents.make(
            head, book.source(statement, masked=not in_full), kind, accounts.of_company()
        )
        return send_file(
            BytesIO(content),
            mimetype=documents.KINDS[kind].type,
            as_attachment=True,
            download_name=documents.filename(head, kind),
        )

    @expose("/accounts")
    @requires(Permission.STATEMENTS_CLOSE)
    def accounts(self) -> Any:
        return self.render(
            "expenses/accounts.html",
            accounts=accounts.of_company(),
            departments=list(employees.departments()),
        )

    @expose("/accounts/save", methods=["POST"])
    @requires(Permission.STATEMENTS_CLOSE)
    def save_accounts(self) -> Any:
        single = {name: _text(name) for name in accounts.SINGLE}
        departments = dict(
            zip(request.form.getlist("department"), request.form.getlist("account"), strict=False)
        )
        with transaction():
            accounts.choose(
                current_user.role, single, {name[:200]: _cleaned(code) for name, code in departments.items()}
            )
        flash(_("凭证科目已保存，之后下载的凭证按它生成"), "success")
        return redirect(url_for(".accounts"))


def _text(name: str) -> str:
    return _cleaned(request.form.get(name, ""))


def _cleaned(text: str) -> str:
    return text.replace("\0", "").strip()[:60]
