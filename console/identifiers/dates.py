"""Dates as roster cells have them: typed, as Excel serial numbers, or written in a dozen ways."""

import re
import unicodedata
from datetime import date, timedelta

from console.identifiers.text import INVISIBLE, Cleaned
from console.identifiers.verdict import Verdict

_EPOCH_1900 = date(1899, 12, 30)
_EPOCH_1904 = date(1904, 1, 1)
# Serials of five digits run from 1927 to 2099; shorter ones are years or counts, not days.
_FIRST_SERIAL, _LAST_SERIAL = 10_000, 73_050

_YEAR = "((?:19|20)[0-9]{2}|9999)"
_SEPARATED = re.compile(_YEAR + r"([-/.、。])([0-9]{1,2})\2([0-9]{1,2})")
_CHINESE = re.compile(_YEAR + r"()年([0-9]{1,2})月([0-9]{1,2})[日号]?")
_COMPACT = re.compile(_YEAR + r"()([0-9]{2})([0-9]{2})")
_TIME = re.compile(r"[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?Z?$")
_DASH = re.compile("[\u2010-\u2015\u2212]")

_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_YEAR_MONTH_FLOAT = re.compile(r"(?:19|20)[0-9]{2}\.[0-9]{1,2}")
_DAY_MONTH_YEAR = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{4}")
_SHORT_YEAR = re.compile(r"[0-9]{2}(?:([-/.、])[0-9]{1,2}\1[0-9]{1,2}|年[0-9]{1,2}月[0-9]{1,2}[日号]?)")
_MONTH_ONLY = re.compile(r"(?:19|20)[0-9]{2}(?:[-/.、][0-9]{1,2}|年[0-9]{1,2}月)")
_FOREVER = frozenset({"长期", "永久", "长期有效", "永久有效"})
FOREVER = "9999-12-31"


def roster_date(value: str, cell_kind: str, date1904: bool = False) -> Verdict:
    """`cell_kind` is what the reader says: date, number or text. `detail["iso"]` is the day.

    OK_LONG_TERM stands for 长期 and makes sense only where a document ends. The note DATE_SERIAL marks days
    that were typed as a number.
    """
    cleaned = _clean(value)
    text = cleaned.text
    if cell_kind == "date":
        return _day(cleaned, _TIME.sub("", text), reason="OK_DATE_CELL")
    if cell_kind == "number":
        return _number(cleaned, date1904)
    if text in _FOREVER:
        return cleaned.accept({"iso": FOREVER}, reason="OK_LONG_TERM")
    if _SERIAL.fullmatch(text):
        return _serial(cleaned, date1904)
    return _day(cleaned, _TIME.sub("", text).replace(" ", ""), reason="OK")


def is_forever(value: str) -> bool:
    return _clean(value).text in _FOREVER


def _clean(value: str) -> Cleaned:
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", value))
    return Cleaned(_DASH.sub("-", " ".join(text.split())).strip("'’"))


def _number(cleaned: Cleaned, date1904: bool) -> Verdict:
    text = cleaned.text
    if _YEAR_MONTH_FLOAT.fullmatch(text) and not text.endswith(".0"):
        return cleaned.refuse("AMBIGUOUS_YEAR_MONTH_FLOAT")
    if _SERIAL.fullmatch(text):
        return _serial(cleaned, date1904)
    whole = text.removesuffix(".0")
    if not _COMPACT.fullmatch(whole):
        return cleaned.refuse("UNPARSEABLE")
    return _day(Cleaned(text, ("DATE_SERIAL",)), whole, reason="OK")


def _serial(cleaned: Cleaned, date1904: bool) -> Verdict:
    days = int(cleaned.text[:5])
    if not _FIRST_SERIAL <= days <= _LAST_SERIAL:
        return cleaned.refuse("UNPARSEABLE")
    epoch = _EPOCH_1904 if date1904 else _EPOCH_1900
    iso = (epoch + timedelta(days=days)).isoformat()
    return Verdict(True, "OK_EXCEL_SERIAL", iso, {"iso": iso}, ("DATE_SERIAL",))


def _day(cleaned: Cleaned, text: str, *, reason: str) -> Verdict:
    match = _SEPARATED.fullmatch(text) or _CHINESE.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is None:
        return cleaned.refuse(_why_unreadable(text))
    try:
        iso = date(int(match[1]), int(match[3]), int(match[4])).isoformat()
    except ValueError:
        return cleaned.refuse("IMPOSSIBLE_DATE")
    return Verdict(True, reason, iso, {"iso": iso}, cleaned.notes)


def _why_unreadable(text: str) -> str:
    if _DAY_MONTH_YEAR.fullmatch(text):
        return "AMBIGUOUS_D_M_ORDER"
    if _SHORT_YEAR.fullmatch(text):
        return "AMBIGUOUS_TWO_DIGIT_YEAR"
    return "MONTH_ONLY" if _MONTH_ONLY.fullmatch(text) else "UNPARSEABLE"
