"""Which plan a roster means by what it calls it. Pure.

Exact code before exact name before unique synonym; then without the filler words 套餐 元 档 版. A typing slip of one
character is only ever suggested, never taken.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

FILLER = ("套餐", "元", "档", "版", " ")


@dataclass(frozen=True)
class Match:
    """`code` when the plan is certain, else candidates; `exact` when code or name was written as it is."""

    code: str | None = None
    exact: bool = False
    candidates: tuple[str, ...] = ()
    suggestion: str | None = None


@dataclass
class Names:
    """The names of the plans on sale, ready for look-up: build once for a roster."""

    exact: dict[str, str] = field(default_factory=dict)
    loose: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, plans: Iterable[tuple[str, str, Iterable[str]]]) -> "Names":
        """From (code, name, synonyms) of each plan."""
        names = cls()
        for code, name, synonyms in plans:
            names.exact[_plain(code)] = names.exact[_plain(name)] = code
            for text in (name, *synonyms):
                names.loose.setdefault(_bare(text), set()).add(code)
        return names

    def find(self, written: str) -> Match:
        plain = _plain(written)
        if plain in self.exact:
            return Match(self.exact[plain], exact=True)
        found = self.loose.get(_bare(written), set())
        if len(found) == 1:
            return Match(next(iter(found)))
        if found:
            return Match(candidates=tuple(sorted(found)))
        return Match(suggestion=self._near(_bare(written)))

    def _near(self, bare: str) -> str | None:
        """The one plan whose name differs by a single character, digits excepted: 59 is not a slip for 99."""
        near = {
            code
            for text, codes in self.loose.items()
            if len(codes) == 1 and _one_slip(bare, text)
            for code in codes
        }
        return next(iter(near)) if len(near) == 1 else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _bare(text: str) -> str:
    bare = _plain(text)
    for word in FILLER:
        bare = bare.replace(word, "")
    return bare


def _one_slip(a: str, b: str) -> bool:
    if len(a) < 3 or [c for c in a if c.isdigit()] != [c for c in b if c.isdigit()]:
        return False
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    short, long = sorted((a, b), key=len)
    return len(long) - len(short) == 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
