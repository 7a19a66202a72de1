"""Cleaning typed or pasted text: identifiers thoroughly, words only of what cannot be seen. For names see `names`."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from console.identifiers.verdict import Verdict

INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_DASH = re.compile("[-\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
_QUOTES = "'\"`’"
APOSTROPHES = "'‘’`"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
# The last character of an ID: x, the Roman numeral ten, Cyrillic Ha, Greek Chi, the multiplication sign.
_MEANT_AS_X = re.compile(r"(?<=\d\d\d)[x\u2169\u2179\u0425\u0445\u03a7\u03c7\u00d7\uff58](?=\W*$)")
_LIKE_X = str.maketrans("\u0425\u03a7\u00d7", "XXX")


def code_points(characters: Iterable[str]) -> list[str]:
    """How to name what cannot be seen: U+200B. Each once, in order."""
    return [f"U+{ord(one):04X}" for one in dict.fromkeys(characters)]


class Cleaned(NamedTuple):
    """Text ready to be checked, with what was changed on the way."""

    text: str
    notes: tuple[str, ...] = ()

    def accept(self, detail: Mapping[str, Any] | None = None, *, reason: str = "OK") -> Verdict:
        return Verdict(True, reason, self.text, detail or {}, self.notes)

    def refuse(self, reason: str, detail: Mapping[str, Any] | None = None) -> Verdict:
        return Verdict(False, reason, self.text, detail or {}, self.notes)

    def doubt(self, reason: str, detail: Mapping[str, Any] | None = None) -> Verdict:
        return Verdict(False, reason, self.text, detail or {}, self.notes, review=True)


def clean_id(value: str) -> Cleaned:
    """Upper-case text without spaces, dashes and surrounding quotation marks.

    Notes: NORMALIZED (full-width, lower case), INVISIBLE, SPACE, QUOTE, DASH, ID_X (something meant as X).
    """
    if value.isascii() and value.isalnum() and value.upper() == value:
        return Cleaned(value)
    notes: list[str] = []
    text = _pass(value, notes)
    # One pass can uncover work for the next, such as a quotation mark behind a dash.
    while (again := _pass(text, notes)) != text:
        text = again
    return Cleaned(text, tuple(dict.fromkeys(notes)))


def _pass(text: str, notes: list[str]) -> str:
    # What has a note of its own goes first, or normalising would turn it into something unremarkable.
    text = _step(text, INVISIBLE.sub("", text), "INVISIBLE", notes)
    text = _step(text, _SPACE.sub("", text), "SPACE", notes)
    text = _step(text, _DASH.sub("", text), "DASH", notes)
    text = _step(text, _MEANT_AS_X.sub("X", text), "ID_X", notes)
    text = _step(text, unicodedata.normalize("NFKC", text), "NORMALIZED", notes)
    text = _step(text, text.strip(_QUOTES), "QUOTE", notes)
    return _step(text, text.upper().translate(_LIKE_X), "NORMALIZED", notes)


def _step(before: str, after: str, note: str, notes: list[str]) -> str:
    if after != before:
        notes.append(note)
    return after


def tidy(value: str) -> str:
    """For words: invisible characters and a leading apostrophe gone, spaces collapsed, nothing else touched."""
    visible = CONTROL.sub(" ", INVISIBLE.sub("", value))
    return " ".join(" ".join(visible.split()).lstrip(APOSTROPHES).split())


def tidy_code(value: str) -> str:
    """For codes whose dashes and letters count, such as a 工号: narrow, without spaces."""
    seen = CONTROL.sub("", INVISIBLE.sub("", unicodedata.normalize("NFKC", value)))
    code = "".join(seen.split()).lstrip(APOSTROPHES)
    return code if code == value else tidy_code(code)


def change(before: str, after: str) -> str | None:
    """What was done, by the first thing that was: INVISIBLE, QUOTE, SPACE or NORMALIZED."""
    if before == after:
        return None
    if INVISIBLE.search(before):
        return "INVISIBLE"
    if before.strip()[:1] in tuple(APOSTROPHES) and after[:1] not in tuple(APOSTROPHES):
        return "QUOTE"
    spaced = "".join(CONTROL.sub(" ", before).split()) == "".join(after.split())
    return "SPACE" if spaced else "NORMALIZED"
