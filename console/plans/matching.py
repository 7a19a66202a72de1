"""Which plan a roster means by what it calls it. Pure.

Exact code before exact name before unique synonym; then without the filler words 套餐 元 档 版. A typing slip of one
character, or a name of which only a part is written, is only ever suggested, never taken.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from console.identifiers.words import Slips, folded, plain

FILLER = re.compile("套餐|元|档|版")
MOST_CANDIDATES = 10
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Match:
    """`code` when the plan is certain, else candidates or a suggestion.

    `exact`: code or name as it is; `variant`: the same but for traditional characters.
    """

    code: str | None = None
    exact: bool = False
    variant: bool = False
    candidates: tuple[str, ...] = ()
    suggestion: str | None = None


@dataclass
class Names:
    """The names of the plans on sale, ready for look-up: build once for a roster."""

    written: dict[str, str] = field(default_factory=dict)
    exact: dict[str, str] = field(default_factory=dict)
    loose: dict[str, set[str]] = field(default_factory=dict)
    folded: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, plans: Iterable[tuple[str, str, Iterable[str]]]) -> "Names":
        """From (code, name, synonyms) of each plan."""
        names = cls()
        for code, name, synonyms in plans:
            names.written[code] = names.written[name] = code
            names.exact[plain(code)] = names.exact[plain(name)] = code
            for text in (name, *synonyms):
                names.loose.setdefault(_bare(plain(text)), set()).add(code)
                names.folded.setdefault(_bare(folded(text)), set()).add(code)
        return names

    def find(self, written: str) -> Match:
        if code := self.written.get(written):
            return Match(code, exact=True)
        word = plain(written)
        if code := self.exact.get(word):
            return Match(code)
        if found := self.loose.get(_bare(word)):
            return _one_or_several(found)
        if len(found := self.folded.get(_bare(folded(written)), set())) == 1:
            return Match(next(iter(found)), variant=True)
        return self._guess(_bare(word))

    def _guess(self, bare: str) -> Match:
        near = {
            code
            for text in self._slips.near(bare)
            if len(bare) > 2 and _NUMBER.findall(text) == _NUMBER.findall(bare)  # 59 is not a slip for 99
            for code in self.loose[text]
        }
        if len(near) == 1:
            return Match(suggestion=next(iter(near)))
        within = {code for text, codes in self.loose.items() if _is_part(bare, text) for code in codes}
        if len(within) == 1:
            return Match(suggestion=next(iter(within)))
        return Match(candidates=tuple(sorted(within))) if len(within) <= MOST_CANDIDATES else Match()

    @cached_property
    def _slips(self) -> Slips:
        return Slips(text for text, codes in self.loose.items() if len(codes) == 1)


def _one_or_several(found: set[str]) -> Match:
    return Match(next(iter(found))) if len(found) == 1 else Match(candidates=tuple(sorted(found)))


def _bare(word: str) -> str:
    return FILLER.sub("", word)


def _is_part(bare: str, text: str) -> bool:
    """商务59 of 全球通5g商务59: its numbers among the numbers, its other characters in the same order."""
    if not 2 <= len(bare) <= len(text) or not set(_NUMBER.findall(bare)) <= set(_NUMBER.findall(text)):
        return False
    rest = iter(_NUMBER.sub("", text))
    return all(character in rest for character in _NUMBER.sub("", bare))
