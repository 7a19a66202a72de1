"""The page of messages to the person who is signed in."""

import re
from typing import Any

from flask import redirect, url_for
from flask_admin import expose
from flask_login import current_user

from console.core.db import transaction
from console.core.permissions import Permission
from console.core.web import ConsoleView
from console.notices import actions, queries
from console.notices.messages import advice, sentence
from console.notices.models import Notice

OF_A_MONTH = {
    "STATEMENT_READY": "statements.month",
    "STATEMENT_RESTATED": "statements.versions",
    "BILL_DIFFERS": "statements.differences",
    "BILL_FILE_TAKEN": "statements.file_in",
    "BILL_FILE_REFUSED": "statements.file_in",
    "BILL_UNREADABLE": "statements.month",
    "COMMENTED": "statements.month",
}
OF_A_LIST = {
    "WATCHED": "statements.watch",
    "ADVICE_MADE": "advice.index",
    "DETAILS_ASKED": "details.index",
    "DETAILS_READY": "details.index",
    "DETAILS_ENDED": "details.index",
    "INVOICE_ISSUED": "invoices.index",
    "INVOICE_FAILED": "invoices.index",
    "RED_ISSUED": "invoices.index",
    "RED_ENDED": "invoices.index",
}
"""Where each message leads: pages by their names, for what they are about is made on floors above."""
_MONTH = re.compile(r"\d{4}-\d{2}")


class InboxView(ConsoleView):
    permission = Permission.SELF

    @expose("/")
    def index(self) -> Any:
        return self.render(
            "notices/inbox.html",
            notices=[_shown(notice) for notice in queries.latest(current_user.user_id)],
            mark_read_url=self.get_url(".read"),
        )

    @expose("/read", methods=["POST"])
    def read(self) -> Any:
        with transaction():
            actions.mark_read(current_user.user_id)
        return redirect(self.get_url(".index"))


def _shown(notice: Notice) -> dict[str, Any]:
    return {
        "title": sentence(notice.code, notice.values),
        "text": advice(notice.code),
        "url": _page(notice),
        "when": notice.at,
        "unread": notice.read_at is None,
    }


def _page(notice: Notice) -> str | None:
    """Where there is something to do about it."""
    if notice.batch_id is None:
        month = str(notice.values.get("period") or notice.values.get("title", ""))
        if notice.code in OF_A_MONTH and _MONTH.fullmatch(month):
            return url_for(OF_A_MONTH[notice.code], period=month)
        if (invoice := notice.values.get("invoice")) is not None:
            return url_for("invoices.invoice", invoice_id=invoice)
        return url_for(OF_A_LIST[notice.code]) if notice.code in OF_A_LIST else None
    pages = {
        "APPROVAL_ASKED": "bulk.approval",
        "BATCH_CHECKED_WRONG": "bulk.check",
        "BATCH_REFUSED": "bulk.checking",
    }
    return url_for(pages.get(notice.code, "bulk.batch"), batch_id=notice.batch_id)


def pages() -> list[Any]:
    return [InboxView(name="inbox", endpoint="inbox", url="/inbox")]
