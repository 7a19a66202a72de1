"""Identity documents that a person may give to register a phone, and how their numbers are built."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from operator import mul

from console.identifiers import iso3166
from console.identifiers.text import Cleaned, clean_id
from console.identifiers.verdict import Verdict


class DocumentType(StrEnum):
    RESIDENT_ID = "RESIDENT_ID"
    HMT_RESIDENCE = "HMT_RESIDENCE"
    HK_MACAO_PERMIT = "HK_MACAO_PERMIT"
    TAIWAN_PERMIT = "TAIWAN_PERMIT"
    FOREIGN_PASSPORT = "FOREIGN_PASSPORT"
    FOREIGN_PR = "FOREIGN_PR"


EIGHTEEN_DIGITS = (DocumentType.RESIDENT_ID, DocumentType.HMT_RESIDENCE, DocumentType.FOREIGN_PR)

MAINLAND_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
    for code in range(first, last + 1)
)
_HMT_REGIONS = frozenset({"810000", "820000", "830000"})
# Their residents have documents of their own and never hold a permanent residence card for foreigners.
_NOT_FOREIGN = frozenset({"CHN", "HKG", "MAC", "TWN"})
_FOREIGN = iso3166.ALPHA3 - _NOT_FOREIGN

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = ord("0") * sum(WEIGHTS)
CHECK_CHARACTERS = "10X98765432"

_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
_HK_MACAO = re.compile(r"[HM][0-9]+")
_DIGITS = re.compile(r"[0-9]+")
_TAIWAN_BOOKLET = re.compile(r"[0-9]{10}(?:[0-9A-Z]|\([0-9A-Z]\))?")
_PR_OLD = re.compile(r"[A-Z]{3}[0-9]{12}")
_ALPHANUMERIC = re.compile(r"(?=.*[0-9])[A-Z0-9]+")
# A number too long, too short or masked is still meant as a resident ID when nothing else is that long.
_MEANT_AS_RESIDENT_ID = re.compile(r"[1-7][0-9*]{13,17}[0-9X*]")
_PRC_PASSPORTS = (
    ("ORDINARY_E", re.compile(r"E[0-9]{8}")),
    ("ORDINARY_E2", re.compile(r"E[A-HJ-NP-Z][0-9]{7}")),
    ("ORDINARY_OLD_G", re.compile(r"G[0-9]{8}")),
    ("ORDINARY_OLD", re.compile(r"1[45][0-9]{7}")),
    ("OFFICIAL", re.compile(r"[DSP]E[0-9]{7}")),
    ("OFFICIAL_OLD", re.compile(r"[DSP][0-9]{7,8}")),
    ("HKSAR", re.compile(r"[KH][0-9]{8}")),
    ("MOSAR", re.compile(r"MA[0-9]{7}")),
)


def check(kind: DocumentType, value: str, today: date) -> Verdict:
    return _CHECKS[kind](value, today)


def infer(value: str) -> DocumentType | None:
    """The document that a number alone gives away, right or wrong; None when several would do."""
    text = clean_id(value).text
    if _EIGHTEEN.fullmatch(text) and text[0] == "9":
        return DocumentType.FOREIGN_PR
    if _EIGHTEEN.fullmatch(text) and text[0] == "8":
        return DocumentType.HMT_RESIDENCE
    if _MEANT_AS_RESIDENT_ID.fullmatch(text):
        return DocumentType.RESIDENT_ID
    if _HK_MACAO.fullmatch(text) and len(text) in (9, 11):
        return DocumentType.HK_MACAO_PERMIT
    if _DIGITS.fullmatch(text) and len(text) == 8:
        return DocumentType.TAIWAN_PERMIT
    if _PR_OLD.fullmatch(text):
        return DocumentType.FOREIGN_PR
    return None


def person_key(kind: DocumentType, normalized: str) -> str:
    """What stays the same when the document is renewed."""
    return normalized[:9] if kind == DocumentType.HK_MACAO_PERMIT else normalized


def birth(kind: DocumentType, normalized: str) -> date | None:
    """None when the number does not tell, as on the old PR card, whose year has two digits."""
    if kind not in EIGHTEEN_DIGITS or not _EIGHTEEN.fullmatch(normalized):
        return None
    return _date(normalized[6:14])


def sex(kind: DocumentType, normalized: str) -> str | None:
    """M or F."""
    if kind not in (DocumentType.RESIDENT_ID, DocumentType.HMT_RESIDENCE) or not _EIGHTEEN.fullmatch(
        normalized
    ):
        return None
    return _sex(normalized)


def mask(normalized: str) -> str:
    """The first four and the last two characters, the rest as asterisks."""
    if len(normalized) <= 6:
        return "*" * len(normalized)
    return normalized[:4] + "*" * (len(normalized) - 6) + normalized[-2:]


def resident_id(value: str, today: date) -> Verdict:
    """公民身份号码, GB 11643-1999."""
    cleaned = clean_id(value)
    text = cleaned.text
    # First-generation cards stopped being valid on 2013-01-01.
    if _FIFTEEN.fullmatch(text):
        return cleaned.refuse("LEGACY_15_DIGIT")
    if reason := _malformed(text):
        return cleaned.refuse(reason)
    if text[:2] not in MAINLAND_PROVINCES:
        return cleaned.refuse("REGION")
    return _citizen(cleaned, DocumentType.RESIDENT_ID, today)


def hmt_residence(value: str, today: date) -> Verdict:
    """港澳台居民居住证: built like a resident ID, with a region of its own for each of the three."""
    cleaned = clean_id(value)
    if reason := _malformed(cleaned.text):
        return cleaned.refuse(reason)
    if cleaned.text[:6] not in _HMT_REGIONS:
        return cleaned.refuse("REGION")
    return _citizen(cleaned, DocumentType.HMT_RESIDENCE, today)


def hk_macao_permit(value: str) -> Verdict:
    """港澳居民来往内地通行证: nine characters, eleven on cards issued before 2013. It has no check digit."""
    cleaned = clean_id(value)
    text = cleaned.text
    if not _HK_MACAO.fullmatch(text):
        return cleaned.refuse("CHARSET")
    if len(text) not in (9, 11):
        return cleaned.refuse("LENGTH")
    detail: dict[str, object] = {"holder": "HK" if text[0] == "H" else "MO", "life_no": text[:9]}
    if len(text) == 9:
        return cleaned.accept(detail)
    return cleaned.accept(detail | {"renewal": int(text[9:])}, reason="OK_LEGACY_11")


def taiwan_permit(value: str) -> Verdict:
    """台湾居民来往大陆通行证: eight digits. Booklets with ten or eleven have all expired."""
    cleaned = clean_id(value)
    if _TAIWAN_BOOKLET.fullmatch(cleaned.text):
        return cleaned.doubt("LEGACY_EXPIRED")
    if not _DIGITS.fullmatch(cleaned.text):
        return cleaned.refuse("CHARSET")
    if len(cleaned.text) != 8:
        return cleaned.refuse("LENGTH")
    return cleaned.accept()


def foreign_pr_2023(value: str, today: date) -> Verdict:
    """外国人永久居留身份证, GA 2102-2023: 9, province, nationality, birth date, sequence, check."""
    cleaned = clean_id(value)
    text = cleaned.text
    if reason := _malformed(text):
        return cleaned.refuse(reason)
    if text[0] != "9":
        return cleaned.refuse("CHARSET")
    if text[1:3] not in MAINLAND_PROVINCES:
        return cleaned.refuse("REGION")
    nationality = iso3166.ALPHA3_BY_NUMERIC.get(text[3:6])
    if nationality not in _FOREIGN:
        return cleaned.refuse("NATIONALITY")
    if refusal := _wrong_from_birth_on(text, today):
        return cleaned.refuse(*refusal)
    born = f"{text[6:10]}-{text[10:12]}-{text[12:14]}"
    return cleaned.accept({"province": text[1:3], "nationality": nationality, "birth": born})


def foreign_pr_old(value: str) -> Verdict:
    """外国人永久居留身份证 before 2023. Its check digit follows no published rule."""
    cleaned = clean_id(value)
    text = cleaned.text
    if len(text) != 15:
        return cleaned.refuse("LENGTH")
    if not _PR_OLD.fullmatch(text):
        return cleaned.refuse("CHARSET")
    if text[:3] not in _FOREIGN:
        return cleaned.refuse("NATIONALITY")
    # The century is open; of the two, 2000 is the one that had a 29 February.
    if _date("20" + text[7:13]) is None:
        return cleaned.refuse("BIRTHDATE")
    return cleaned.accept({"nationality": text[:3], "yymmdd": text[7:13]})


def prc_passport(value: str) -> Verdict:
    """Whether this looks like a PRC, HKSAR or MOSAR passport, which registers nobody's phone."""
    cleaned = clean_id(value)
    for kind, pattern in _PRC_PASSPORTS:
        if pattern.fullmatch(cleaned.text):
            return cleaned.accept({"kind": kind})
    return cleaned.refuse("FORMAT")


def foreign_passport(value: str) -> Verdict:
    """Six to nine letters and digits, ICAO 9303; a person looks at other lengths that some issuers use."""
    cleaned = clean_id(value)
    if not _ALPHANUMERIC.fullmatch(cleaned.text):
        return cleaned.refuse("FORMAT")
    length = len(cleaned.text)
    if 6 <= length <= 9:
        return cleaned.accept()
    if length == 5 or 10 <= length <= 17:
        return cleaned.doubt("REVIEW_LENGTH")
    return cleaned.refuse("FORMAT")


def _foreign_pr(value: str, today: date) -> Verdict:
    text = clean_id(value).text
    if text[:1].isalpha() or len(text) == 15:
        return foreign_pr_old(value)
    return foreign_pr_2023(value, today)


_CHECKS: Mapping[DocumentType, Callable[[str, date], Verdict]] = {
    DocumentType.RESIDENT_ID: resident_id,
    DocumentType.HMT_RESIDENCE: hmt_residence,
    DocumentType.HK_MACAO_PERMIT: lambda value, today: hk_macao_permit(value),
    DocumentType.TAIWAN_PERMIT: lambda value, today: taiwan_permit(value),
    DocumentType.FOREIGN_PASSPORT: lambda value, today: foreign_passport(value),
    DocumentType.FOREIGN_PR: _foreign_pr,
}


def _citizen(cleaned: Cleaned, kind: DocumentType, today: date) -> Verdict:
    text = cleaned.text
    if refusal := _wrong_from_birth_on(text, today):
        return cleaned.refuse(*refusal)
    born = f"{text[6:10]}-{text[10:12]}-{text[12:14]}"
    return cleaned.accept({"region": text[:6], "birth": born, "sex": _sex(text), "kind": kind.value})


def _malformed(text: str) -> str | None:
    if len(text) != 18:
        return "LENGTH"
    return None if _EIGHTEEN.fullmatch(text) else "CHARSET"


def _wrong_from_birth_on(text: str, today: date) -> tuple[str, dict[str, str]] | None:
    """What the three numbers of eighteen characters have in common: birth date, sequence and check."""
    born = _date(text[6:14])
    if born is None or born.year < 1900 or born > today:
        return "BIRTHDATE", {}
    if text[14:17] == "000":
        return "SEQUENCE", {}
    expected = _check_character(text)
    if text[17] != expected:
        return "CHECK_DIGIT", {"expected": expected}
    return None


def _check_character(text: str) -> str:
    """ISO 7064 MOD 11-2."""
    # Weighing the bytes and taking the zeros off once is faster than int() on each digit.
    return CHECK_CHARACTERS[(sum(map(mul, text[:17].encode(), WEIGHTS)) - _ZEROS) % 11]


def _date(yyyymmdd: str) -> date | None:
    try:
        return date(int(yyyymmdd[:4]), int(yyyymmdd[4:6]), int(yyyymmdd[6:]))
    except ValueError:
        return None


def _sex(text: str) -> str:
    return "M" if int(text[16]) % 2 else "F"
