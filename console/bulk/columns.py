"""From a cell to a value: one reader for each kind of column. Pure.

A reader gets the cell and what the company has (`reference`), and returns a value with what it found: problems
that stop the row and notes about what was tidied. It never invents: what Excel has destroyed is refused. What is
already as it should be, as most cells are, is recognised by one pattern and returned at once.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from console.bulk.readings import (
    DOUBTFUL,
    ERROR,
    TEXT_NOTES,
    Found,
    Reader,
    Reading,
    broken,
    changed,
    destroyed,
    is_blank,
    is_placeholder,
    note,
    refused,
)
from console.identifiers import amounts, dates, names, numbers, sims, words
from console.identifiers.amounts import as_typed
from console.identifiers.text import APOSTROPHES, INVISIBLE, clean_id, code_points, tidy, tidy_code
from console.identifiers.words import plain
from console.spreadsheets import cells
from console.spreadsheets.cells import Cell

__all__ = [
    "DOUBTFUL",
    "ERROR",
    "Found",
    "Reader",
    "Reading",
    "broken",
    "is_blank",
    "is_placeholder",
    "note",
    "plain",
    "refused",
]

_PLAIN_TEXT = re.compile(r"[0-9A-Za-z\u4e00-\u9fff/()（）._+&-]+(?: [0-9A-Za-z]+)*")
_PLAIN_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z/._-]{0,39}")
_PLAIN_DOCUMENT = re.compile(r"[0-9]{17}[0-9X]")
_PLAIN_DAY = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?[1-3][0-9]")
_DAY_OF_A_MONTH = re.compile(
    r"[0-9]{1,2}月[0-9]{1,2}日|[0-9]{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
)
_RADICAL = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]")
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U000323af]")
_NO_DAY = re.compile("即日起?|即时|立即|马上|今[日天]|当[日天]|入职(?:当[日天])?|随时|尽快")
_FEWEST_IN_AN_ADDRESS = 8


def text(longest: int) -> Reader:
    """Words, as they are written."""

    def read(cell: Cell, _reference: Any) -> Reading:
        kind, value = cell
        if kind == cells.TEXT and len(value) <= longest and _PLAIN_TEXT.fullmatch(value):
            return Reading(value)
        if refusal := _not_words(cell):
            return refusal
        if kind == cells.NUMBER:
            typed = as_typed(value)
            return Reading(typed, (note("W_NUM_TO_TEXT"),) if typed != value else ())
        words_ = tidy(value)
        if len(words_) > longest:
            return refused("E_TEXT_LONG", longest=longest)
        return Reading(words_ or None, changed(value, words_))

    return read


def _not_words(cell: Cell) -> Reading | None:
    """Where words are meant, Excel makes a date of 3-1 and takes the end off a long number."""
    if cell.kind == cells.DATE or (cell.kind == cells.TEXT and _DAY_OF_A_MONTH.fullmatch(cell.value)):
        return refused("E_DATE_AS_TEXT")
    return refused("E_DIGITS_LOST") if destroyed(cell) else None


def employee_number(cell: Cell, _reference: Any) -> Reading:
    """工号: text, with its leading zeros."""
    kind, value = cell
    if kind == cells.TEXT and _PLAIN_NUMBER.fullmatch(value) and not _SCIENTIFIC.fullmatch(value):
        return Reading(value)
    if refusal := _not_words(cell):
        return refusal
    if kind == cells.NUMBER:
        typed = as_typed(value)
        return Reading(typed, (note("W_NUM_TO_TEXT"),) if typed != value else ())
    if _SCIENTIFIC.fullmatch(value.strip()):
        return refused("E_DIGITS_LOST")
    number = tidy_code(value)
    if len(number) > 40 or not number:
        return refused("E_EMP_NUMBER")
    return Reading(number, changed(value, number))


def person_name(cell: Cell, _reference: Any) -> Reading:
    """As telecom operators compare it with the document; rules in identifiers.names."""
    kind, value = cell
    if kind == cells.TEXT and names.is_plain(value):
        return Reading(value)
    if kind != cells.TEXT:
        return refused("E_NAME_DIGIT")
    unquoted = value.lstrip().lstrip(APOSTROPHES) if value.lstrip()[:1] in tuple(APOSTROPHES) else value
    verdict = names.person_name(unquoted)
    if not verdict.valid:
        lost = names.lost_characters(verdict.normalized)
        return refused(NAME_REFUSALS[verdict.reason], **({"points": lost} if lost else {}))
    codes = dict.fromkeys(NAME_NOTES[code] for code in verdict.notes)
    found = [_name_note(code, value) for code in codes]
    if unquoted != value:
        found.append(note("W_QUOTE"))
    if rare := names.rare_characters(verdict.normalized):
        found.append(note("W_RARE_CHAR", points=rare))
    return Reading(verdict.normalized, tuple(found))


def _name_note(code: str, value: str) -> Found:
    if code == "W_INVISIBLE":
        return note(code, points=names.hidden_characters(value))
    # What is mapped and no radical is a letter of full width.
    return note("W_NORMALIZED" if code == "W_RADICAL" and not _RADICAL.search(value) else code)


NAME_REFUSALS = {
    "EMPTY": "E_REQUIRED",
    "PLACEHOLDER": "E_PLACEHOLDER",
    "REMARK_OR_TWO_NAMES": "E_NAME_REMARK",
    "DIGIT_IN_NAME": "E_NAME_REMARK",
    "LOST_OR_MASKED_CHAR": "E_NAME_LOST",
    "DOT_POSITION": "E_NAME_DOT_POSITION",
    "MIXED_SCRIPT": "E_NAME_MIXED_SCRIPT",
    "LENGTH": "E_NAME_LENGTH",
    "CHARSET": "E_NAME_CHARSET",
}
NAME_NOTES = {
    "INVISIBLE_REMOVED": "W_INVISIBLE",
    "COMPAT_CHAR_MAPPED": "W_RADICAL",
    "SPACE_TRIMMED": "W_NAME_SPACE",
    "INNER_SPACE_REMOVED": "W_NAME_SPACE",
    "DOT_UNIFIED": "W_NAME_DOT",
}


def document_number(cell: Cell, _reference: Any) -> Reading:
    """The number, cleaned; whether it is right depends on the kind of document, which is another cell.

    A number of sixteen digits and more has lost its end in Excel, whatever its check digit says.
    """
    kind, value = cell
    if kind == cells.TEXT and _PLAIN_DOCUMENT.fullmatch(value):
        return Reading(value)
    if destroyed(cell):
        return refused("E_ID_FLOAT")
    if kind == cells.DATE:
        return refused("E_DATE_AS_TEXT")
    typed = as_typed(value) if kind == cells.NUMBER else value
    cleaned = clean_id(typed)
    if "*" in cleaned.text:
        return refused("E_ID_MASKED" if cleaned.text.find("*") == 17 else "E_MASKED")
    if not cleaned.text:
        return refused("E_REQUIRED")
    if len(cleaned.text) > 40:
        return refused("E_ID_LENGTH", length=len(cleaned.text))
    found = tuple(_document_note(code, value) for code in dict.fromkeys(TEXT_NOTES[n] for n in cleaned.notes))
    return Reading(cleaned.text, (*found, note("W_NUM_TO_TEXT")) if typed != value else found)


def _document_note(code: str, value: str) -> Found:
    return note(code, points=code_points(INVISIBLE.findall(value))) if code == "W_INVISIBLE" else note(code)


def document_type(cell: Cell, _reference: Any) -> Reading:
    word = plain(cell.value)
    kind = words.DOCUMENTS.get(word)
    if kind is None:
        return refused("E_DOC_NOT_ACCEPTED" if word in words.NOT_ACCEPTED else "E_DOC_TYPE")
    return Reading(kind.value)


def contact_phone(cell: Cell, _reference: Any) -> Reading:
    """The person's present telephone, for the activation message: a mobile number."""
    return _phone(cell, "E_PHONE")


def new_number(cell: Cell, _reference: Any) -> Reading:
    """A number to be opened; it must be one that the operator keeps for the company, which is checked later."""
    return _phone(cell, "E_MSISDN")


def _phone(cell: Cell, code: str) -> Reading:
    kind, value = cell
    if kind == cells.TEXT and numbers.is_plain(value):
        return Reading(value)
    if kind == cells.DATE:
        return refused("E_DATE_AS_TEXT")
    written = as_typed(value) if kind == cells.NUMBER else value
    if "*" in written or "＊" in written:
        return refused("E_MASKED")
    if numbers.several(written):
        return refused("E_PHONE_MULTI")
    verdict = numbers.mobile(written)
    unallocated = verdict.disposition == "review"
    if not verdict.valid and not (unallocated and code == "E_PHONE"):
        fixed = code == "E_PHONE" and numbers.looks_fixed(written)
        return refused("E_PHONE_FIXED" if fixed else f"{code}_FORMAT")
    found = [note("W_NUM_TO_TEXT")] if kind == cells.NUMBER else []
    if verdict.normalized != written:
        found.append(note("W_PHONE"))
    return Reading(verdict.normalized, (*found, note("W_PHONE_SEGMENT")) if unallocated else tuple(found))


def sim_card(cell: Cell, _reference: Any) -> Reading:
    """ICCID; the value is what is compared, its first 19 characters."""
    if cell.kind == cells.NUMBER or destroyed(cell):
        return refused("E_ICCID_FLOAT")
    verdict = sims.iccid(cell.value)
    if not verdict.valid:
        return refused("E_MASKED" if verdict.normalized.count("*") > 1 else "E_ICCID_FORMAT")
    found = [note("W_NORMALIZED")] if verdict.notes else []
    if "W_ICCID_LUHN" in verdict.detail["warnings"]:
        found.append(note("W_ICCID_LUHN"))
    return Reading(verdict.detail["key19"], tuple(found))


def day(cell: Cell, reference: Any) -> Reading:
    kind, value = cell
    if kind in (cells.TEXT, cells.DATE) and _PLAIN_DAY.fullmatch(value) and _exists(value):
        return Reading(value)
    typed = as_typed(value) if kind == cells.NUMBER else value
    verdict = dates.roster_date(typed, kind, bool(getattr(reference, "date1904", False)))
    if not verdict.valid or verdict.reason == "OK_LONG_TERM":
        open_ = verdict.reason.startswith(("AMBIGUOUS", "MONTH_ONLY")) or _NO_DAY.fullmatch(plain(value))
        return refused("E_DATE_AMBIGUOUS" if open_ else "E_DATE")
    iso = str(verdict.detail["iso"])
    if "DATE_SERIAL" in verdict.notes:
        return Reading(iso, (note("W_DATE_SERIAL"),))
    return Reading(iso, (note("W_DATE"),) if value != iso else ())


def last_day(cell: Cell, reference: Any) -> Reading:
    """Of a document: 长期 is 9999-12-31."""
    if cell.kind == cells.TEXT and dates.is_forever(cell.value):
        return Reading(dates.FOREVER, () if cell.value == "长期" else (note("W_DATE"),))
    return day(cell, reference)


def _exists(iso: str) -> bool:
    try:
        date.fromisoformat(iso)
    except ValueError:
        return False
    return True


def address(cell: Cell, reference: Any) -> Reading:
    """As on the document. A short one is passed on, and said to be short."""
    reading = text(200)(cell, reference)
    if reading.value is None or len(_HAN.findall(reading.value)) >= _FEWEST_IN_AN_ADDRESS:
        return reading
    return Reading(reading.value, (*reading.found, note("W_ADDR_SHORT")))


def yes_or_no(cell: Cell, _reference: Any) -> Reading:
    meant = words.yes_or_no(as_typed(cell.value) if cell.kind == cells.NUMBER else cell.value)
    return refused("E_BOOL") if meant is None else Reading(meant)


def choice(options: Mapping[str, str]) -> Reader:
    """One of a few words; `options` maps what may be written to what it means."""
    meant = {plain(name): value for name, value in options.items()}
    shown = [name for name in options if not name.isascii()]

    def read(cell: Cell, _reference: Any) -> Reading:
        value = meant.get(cell.value) or meant.get(plain(cell.value))
        return Reading(value) if value else refused("E_CHOICE", options=shown)

    return read


def money(cell: Cell, _reference: Any) -> Reading:
    """Yuan with at most two decimals, into 分."""
    fen = amounts.fen(as_typed(cell.value) if cell.kind == cells.NUMBER else cell.value)
    return refused("E_AMOUNT") if fen is None else Reading(fen)
