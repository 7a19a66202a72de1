"""The statement as a PDF: a cover with sums, then every charge by department, with sums carried from page to page."""

import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from console.core import fonts
from console.expenses import rules
from console.expenses.book import Book, Row, Source
from console.expenses.items import TITLES, BillItem
from console.identifiers.amounts import bare

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN, FOOT = 15 * mm, 14 * mm
SIZE, LEADING = 8.0, 5.2 * mm
RULE, TEXT, MUTED, BAR = "#C9D0DA", "#172030", "#5F6B7C", "#1F5AD6"
PAGES, LAST = "pages", 14 * mm
"""What stands on every page and is known at the end, and the room for it."""
COLUMNS = ((0, 34, "l"), (34, 30, "l"), (64, 62, "l"), (126, 30, "l"), (156, 24, "r"))
"""Left edge and width in mm from the margin, and where a text stands in it."""


class _Paper:
    """A canvas that knows where it is on the page, and what every page has."""

    def __init__(self, book: Book, title: str) -> None:
        self.stream = io.BytesIO()
        self.canvas = Canvas(self.stream, pagesize=A4, pageCompression=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor(book.company)
        self.title, self.font, self.pages, self.y = title, fonts.use(), 0, 0.0
        self.headings: Sequence[str] = ()
        self.carried: int | None = None
        self._open()

    def _open(self) -> None:
        self.pages += 1
        self.y = PAGE_HEIGHT - MARGIN
        self.canvas.setFont(self.font, SIZE)
        self.canvas.setFillColor(MUTED)
        fonts.draw(self.canvas, MARGIN, FOOT - 4 * mm, self.title, SIZE)
        self.canvas.drawRightString(
            PAGE_WIDTH - MARGIN - LAST, FOOT - 4 * mm, str(_("第 %(n)s 页，共", n=self.pages))
        )
        self.canvas.doForm(PAGES)
        self.canvas.setFillColor(TEXT)
        if self.headings:
            self._heading_row()
            if self.carried is not None:
                self._cells(("", "", str(_("承前页")), "", bare(self.carried)), muted=True)

    def need(self, height: float) -> None:
        if self.y - height < FOOT + 4 * mm:
            if self.carried is not None and self.headings:
                self._cells(("", "", str(_("转下页")), "", bare(self.carried)), muted=True)
            self.canvas.showPage()
            self._open()

    def text(self, words: str, size: float = SIZE, gap: float = LEADING, colour: str = TEXT) -> None:
        self.need(gap)
        self.canvas.setFillColor(colour)
        self.y -= gap
        fonts.draw(self.canvas, MARGIN, self.y, words, size)
        self.canvas.setFont(self.font, SIZE)
        self.canvas.setFillColor(TEXT)

    def pair(self, name: str, value: str) -> None:
        self.need(LEADING)
        self.y -= LEADING
        fonts.draw(self.canvas, MARGIN, self.y, name, SIZE)
        self.canvas.drawRightString(MARGIN + 90 * mm, self.y, value)

    def bar(self, name: str, value: int, share: float) -> None:
        self.need(LEADING)
        self.y -= LEADING
        fonts.draw(self.canvas, MARGIN, self.y, clipped(name, 52 * mm), SIZE)
        self.canvas.setFillColor(BAR)
        self.canvas.rect(
            MARGIN + 55 * mm, self.y - 0.3 * mm, max(share, 0) * 90 * mm, 2.8 * mm, stroke=0, fill=1
        )
        self.canvas.setFillColor(TEXT)
        self.canvas.drawRightString(PAGE_WIDTH - MARGIN, self.y, bare(value))

    def begin_table(self, headings: Sequence[str]) -> None:
        self.headings = headings
        self.need(4 * LEADING)
        self._heading_row()

    def end_table(self) -> None:
        self.headings, self.carried = (), None

    def _heading_row(self) -> None:
        self._cells(self.headings, muted=True)
        self.canvas.setStrokeColor(RULE)
        self.canvas.line(MARGIN, self.y - 1.4 * mm, PAGE_WIDTH - MARGIN, self.y - 1.4 * mm)

    def row(self, cells: Sequence[str]) -> None:
        self.need(2 * LEADING)
        self._cells(cells)

    def _cells(self, cells: Sequence[str], *, muted: bool = False) -> None:
        self.y -= LEADING
        if muted:
            self.canvas.setFillColor(MUTED)
        for (left, width, side), words in zip(COLUMNS, cells, strict=True):
            if side == "r":
                self.canvas.drawRightString(MARGIN + (left + width) * mm, self.y, words)
            elif words:
                fonts.draw(self.canvas, MARGIN + left * mm, self.y, clipped(words, (width - 2) * mm), SIZE)
        if muted:
            self.canvas.setFillColor(TEXT)

    def done(self) -> bytes:
        """How many pages there are is known now; each of them has left a place for it."""
        self.canvas.showPage()
        self.canvas.beginForm(PAGES)
        self.canvas.setFont(self.font, SIZE)
        self.canvas.setFillColor(MUTED)
        self.canvas.drawRightString(PAGE_WIDTH - MARGIN, FOOT - 4 * mm, str(_("%(n)s 页", n=self.pages)))
        self.canvas.endForm()
        self.canvas.save()
        return self.stream.getvalue()


def clipped(words: str, width: float, size: float = SIZE) -> str:
    """As much as fits, with an ellipsis for the rest."""
    shown = fonts.writable(words)
    if fonts.width(shown, size) <= width:
        return shown
    while shown and fonts.width(shown + "…", size) > width:
        shown = shown[:-1]
    return shown + "…"


def write(book: Book, source: Source) -> bytes:
    """Every page is written when it is full; only sums are kept. The rows are read twice."""
    title = str(_("%(company)s %(period)s 月账单", company=book.company, period=book.period))
    paper = _Paper(book, title)
    _cover(paper, book, source(), title)
    department: Any = ...
    headings = tuple(
        str(word) for word in (_("使用人"), _("号码"), _("项目"), _("服务日期"), _("金额（元）"))
    )
    total = 0
    for row in source():
        if row.department != department:
            if department is not ...:
                paper.row(("", "", str(_("小计")), "", bare(total)))
                paper.end_table()
            department, total = row.department, 0
            paper.text(department or str(_("未分摊")), 10.0, 9 * mm)
            paper.begin_table(headings)
        paper.carried = total if total else None
        paper.row(
            (
                f"{row.person or '--'} {row.number or ''}".strip(), row.msisdn or "--", row.name,
                f"{row.first:%m-%d}～{row.last:%m-%d}", bare(row.amount_fen),
            )
        )  # fmt: skip
        total += row.amount_fen
        paper.carried = total
    if department is not ...:
        paper.row(("", "", str(_("小计")), "", bare(total)))
    paper.end_table()
    paper.text(str(_("总计 %(sum)s 元", sum=bare(book.total_fen))), 11.0, 10 * mm)
    return paper.done()


def _cover(paper: _Paper, book: Book, rows: Iterable[Row], title: str) -> None:
    first, last = rules.first_day(book.period), rules.last_day(book.period)
    paper.text(title, 16.0, 10 * mm)
    paper.text(
        str(_("账期 %(first)s ～ %(last)s，第 %(n)s 版，共 %(lines)s 个号码", first=first, last=last, n=book.version, lines=book.lines)),
        SIZE, 7 * mm, MUTED,
    )  # fmt: skip
    items: dict[str, int] = defaultdict(int)
    departments: dict[str | None, int] = defaultdict(int)
    for row in rows:
        items[row.item] += row.amount_fen
        departments[row.department] += row.amount_fen
    paper.text(str(_("按费用类别")), 10.0, 10 * mm)
    for item in BillItem:
        if items[item]:
            paper.pair(str(TITLES[item]), bare(items[item]))
    paper.pair(str(_("应付合计（元）")), bare(book.total_fen))
    paper.pair(str(_("其中公司承担（元）")), bare(book.company_fen))
    paper.pair(str(_("其中个人承担（元）")), bare(book.total_fen - book.company_fen))
    paper.text(str(_("按部门")), 10.0, 10 * mm)
    most = max(departments.values(), default=0)
    for name, amount in sorted(departments.items(), key=lambda one: -one[1]):
        paper.bar(name or str(_("未分摊")), amount, amount / most if most > 0 else 0)
    paper.canvas.showPage()
    paper._open()
