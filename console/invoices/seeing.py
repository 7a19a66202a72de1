"""What stands on the pages of an invoice, understood by where it stands; the same for PDF and OFD, and pure.

All 数电票 are printed in one layout. The row of column heads tells how a page is scaled and moved, and then each letter
belongs to a cell by its place in millimetres.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from console.invoices.document import HIDDEN, Document, Item, Kind, Party
from console.invoices.doubting import Stated
from console.invoices.xml import fen, names_of, rate_of, without_reversal

Letter = tuple[float, float, str, float]
"""Middle from the left, middle from the top, the letter, and half its width; in any unit."""
GAP = 0.8
"""What is so far apart, in mm, are two words."""
ROW = 1.4
"""Letters so near in height, in mm, are of one row."""
HEADS = ("项目名称", "税额")
NAME_X, TAX_X, HEAD_Y = 17.1, 195.6, 54.7
"""Where the first letters of those heads stand in the layout."""
EDGES = (0.0, 41.2, 61.8, 77.3, 102.6, 127.6, 155.0, 175.0, 205.55)
"""Between name, specification, unit, quantity, price, net, rate and VAT."""
BUYER, SELLER = (11.0, 105.0), (111.4, 205.5)
WORDS_X, REMARK_X = (56.5, 146.0), (11.0, 205.5)

_NUMBER = re.compile(r"发票号码[:：]([0-9]{20})(?![0-9])")
_DAY = re.compile(r"开票日期[:：]([0-9]{4})年([0-9]{2})月([0-9]{2})日")
_AMOUNT = re.compile(r"-?[0-9]{1,16}\.[0-9]{2}")
_TAX = re.compile(r"-?[0-9]{1,16}\.[0-9]{2}|\*+")
_RATE = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,4})?%|免税|不征税|\*+")
_SUMS = re.compile(r"(合|小)计[¥￥]?(-?[0-9]{1,16}\.[0-9]{2})(?:[¥￥]?(-?[0-9]{1,16}\.[0-9]{2})|\*+)")
"""The whole row; an item may be named so, but has a rate."""
_SUM = re.compile(r"[¥￥]?(-?[0-9]{1,16}\.[0-9]{2})")
_NAME = re.compile(r"名称[:：](.*?)(?:统一社会信用代码|纳税人识别号|$)")
_TAX_NUMBER = re.compile(r"识别号[:：]([0-9A-Z]{15,20})")
_DRAWER = re.compile(r"开票人[:：](.{1,60})")
IN_WORDS = re.compile(
    r"(?:[（(]负数[)）]|负)?[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+[圆元][零壹贰叁肆伍陆柒捌玖角分整正]*"
    r"|(?:[（(]负数[)）]|负)?[零壹贰叁肆伍陆柒捌玖]角[零壹贰叁肆伍陆柒捌玖分整正]*"
    r"|(?:[（(]负数[)）]|负)?[壹贰叁肆伍陆柒捌玖]分"
)


@dataclass(slots=True)
class _Seen:
    text: str = ""
    parties: list[Party] = field(default_factory=list)
    items: list[list[str]] = field(default_factory=list)
    net: str = ""
    tax: str = ""
    total: str = ""
    words: str = ""
    remark: str = ""
    drawer: str = ""


Row = list[Letter]


def see(pages: Iterable[Sequence[Letter]]) -> tuple[Document, Stated] | None:
    """None where it is not the layout of an invoice."""
    seen = _Seen()
    for letters in pages:
        rows = _rows(letters, ROW)
        placed = _placed(rows)
        if placed is not None:
            _page(seen, placed)
    number, day = _NUMBER.search(seen.text), _DAY.search(seen.text)
    if not number or not day or len(seen.parties) < 2 or not seen.total:
        return None
    try:
        return _understood(seen, number[1], datetime(int(day[1]), int(day[2]), int(day[3])))
    except ValueError:  # a day or a rate that there is not
        return None


def _rows(letters: Sequence[Letter], apart: float) -> list[Row]:
    rows: list[Row] = []
    top = None
    for letter in sorted(letters, key=lambda one: one[1]):
        if top is None or letter[1] - top > apart:
            rows.append([])
            top = letter[1]
        rows[-1].append(letter)
    return [sorted(row) for row in rows]


def text_of(row: Iterable[Letter]) -> str:
    return "".join(letter[2] for letter in row)


def _bare(row: Iterable[Letter]) -> Row:
    return [letter for letter in row if not letter[2].isspace()]


def _placed(rows: list[Row]) -> list[Row] | None:
    """The rows in millimetres of the layout; the heads of the columns say where and how large the page is."""
    for row in rows:
        bare = _bare(row)
        words = text_of(bare)
        name, tax = (words.find(head) if head == HEADS[0] else words.rfind(head) for head in HEADS)
        if 0 <= name < tax:
            wide = bare[tax][0] - bare[name][0]
            if wide <= 0:
                return None
            scale, left, top = (TAX_X - NAME_X) / wide, bare[name][0], bare[name][1]
            every = [
                (NAME_X + (x - left) * scale, HEAD_Y + (y - top) * scale, letter, half * scale)
                for r in rows
                for x, y, letter, half in r
            ]
            return _rows(every, ROW)
    return None


def _between(row: Iterable[Letter], left: float, right: float) -> str:
    return text_of(letter for letter in row if left <= letter[0] < right)


def _page(seen: _Seen, rows: list[Row]) -> None:
    seen.text += "\n".join(text_of(_bare(row)) for row in rows) + "\n"
    heads = next(at for at, row in enumerate(rows) if HEADS[0] in text_of(_bare(row)))
    if not seen.parties:
        above = [row for row in rows[:heads] if row[0][1] > 30]
        seen.parties = [_party(above, *BUYER), _party(above, *SELLER)]
    below = iter(rows[heads + 1 :])
    _items(seen, below)
    _foot(seen, below)


def _party(rows: list[Row], left: float, right: float) -> Party:
    words = "".join(_between(row, left, right).strip() for row in rows)
    name, tax_number = _NAME.search(words), _TAX_NUMBER.search("".join(words.split()))
    return Party(name[1].strip() if name else "", tax_number[1] if tax_number else "")


def _items(seen: _Seen, rows: Iterator[Row]) -> None:
    """Until the row of the sums, which is taken as well. 小计 ends the lines of one page of several."""
    ended = False
    for row in rows:
        if sums := _SUMS.fullmatch(text_of(_bare(row))):
            if sums[1] == "合":
                seen.net, seen.tax = sums[2], sums[3] or HIDDEN
                return
            ended = True
        if ended:
            continue
        cells = _cells(row)
        if _AMOUNT.fullmatch(cells[5]) and _RATE.fullmatch(cells[6]) and _TAX.fullmatch(cells[7]):
            seen.items.append(cells)
        elif seen.items and not any(cells[2:]):
            seen.items[-1][0] += cells[0]
            seen.items[-1][1] += cells[1]


def _cells(row: Row) -> list[str]:
    """Net, rate and VAT are the last three words, wherever their columns are; the others by their places."""
    words = _words(row)
    told = [text_of(_bare(word)) for word in words[-3:]]
    if len(told) == 3 and all(
        sort.fullmatch(one) for sort, one in zip((_AMOUNT, _RATE, _TAX), told, strict=True)
    ):
        rest = [letter for word in words[:-3] for letter in word]
        return [_between(rest, *edges).strip() for edges in pairwise((*EDGES[:5], 205.6))] + told
    cells = [_between(row, *edges).strip() for edges in pairwise(EDGES)]
    return cells[:5] + ["".join(cell.split()) for cell in cells[5:]]


def _words(row: Row) -> list[Row]:
    words: list[Row] = []
    end = None
    for letter in row:
        if end is None or letter[0] - letter[3] - end > GAP:
            words.append([])
        words[-1].append(letter)
        end = letter[0] + letter[3]
    return [word for word in words if text_of(word).strip()]


def _foot(seen: _Seen, rows: Iterator[Row]) -> None:
    remark: list[str] = []
    for row in rows:
        bare = _bare(row)
        words = text_of(bare)
        if "价税合计" in words:
            told, total = (
                IN_WORDS.search(_between(bare, *WORDS_X)),
                _SUM.search(_between(bare, WORDS_X[1], 205.6)),
            )
            seen.words, seen.total = told[0] if told else seen.words, total[1] if total else seen.total
        elif drawer := _DRAWER.search(words):
            seen.drawer = drawer[1]
            break
        else:
            remark.append(_between(row, *REMARK_X).strip())
    seen.remark = "".join(remark) or seen.remark


def _understood(seen: _Seen, number: str, issued_at: datetime) -> tuple[Document, Stated]:
    total = fen(seen.total)
    remark, red_of, red_form = without_reversal(seen.remark)
    document = Document(
        number=number,
        kind=Kind.SPECIAL if "增值税专用发票" in seen.text else Kind.ORDINARY,
        issued_at=issued_at,
        seller=seen.parties[1],
        buyer=seen.parties[0],
        items=tuple(_item(cells, red=total < 0) for cells in seen.items),
        drawer=seen.drawer,
        remark=remark,
        red_of=red_of,
        red_form=red_form,
        region=number[2:4],
    )
    net, tax = _sum(seen.net), _sum(seen.tax)
    stated = Stated(net, tax, total, seen.words, (number,), red=total < 0)
    return document, stated


def _sum(text: str) -> int | None:
    """Three stars where there is no VAT."""
    found = _SUM.search(text)
    return fen(found[1]) if found else 0 if "*" in text else None


def _item(cells: list[str], *, red: bool) -> Item:
    printed, spec, unit, quantity, price, net, rate, tax = cells
    short, name = names_of(printed)
    percent, told = rate_of(rate)
    amount, tax_fen = fen(net), 0 if "*" in tax else fen(tax)
    return Item(
        name, short, "", percent, amount, tax_fen, unit, quantity, price, amount < 0 and not red, spec, told
    )
