"""Dates in workbooks: numbers that only their format tells from other numbers."""

import re
from datetime import date, datetime, timedelta

# ECMA-376 part 1, 18.8.30, with those that Excel adds in Chinese; formats of a time alone are not among them.
BUILT_IN_DATES = {14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58}
# Quoted and escaped characters, padding, colours, conditions and locales say nothing about the number;
# [h] and the like, which count hours, do.
NOT_A_PLACEHOLDER = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
# Excel counts a 29 February 1900 that never was.
PHANTOM_DAY = 60
LAST_SERIAL = 2_958_465


def is_date_format(code: str) -> bool:
    section = NOT_A_PLACEHOLDER.sub("", code).split(";", 1)[0].lower()
    if "y" in section or "d" in section:
        return True
    return "m" in section and "h" not in section and "s" not in section


def iso_date(serial: float, *, date1904: bool) -> str | None:
    """None when Excel itself has no date for the number."""
    if not 1 <= serial < LAST_SERIAL + 1:
        return None
    if date1904:
        return _iso(datetime(1904, 1, 1), serial)
    if PHANTOM_DAY <= serial < PHANTOM_DAY + 1:
        return None
    return _iso(datetime(1899, 12, 30 if serial > PHANTOM_DAY else 31), serial)


def iso_text(text: str) -> str | None:
    """A date that is stored as ISO 8601 already, without the time when it is midnight."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return _without_midnight(moment.replace(tzinfo=None))


def _iso(epoch: datetime, serial: float) -> str | None:
    try:
        # Excel keeps time to the millisecond; the rest is the noise of binary fractions.
        moment = epoch + timedelta(seconds=round(serial * 86_400))
    except OverflowError:
        return None
    return _without_midnight(moment)


def _without_midnight(moment: datetime) -> str:
    day = date(moment.year, moment.month, moment.day)
    return day.isoformat() if moment.time() == datetime.min.time() else moment.isoformat(timespec="seconds")
