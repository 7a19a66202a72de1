"""What is downloaded of a month: which files there are, how each is made, and the pack of all of them."""

import csv
import hashlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from console.expenses import book, printing, vouchers, workbook
from console.expenses.book import Bearer, Book, Netted, Row, Source, bearer, netted
from console.expenses.items import TITLES
from console.expenses.vouchers import KINGDEE, Accounts, Voucher
from console.identifiers.amounts import yuan
from console.spreadsheets import reports
from console.spreadsheets.reports import Column, Cover, Sheet

OPERATOR = "中国移动"


@dataclass(frozen=True)
class Kind:
    """`make` gets the head, the rows and the company's accounts."""

    title: LazyString
    suffix: str
    type: str
    make: Callable[[Book, Source, Accounts], bytes]


def _xlsx(head: Book, source: Source, _accounts: Accounts) -> bytes:
    return workbook.write(head, source)


def _pdf(head: Book, source: Source, _accounts: Accounts) -> bytes:
    return printing.write(head, source)


def _csv(head: Book, source: Source, _accounts: Accounts) -> bytes:
    """With a mark at the beginning, by which Excel sees that it is UTF-8. Formula-like text gets a quote before it."""
    stream = io.StringIO()
    stream.write("\ufeff")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(
        [
            str(word)
            for word in (
                _("账期"),
                _("部门"),
                _("成本中心"),
                _("工号"),
                _("姓名"),
                _("号码"),
                _("费用类别"),
                _("项目"),
                _("服务开始"),
                _("服务结束"),
                _("金额（元）"),
                _("承担"),
            )
        ]
    )
    person, company = str(_("个人")), str(_("公司"))
    for row in source():
        writer.writerow(
            [
                head.period, plain(row.department), plain(row.cost_center), plain(row.number), plain(row.person),
                row.msisdn or "", str(TITLES[row.item]), plain(row.name), row.first, row.last,
                yuan(row.amount_fen).replace("¥", "").replace(",", ""),
                person if row.paid_by == "person" else company,
            ]
        )  # fmt: skip
    return stream.getvalue().encode()


def plain(text: str | None) -> str:
    """For a CSV that Excel opens: what looks like a formula gets a quote before it."""
    words = text or ""
    return f"'{words}" if words[:1] in ("=", "+", "-", "@", "\t", "\r") else words


def taxed(rows: Iterable[Row]) -> list[Netted]:
    """What the company bears, by department and rate."""
    parts: dict[Bearer, int] = defaultdict(int)
    for row in rows:
        if row.paid_by == "company":
            parts[bearer(row)] += row.amount_fen
    return netted(parts)


def _vouchers(head: Book, source: Source, accounts: Accounts) -> list[Voucher]:
    return [vouchers.voucher(head.period, taxed(source()), accounts, accounts.supplier or OPERATOR)]


def _kingdee(head: Book, source: Source, accounts: Accounts) -> bytes:
    return kingdee(f"{head.company} {head.period}", _vouchers(head, source, accounts))


def kingdee(heading: str, made: Sequence[Voucher]) -> bytes:
    """Vouchers as a workbook for 金蝶: what they add up to, then an entry a row."""
    money = {"借方金额", "贷方金额", "原币金额"}
    columns = [Column(name, 14, "money" if name in money else "text") for name in KINGDEE]
    entries = [one for voucher in made for one in voucher.entries]
    cover = Cover(
        "说明",
        heading,
        [
            ("借方合计", sum(one.debit_fen for one in entries)),
            ("贷方合计", sum(one.credit_fen for one in entries)),
        ],
        ("", ""),
    )
    return reports.workbook(cover, [Sheet("凭证", heading, columns, vouchers.kingdee(made))])


def _yonyou(head: Book, source: Source, accounts: Accounts) -> bytes:
    return vouchers.yonyou(_vouchers(head, source, accounts))


def pack(head: Book, source: Source, accounts: Accounts, progress: Callable[[int], object]) -> bytes:
    """All of them in one ZIP, with the SHA-256 of each; one after the other, so that only one is held at a time."""
    stream = io.BytesIO()
    files: dict[str, dict[str, str | int]] = {}
    with zipfile.ZipFile(stream, "w") as archive:
        for done, key in enumerate(KINDS):
            progress(done)
            content, name = KINDS[key].make(head, source, accounts), filename(head, key)
            _put(archive, name, content)
            files[name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        manifest = {
            "company": head.company, "period": head.period, "version": head.version, "state": head.state,
            "total": yuan(head.total_fen), "rows": head.rows, "files": files,
        }  # fmt: skip
        _put(archive, "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=2).encode())
        sums = "".join(f"{facts['sha256']}  {name}\n" for name, facts in files.items())
        _put(archive, "manifest.txt", sums.encode())
    return stream.getvalue()


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


KINDS: dict[str, Kind] = {
    "xlsx": Kind(
        _l("Excel 账单"), ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx
    ),
    "pdf": Kind(_l("PDF 账单"), ".pdf", "application/pdf", _pdf),
    "csv": Kind(_l("号码明细 CSV"), ".csv", "text/csv", _csv),
    "kingdee": Kind(
        _l("金蝶凭证"),
        "-金蝶凭证.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _kingdee,
    ),
    "yonyou": Kind(_l("用友凭证"), "-用友凭证.txt", "text/plain", _yonyou),
}


PACK = "-关账包.zip"


def filename(head: Book, key: str) -> str:
    return named(head.period, head.version, KINDS[key].suffix)


def named(period: str, version: int, suffix: str) -> str:
    return f"{period}月账单{f'-第{version}版' if version > 1 else ''}{suffix}"


def make(head: Book, source: Source, key: str, accounts: Accounts) -> bytes:
    return KINDS[key].make(head, source, accounts)


__all__ = ["KINDS", "Kind", "book", "filename", "make", "taxed"]
