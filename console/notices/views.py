"""The page of messages to the person who is signed in."""

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
        return None
    pages = {
        "APPROVAL_ASKED": "bulk.approval",
        "BATCH_CHECKED_WRONG": "bulk.check",
        "BATCH_REFUSED": "bulk.checking",
    }
    return url_for(pages.get(notice.code, "bulk.batch"), batch_id=notice.batch_id)


def pages() -> list[Any]:
    return [InboxView(name="inbox", endpoint="inbox", url="/inbox")]
