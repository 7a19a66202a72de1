"""What in an invoice from elsewhere does not agree with the rest of it; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.invoices import in_words
from console.invoices.document import (
    THEIR_TOLERANCE,
    Document,
    Item,
    Scanned,
    is_number,
    price_is_wrong,
    tax_is_wrong,
)


class NotAnInvoice(ValueError):
    """It cannot be read as an invoice; `code` says why."""

    def __init__(self, code: str = "I_NOT_AN_INVOICE") -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Stated:
    """What a file says of the whole, beside its lines. None and "" where it says nothing."""

    net_fen: int | None = None
    tax_fen: int | None = None
    total_fen: int | None = None
    words: str = ""
    numbers: tuple[str, ...] = ()
    """In every place where its number stands."""
    red: bool = False
    slack_fen: int = 0
    """So much the lines may differ from the sums, because they were written with parts of a 分."""
    lines_agree: bool = True


def doubts(document: Document, stated: Stated) -> list[str]:
    """Codes. Only arithmetic and what is said twice: how long a remark may be is the issuer's business."""
    found = []
    if len(set(stated.numbers) | {document.number}) > 1:
        found.append("I_NUMBERS")
    if not is_number(document.number):
        found.append("I_NUMBER")
    if stated.red and not document.red_of:
        found.append("I_RED_OF")
    found += _of_lines(document.items, stated)
    found += _of_sums(document, stated)
    return found


def _of_lines(items: Sequence[Item], stated: Stated) -> list[str]:
    found = []
    if any(tax_is_wrong(item, THEIR_TOLERANCE) for item in items):
        found.append("I_LINE_TAX")
    if any(price_is_wrong(item) for item in items):
        found.append("I_LINE_PRICE")
    if not stated.lines_agree:
        found.append("I_SUMS")
    return found


def _of_sums(document: Document, stated: Stated) -> list[str]:
    found = []
    pairs = ((document.net_fen, stated.net_fen), (document.tax_fen, stated.tax_fen))
    lines = [abs(ours - theirs) <= stated.slack_fen for ours, theirs in pairs if theirs is not None]
    if document.items and stated.lines_agree and not all(lines):
        found.append("I_SUMS")
    net, tax, total = stated.net_fen, stated.tax_fen, stated.total_fen
    parts = document.total_fen if net is None or tax is None else net + tax
    if total is None or abs(parts - total) > (2 * stated.slack_fen if net is None else 0):
        found.append("I_TOTAL")
    if total is not None and stated.words and in_words.read(stated.words) != total:
        found.append("I_WORDS")
    return found


def differs_from_code(code: Scanned | None, number: str, day: str, total_fen: int) -> bool:
    """A QR code that is there says something else: the code is rarely altered together with the text."""
    return code is not None and (code.number, code.day, code.total_fen) != (number, day, total_fen)
