"""Chinese mobile numbers of people and of things, and the short numbers inside a group."""

import re

from console.identifiers.text import Cleaned, clean_id
from console.identifiers.verdict import Verdict

# Whom a segment was given to. People take their number to another operator, so this informs only.
_MOBILE = {
    "CM": "134 135 136 137 138 139 147 150 151 152 157 158 159 172 178 182 183 184 187 188 195 197 198",
    "CU": "130 131 132 145 155 156 166 175 176 185 186 196",
    "CT": "133 149 153 173 177 180 181 189 190 191 193 199",
    "CBN": "192",
}
_RESOLD = {
    "CM": "165 1703 1705 1706",
    "CU": "167 171 1704 1707 1708 1709",
    "CT": "162 1700 1701 1702",
}
_SATELLITE = (
    (re.compile(r"1349"), "CT"),
    (re.compile(r"17400[0-5]"), "CT"),
    (re.compile(r"1740(?:0[6-9]|1[0-2])"), "MIIT"),
    (re.compile(r"1749"), "INMARSAT"),
)
_THINGS = {
    "1440": "CM",
    "1441": "CM",
    "148": "CM",
    "146": "CU",
    "1410": "CT",
    "10646": "CU",
    "10647": "CM",
    "10648": "CM",
    "10649": "CT",
}

_PUNCTUATION = str.maketrans("", "", "()·.")
_COUNTRY_CODE = re.compile(r"^(?:\+|00)?86(?=1(?:[0-9]{10}|[0-9]{12})$)")
_TRUNK_ZERO = re.compile(r"^0(?=1[3-9])")
_DIGITS = re.compile(r"[0-9]+")
_MOBILE_PREFIX = re.compile(r"1[3-9]")
_BETWEEN_NUMBERS = re.compile(r"[/\\、，,;；|或和及\n\r\t]|\s{2,}")
_NO_DIGIT = re.compile(r"[^0-9]+")
_TWO_MOBILES = re.compile(r"(?:(?:86)?1[3-9][0-9]{9}){2,}")
_FIXED = re.compile(
    r"(?:\+|00)?(?:86)?(?:0[1-9][0-9]{8,10}|[48]00[0-9]{7})(?:转?[0-9]{1,6})?|[2-8][0-9]{6,7}|(?:\+|00)86[1-9][0-9]{8,10}"
)


def mobile(value: str) -> Verdict:
    """A person's number. `detail`: segment, operator_by_segment, kind (of a resold number its host).

    An unallocated segment is for review: it cannot be provisioned, but may be somebody's contact number.
    """
    cleaned = _clean(value)
    text = cleaned.text
    if not _DIGITS.fullmatch(text):
        return cleaned.refuse("CHARSET")
    if len(text) == 13 and (thing := _thing(text)):
        return cleaned.refuse("IOT_NUMBER", {"operator": thing[1]})
    if len(text) != 11:
        return cleaned.refuse("LENGTH")
    if not _MOBILE_PREFIX.match(text):
        return cleaned.refuse("PREFIX")
    for pattern, operator in _SATELLITE:
        if pattern.match(text):
            return cleaned.refuse("SATELLITE", {"operator": operator})
    detail = _SEGMENTS.get(text[:3]) or _SEGMENTS.get(text[:4])
    return cleaned.accept(detail) if detail else cleaned.doubt("SEGMENT_UNALLOCATED")


def is_plain(value: str) -> bool:
    """Eleven digits of an allocated segment: mobile() accepts them and changes nothing."""
    return _PLAIN_MOBILE.fullmatch(value) is not None


def looks_fixed(value: str) -> bool:
    """Whether this is a fixed line: with area code, without it, or 400."""
    return _FIXED.fullmatch(_clean(value).text) is not None


def several(value: str) -> bool:
    """Whether more than one number stands here: 13900000101/13900000102."""
    parts = [part for part in _BETWEEN_NUMBERS.split(value) if len(_NO_DIGIT.sub("", part)) >= 7]
    digits = _NO_DIGIT.sub("", value)
    return len(parts) > 1 or _TWO_MOBILES.fullmatch(digits) is not None


def iot(value: str) -> Verdict:
    """A thirteen-digit number of a thing, which never belongs to a person and cannot be ported."""
    cleaned = _clean(value)
    text = cleaned.text
    if not _DIGITS.fullmatch(text):
        return cleaned.refuse("CHARSET")
    if len(text) != 13:
        return cleaned.refuse("LENGTH")
    thing = _thing(text)
    if thing is None:
        return cleaned.refuse("SEGMENT_UNALLOCATED")
    return cleaned.accept({"segment": thing[0], "operator_by_segment": thing[1]})


def short_number(value: str) -> Verdict:
    """A V-net short number: three to six digits from 61 to 69, so it never hides an emergency number."""
    cleaned = clean_id(value)
    text = cleaned.text
    if not _DIGITS.fullmatch(text):
        return cleaned.refuse("CHARSET")
    if not 3 <= len(text) <= 6:
        return cleaned.refuse("LENGTH")
    if text[0] != "6" or text[1] == "0":
        return cleaned.refuse("PREFIX")
    return cleaned.accept()


def mask(msisdn: str) -> str:
    """First three and last four digits: 139 **** 0001."""
    if len(msisdn) < 9:
        return "****"
    return f"{msisdn[:3]} **** {msisdn[-4:]}"


def _clean(value: str) -> Cleaned:
    cleaned = clean_id(value)
    text = cleaned.text.translate(_PUNCTUATION)
    text = _TRUNK_ZERO.sub("", _COUNTRY_CODE.sub("", text, count=1), count=1)
    if text == cleaned.text:
        return cleaned
    return Cleaned(text, (*cleaned.notes, "PHONE"))


def _thing(text: str) -> tuple[str, str] | None:
    for length in (5, 4, 3):
        if operator := _THINGS.get(text[:length]):
            return text[:length], operator
    return None


def _segments() -> dict[str, dict[str, str]]:
    own = {
        segment: {"segment": segment, "operator_by_segment": operator, "kind": "mobile"}
        for operator, segments in _MOBILE.items()
        for segment in segments.split()
    }
    resold = {
        segment: {"segment": segment, "operator_by_segment": "MVNO", "kind": host}
        for host, segments in _RESOLD.items()
        for segment in segments.split()
    }
    return own | resold


_SEGMENTS = _segments()
_PLAIN_MOBILE = re.compile(
    f"(?!1349)(?:{'|'.join(s for s in _SEGMENTS if len(s) == 3)})[0-9]{{8}}"
    f"|(?:{'|'.join(s for s in _SEGMENTS if len(s) == 4)})[0-9]{{7}}"
)
