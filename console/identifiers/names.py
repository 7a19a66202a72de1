"""Names of people as rosters have them.

Not cleaned like an identifier: a name keeps its characters, because a changed one belongs to someone else.
"""

import re
import unicodedata

from console.identifiers.text import INVISIBLE, Cleaned, code_points
from console.identifiers.verdict import Verdict

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e-\ufa29\U00020000-\U000323af"
_COMPATIBLE = re.compile("[\uff01-\uff5e\u2f00-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]")
# Radicals that text copied from a PDF has instead of the character; Unicode itself equates only two of them.
_RADICALS = str.maketrans(
    "⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻳",
    "母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙龟",
)
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"\s+")
_DOTS = re.compile(r" ?[·•・･‧⋅.．] ?")
_ANY_HAN = re.compile(f"[{_HAN}]")
_SPACE_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")

_PLACEHOLDERS = frozenset({"同上", "〃", '"', "-", "--", "—", "/", "无", "暂无", "待定", "N/A", "NA"})
_LOST = re.compile("[?*□\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")
_DIGIT = re.compile(r"\d")
_REMARK = re.compile(r"[()\[\]{}<>【】〔〕《》〈〉「」『』/\\|,，、;；:：&+]")
_PLAIN_NAME = re.compile("[\u4e00-\u9fff]{2,30}")
_RARE = re.compile("[\u3400-\u4dbf\ufa0e-\ufa29\U00020000-\U000323af]")
_HAN_NAME = re.compile(f"[{_HAN}·]+")
_LATIN_CHARACTERS = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\u0300-\u036f"
_ANY_LATIN = re.compile(f"[{_LATIN_CHARACTERS}]")
_LATIN_NAME = re.compile(f"(?=.*[{_LATIN_CHARACTERS}])[{_LATIN_CHARACTERS} .'’·-]+")


def is_plain(value: str) -> bool:
    """A name as most are, of everyday Han characters: person_name() accepts it and changes nothing."""
    return _PLAIN_NAME.fullmatch(value) is not None and value not in _PLACEHOLDERS


def person_name(value: str) -> Verdict:
    """`detail["script"]` is HAN or LATIN; a Latin name needs a foreign document."""
    cleaned = _clean(value)
    if reason := _refusal(cleaned.text):
        return cleaned.refuse(reason)
    if _HAN_NAME.fullmatch(cleaned.text):
        return cleaned.accept({"script": "HAN"})
    return cleaned.accept({"script": "LATIN"}, reason="OK_LATIN_NEEDS_FOREIGN_ID")


def is_han(name: str) -> bool:
    """Of a name that person_name() accepted: whether it is written in Han characters."""
    return _HAN_NAME.fullmatch(name) is not None


def rare_characters(name: str) -> list[str]:
    """Those that many a system cannot show or type, such as 𠮷 and 䶮, as code points: U+20BB7."""
    return code_points(_RARE.findall(name))


def hidden_characters(name: str) -> list[str]:
    """Those that nobody sees, as code points."""
    return code_points(INVISIBLE.findall(name) + _VARIATION_SELECTORS.findall(name))


def lost_characters(name: str) -> list[str]:
    """Those that stand for a character that is gone or hidden, as code points."""
    return code_points(_LOST.findall(name))


def mask(name: str) -> str:
    """The first character, the rest as asterisks."""
    return name[:1] + "*" * (len(name) - 1)


def _clean(value: str) -> Cleaned:
    if _HAN_NAME.fullmatch(value) and not _COMPATIBLE.search(value):
        return Cleaned(value)
    visible = _VARIATION_SELECTORS.sub("", INVISIBLE.sub("", value))
    mapped = _COMPATIBLE.sub(_compatible, visible).translate(_RADICALS)
    spaced = _SPACES.sub(" ", mapped).strip()
    dotted = _unify_dots(spaced)
    joined = _SPACE_BETWEEN_HAN.sub("", dotted)
    steps = (
        ("INVISIBLE_REMOVED", value, visible),
        ("COMPAT_CHAR_MAPPED", visible, mapped),
        ("SPACE_TRIMMED", mapped, spaced),
        ("DOT_UNIFIED", spaced, dotted),
        ("INNER_SPACE_REMOVED", dotted, joined),
    )
    return Cleaned(joined, tuple(note for note, before, after in steps if before != after))


def _compatible(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[0])


def _unify_dots(text: str) -> str:
    """Every dot in a Han name is the middle dot of a transcription; in a Latin name a full stop shortens."""
    return _DOTS.sub("·", text) if _ANY_HAN.search(text) else text


def _refusal(text: str) -> str | None:
    if not text:
        return "EMPTY"
    if text.upper() in _PLACEHOLDERS:
        return "PLACEHOLDER"
    if _LOST.search(text):
        return "LOST_OR_MASKED_CHAR"
    if _DIGIT.search(text):
        return "DIGIT_IN_NAME"
    if _REMARK.search(text):
        return "REMARK_OR_TWO_NAMES"
    if text[0] in "·." or text[-1] in "·." or "··" in text:
        return "DOT_POSITION"
    if not (_HAN_NAME.fullmatch(text) or _LATIN_NAME.fullmatch(text)):
        return "MIXED_SCRIPT" if _ANY_HAN.search(text) and _ANY_LATIN.search(text) else "CHARSET"
    return None if 2 <= len(text) <= 30 else "LENGTH"
