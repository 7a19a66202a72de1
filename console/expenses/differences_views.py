"""The page on which the operator's bill stands beside our own computation."""

from typing import Any

from flask import abort, url_for
from flask_admin import expose
from flask_babel import gettext as _

from console.core.listing import asked
from console.core.web import ConsoleView, page_number
from console.expenses import differences, rules
from console.expenses.asking import version_asked_for
from console.expenses.differing import Difference, Differs, Fee
from console.expenses.items import TITLES, PaidBy
from console.expenses.listing import telephone_numbers
from console.expenses.presenting import month
from console.identifiers.amounts import bare

ROWS = 50
Shown = dict[str, Any]


def labels() -> dict[str, tuple[str, str]]:
    """Of each kind of difference its name and what to do about it."""
    return {
        Difference.AMOUNT: (_("金额不同"), _("看用量和套餐是否一致，不一致的向运营商提出")),
        Difference.MISSING_HERE: (
            _("运营商有，我们算不出"),
            _("一次性费用、代收费和优惠没有计算依据，核对后可以提问"),
        ),
        Difference.MISSING_THERE: (_("我们算到，运营商没有收"), _("可能会在以后的账单补收")),
        Difference.TAX_CLASS: (_("税目不同"), _("金额一致，影响发票税率，开票前先核对")),
        Difference.PAYER: (_("付费方不同"), _("金额一致，公司和个人的分担与约定不同")),
    }


class DifferencesPages(ConsoleView):
    @expose("/<period>/differences")
    def differences(self, period: str) -> Any:
        if not rules.is_period(period):
            abort(404)
        statement = version_asked_for(period) or abort(404)
        compared = differences.of_statement(statement)
        kind = asked("code") if asked("code") in labels() else ""
        wanted = [row for row in compared.rows if not kind or row[1].code == kind]
        page, pages = page_number(), max(1, -(-len(wanted) // ROWS))
        first = (page - 1) * ROWS
        shown = wanted[first : first + ROWS]
        numbers = telephone_numbers(list({line for line, _one in shown}))
        return self.render(
            "expenses/differences.html",
            period=period,
            version=statement.version,
            heading=month(period),
            stats=_stats(compared),
            kinds=_kinds(compared, period, statement.version, kind),
            rows=[_row(line, one, numbers) for line, one in shown],
            compared=compared,
            pager={
                "page": page,
                "pages": pages,
                "total": f"{len(wanted):,}",
                "first": min(first + 1, len(wanted)),
                "last": min(first + ROWS, len(wanted)),
                "url": lambda number: url_for(
                    ".differences", period=period, version=statement.version, page=number, code=kind or None
                ),
            },
        )


def _stats(compared: differences.Compared) -> list[Shown]:
    return [
        {"label": _("运营商账单"), "value": bare(compared.theirs_fen)},
        {"label": _("我们的计算"), "value": bare(compared.ours_fen)},
        {"label": _("差异"), "value": bare(compared.theirs_fen - compared.ours_fen)},
        {"label": _("核对的号码"), "value": f"{compared.lines:,}"},
    ]


def _kinds(compared: differences.Compared, period: str, version: int, current: str) -> list[Shown]:
    """All of them, and each kind alone; of the version that is looked at."""
    counted = compared.by_code()
    rows = [
        {
            "label": labels()[code][0],
            "advice": labels()[code][1],
            "n": count,
            "sum": bare(fen),
            "url": url_for(".differences", period=period, version=version, code=code),
            "here": code == current,
        }
        for code, (count, fen) in counted.items()
    ]
    here = url_for(".differences", period=period, version=version)
    every = {"label": _("全部"), "url": here, "here": not current}
    return [every | {"n": len(compared.rows), "sum": "", "advice": ""}, *rows]


def _row(line: int, one: Differs, numbers: dict[int, str]) -> Shown:
    fee = one.theirs or one.ours
    assert fee is not None
    return {
        "line": numbers.get(line, "--"),
        "url": url_for("lines.details_view", id=line),
        "name": fee.name,
        "item": TITLES[fee.item],
        "kind": labels()[one.code][0],
        "theirs": _said(one, one.theirs),
        "ours": _said(one, one.ours),
        "change": bare(one.fen) if one.fen else "0.00",
    }


def _said(one: Differs, fee: Fee | None) -> str:
    """The value in which the two differ."""
    if fee is None:
        return "--"
    if one.code is Difference.TAX_CLASS:
        return _taxed(fee.tax_class)
    if one.code is Difference.PAYER:
        return str(_("公司")) if fee.paid_by == PaidBy.COMPANY else str(_("个人"))
    return bare(fee.amount_fen)


def _taxed(tax_class: str) -> str:
    known = {
        "VOICE": _("语音"), "DATA": _("数据流量"), "MESSAGES": _("短彩信"), "BROADBAND": _("互联网接入"),
        "OTHER_VAS": _("增值服务"), "GOODS": _("货物"), "NONE": _("不开票"),
    }  # fmt: skip
    return str(known.get(tax_class, tax_class))
