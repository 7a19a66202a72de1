"""Where everything stands on an invoice, in millimetres from the top left; PDF and OFD draw the same pages.

Measured on a genuine 数电票 (210 × 140 mm). More lines than fit make the page longer, up to thirty; then there are more
pages, each with its own 小计.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import segno

from console.invoices.document import HIDDEN, Document, Item
from console.invoices.in_words import in_words
from console.invoices.xml import amount

WIDTH, HEIGHT = 210.0, 140.0
RED, BLACK = "#800000", "#000000"
ROW, SIZE, LABEL = 4.5, 3.175, 3.3
FIRST_ROW, FITTING, MOST_ROWS = 57.3, 7, 30
NOTE_WIDTH, NOTE_ROW, FITTING_NOTES = 190.0, 3.6, 5
NAME_WIDTH = 36.5
SMALLEST = 0.8
NOTHING = "\u3000"
"""An empty cell: programs that take a column cell by cell would move those below it up."""
QR = (6.5, 6.0, 20.0)
LABELS = (("购买方信息", 5.5), ("销售方信息", 106.0))


@dataclass(frozen=True, slots=True)
class Text:
    """A box of x, y and width, and what is written in it. `tag` is what a machine calls it, with #n in the nth row."""

    x: float
    y: float
    width: float
    words: str
    size: float = SIZE
    align: str = "l"
    colour: str = BLACK
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(slots=True)
class Page:
    height: float
    texts: list[Text] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    first: bool = True


def is_wide(letter: str) -> bool:
    """As wide as it is high; others are half of that."""
    return letter > "\u2e7f"


def text_width(words: str, size: float) -> float:
    return sum(map(is_wide, words), len(words)) * size / 2


def pages(document: Document) -> list[Page]:
    parts = list(_parts(document.items))
    return [
        _page(document, rows, number, len(parts), items)
        for number, (items, rows) in enumerate(parts, start=1)
    ]


def _parts(items: Sequence[Item]) -> Iterator[tuple[list[Item], list[list[str]]]]:
    """As many lines as fit on a page, each with its name in as many pieces as it needs."""
    held: list[Item] = []
    pieces: list[list[str]] = []
    rows = 0
    for item in items:
        name = wrapped(item.printed_name, NAME_WIDTH, SIZE)
        if held and rows + len(name) > MOST_ROWS:
            yield held, pieces
            held, pieces, rows = [], [], 0
        held.append(item)
        pieces.append(name)
        rows += len(name)
    yield held, pieces


def wrapped(words: str, width: float, size: float) -> list[str]:
    rows, row = [], ""
    for letter in words:
        if text_width(row + letter, size) > width:
            rows.append(row)
            row = ""
        row += letter
    return [*rows, row]


@lru_cache(maxsize=64)
def code(words: str) -> tuple[bytes, ...]:
    """The rows of a QR code, 1 for a dark module. Kept a while: an invoice is mostly written as PDF and as OFD."""
    return tuple(map(bytes, segno.make(words, error="m", micro=False).matrix))


def in_rows(words: str, width: float, size: float, most: int) -> tuple[list[str], float]:
    """In so many rows at most, the letters as much smaller as that takes."""
    while len(rows := wrapped(words, width, size)) > most and size > SMALLEST:
        size *= 0.9
    return rows, size


def _page(document: Document, names: list[list[str]], number: int, of: int, items: list[Item]) -> Page:
    rows = sum(len(name) for name in names) + (of > 1)
    more = max(0, rows - FITTING) * ROW
    notes = wrapped(document.notes, NOTE_WIDTH, SIZE) if number == of else []
    longer = max(0, len(notes) - FITTING_NOTES) * NOTE_ROW
    page = Page(HEIGHT + more + longer, first=number == 1)
    _frame(page, more, longer)
    _head(page, document, number, of)
    _items(page, items, names)
    if of > 1:
        _part_sums(page, items, more)
    _foot(page, document, more, longer, number, of)
    if number == of:
        _sums(page, document, more)
    page.texts += [
        Text(12, 105 + more + place * NOTE_ROW, 193, piece, SIZE, "l", BLACK, "Note")
        for place, piece in enumerate(notes)
    ]
    return page


def _frame(page: Page, more: float, longer: float) -> None:
    page.lines += [Line(65.5, 18, 138.5, 18), Line(65.5, 19, 138.5, 19)]
    page.lines += [Line(4.5, y, 205.5, y) for y in (30, 52, 96 + more, 104 + more, 124 + more + longer)]
    page.lines += [Line(x, 30, x, 124 + more + longer) for x in (4.5, 205.5)]
    page.lines += [Line(x, 30, x, 52) for x in (10.7, 105.2, 111.2)]
    page.lines += [Line(10.7, 104 + more, 10.7, 124 + more + longer), Line(56.5, 96 + more, 56.5, 104 + more)]


def _head(page: Page, document: Document, number: int, of: int) -> None:
    """On every page; a machine is told of it on the first one only."""

    def add(text: Text) -> None:
        page.texts.append(text if page.first else replace(text, tag=""))

    add(Text(56, 8, 90, document.title, 7.07, "c", RED))
    for y, label, value, tag in (
        (10.6, "发票号码：", document.number, "InvoiceNo"),
        (16.6, "开票日期：", f"{document.issued_at:%Y年%m月%d日}", "IssueDate"),
    ):
        add(Text(152, y, 18, label, LABEL, "l", RED))
        add(Text(169, y, 38, value, SIZE, "l", BLACK, tag))
    if of > 1:
        add(Text(169, 22.4, 36, f"共{of}页 第{number}页", SIZE, "l", RED))
    for label, x in LABELS:
        for letter, y in zip(label, (32.5, 36, 39.5, 43, 46.5), strict=True):
            add(Text(x, y, 4, letter, SIZE, "l", RED))
    for party, x, prefix in ((document.buyer, 11.4, "Buyer"), (document.seller, 111.9, "Seller")):
        add(Text(x, 34, 12, "名称：", LABEL, "l", RED))
        pieces, size = in_rows(party.name, 82, SIZE, 2)
        for place, piece in enumerate(pieces):
            add(
                Text(
                    x + 9.6, 34 + place * 4 + (SIZE - size) / 2, 83, piece, size, "l", BLACK, f"{prefix}Name"
                )
            )
        add(Text(x, 44, 46, "统一社会信用代码/纳税人识别号：", 3.0, "l", RED))
        add(Text(x + 46, 43.6, 47, party.tax_number, 3.6, "l", BLACK, f"{prefix}TaxID"))


def _items(page: Page, items: list[Item], names: list[list[str]]) -> None:
    add = page.texts.append
    for label, x in (
        ("项目名称", 15.5), ("规格型号", 41.6), ("单 位", 66.5), ("数 量", 92.5), ("单 价", 117.5), ("金 额", 143),
        ("税率/征收率", 157), ("税 额", 194),
    ):  # fmt: skip
        add(Text(x, 53, 24, label, SIZE, "l", RED))
    y = FIRST_ROW
    for row, (item, name) in enumerate(zip(items, names, strict=True)):
        for place, piece in enumerate(name):
            add(Text(4.5 + 0.8, y + place * ROW, NAME_WIDTH, piece, SIZE, "l", BLACK, f"Item#{row}"))
        for x, width, words, align, tag in (
            (41.6, 20, item.spec, "l", "Specification"),
            (62, 15, item.unit, "c", "MeasurementDimension"),
            (77.5, 25, item.quantity, "r", "Quantity"),
            (102.5, 25, item.price, "r", "Price"),
            (127.5, 25.5, amount(item.net_fen), "r", "Amount"),
            (154, 25, item.printed_rate, "c", "TaxScheme"),
            (179.5, 25, HIDDEN if item.exempt else amount(item.tax_fen), "r", "TaxAmount"),
        ):
            add(Text(x, y, width, words or NOTHING, SIZE, align, BLACK, f"{tag}#{row}"))
        y += ROW * len(name)


def _part_sums(page: Page, items: list[Item], more: float) -> None:
    """What a page comes to, where there are several."""
    sums = (sum(item.net_fen for item in items), sum(item.tax_fen for item in items))
    page.texts.append(Text(20, 87.2 + more, 20, "小 计", SIZE, "l", RED))
    for x, width, sum_ in zip((127.5, 179.5), (25.5, 25), sums, strict=True):
        page.texts.append(Text(x, 87.2 + more, width, f"¥{amount(sum_)}", SIZE, "r"))


def _foot(page: Page, document: Document, more: float, longer: float, number: int, of: int) -> None:
    add = page.texts.append
    add(Text(16.4, 98.5 + more, 40, "价税合计（大写）", SIZE, "l", RED))
    add(Text(143, 98.5 + more, 12, "（小写）", SIZE, "l", RED))
    for letter, y in (("备", 109), ("注", 115)):
        add(Text(5.9, y + more + longer / 2, 5, letter, SIZE, "l", RED))
    add(Text(19, 129.5 + more + longer, 14, "开票人：", SIZE, "l", RED))
    tag = "InvoiceClerk" if number == of else ""
    add(Text(32, 129.5 + more + longer, 60, document.drawer, SIZE, "l", BLACK, tag))
    if number < of:
        for x in (62.9, 156):
            add(Text(x, 98.5 + more, 48, f"见第{of}页", SIZE, "l", RED))


def _sums(page: Page, document: Document, more: float) -> None:
    tax = HIDDEN if document.exempt else f"¥{amount(document.tax_fen)}"
    for letter, x in (("合", 20.0), ("计", 36.0)):
        page.texts.append(Text(x, 91.5 + more, 20, letter, SIZE, "l", RED))
    page.texts.append(Text(57.6, 97.4 + more, 5, "⊗", 5, "l", BLACK))
    for x, y, width, words, size, align, tag in (
        (127.5, 91.5, 25.5, f"¥{amount(document.net_fen)}", SIZE, "r", "TaxExclusiveTotalAmount"),
        (179.5, 91.5, 25, tax, SIZE, "r", "TaxTotalAmount"),
        (62.9, 98.5, 80, in_words(document.total_fen), SIZE, "l", ""),
        (156, 98.2, 48, f"¥{amount(document.total_fen)}", 3.88, "l", "TaxInclusiveTotalAmount"),
    ):
        page.texts.append(Text(x, y + more, width, words, size, align, BLACK, tag))
