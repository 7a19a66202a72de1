"""The statement as an Excel workbook: cover, by department, cost centre, person and line, and every charge."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask_babel import gettext as _

from console.expenses.book import Bearer, Book, Netted, Row, Source, bearer, netted
from console.expenses.items import TITLES, BillItem, PaidBy
from console.spreadsheets import reports
from console.spreadsheets.reports import Column, Cover, Sheet

ITEMS = tuple(BillItem)
BARS = 12


class Gathered:
    """The sums of all sheets but the last, taken while the rows go by; as many as departments, people and lines."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.by_department: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.by_center: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.by_person: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.by_line: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.lines_of: dict[Any, set[str]] = defaultdict(set)
        taxed: dict[Bearer, int] = defaultdict(int)
        for row in rows:
            for sums in (
                self.by_department[row.department],
                self.by_center[row.cost_center],
                self.by_person[(row.number, row.person, row.department)],
                self.by_line[(row.msisdn, row.number, row.person, row.department, row.cost_center)],
            ):
                sums[row.item] += row.amount_fen
                if row.paid_by == PaidBy.PERSON:
                    sums["person"] += row.amount_fen
            if row.msisdn:
                self.lines_of["department", row.department].add(row.msisdn)
                self.lines_of["center", row.cost_center].add(row.msisdn)
            taxed[bearer(row)] += row.amount_fen
        self.netted: list[Netted] = netted(taxed)


def write(book: Book, source: Source) -> bytes:
    """The rows are read twice, for the sums and for the last sheet, and never kept."""
    found = Gathered(source())
    nobody = str(_("未分摊"))
    title = str(_("%(company)s %(period)s 月账单", company=book.company, period=book.period))
    departments = sorted(found.by_department.items(), key=lambda one: -_total(one[1]))
    cover = Cover(
        str(_("封面")),
        title,
        [
            (str(_("账期")), book.period),
            (str(_("版本")), str(book.version)),
            (str(_("应付合计（元）")), book.total_fen),
            (str(_("其中公司承担（元）")), book.company_fen),
            (str(_("其中个人承担（元）")), book.total_fen - book.company_fen),
            (str(_("不含税金额（元）")), sum(one.net_fen for one in found.netted)),
            (str(_("税额（元）")), sum(one.tax_fen for one in found.netted)),
            (str(_("号码数")), str(book.lines)),
        ],
        (str(_("部门")), str(_("费用（元）"))),
        [(key or nobody, _total(sums)) for key, sums in departments[:BARS]],
    )
    return reports.workbook(cover, _sheets(found, source, departments, title, nobody))


def _total(sums: dict[str, int]) -> int:
    return sum(sums[item] for item in ITEMS)


def _sheets(
    found: Gathered,
    source: Source,
    departments: Sequence[tuple[Any, dict[str, int]]],
    title: str,
    nobody: str,
) -> Iterator[Sheet]:
    total = str(_("合计"))
    count = Column(str(_("号码数")), 8, "count")
    yield Sheet(
        str(_("按部门")), title, [Column(str(_("部门")), 28), count, *_money()],
        [[key or nobody, len(found.lines_of["department", key]), *_amounts(sums)] for key, sums in departments], total,
    )  # fmt: skip
    yield Sheet(
        str(_("按成本中心")), title, [Column(str(_("成本中心")), 18), count, *_money()],
        [
            [key or nobody, len(found.lines_of["center", key]), *_amounts(sums)]
            for key, sums in sorted(found.by_center.items(), key=lambda one: one[0] or "")
        ],
        total,
    )  # fmt: skip
    yield Sheet(
        str(_("按员工")), title, [*_texts("工号", "姓名", "部门"), *_money()],
        ([*key, *_amounts(sums)] for key, sums in found.by_person.items()), total,
    )  # fmt: skip
    yield Sheet(
        str(_("按号码")), title, [*_texts("号码", "工号", "姓名", "部门", "成本中心"), *_money()],
        ([*key, *_amounts(sums)] for key, sums in found.by_line.items()), total,
    )  # fmt: skip
    yield _taxes(found, title, nobody, total)
    yield _charges(source(), title, total)


def _texts(*headings: str) -> list[Column]:
    known = {
        "工号": (_("工号"), 12), "姓名": (_("姓名"), 12), "部门": (_("部门"), 26), "成本中心": (_("成本中心"), 12),
        "号码": (_("号码"), 16),
    }  # fmt: skip
    return [Column(str(known[heading][0]), known[heading][1]) for heading in headings]


def _money() -> list[Column]:
    return [
        *(Column(str(TITLES[item]), 13, "money", summed=True) for item in ITEMS),
        Column(str(_("合计")), 13, "money", summed=True),
        Column(str(_("公司承担")), 13, "money", summed=True),
        Column(str(_("个人承担")), 13, "money", summed=True),
    ]


def _amounts(sums: dict[str, int]) -> list[int]:
    whole, person = _total(sums), sums["person"]
    return [*(sums[item] for item in ITEMS), whole, whole - person, person]


def _taxes(found: Gathered, title: str, nobody: str, total: str) -> Sheet:
    columns = [
        *_texts("部门", "成本中心"),
        Column(str(_("税率")), 8),
        Column(str(_("含税金额")), 14, "money", summed=True),
        Column(str(_("不含税金额")), 14, "money", summed=True),
        Column(str(_("税额")), 14, "money", summed=True),
    ]
    rows = [
        [
            one.department or nobody, one.cost_center or "", f"{one.percent}%" if one.percent else str(_("不开票")),
            one.amount_fen, one.net_fen, one.tax_fen,
        ]
        for one in found.netted
    ]  # fmt: skip
    return Sheet(str(_("税额")), title, columns, rows, total)


def _charges(rows: Iterable[Row], title: str, total: str) -> Sheet:
    columns = [
        *_texts("部门", "成本中心", "工号", "姓名", "号码"),
        Column(str(_("费用类别")), 16),
        Column(str(_("项目")), 30),
        Column(str(_("服务开始")), 12, "day"),
        Column(str(_("服务结束")), 12, "day"),
        Column(str(_("税率")), 8),
        Column(str(_("金额（元）")), 14, "money", summed=True),
        Column(str(_("承担")), 8),
    ]
    titles = {item.value: str(TITLES[item]) for item in ITEMS}
    company, person = str(_("公司")), str(_("个人"))
    shown = (
        [
            row.department, row.cost_center, row.number, row.person, row.msisdn, titles[row.item], row.name, row.first,
            row.last, f"{row.percent}%" if row.percent else None, row.amount_fen,
            person if row.paid_by == PaidBy.PERSON else company,
        ]
        for row in rows
    )  # fmt: skip
    return Sheet(str(_("明细")), title, columns, shown, total)
