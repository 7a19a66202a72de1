"""The sentences for the codes of messages, in the reader's language."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_MONTHS = re.compile(r"\d{4}-\d{2}(?: — \d{4}-\d{2})?")
TITLES: dict[str, LazyString] = {
    "BATCH_CHECKED_WRONG": _l("“%(title)s”有 %(wrong)s 行需要修正，%(ready)s 行可以办理"),
    "BATCH_REFUSED": _l("“%(title)s”没有读成"),
    "BATCH_DONE": _l("“%(title)s”已办完，%(ok)s 行全部成功"),
    "BATCH_PARTIAL": _l("“%(title)s”已办完，%(ok)s 行成功，%(bad)s 行没有办成"),
    "BATCH_STOPPED": _l("“%(title)s”已自动暂停，等你处理"),
    "APPROVAL_ASKED": _l("“%(title)s”等你审批，共 %(n)s 行"),
    "APPROVAL_GIVEN": _l("“%(title)s”已通过审批，%(ok)s 行开始办理"),
    "APPROVAL_RETURNED": _l("“%(title)s”有 %(n)s 行被退回：%(reason)s"),
    "APPROVAL_CHANGED": _l("“%(title)s”提交后有 %(n)s 行变了，没有办理"),
    "APPROVAL_EXPIRED": _l("“%(title)s”7 天没有人审批，已退回给你"),
    "WATCHED": _l("%(title)s有 %(n)s 件事值得看一看"),
    "INVOICE_ISSUED": _l("%(title)s的发票已开出，¥%(sum)s"),
    "INVOICE_FAILED": _l("%(title)s的发票没有开成：%(reason)s"),
    "RED_ISSUED": _l("发票 %(title)s 已红冲"),
    "RED_ENDED": _l("发票 %(title)s 的红冲没有完成：%(reason)s"),
    "ADVICE_MADE": _l("看过截至 %(title)s的用量，%(n)s 个号码换套餐每月可省 %(sum)s"),
    "BILL_DIFFERS": _l("%(title)s账单有 %(n)s 项与我们的计算不同，差额 %(sum)s"),
    "DETAILS_ASKED": _l("有人申请看 %(title)s的详单，等你审批"),
    "DETAILS_READY": _l("%(title)s的详单取好了"),
    "DETAILS_ENDED": _l("%(title)s的详单没有取到"),
    "COMMENTED": _l("%(by)s在%(title)s账单里留言"),
    "STATEMENT_READY": _l("%(title)s账单已出，合计 %(sum)s"),
    "BILL_FILE_TAKEN": _l("“%(title)s”收好了：%(n)s 行，其中 %(ok)s 行是新的"),
    "BILL_FILE_REFUSED": _l("“%(title)s”没有收下"),
    "BILL_UNREADABLE": _l("%(title)s账单有一行读不出来（%(reason)s），这次的账单没有收下"),
    "STATEMENT_RESTATED": _l("%(title)s账单有更正，第 %(n)s 版合计 %(sum)s"),
}
TEXTS: dict[str, LazyString] = {
    "BATCH_CHECKED_WRONG": _l("可以先办理核对无误的行，其余的在同一批次里修正"),
    "BATCH_REFUSED": _l("打开批次看原因，改好后重新上传。没有办理任何业务"),
    "BATCH_DONE": _l("结果已写入花名册"),
    "BATCH_STOPPED": _l("打开批次看原因，处理好后继续办理。没有发送的行都还在"),
    "APPROVAL_ASKED": _l("打开就能看到金额和每一行，可以整批通过，也可以退回其中几行"),
    "APPROVAL_GIVEN": _l("打开批次看办理进度"),
    "APPROVAL_RETURNED": _l("退回的行在单独的批次里，改好可以再提交；通过的行不受影响"),
    "APPROVAL_CHANGED": _l("请看过新的名单和价格再提交"),
    "APPROVAL_EXPIRED": _l("名单还在，可以重新提交"),
    "WATCHED": _l("预算、费用突增和闲置号码，都在费用提醒里"),
    "INVOICE_ISSUED": _l("打开电子发票下载 PDF、OFD 和 XML"),
    "INVOICE_FAILED": _l("改好原因后可以重新开具，账单上的金额没有被占用"),
    "RED_ISSUED": _l("对应的账单金额可以重新开票"),
    "RED_ENDED": _l("发票照旧有效，需要时可以重新申请"),
    "ADVICE_MADE": _l("打开“省钱建议”看依据，勾选后做成套餐变更批次"),
    "BILL_DIFFERS": _l("打开月账单的“账单差异”逐项看，有疑问的可以向运营商提出"),
    "DETAILS_ASKED": _l("打开“详单”看用途，同意后还要号码使用人本人同意"),
    "DETAILS_READY": _l("打开“详单”查看，7 天后自动删除"),
    "DETAILS_ENDED": _l("打开“详单”看原因"),
    "COMMENTED": _l("打开月账单或账单疑问看留言，可以接着回复"),
    "STATEMENT_READY": _l("打开月账单看各部门费用，可以下载和开票"),
    "BILL_FILE_TAKEN": _l("已经收过的行没有重复计费"),
    "BILL_FILE_REFUSED": _l("打开看是哪几行、怎么改。文件里的内容一行都没有收"),
    "BILL_UNREADABLE": _l("把行号告诉运营商，账单更正后系统自动重取；原来的版本不受影响"),
    "STATEMENT_RESTATED": _l("打开月账单的“版本与更正”看差异，旧版本原样保留"),
    "BATCH_PARTIAL": _l("打开批次看原因，可以单独重试，已成功的行不会再办一次"),
}


def sentence(code: str, values: Mapping[str, Any]) -> str:
    """An unknown code is shown as it is: a message of a newer release, read by an older one."""
    return (
        str(TITLES[code]) % {**values, "title": _said(str(values.get("title", "")))}
        if code in TITLES
        else code
    )


def _said(title: str) -> str:
    """Months, as jobs tell them, in the reader's way."""
    if not _MONTHS.fullmatch(title):
        return title
    return _MONTH.sub(lambda found: str(_month()) % {"year": found[1], "month": int(found[2])}, title)


def _month() -> LazyString:
    return _l("%(year)s 年 %(month)s 月")


def advice(code: str) -> str | None:
    return str(TEXTS[code]) if code in TEXTS else None
