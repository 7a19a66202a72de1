"""The page on which roster, lines, statement and invoices of a month stand side by side."""

from typing import Any

from flask import abort, redirect, url_for
from flask_admin import expose
from flask_babel import gettext as _

from console.core.web import ConsoleView, page_number
from console.expenses import rules
from console.expenses.presenting import month, months
from console.identifiers.amounts import bare
from console.invoices import four_ways
from console.invoices.four_ways import FourWays, Gap, Row

ROWS = 50


def gaps() -> dict[Gap, tuple[str, str]]:
    """Of each kind its name and what to do about it."""
    return {
        Gap.NOBODY: (_("有费用，没有归属"), _("在号码页更正归属，账单会重新分摊")),
        Gap.PARTS: (_("分摊与费用不等"), _("重新取一次账单；仍不等请联系我们")),
        Gap.HEAD: (_("账单合计与明细不等"), _("重新取一次账单；仍不等请联系我们")),
        Gap.INVOICES: (_("发票与已开票金额不等"), _("账单更正后要红冲重开，或补收柜台开的发票")),
        Gap.OVER: (_("更正后多开了票"), _("到发票页红冲多开的部分；以后的更正把费用调高，会自动抵掉")),
        Gap.NOT_BILLED: (_("整月在用，账单上没有"), _("费用可能在以后的账单补收")),
    }


class FourWaysPages(ConsoleView):
    @expose("/four-ways")
    def four_ways(self) -> Any:
        period = four_ways.newest()
        if period is None:
            return self.render("invoices/four_ways.html", found=None, period="", months=[])
        return redirect(url_for(".four_ways_of", period=period))

    @expose("/four-ways/<period>/")
    def four_ways_of(self, period: str) -> Any:
        if not rules.is_period(period):
            abort(404)
        found = four_ways.of_month(period) or abort(404)
        page, pages = page_number(), max(1, -(-len(found.rows) // ROWS))
        first = (page - 1) * ROWS
        return self.render(
            "invoices/four_ways.html",
            found=found,
            period=period,
            heading=month(period),
            months=[one | {"url": url_for(".four_ways_of", period=one["period"])} for one in months()],
            difference=bare(found.difference_fen),
            ways=_ways(found),
            rows=[_shown(row) for row in found.rows[first : first + ROWS]],
            pager={
                "page": page, "pages": pages, "total": f"{len(found.rows):,}",
                "first": min(first + 1, len(found.rows)), "last": min(first + ROWS, len(found.rows)),
                "url": lambda number: url_for(".four_ways_of", period=period, page=number),
            },
        )  # fmt: skip


def _ways(found: FourWays) -> list[dict[str, str]]:
    """Each sum, where it comes from, and what it is apart from the statement."""
    said = [
        (_("花名册"), _("每个人、部门和成本中心承担的费用"), found.roster_fen),
        (
            _("号码"),
            _("每个号码的费用，另有公司共用或不在册的 %(sum)s", sum=bare(found.shared_fen)),
            found.lines_fen,
        ),
        (_("月账单"), _("账单上的合计"), found.statement_fen),
        (
            _("发票"),
            _(
                "已开 %(invoiced)s，未开 %(open)s，不开 %(never)s",
                invoiced=bare(found.invoiced_fen), open=bare(found.open_fen), never=bare(found.never_fen),
            ),
            found.invoices_fen,
        ),
    ]  # fmt: skip
    return [
        {"label": label, "what": what, "sum": bare(fen), "apart": bare(fen - found.statement_fen)}
        for label, what, fen in said
    ]


def _shown(row: Row) -> dict[str, Any]:
    return {
        "kind": gaps()[row.gap][0],
        "advice": gaps()[row.gap][1],
        "line": row.msisdn,
        "url": url_for("lines.details_view", id=row.line_id) if row.line_id else None,
        "name": row.name,
        "sum": bare(row.amount_fen),
    }
