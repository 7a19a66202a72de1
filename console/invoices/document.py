"""An invoice as all its renderings say it, and what must be true of its sums (数电票; section numbers of 乐企 and 诺诺)."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

PREFIX = "01"
FICTITIOUS = "2699"
"""Numbers that begin so belong to nobody: region 99 does not exist."""
LONGEST_REMARK, LONGEST_NAME, MOST_LINES = 200, 90, 2000
OUR_TOLERANCE, THEIR_TOLERANCE = 1, 6
"""分 between net × rate and VAT of a line: what we allow ourselves, and what the platform allows (E9131)."""
EXEMPT = ("免税", "不征税")
"""What stands instead of a rate where there is no VAT; the VAT itself is then printed as three stars."""
HIDDEN = "***"
PLAIN, SIGNED = r"[0-9]{1,16}(?:\.[0-9]{1,20})?", r"-?[0-9]{1,16}(?:\.[0-9]{1,20})?"
"""Figures as they may stand in a file: nobody makes us count a million zeros."""
_UNPRINTED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class Kind(StrEnum):
    SPECIAL = "special"
    """增值税专用发票: the buyer deducts its VAT."""
    ORDINARY = "ordinary"


TITLES = {Kind.SPECIAL: "增值税专用发票", Kind.ORDINARY: "普通发票"}
QR_KIND = {Kind.SPECIAL: "31", Kind.ORDINARY: "32"}


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    tax_number: str
    address: str = ""
    phone: str = ""
    bank: str = ""
    bank_account: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One line. Amounts in 分 without VAT; negative on a red invoice, and for a discount directly below its line."""

    name: str
    short_name: str
    code: str
    percent: int
    net_fen: int
    tax_fen: int
    unit: str = ""
    quantity: str = ""
    price: str = ""
    discount: bool = False
    spec: str = ""
    told_rate: str = ""
    """The rate as it is told where it is no whole percentage: 免税, 不征税, 1.5%."""

    @property
    def printed_name(self) -> str:
        return f"*{self.short_name}*{self.name}" if self.short_name else self.name

    @property
    def printed_rate(self) -> str:
        return self.told_rate or f"{self.percent}%"

    @property
    def exempt(self) -> bool:
        return self.told_rate in EXEMPT

    @property
    def rate(self) -> Decimal | None:
        """As a fraction; None where the invoice hides it."""
        if self.exempt:
            return Decimal(0)
        figure = self.printed_rate.removesuffix("%")
        return Decimal(figure) / 100 if re.fullmatch(PLAIN, figure) else None


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that is printed. `genuine` is False for what did not come from the tax platform."""

    number: str
    kind: Kind
    issued_at: datetime
    seller: Party
    buyer: Party
    items: tuple[Item, ...]
    drawer: str
    remark: str = ""
    red_of: str = ""
    red_form: str = ""
    genuine: bool = False
    region: str = field(default="99")

    @property
    def is_red(self) -> bool:
        return bool(self.red_of)

    @property
    def sample(self) -> bool:
        """样张 stands across it. A number that belongs to nobody is a sample whatever else is said of it."""
        return not self.genuine or self.number.startswith(FICTITIOUS)

    @property
    def exempt(self) -> bool:
        return bool(self.items) and all(item.exempt for item in self.items)

    @property
    def net_fen(self) -> int:
        return sum(item.net_fen for item in self.items)

    @property
    def tax_fen(self) -> int:
        return sum(item.tax_fen for item in self.items)

    @property
    def total_fen(self) -> int:
        return self.net_fen + self.tax_fen

    @property
    def title(self) -> str:
        return f"电子发票（{TITLES[self.kind]}）"

    @property
    def notes(self) -> str:
        """What stands under 备注; a red invoice says what it reverses."""
        if not self.is_red:
            return self.remark
        reversal = f"被红冲蓝字数电票号码：{self.red_of} 红字发票信息确认单编号：{self.red_form}"
        return f"{reversal} {self.remark}".strip()


def problems(document: Document) -> list[str]:
    """Codes of what is wrong with it: the checks of the tax platform, and stricter ones of our own."""
    found = []
    if not is_number(document.number):
        found.append("I_NUMBER")
    if document.is_red and not (is_number(document.red_of) and document.red_form):
        found.append("I_RED_OF")
    if not document.items or len(document.items) > MOST_LINES:
        found.append("I_LINES")
    if any(tax_is_wrong(item, OUR_TOLERANCE) for item in document.items):
        found.append("I_LINE_TAX")
    if any(price_is_wrong(item) for item in document.items):
        found.append("I_LINE_PRICE")
    if (document.total_fen >= 0) == document.is_red or (not document.total_fen):
        found.append("I_SIGN")
    if not (_no_discounts if document.is_red else _discounts_stand_right)(document.items):
        found.append("I_DISCOUNT")
    if not document.seller.name or not document.seller.tax_number:
        found.append("I_SELLER")
    if not document.buyer.name or (document.kind is Kind.SPECIAL and not document.buyer.tax_number):
        found.append("I_BUYER")
    if len(document.remark) > LONGEST_REMARK or any(len(item.name) > LONGEST_NAME for item in document.items):
        found.append("I_TOO_LONG")
    return found


def is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{20}", text))


def tax_is_wrong(item: Item, tolerance: int) -> bool:
    """|net × rate − VAT| above so many 分; where the rate is hidden nobody can tell."""
    return item.rate is not None and abs(item.net_fen * item.rate - item.tax_fen) > tolerance


def price_is_wrong(item: Item) -> bool:
    """|price × quantity − net| above 0.01 yuan, or above what the price's last digit hides; or a price below zero."""
    if not item.price or not item.quantity:
        return False
    if not re.fullmatch(PLAIN, item.price) or not re.fullmatch(SIGNED, item.quantity):
        return True
    price, quantity = Decimal(item.price), Decimal(item.quantity)
    hidden = Decimal(50).scaleb(-len(item.price.partition(".")[2]))
    return abs(price * quantity * 100 - item.net_fen) > max(Decimal(1), abs(quantity) * hidden)


def _no_discounts(items: tuple[Item, ...]) -> bool:
    """A red invoice nets a discount into its line."""
    return not any(item.discount for item in items)


def _discounts_stand_right(items: tuple[Item, ...]) -> bool:
    """Directly below its line, same name and rate, not larger than it, one for each (E9105, E9108, E9110, E9112)."""
    for place, item in enumerate(items):
        if item.discount:
            above = items[place - 1] if place else None
            if above is None or above.discount or (above.name, above.percent) != (item.name, item.percent):
                return False
            if item.net_fen > 0 or -item.net_fen > above.net_fen:
                return False
        elif item.net_fen <= 0:
            return False
    return True


def printable(text: str) -> str:
    """Without what no document can carry. Characters that Unicode got after this Python stay: they are in names."""
    spaced = "".join(" " if letter in "\t\n\r" else letter for letter in text)
    return "".join(
        letter
        for letter in spaced
        if unicodedata.category(letter) not in _UNPRINTED and ord(letter) & 0xFFFE != 0xFFFE
    )


def crc(text: str) -> str:
    """CRC-16/UMTS: polynomial 8005, begins with 0, nothing reflected; found on genuine invoices."""
    value = 0
    for byte in text.encode("ascii"):
        value ^= byte << 8
        for _bit in range(8):
            value = ((value << 1) ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
    return f"{value:04X}"


def qr_text(document: Document) -> str:
    """Kind, number, total with VAT and day, with a check over all of it."""
    fen = document.total_fen
    amount = f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"
    head = f"{PREFIX},{QR_KIND[document.kind]},,{document.number},{amount},{document.issued_at:%Y%m%d},,"
    return head + crc(head)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the QR code of a paper or a PDF says."""

    kind: str
    number: str
    total_fen: int
    day: str


def read_qr(text: str) -> Scanned | None:
    """None when it is no invoice's, or its check does not agree."""
    parts = text.strip().rstrip(",").split(",")
    if len(parts) != 8 or parts[0] != PREFIX:
        return None
    head = ",".join(parts[:7]) + ","
    try:
        if not head.isascii() or crc(head) != parts[7].upper():
            return None
        yuan, _point, cents = parts[4].partition(".")
        fen = abs(int(yuan)) * 100 + int((cents + "00")[:2])
    except ValueError:
        return None
    return Scanned(parts[1], parts[3], -fen if parts[4].startswith("-") else fen, parts[5])
