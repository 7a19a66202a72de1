"""The page that takes bill lines or usage of a month as a file, for where the operator is not reached over the air."""

import csv
import io
from typing import Any

from flask import abort, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk.messages import FILES, refusal
from console.core import clock, queue
from console.core.db import transaction
from console.core.errors import ConsoleError
from console.core.permissions import Permission
from console.core.web import ConsoleView, requires
from console.expenses import bill_files, filing, presenting, rules
from console.expenses.measured import BillFile
from console.expenses.states import BillFileState
from console.spreadsheets.limits import MEGABYTE


class BillFilePages(ConsoleView):
    @expose("/<period>/file", methods=["GET", "POST"])
    @requires(Permission.STATEMENTS_CLOSE)
    def file_in(self, period: str) -> Any:
        """The whole page, or to a page that waits only the part that changes."""
        if not rules.is_period(period) or rules.last_day(period) >= clock.today():
            abort(404)
        if request.method == "POST":
            name, content = _sent()
            try:
                with transaction():
                    kept = filing.receive(current_user.role, current_user.user_id, period, name, content)
            except ConsoleError as refused:
                if refused.code not in FILES:
                    raise
                flash(_whole(refused.code, refused.values), "warning")
                return redirect(url_for(".file_in", period=period, refused=refused.code))
            flash(_("文件已收到，正在核对。可以先离开，收好会发消息给你"), "success")
            return redirect(url_for(".file_in", period=period, sent=kept.id))
        files = [_shown(one, name) for one, name in filing.latest(period)]
        waits = "HX-Request" in request.headers
        return self.render(
            "expenses/_files.html" if waits else "expenses/file_in.html",
            period=period,
            heading=presenting.month(period),
            files=files,
            waiting=any(one["waiting"] for one in files),
            columns=bill_files.COLUMNS,
            limits={
                "types": ".csv .xlsx .xls .ods",
                "mb": bill_files.LIMITS.upload_bytes // MEGABYTE,
                "rows": bill_files.LIMITS.rows,
            },
        )

    @expose("/files/<int:file_id>/again", methods=["POST"])
    @requires(Permission.STATEMENTS_CLOSE)
    def file_again(self, file_id: int) -> Any:
        with transaction():
            sent = filing.try_again(current_user.role, file_id)
        return redirect(url_for(".file_in", period=sent.period))

    @expose("/examples/<kind>.csv")
    def example(self, kind: str) -> Any:
        rows = bill_files.EXAMPLES.get(kind) or abort(404)
        stream = io.StringIO()
        stream.write("\ufeff")
        csv.writer(stream, lineterminator="\r\n").writerows(rows)
        return send_file(
            io.BytesIO(stream.getvalue().encode()), mimetype="text/csv", as_attachment=True, download_name=f"{kind}.csv"
        )  # fmt: skip


def _sent() -> tuple[str, bytes]:
    """(name, content) of the file that was sent; nothing where there is none."""
    if (sent := request.files.get("file")) is None:
        return "upload", b""
    with sent.stream as stream:  # a large one lies on the disk until it is closed
        return sent.filename or "upload", stream.read()


def _shown(sent: BillFile, name: str) -> dict[str, Any]:
    waits = sent.state == BillFileState.RECEIVED
    given_up = waits and sent.given_up
    told = queue.progress(filing.key(sent.id)) if waits else {}
    done, total = int(told.get("done", 0)), int(told.get("total", 0))
    return {
        "id": sent.id,
        "name": name,
        "when": sent.sent_at,
        "pill": _pill(sent.state, given_up=given_up),
        "kind": {"bill": _("账单"), "usage": _("用量")}.get(sent.kind or "", "--"),
        "rows": sent.rows if sent.kind else None,
        "new": sent.new if sent.state == BillFileState.TAKEN else None,
        "waiting": waits and not given_up,
        "given_up": given_up,
        "done": done,
        "total": total,
        "percent": done * 100 // total if total else 0,
        "trouble": _trouble(sent, name),
    }


def _pill(state: str, *, given_up: bool) -> dict[str, str]:
    if given_up:
        return {"tone": "danger", "icon": "i-bad", "label": _("没有收成")}
    return {
        BillFileState.RECEIVED: {"tone": "info", "icon": "i-clock", "label": _("正在核对")},
        BillFileState.TAKEN: {"tone": "ok", "icon": "i-check", "label": _("已收下")},
        BillFileState.REFUSED: {"tone": "danger", "icon": "i-bad", "label": _("没有收下")},
    }[BillFileState(state)]


def _trouble(sent: BillFile, name: str) -> dict[str, Any] | None:
    if not sent.trouble:
        return None
    if code := sent.trouble.get("code"):
        return {"code": code, "text": _whole(code, sent.trouble["values"] | {"file": name}), "rows": []}
    words = _words()
    return {
        "code": "E_BILL_ROWS",
        "text": _("%(n)s 行有问题，什么都没有收。改好后重新上传整个文件", n=f"{sent.trouble['wrong']:,}"),
        "rows": [
            {"row": row, "column": column, "text": words[why]} for row, column, why in sent.trouble["rows"]
        ],
        "more": sent.trouble["wrong"] - len(sent.trouble["rows"]),
    }


def _whole(code: str, values: dict[str, Any]) -> str:
    """Why the file as such was refused."""
    if code == "F_NO_TABLE":
        return str(_("前 %(n)s 行里没有找到示例那样的列名", n=bill_files.ROWS_ABOVE))
    if code == "F_NO_ROWS":
        return str(_("有列名，没有数据"))
    _title, cause, remedy = refusal(code, values)
    return f"{cause}{_('，')}{remedy}"


def _words() -> dict[str, str]:
    return {
        "missing": _("没有填"),
        "number": _("要是整数（金额单位是分，号码是 11 位）"),
        "date": _("日期写成 2026-10-31 这样，结束不早于开始"),
        "unknown": _("不在接口约定的取值里"),
        "month": _("服务日期在这个账期以后，或早于三年前"),
        "long": _("太长"),
        "twice": _("和前面的行重复"),
    }
