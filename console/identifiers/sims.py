"""Numbers printed on or kept in cards and devices: ICCID, IMSI, IMEI, EID and eSIM activation codes."""

import re

from console.identifiers.text import INVISIBLE, Cleaned, clean_id
from console.identifiers.verdict import Verdict

# Issuers with a question mark are hearsay: such a card is taken, but its operator is not vouched for.
_ISSUERS = {
    "00": "CM",
    "01": "CU",
    "02": "CM",
    "03": "CT",
    "04": "CM",
    "05": "CT?",
    "06": "CU",
    "07": "CM",
    "08": "CM",
    "09": "CU",
    "11": "CT",
    "12": "CT?",
    "13": "CM?",
    "15": "CBN?",
}
_NETWORKS = {
    **dict.fromkeys(("00", "02", "04", "07", "08", "13"), "CM"),
    **dict.fromkeys(("01", "06", "09", "10"), "CU"),
    **dict.fromkeys(("03", "05", "11", "12"), "CT"),
    "15": "CBN",
    "20": "GSM-R",
}

_DIGITS = re.compile(r"[0-9]+")
_ICCID = re.compile(r"8986[0-9]{2}[0-9A-F]{13}[0-9A-Z]?")
_ICCID_ABROAD = re.compile(r"89[0-9]{16,18}")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

_SMDP = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_MATCHING_ID = re.compile(r"[0-9A-Za-z-]*")
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")


def iccid(value: str) -> Verdict:
    """A Chinese card. `detail["key19"]`, its first 19 characters, is what identifies it.

    Real cards carry hex digits, vendor letters and wrong check digits, so these are `warnings`:
    HEX_NIBBLE_NOT_E118, NO_CHECK_DIGIT_19, VENDOR_LETTER_IN_POS20, W_ICCID_LUHN.
    """
    cleaned = clean_id(value)
    if len(cleaned.text) == 20 and cleaned.text[-1] == "F":
        cleaned = Cleaned(cleaned.text[:-1], (*cleaned.notes, "PADDING"))
    text = cleaned.text
    if not text.startswith("8986"):
        return cleaned.refuse("FOREIGN_ISSUER" if _ICCID_ABROAD.fullmatch(text) else "PREFIX")
    if len(text) not in (19, 20):
        return cleaned.refuse("LENGTH")
    if not _ICCID.fullmatch(text):
        return cleaned.refuse("CHARSET")
    operator = _ISSUERS.get(text[4:6])
    if operator is None:
        return cleaned.refuse("ISSUER")
    luhn = _luhn(text[:19]) == text[19] if len(text) == 20 and _DIGITS.fullmatch(text) else None
    warnings = _iccid_warnings(text, luhn)
    detail = {"operator": operator, "key19": text[:19], "warnings": warnings, "luhn": luhn}
    return cleaned.accept(detail, reason="OK_WITH_WARNING" if warnings else "OK")


def imsi(value: str) -> Verdict:
    cleaned = clean_id(value)
    text = cleaned.text
    if not _DIGITS.fullmatch(text):
        return cleaned.refuse("CHARSET")
    if len(text) != 15:
        return cleaned.refuse("LENGTH")
    if text[:3] != "460":
        return cleaned.refuse("MCC")
    operator = _NETWORKS.get(text[3:5])
    if operator is None:
        return cleaned.refuse("MNC")
    return cleaned.accept({"mcc": "460", "mnc": text[3:5], "operator": operator})


def imei(value: str) -> Verdict:
    """3GPP TS 23.003. A number without check digit, or with a software version, offers `detail["imei"]`."""
    cleaned = clean_id(value)
    text = cleaned.text
    if not _DIGITS.fullmatch(text):
        return cleaned.refuse("CHARSET")
    if len(text) == 16:
        return cleaned.refuse("IMEISV_NOT_IMEI", {"imei": text[:14] + _luhn(text[:14])})
    if len(text) == 14:
        return cleaned.refuse("LENGTH", {"imei": text + _luhn(text)})
    if len(text) != 15:
        return cleaned.refuse("LENGTH")
    if not text.strip("0"):
        return cleaned.refuse("ALL_ZERO")
    expected = _luhn(text[:14])
    if text[14] != expected:
        return cleaned.refuse("CHECK_DIGIT", {"expected": expected})
    return cleaned.accept({"tac": text[:8]})


def eid(value: str) -> Verdict:
    """The number of an eUICC: 32 digits, ISO 7064 MOD 97-10."""
    cleaned = clean_id(value)
    text = cleaned.text
    if not _DIGITS.fullmatch(text):
        return cleaned.refuse("CHARSET")
    if len(text) != 32:
        return cleaned.refuse("LENGTH")
    if int(text) % 97 != 1:
        return cleaned.refuse("CHECK_DIGIT", {"expected": f"{98 - int(text[:30]) * 100 % 97:02d}"})
    return cleaned.accept({"scheme": "E118/SGP.02" if text.startswith("89") else "SGP.29"})


def activation_code(value: str) -> Verdict:
    """What an eSIM downloads its profile with, GSMA SGP.22 §4.1. A secret: never log it."""
    shown = INVISIBLE.sub("", value)
    cleaned = Cleaned(shown.strip(), () if shown == value else ("INVISIBLE",))
    code = cleaned.text[4:] if cleaned.text[:4].upper() == "LPA:" else cleaned.text
    if len(code) > 255:
        return cleaned.refuse("LENGTH")
    version, *fields = code.split("$")
    if version != "1":
        return cleaned.refuse("FORMAT_VERSION")
    if not 2 <= len(fields) <= 4:
        return cleaned.refuse("FORMAT")
    smdp, matching_id, oid, confirmation = (*fields, "", "")[:4]
    if reason := _wrong_field(smdp.lower(), matching_id, oid, confirmation):
        return cleaned.refuse(reason)
    detail = {
        "smdp": smdp.lower(),
        "matching_id": matching_id or None,
        "oid": oid or None,
        "cc_required": confirmation == "1",
    }
    # The standard has upper case only; some servers hand out lower case and mean it.
    return cleaned.accept(detail, reason="OK" if matching_id == matching_id.upper() else "OK_WITH_WARNING")


def _iccid_warnings(text: str, luhn: bool | None) -> list[str]:
    findings = (
        ("HEX_NIBBLE_NOT_E118", not text[6:19].isdigit()),
        ("NO_CHECK_DIGIT_19", len(text) == 19),
        ("VENDOR_LETTER_IN_POS20", text[19:].isalpha()),
        ("W_ICCID_LUHN", luhn is False),
    )
    return [name for name, found in findings if found]


def _luhn(body: str) -> str:
    digits = [int(digit) for digit in body]
    return str(-(sum(_DOUBLED[digit] for digit in digits[-1::-2]) + sum(digits[-2::-2])) % 10)


def _wrong_field(smdp: str, matching_id: str, oid: str, confirmation: str) -> str | None:
    if not _SMDP.fullmatch(smdp):
        return "SMDP_ADDRESS"
    if not _MATCHING_ID.fullmatch(matching_id):
        return "MATCHING_ID"
    if oid and not _OID.fullmatch(oid):
        return "OID"
    return None if confirmation in ("", "1") else "CONFIRMATION_CODE"
