"""Cleaning typed or pasted text before an identifier is checked. Not for names: see `names`."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from console.identifiers.verdict import Verdict

INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\u202a-\u202e]")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_DASH = re.compile("[-\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
_QUOTES = "'\"`’"
# The last character of an ID: x, the Roman numeral ten, Cyrillic Ha, Greek Chi, the multiplication sign.
_MEANT_AS_X = re.compile(r"(?<=\d\d\d)[x\u2169\u2179\u0425\u0445\u03a7\u03c7\u00d7\uff58](?=\W*$)")
_LIKE_X = str.maketrans("\u0425\u03a7\u00d7", "XXX")


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
