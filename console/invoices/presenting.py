"""What the pages of invoices show."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from console.core.config import Settings
from console.expenses import queries as months
from console.expenses import rules as calendar
from console.identifiers.amounts import bare, yuan
from console.invoices import applying, booking, covering, issuing, mailing, messages, queries, rules
from console.invoices.announcing import Announced
from console.invoices.archiving import Kept
from console.invoices.mailing import InvoiceMail
from console.invoices.models import Invoice, InvoiceTitle, RedForm
from console.invoices.rules import Plan

Shown = dict[str, Any]
FORMATS = ("pdf", "ofd", "xml")


def states() -> dict[str, tuple[str, str, str]]:
    return {
        "placed": ("mute", "i-clock", _("等待提交")),
        "unknown": ("warn", "i-clock", _("正在核实")),
        "issuing": ("accent", "i-clock", _("开具中")),
        "needs_human": ("warn", "i-users", _("等开票员认证")),
        "sign_failed": ("warn", "i-warn", _("签章中")),
        "issued": ("ok", "i-ok", _("已开具")),
        "failed": ("danger", "i-bad", _("未开成")),
        "partly_red": ("warn", "i-undo", _("部分红冲")),
        "fully_red": ("mute", "i-undo", _("已全额红冲")),
    }


def red_states() -> dict[str, tuple[str, str]]:
    return {
        "placed": ("mute", _("等待提交")),
        "unknown": ("warn", _("正在核实")),
        "waiting": ("warn", _("等对方确认")),
        "ready": ("accent", _("已确认，开具中")),
        "red_issued": ("ok", _("已红冲")),
        "failed": ("bad", _("没有办成")),
        "rejected": ("bad", _("对方不同意")),
        "expired": ("mute", _("超过 72 小时未确认，已作废")),
        "withdrawn": ("mute", _("已撤回")),
    }


def kinds() -> dict[str, str]:
    return {"special": _("专票"), "ordinary": _("普票")}


def reasons() -> dict[str, str]:
    return {"01": _("开票有误"), "02": _("销货退回"), "03": _("服务中止"), "04": _("销售折让")}


def left_out_reasons() -> dict[str, str]:
    return {
        "person": _("个人承担，不开给公司"),
        "prepaid": _("充值时已开过票"),
        "third_party": _("代收第三方费用，由第三方开票"),
        "discount": _("减免多于费用，不能单独开票"),
    }


def pill(state: str) -> Shown:
    tone, icon, label = states()[state]
    return {"tone": tone, "icon": icon, "label": label}


def row(invoice: Invoice) -> Shown:
    return {
        "id": invoice.id,
        "url": url_for("invoices.invoice", invoice_id=invoice.id),
        "number": invoice.number,
        "pill": pill(invoice.state),
        "kind": kinds()[invoice.kind],
        "red": invoice.red_of_id is not None,
        "counter": invoice.channel != "console",
        "period": rules.months(invoice.period, invoice.last_period),
        "scope": scope(invoice.scope, invoice.scope_key),
        "buyer": invoice.buyer_name,
        "total": yuan(invoice.total_fen),
        "when": invoice.issued_at or invoice.requested_at,
        "booked": invoice.booked_as if invoice.booked_at else None,
    }


def scope(kind: str, key: str) -> str:
    return key if kind != "company" else str(_("全公司"))


def application(first: str, last: str, kind: str, key: str, settings: Settings) -> Shown:
    """The drawer: prefilled, with its lines, and what is left out and why. Raises Conflict as `open_parts` does."""
    plan = rules.plan(covering.open_parts(first, kind, key, last=last))
    title = applying.title_for(kind, key)
    found = queries.of_months(first, last)
    existing = [row(one) for one in found if one.state != "failed" and not one.red_of_id]
    return {
        "period": first,
        "last": last,
        "months": rules.months(first, last),
        "scope": kind,
        "key": key,
        "scope_label": scope(kind, key),
        "title": title,
        "title_kind": kinds()[title.kind] if title else None,
        "seller": settings.seller_name,
        "lines": plan_lines(plan),
        "net": bare(plan.net_fen),
        "tax": bare(plan.tax_fen),
        "total": yuan(plan.total_fen),
        "left_out": [
            {"why": left_out_reasons()[why], "sum": yuan(fen)} for why, fen in plan.left_out.items()
        ],
        "shown": applying.shown_digest(plan),
        "existing": existing,
        "connected": bool(settings.tax_url),
    }


def plan_lines(plan: Plan) -> list[Shown]:
    return [
        {
            "name": f"*{line.short_name}*{line.name}", "percent": line.percent, "net": bare(line.net_fen),
            "tax": bare(line.tax_fen), "total": bare(line.net_fen + line.tax_fen), "discount": line.discount,
        }
        for line in plan.lines
    ]  # fmt: skip


def details(invoice: Invoice) -> Shown:
    kept = {one.format: one for one in queries.files(invoice.id)}
    left = invoice.total_fen - invoice.red_fen
    return {
        "row": row(invoice),
        "invoice": invoice,
        "lines": [
            {
                "place": one.place, "name": f"*{one.short_name}*{one.name}", "percent": one.percent,
                "net": bare(one.net_fen), "tax": bare(one.tax_fen), "total": bare(one.net_fen + one.tax_fen),
                "discount": one.discount,
            }
            for one in queries.lines(invoice.id)
        ],
        "net": bare(invoice.net_fen),
        "tax": bare(invoice.tax_fen),
        "total": yuan(invoice.total_fen),
        "red": yuan(invoice.red_fen) if invoice.red_fen else None,
        "left": yuan(left),
        "files": [
            {
                "format": one.upper(),
                "url": url_for("invoices.file", invoice_id=invoice.id, format=one),
                "original": one in kept,
                "sha256": kept[one].sha256 if one in kept else None,
            }
            for one in FORMATS
        ],
        "vouchers": [
            {"label": label, "url": url_for("invoices.voucher", invoice_id=invoice.id, program=program)}
            for program, label in (("kingdee", _("金蝶凭证")), ("yonyou", _("用友凭证")))
            if booking.of_invoices([invoice])
        ],
        "letters": [letter(one) for one in mailing.of_invoice(invoice.id)],
        "forms": [form(one) for one in queries.forms(invoice.id)],
        "reasons": reasons(),
        "advice": advice(invoice),
        "bare": invoice.originals_due and not kept,
    }  # fmt: skip


def form(one: RedForm) -> Shown:
    tone, label = red_states()[one.state]
    return {
        "id": one.id,
        "tone": tone,
        "label": label,
        "state": one.state,
        "reason": reasons()[one.reason],
        "sum": yuan(one.net_fen + one.tax_fen),
        "ends": one.ends_at if one.state == "waiting" else None,
        "error": one.error_text,
        "when": one.asked_at,
        "number": one.platform_no,
    }


def letter(one: InvoiceMail) -> Shown:
    if one.sent_at:
        tone, label = "ok", _("已发送")
    else:
        tone, label = ("bad", _("没有送到")) if one.given_up else ("accent", _("发送中"))
    return {
        "to": one.email,
        "tone": tone,
        "label": label,
        "when": one.sent_at,
        "listed": one.asked_by is None,
    }


def announced(one: Announced) -> Shown:
    """Of one that the platform told of and that is not taken in."""
    return {
        "id": one.id,
        "number": one.number,
        "when": one.told_at,
        "refused": one.state == "refused",
        "why": messages.not_taken(one.code or ""),
    }


def advice(invoice: Invoice) -> str | None:
    """What to do, in the states in which somebody has to."""
    known: Mapping[str, str] = {
        "placed": _("已记下，正在提交给税务平台。可以先离开，开好会发消息给你"),
        "unknown": _("提交后没有收到答复，正在向平台核实。核实之前不会重复提交"),
        "issuing": _("平台正在开具，一般一分钟内完成"),
        "needs_human": _(
            "平台要求开票员扫脸认证，发票还没有开。请销售方的开票员在平台上完成认证，认证后自动继续"
        ),
        "sign_failed": _("发票已开，平台正在补签章，不用处理"),
        "failed": _("没有开成，账单上的金额没有被占用。改好原因后可以重新开具"),
    }
    return _of_code(invoice) or known.get(invoice.state)


def _of_code(invoice: Invoice) -> str | None:
    """Where the code says more than the state does."""
    if invoice.state == "failed" and invoice.error_code == issuing.NO_QUOTA:
        return _(
            "销售方这个月的开票额度用完了，账单上的金额没有被占用。可以下月 1 日起重新开具，急用请联系客户经理调额度"
        )
    doubted = {
        "AMOUNT": _("平台上这张发票的金额和申请的不一样，所以没有收下，也没有重复提交。请把流水号发给客户经理核对；平台改正后会自动收下"),
        "NUMBER": _("平台给的发票号码，本公司已经有一张了，所以没有收下。请先看那张是不是从柜台上传的同一张发票，再把流水号发给客户经理核对"),
    }  # fmt: skip
    return doubted.get(invoice.error_code or "") if invoice.state in ("unknown", "issuing") else None


def kept(one: Kept) -> Shown:
    return {
        "number": one.invoice.number or one.invoice.serial,
        "url": url_for("invoices.invoice", invoice_id=one.invoice.id),
        "format": one.format.upper(),
        "size": f"{-(-one.size // 1024):,}",
        "until": one.kept_until.isoformat(),
        "sha256": one.sha256,
        "intact": one.intact,
    }


def titles(found: list[InvoiceTitle]) -> list[Shown]:
    return [
        {
            "id": one.id, "department": one.department, "kind": kinds()[one.kind], "name": one.name,
            "tax_number": one.tax_number, "title": one,
        }
        for one in found
    ]  # fmt: skip


def agreements() -> list[Shown]:
    """Each month's statement beside its invoices."""
    shown = []
    for statement in months.all_in_force():
        found = queries.agreement(statement.period)
        if found:
            shown.append(
                {
                    "period": statement.period,
                    "statement": yuan(statement.total_fen),
                    "invoiced": yuan(found.invoiced_fen),
                    "open": yuan(found.open_fen),
                    "never": yuan(found.never_fen),
                    "difference": bare(found.difference_fen),
                    "agrees": not found.difference_fen,
                    "url": url_for("invoices.apply", period=statement.period) if found.open_fen else None,
                    "closed": statement.state == "closed",
                    "last": calendar.last_day(statement.period),
                }
            )
    return shown
