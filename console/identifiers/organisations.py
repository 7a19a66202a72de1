"""统一社会信用代码, the number of a company, which is also its taxpayer number."""

import re
from operator import mul

from console.identifiers.documents import MAINLAND_PROVINCES
from console.identifiers.text import clean_id
from console.identifiers.verdict import Verdict

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = tuple(pow(3, power, 31) for power in range(17))
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_AUTHORITIES = frozenset("123456789ANY")
_CLASSES = {"1": frozenset("1239"), "5": frozenset("1239"), "9": frozenset("123")}
"""Only of the authorities whose classes are known for sure."""

_REGION = re.compile(r"[0-9]{6}")
# 10 is the whole country: companies registered with the national authority.
_REGIONS = MAINLAND_PROVINCES | {"10", "71", "81", "82"}


def uscc(value: str) -> Verdict:
    """GB 32100-2015. `detail["warnings"]`: CLASS, PROVINCE, ORG_CODE_CHECK; none of them refuses the code."""
    cleaned = clean_id(value)
    text = cleaned.text
    if len(text) != 18:
        return cleaned.refuse("LENGTH")
    if bad := [character for character in dict.fromkeys(text) if character not in _VALUES]:
        return cleaned.refuse("CHARSET", {"bad": bad})
    if text[0] not in _AUTHORITIES:
        return cleaned.refuse("AUTHORITY")
    if not _REGION.fullmatch(text[2:8]):
        return cleaned.refuse("REGION")
    expected = _check_character(text)
    if text[17] != expected:
        return cleaned.refuse("CHECK_DIGIT", {"expected": expected})
    parts = {"authority": text[0], "class": text[1], "region": text[2:8], "org_code": text[8:17]}
    return cleaned.accept(parts | {"warnings": _warnings(text)})


def _check_character(text: str) -> str:
    return _ALPHABET[-sum(map(mul, map(_VALUES.__getitem__, text[:17]), _WEIGHTS)) % 31]


def _warnings(text: str) -> list[str]:
    findings = (
        ("CLASS", text[1] not in _CLASSES.get(text[0], _ALPHABET)),
        ("PROVINCE", text[2:4] not in _REGIONS),
        ("ORG_CODE_CHECK", text[16] != _org_check_character(text[8:16])),
    )
    return [name for name, found in findings if found]


def _org_check_character(body: str) -> str:
    """GB 11714, where letters count from A = 10 to Z = 35."""
    rest = (
        11
        - sum(int(character, 36) * weight for character, weight in zip(body, _ORG_WEIGHTS, strict=True)) % 11
    )
    return {10: "X", 11: "0"}.get(rest, str(rest))
