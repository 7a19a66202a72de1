"""From a cell to a value: one reader for each kind of column. Pure.

A reader gets the cell and what the company has (`reference`), and returns a value with what it found: problems
that stop the row and notes about what was tidied. It never invents: what Excel has destroyed is refused.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from console.identifiers import dates, documents, names, numbers, sims
from console.identifiers.text import INVISIBLE, clean_id
from console.spreadsheets import cells
from console.spreadsheets.cells import Cell

ERROR, NOTE = "error", "note"
DIGITS_THAT_EXCEL_KEEPS = 15
PLACEHOLDERS = frozenset(
    {"同上", '"', "〃", "-", "--", "—", "/", "无", "N/A", "n/a", "NA", "空", "暂无", "待定"}
)
_SCIENTIFIC = re.compile(r"^\d(\.\d+)?[Ee]\+?1[5-9]$")
_PICTURE = re.compile(r"^=(_xlfn\.)?DISPIMG\(", re.IGNORECASE)
_AMOUNT = re.compile(r"^[¥￥]?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d{1,2})?\s*元?$")


@dataclass(frozen=True)
class Found:
    """A code of the message catalogue and the values of its sentence; never the cell's own text."""

    code: str
    level: str = ERROR
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    value: Any = None
    found: tuple[Found, ...] = ()


Reader = Callable[[Cell, Any], Reading]


def note(code: str, **values: Any) -> Found:
    return Found(code, NOTE, values)


def refused(code: str, **values: Any) -> Reading:
    return Reading(None, (Found(code, ERROR, values),))


def broken(cell: Cell) -> Reading | None:
    """Cells that hold no value at all, whatever the column."""
    if cell.kind == cells.TEXT and not cell.value.startswith(("#", "=")):
        return None
    if cell.kind == cells.ERROR or (
        cell.kind == cells.TEXT and cell.value.startswith(("#N/A", "#REF!", "#VALUE!"))
    ):
        return refused("E_FORMULA")
    if cell.kind == cells.FORMULA or _PICTURE.match(cell.value):
        return refused("E_IMAGE" if _PICTURE.match(cell.value) else "E_FORMULA")
    return None


def is_placeholder(cell: Cell) -> bool:
    return cell.kind == cells.TEXT and cell.value.strip() in PLACEHOLDERS


def text(longest: int) -> Reader:
    """Words: invisible characters gone, spaces collapsed, nothing else touched."""

    def read(cell: Cell, _reference: Any) -> Reading:
        if cell.kind == cells.DATE:
            return refused("E_DATE_AS_TEXT")
        plain, found = _tidied(cell)
        if len(plain) > longest:
            return refused("E_TEXT_LONG", longest=longest)
        return Reading(plain, found)

    return read


def _tidied(cell: Cell) -> tuple[str, tuple[Found, ...]]:
    if cell.kind == cells.NUMBER:
        return _integral(cell.value), (note("W_NUM_TO_TEXT"),) if "." in cell.value else ()
    visible = INVISIBLE.sub("", cell.value)
    plain = " ".join(visible.split())
    if visible != cell.value:
        return plain, (note("W_INVISIBLE"),)
    return plain, (note("W_SPACE"),) if plain != cell.value else ()


def _integral(stored: str) -> str:
    """`13900000101.0` and `1.39E+10` as the digits they stand for; safe up to 15 digits."""
    try:
        number = Decimal(stored)
    except InvalidOperation:
        return stored
    return f"{number:.0f}" if number == number.to_integral_value() else stored


def employee_number(cell: Cell, _reference: Any) -> Reading:
    """工号: text, with its leading zeros; Excel makes a date of 3-1 and a number of 007."""
    if cell.kind == cells.DATE:
        return refused("E_DATE_AS_TEXT")
    cleaned = clean_id(_integral(cell.value) if cell.kind == cells.NUMBER else cell.value.replace("-", "－"))
    written = (
        _integral(cell.value)
        if cell.kind == cells.NUMBER
        else unicodedata.normalize("NFKC", cell.value).strip()
    )
    plain = INVISIBLE.sub("", "".join(written.split()))
    if len(plain) > 40 or not plain:
        return refused("E_EMP_NUMBER")
    changed = plain != cell.value and cell.kind == cells.TEXT
    return Reading(plain, (note("W_NORMALIZED"),) if changed and cleaned.notes else ())


def person_name(cell: Cell, _reference: Any) -> Reading:
    if cell.kind != cells.TEXT:
        return refused("E_NAME_DIGIT")
    verdict = names.person_name(cell.value)
    if not verdict.valid:
        return refused(f"E_NAME_{verdict.reason}")
    return Reading(verdict.normalized, tuple(note(f"W_NAME_{code}") for code in verdict.notes))


def document_number(cell: Cell, _reference: Any) -> Reading:
    """The number, cleaned; whether it is right depends on the kind of document, which is another cell.

    A number of sixteen digits and more has lost its end in Excel, whatever its check digit says.
    """
    if destroyed(cell):
        return refused("E_ID_FLOAT")
    if cell.value.count("*") >= 2:
        return refused("E_MASKED")
    if cell.kind == cells.DATE:
        return refused("E_DATE_AS_TEXT")
    cleaned = clean_id(_integral(cell.value) if cell.kind == cells.NUMBER else cell.value)
    if not cleaned.text:
        return refused("E_REQUIRED")
    if len(cleaned.text) > 40:
        return refused("E_ID_LENGTH")
    return Reading(
        cleaned.text, tuple(note(_ID_NOTES.get(code, "W_NORMALIZED")) for code in cleaned.notes[:1])
    )


_ID_NOTES = {"INVISIBLE": "W_INVISIBLE", "SPACE": "W_SPACE", "QUOTE": "W_QUOTE", "ID_X": "W_ID_X"}


def destroyed(cell: Cell) -> bool:
    """Sixteen digits and more, stored as a number, or as the text of one."""
    if cell.kind == cells.NUMBER:
        return len(_integral(cell.value)) > DIGITS_THAT_EXCEL_KEEPS or "E+1" in cell.value.upper()
    return cell.kind == cells.TEXT and bool(_SCIENTIFIC.match(cell.value.strip()))


def document_type(cell: Cell, _reference: Any) -> Reading:
    kind = DOCUMENT_NAMES.get(_word(cell.value))
    if kind is None:
        return refused("E_DOC_TYPE")
    return Reading(kind.value)


DOCUMENT_NAMES = {
    "".join(name.split()).casefold(): kind
    for kind, all_names in {
        documents.DocumentType.RESIDENT_ID: ("居民身份证", "身份证", "二代身份证", "二代证", "Resident ID card", "RESIDENT_ID"),
        documents.DocumentType.HMT_RESIDENCE: (
            "港澳台居民居住证", "港澳居民居住证", "台湾居民居住证", "居住证", "Residence permit for Hong Kong, Macao and Taiwan residents", "HMT_RESIDENCE",
        ),
        documents.DocumentType.HK_MACAO_PERMIT: (
            "港澳居民来往内地通行证", "回乡证", "港澳通行证", "Mainland travel permit for Hong Kong and Macao residents", "HK_MACAO_PERMIT",
        ),
        documents.DocumentType.TAIWAN_PERMIT: ("台湾居民来往大陆通行证", "台胞证", "Mainland travel permit for Taiwan residents", "TAIWAN_PERMIT"),
        documents.DocumentType.FOREIGN_PASSPORT: ("外国护照", "护照", "外籍护照", "Foreign passport", "FOREIGN_PASSPORT"),
        documents.DocumentType.FOREIGN_PR: ("外国人永久居留身份证", "永居证", "外国人永居证", "Foreign permanent resident ID card", "FOREIGN_PR"),
    }.items()
    for name in all_names
}  # fmt: skip


def contact_phone(cell: Cell, _reference: Any) -> Reading:
    """The person's present telephone, for the activation message: a mobile number."""
    return _phone(cell, "E_PHONE")


def new_number(cell: Cell, _reference: Any) -> Reading:
    """A number to be opened; it must be one that the operator keeps for the company, which is checked later."""
    return _phone(cell, "E_MSISDN")


def _phone(cell: Cell, code: str) -> Reading:
    written = _integral(cell.value) if cell.kind == cells.NUMBER else cell.value
    if "*" in written:
        return refused("E_MASKED")
    if len(re.findall(r"1[3-9]\d{9}", written)) > 1:
        return refused("E_PHONE_MULTI")
    verdict = numbers.mobile(written)
    if not verdict.valid and not (verdict.disposition == "review" and code == "E_PHONE"):
        fixed = re.match(r"^\s*\(?0\d{2,3}", written)
        return refused("E_PHONE_FIXED" if fixed and code == "E_PHONE" else f"{code}_FORMAT")
    changed = verdict.normalized != cell.value and cell.kind == cells.TEXT
    return Reading(verdict.normalized, (note("W_PHONE"),) if changed else ())


def sim_card(cell: Cell, _reference: Any) -> Reading:
    """ICCID; the value is what is compared, its first 19 characters."""
    if destroyed(cell) or cell.kind == cells.NUMBER:
        return refused("E_ICCID_FLOAT")
    verdict = sims.iccid(cell.value)
    if not verdict.valid:
        return refused("E_ICCID_FORMAT")
    return Reading(verdict.detail["key19"], (note("W_NORMALIZED"),) if verdict.notes else ())


def day(cell: Cell, reference: Any) -> Reading:
    if cell.kind == cells.TEXT and cell.value.strip() in {"长期", "永久", "长期有效"}:
        return Reading("9999-12-31")
    verdict = dates.roster_date(cell.value, cell.kind, bool(getattr(reference, "date1904", False)))
    if not verdict.valid:
        return refused("E_DATE_AMBIGUOUS" if verdict.reason.startswith("AMBIGUOUS") else "E_DATE")
    iso = str(verdict.detail["iso"])
    return Reading(iso, (note("W_DATE"),) if cell.value[:10] != iso else ())


def yes_or_no(cell: Cell, _reference: Any) -> Reading:
    written = cell.value.strip().casefold()
    if written in {"是", "√", "✓", "y", "yes", "1", "有", "true", "对"}:
        return Reading(True)
    if written in {"否", "×", "n", "no", "0", "无", "false", "不", ""}:
        return Reading(False)
    return refused("E_BOOL")


def choice(options: Mapping[str, str]) -> Reader:
    """One of a few words; `options` maps what may be written to what it means."""
    plain = {_word(name): value for name, value in options.items()}

    def read(cell: Cell, _reference: Any) -> Reading:
        value = plain.get(_word(cell.value))
        return (
            Reading(value)
            if value
            else refused("E_CHOICE", options=[name for name in options if not name.isascii()])
        )

    return read


def _word(written: str) -> str:
    return unicodedata.normalize("NFKC", written).replace(" ", "").casefold()


def money(cell: Cell, _reference: Any) -> Reading:
    """Yuan with at most two decimals, into 分. Chinese numerals are refused, not guessed."""
    match = _AMOUNT.match(unicodedata.normalize("NFKC", cell.value).strip())
    if match is None:
        return refused("E_AMOUNT")
    return Reading(int(Decimal(match[1].replace(",", "") + (match[2] or "")) * 100))
