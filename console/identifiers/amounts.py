"""Amounts of money as roster cells have them: 150, ¥150.00, 1,500元. Chinese numerals are refused, not guessed."""

import re
import unicodedata
from decimal import Context, Decimal, InvalidOperation

_AMOUNT = re.compile(r"[¥￥]? ?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9})(\.[0-9]{1,2})? ?元?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_WHAT_EXCEL_SHOWS = Context(prec=15)
_MOST_DIGITS = 40


def fen(written: str) -> int | None:
    """Yuan with at most two decimals, in 分; None when the text is no such amount."""
    if _WHOLE.fullmatch(written):
        return int(written) * 100
    match = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", written).strip())
    return int(Decimal(match[1].replace(",", "") + (match[2] or "")) * 100) if match else None


def as_typed(stored: str) -> str:
    """A number of a workbook as its author typed it: `150.30000000000001` is 150.3, `1.39E+10` is 13900000000.

    Excel shows fifteen digits and stores the nearest binary fraction. What is no number stays as it is.
    """
    if stored.isdecimal():
        return stored
    try:
        number = Decimal(stored)
    except InvalidOperation:
        return stored
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return stored
    if number == number.to_integral_value():
        return f"{number:.0f}"
    return f"{_WHAT_EXCEL_SHOWS.plus(number).normalize():f}"


def yuan(fen: int, *, sign: bool = False) -> str:
    """1234567 as ¥12,345.67; `sign` writes a plus as well, for changes."""
    plus = ("+" if fen >= 0 else "-") if sign else ("-" if fen < 0 else "")
    return f"{plus}¥{abs(fen) // 100:,}.{abs(fen) % 100:02}"


def bare(fen: int) -> str:
    """Without the sign of the currency, which stands in the heading of the column."""
    return ("-" if fen < 0 else "") + yuan(abs(fen))[1:]
