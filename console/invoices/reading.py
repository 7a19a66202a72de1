"""Invoices that were issued elsewhere, as files: what they say, and what about them does not agree."""

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from console.invoices import in_words, xml
from console.invoices.document import Document, Kind, problems
from console.invoices.xml import NotAnInvoice

MOST_BYTES, MOST_UNZIPPED, MOST_PAGES = 10 * 2**20, 30 * 2**20, 60


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a file says of an invoice. `wrong` are codes of what does not agree in it; `document` is None for a PDF."""

    format: str
    number: str
    day: date
    kind: Kind
    seller_name: str
    seller_tax_number: str
    buyer_name: str
    buyer_tax_number: str
    total_fen: int
    net_fen: int
    tax_fen: int
    red_of: str
    wrong: tuple[str, ...]
    document: Document | None = None


def read(content: bytes) -> Foreign:
    """By what it is and not by its name. Raises NotAnInvoice."""
    if len(content) > MOST_BYTES or not content:
        raise NotAnInvoice
    if content.startswith(b"%PDF"):
        return _pdf(content)
    if content.startswith(b"PK"):
        return _ofd(content)
    return _xml(content, "xml")


def _xml(content: bytes, format_: str) -> Foreign:
    document, stated, words = xml.read(content)
    wrong = problems(document)
    if stated != document.total_fen:
        wrong.append("I_TOTAL")
    if words and in_words.read(words) != document.total_fen:
        wrong.append("I_WORDS")
    return Foreign(
        format_, document.number, document.issued_at.date(), document.kind, document.seller.name,
        document.seller.tax_number, document.buyer.name, document.buyer.tax_number, document.total_fen,
        document.net_fen, document.tax_fen, document.red_of, tuple(wrong), document,
    )  # fmt: skip


def _ofd(content: bytes) -> Foreign:
    """The XML that is attached to it; an OFD without one is only a picture to us."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.infolist()
            if "OFD.xml" not in package.namelist() or sum(one.file_size for one in names) > MOST_UNZIPPED:
                raise NotAnInvoice
            attached = [one for one in names if one.filename.endswith("original_invoice.xml")]
            if not attached:
                raise NotAnInvoice
            return _xml(package.read(attached[0]), "ofd")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise NotAnInvoice from error


_NUMBER = re.compile(r"发票号码[:：]?\s*(\d{20})")
_DAY = re.compile(r"开票日期[:：]?\s*(\d{4})\s*年\s*(\d{2})\s*月\s*(\d{2})\s*日")
_TAX_NUMBER = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])")
_SUMS = re.compile(r"[¥￥]\s*(-?\d+\.\d{2})")
_RED = re.compile(r"被红冲蓝字数电票号码[:：]\s*(\d{20})")
_WORDS = re.compile(r"(?:（负数）)?[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+[圆元][零壹贰叁肆伍陆柒捌玖角分整正]*")


def _pdf(content: bytes) -> Foreign:
    """Its text. The largest of the three sums is the total, and the others have to add up to it."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted or len(reader.pages) > MOST_PAGES:
            raise NotAnInvoice
        text = "\n".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAnInvoice from error
    number, day = _NUMBER.search(text), _DAY.search(text)
    parties = [one for one in _TAX_NUMBER.findall(text) if not one.isdecimal() or len(one) == 18]
    sums = sorted({_fen(one) for one in _SUMS.findall(text)}, key=abs)
    if not number or not day or len(parties) < 2 or len(sums) < 2:
        raise NotAnInvoice
    total = sums[-1]
    pair = next(((a, total - a) for a in sums[:-1] if total - a in sums), None)
    net, tax = max(pair or (total, 0), key=abs), min(pair or (total, 0), key=abs)
    words = _WORDS.search(text)
    wrong = [] if pair else ["I_TOTAL"]
    if words and in_words.read(words[0]) != total:
        wrong.append("I_WORDS")
    red = _RED.search(text)
    try:
        moment = datetime(int(day[1]), int(day[2]), int(day[3])).date()
    except ValueError as error:
        raise NotAnInvoice from error
    return Foreign(
        "pdf", number[1], moment, Kind.SPECIAL if "增值税专用发票" in text else Kind.ORDINARY, "", parties[1], "",
        parties[0], total, net, tax, red[1] if red else "", tuple(wrong),
    )  # fmt: skip


def _fen(text: str) -> int:
    yuan, _point, cents = text.partition(".")
    sign = -1 if yuan.startswith("-") else 1
    return sign * (abs(int(yuan)) * 100 + int(cents))
