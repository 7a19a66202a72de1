"""The month as a voucher for the books: 借贷 balanced, input VAT apart, auxiliary accounting by department.

Entries follow 企业会计准则; accounts are the company's own when it says so. Formats as their programs import them:
用友 U8 总账工具 (text, GB18030), and the columns of 金蝶 云会计.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from console.expenses import rules
from console.expenses.book import Netted

EXPENSE, INPUT_VAT, PAYABLE = "6602", "22210101", "2202"
"""管理费用, 应交增值税（进项税额）, 应付账款: the accounts of somebody who said nothing else."""
NAMES = {EXPENSE: "管理费用—通讯费", INPUT_VAT: "应交税费—应交增值税（进项税额）", PAYABLE: "应付账款"}
LONGEST_SUMMARY = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the voucher; debit or credit in 分, the other is 0."""

    summary: str
    account: str
    account_name: str
    debit_fen: int
    credit_fen: int
    department: str = ""
    cost_center: str = ""
    supplier: str = ""
    ticket: str = ""
    """票号: the number of the invoice behind it, 20 digits."""


@dataclass(frozen=True, slots=True)
class Voucher:
    day: date
    word: str
    number: int
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Accounts:
    """`expense_of` maps a department (with all below it) to its expense account, as 销售部 → 6601."""

    expense: str = EXPENSE
    input_vat: str = INPUT_VAT
    payable: str = PAYABLE
    supplier: str = ""
    expense_of: Mapping[str, str] | None = None
    deductible: bool = True
    """False for who gets 普票 or is a small-scale taxpayer: the VAT is part of the expense."""

    def of(self, department: str | None) -> str:
        path = department or ""
        while path:
            if self.expense_of and path in self.expense_of:
                return self.expense_of[path]
            path = path.rpartition("/")[0]
        return self.expense


def voucher(period: str, netted: Iterable[Netted], accounts: Accounts, operator: str) -> Voucher:
    """One voucher for the month, dated on its last day. Debit is credit, always."""
    month = rules.first_day(period)
    summary = f"{operator}{month.year}年{month.month:02}月通讯费"[:LONGEST_SUMMARY]
    expenses: dict[tuple[str, str, str], int] = {}
    vat = total = 0
    for one in netted:
        deducted = one.tax_fen if accounts.deductible and one.percent else 0
        key = (accounts.of(one.department), one.department or "", one.cost_center or "")
        expenses[key] = expenses.get(key, 0) + one.amount_fen - deducted
        vat += deducted
        total += one.amount_fen
    entries = [
        Entry(
            f"{summary}（{department or '未分摊'}）"[:LONGEST_SUMMARY],
            account,
            NAMES.get(account, ""),
            amount,
            0,
            department,
            center,
        )
        for (account, department, center), amount in sorted(expenses.items())
        if amount
    ]
    if vat:
        entries.append(Entry(summary, accounts.input_vat, NAMES.get(accounts.input_vat, ""), vat, 0))
    entries.append(
        Entry(
            summary, accounts.payable, NAMES.get(accounts.payable, ""), 0, total, supplier=accounts.supplier
        )
    )
    return Voucher(rules.last_day(period), "记", 1, entries)


def balanced(made: Voucher) -> bool:
    return sum(one.debit_fen for one in made.entries) == sum(one.credit_fen for one in made.entries)


KINGDEE = ("日期", "凭证字", "凭证号", "附件数", "分录序号", "摘要", "科目代码", "科目名称", "借方金额", "贷方金额", "客户",
           "供应商", "职员", "项目", "部门", "存货", "自定义辅助核算类别", "自定义辅助核算编码", "数量", "单价", "原币金额",
           "币别", "汇率")  # fmt: skip


def kingdee(made: Iterable[Voucher]) -> list[list[str | int | None]]:
    """Rows for an Excel sheet under KINGDEE; the amounts in 分."""
    return [
        [
            voucher.day.isoformat(), voucher.word, str(voucher.number), "1", str(place), one.summary, one.account,
            one.account_name, one.debit_fen or None, one.credit_fen or None, "", one.supplier, "", "",
            one.department, "", "成本中心" if one.cost_center else "", one.cost_center, "", "",
            one.debit_fen or one.credit_fen, "RMB", "1",
        ]
        for voucher in made
        for place, one in enumerate(voucher.entries, start=1)
    ]  # fmt: skip


def yonyou(made: Iterable[Voucher]) -> bytes:
    """The text that 用友 U8 总账工具 reads: a heading, then one line of an entry each, in GB18030."""
    stream = io.StringIO()
    stream.write("填制凭证,V800\r\n")
    writer = csv.writer(stream, lineterminator="\r\n")
    for voucher in made:
        day = voucher.day.isoformat()
        writer.writerows(
            [
                day, voucher.word, voucher.number, 1, _plain(one.summary), one.account, _yuan(one.debit_fen),
                _yuan(one.credit_fen), "", "", "", "", "", one.ticket, day, _plain(one.department), "", "",
                _plain(one.supplier), "", _plain(one.cost_center), *[""] * 5, "0", "", "0", *[""] * 9,
                "0", "0", "0", "0", "0", "", "0", "0", "0", "0",
            ]
            for one in voucher.entries
        )  # fmt: skip
    return stream.getvalue().encode("gb18030")


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


def _plain(text: str) -> str:
    """A comma inside a field, or the end of a line, would shift the columns of the program that reads it."""
    return text.replace(",", "，").replace('"', "").replace("\r", " ").replace("\n", " ")
