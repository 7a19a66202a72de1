"""The pages that mend a batch: the check page, every way to change its rows, and the words a company has explained."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk import fixing, meanings, messages, remembered, reviewing, vouching
from console.bulk.fixing import Alike
from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow
from console.core.db import session, transaction
from console.core.errors import ConsoleError, NotFound
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, page_number, requires


class MendingPages(ConsoleView):
    """Of the batches; console/bulk/views.py adds the others."""

    permission = Permission.BATCHES_READ

    @expose("/<int:batch_id>/check")
    def check(self, batch_id: int) -> Any:
        batch = get_batch(batch_id)
        if batch.state not in fixing.FIXABLE:
            return redirect(url_for(".checking", batch_id=batch.id))
        return self.render("bulk/check.html", **reviewing.page(batch, _asked(), _may(batch)))

    @expose("/<int:batch_id>/rows/<int:row_id>", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def fix(self, batch_id: int, row_id: int) -> Any:
        texts = {name: text for name, text in request.form.items() if name not in ABOUT_THE_PAGE}
        seen = request.form.get("seen")
        was = dict.fromkeys(texts, seen) if seen else {}
        try:
            with transaction():
                fixing.fix(current_user.role, batch_id, row_id, texts, was)
                vouching.begin_again(batch_id, row_id)
        except fixing.Meanwhile:
            return self._after(batch_id, row_id, texts)
        return self._after(batch_id, row_id)

    @expose("/<int:batch_id>/rows/<int:row_id>/leave-out", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def leave_out(self, batch_id: int, row_id: int) -> Any:
        with transaction():
            fixing.leave_out(current_user.role, batch_id, row_id)
        return self._after(batch_id, row_id)

    @expose("/<int:batch_id>/rows/<int:row_id>/take-back", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def take_back(self, batch_id: int, row_id: int) -> Any:
        with transaction():
            fixing.take_back(current_user.role, batch_id, row_id)
        return self._after(batch_id, row_id)

    def _after(self, batch_id: int, row_id: int, unsaved: dict[str, str] | None = None) -> Any:
        """The row and all that follows from it; without script, the page again."""
        batch, row = get_batch(batch_id), session.get_one(BatchRow, row_id)
        if "HX-Request" in request.headers:
            fields = request.form.get("fields", "").split()
            values = reviewing.after(batch, _asked(), _may(batch), row, fields, unsaved)
            return self.render("bulk/_fixed.html", **values)
        if unsaved is not None:
            typed = "、".join(unsaved.values())
            flash(
                _(
                    "第 %(n)s 行刚刚有人改过，你填的“%(typed)s”没有保存，请看过后再改",
                    n=row.number,
                    typed=typed,
                ),
                "warning",
            )
        return redirect(url_for(".check", batch_id=batch_id))

    @expose("/<int:batch_id>/suggestions", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def suggestions(self, batch_id: int) -> Any:
        with transaction():
            count = fixing.take_suggestions(current_user.role, batch_id, asked_code() or "")
        flash(_("%(n)s 行已按建议修改并重新核对", n=count), "success")
        return redirect(url_for(".check", batch_id=batch_id))

    @expose("/<int:batch_id>/replace", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def replace(self, batch_id: int) -> Any:
        """All equal cells at once."""
        get_batch(batch_id)
        form = request.form
        alike = Alike(form.get("field", ""), form.get("code", ""), form.get("same", ""))
        value, remember = form.get("value", ""), "remember" in form
        if not value:
            flash(_("请先选择要改成什么"), "warning")
            return redirect(_back(batch_id))
        with transaction():
            count = fixing.replace(current_user.role, batch_id, alike, value, remember=remember)
        if count:
            flash(_("%(n)s 行已修改并重新核对", n=count), "success")
        else:
            flash(_("没有这样的格子了，可能刚刚有人改过"), "warning")
        return redirect(_back(batch_id))

    @expose("/<int:batch_id>/undo", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def undo(self, batch_id: int) -> Any:
        get_batch(batch_id)
        with transaction():
            count = fixing.undo(current_user.role, batch_id, _number("step"))
        flash(_("已撤销，%(n)s 行恢复原样并重新核对", n=count), "success")
        return redirect(_back(batch_id))

    @expose("/<int:batch_id>/remember", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def remember(self, batch_id: int) -> Any:
        """What was just chosen for a word holds for the next files as well."""
        get_batch(batch_id)
        with transaction():
            fixing.remember(current_user.role, batch_id, _number("step"))
        flash(_("已记住，以后的名单会这样理解"), "success")
        return redirect(_back(batch_id))

    @expose("/remembered")
    @requires(Permission.BATCHES_UPLOAD)
    def remembered(self) -> Any:
        sections = [remembered.words(KINDS)]
        urls = {"upload_url": url_for(".upload"), "templates_url": url_for(".templates")}
        return self.render("bulk/remembered.html", sections=sections, **urls)

    @expose("/remembered/forget", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def forget(self) -> Any:
        with transaction():
            meanings.forget(current_user.role, _number("id"))
        flash(_("已忘记，以后的名单不再这样理解"), "success")
        return redirect(url_for(".remembered"))


ABOUT_THE_PAGE = {"csrf_token", "seen", "tab", "code", "fields"}
LARGEST_ID = 2**31 - 1


def get_batch(batch_id: int) -> Batch:
    """Fetch is check: another company's batch is not there."""
    batch = session.get(Batch, batch_id)
    if batch is None:
        raise NotFound()
    return batch


def asked_code() -> str | None:
    """A code of the message catalogue; anything else is no question."""
    code = request.values.get("code")
    return code if code in messages.ROWS else None


def _asked() -> reviewing.Asked:
    lines = min(max(request.args.get("lines", 1, type=int), 1), 100_000)
    return reviewing.Asked(request.values.get("tab", ""), asked_code(), page_number(), lines)


def _may(batch: Batch) -> reviewing.May:
    role = current_user.role
    kind = KINDS[batch.kind]
    mend = allows(role, Permission.BATCHES_UPLOAD) and allows(role, kind.permission)
    confirm = all(allows(role, needed) for needed in (Permission.BATCHES_CONFIRM, *kind.confirming))
    return reviewing.May(mend, mend and confirm, mend and allows(role, Permission.LEAVERS_ACCEPT))


def _number(name: str) -> int:
    """An id in a form. Raises ConsoleError E_REQUEST."""
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 10 or int(text) > LARGEST_ID:
        raise ConsoleError()
    return int(text)


def _back(batch_id: int) -> str:
    """The tab that was open."""
    tab = request.form.get("tab", "")
    return url_for("bulk.check", batch_id=batch_id, tab=tab if tab in reviewing.TABS else None)
