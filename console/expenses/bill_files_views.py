"""The page that takes bill lines or usage of a month as a file, for where the operator is not reached over the air."""

import csv
import io
from typing import Any

from flask import abort, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.core import clock
from console.core.db import transaction
from console.core.errors import Conflict
from console.core.permissions import Permission
from console.core.web import ConsoleView, requires
from console.expenses import bill_files, presenting, rules


class BillFilePages(ConsoleView):
    @expose("/<period>/file", methods=["GET", "POST"])
    @requires(Permission.STATEMENTS_CLOSE)
    def file_in(self, period: str) -> Any:
        if not rules.is_period(period) or rules.last_day(period) >= clock.today():
            abort(404)
        problems: list[bill_files.Problem] = []
        if request.method == "POST":
            sent = request.files.get("file")
            try:
                found = bill_files.read(sent.read(bill_files.MOST_BYTES + 1) if sent else b"", period)
            except Conflict as refused:
                if refused.code != "E_BILL_FILE":
                    raise
                flash(
                    _(
                        "文件读不出来：要是 CSV，列名和示例一样，不超过 %(n)s 行、2 MB",
                        n=f"{bill_files.MOST_ROWS:,}",
                    ),
                    "warning",
                )
                return redirect(url_for(".file_in", period=period))
            problems = list(found.problems)
            if not problems and found.rows:
                with transaction():
                    new = bill_files.take_in(current_user.role, period, found)
                flash(
                    _("已收下 %(n)s 行，其中 %(new)s 行是新的", n=f"{found.rows:,}", new=f"{new:,}"),
                    "success",
                )
                return redirect(url_for(".month", period=period))
            if not problems:
                flash(_("文件里没有数据"), "warning")
        return self.render(
            "expenses/file_in.html",
            period=period,
            heading=presenting.month(period),
            problems=[{"row": one.row, "column": one.column, "text": _words()[one.text]} for one in problems],
            columns={"bill": bill_files.BILL, "usage": bill_files.USAGE},
        )

    @expose("/examples/<kind>.csv")
    def example(self, kind: str) -> Any:
        rows = bill_files.EXAMPLES.get(kind) or abort(404)
        stream = io.StringIO()
        stream.write("\ufeff")
        csv.writer(stream, lineterminator="\r\n").writerows(rows)
        return send_file(
            io.BytesIO(stream.getvalue().encode()), mimetype="text/csv", as_attachment=True, download_name=f"{kind}.csv"
        )  # fmt: skip


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
