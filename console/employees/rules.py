"""How a department is written: 技术部/研发一组. Pure."""

import re
from collections.abc import Iterable

from console.identifiers import words

_SEPARATORS = re.compile(r"\s*[/／>＞›»\-－–—→\\|｜]\s*")
_FORMULA = tuple("=+-@")
DEEPEST = 6
LONGEST = 60


def department_path(text: str) -> str:
    """One spelling for the many ways of writing a path: 技术部-研发一组, 技术部>研发一组.

    What Excel would run as a formula is a name all the same, and kept as it is.
    """
    pieces = text.split("/") if text.startswith(_FORMULA) else _SEPARATORS.split(text)
    return "/".join(part for piece in pieces if (part := piece.strip()))


def why_not_department(path: str) -> str | None:
    parts = path.split("/")
    if len(parts) > DEEPEST:
        return "E_DEPT_DEEP"
    if any(len(part) > LONGEST for part in parts):
        return "E_DEPT_LONG"
    return None


class Tree:
    """The departments of a company by what a roster may call them: build once for a roster."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_leaf: dict[str, list[str]] = {}
        self._folded: dict[str, list[str]] = {}
        for path in paths:
            self._by_leaf.setdefault(_leaf(path), []).append(path)
            self._folded.setdefault(words.folded(path), []).append(path)
        self._slips = words.Slips(self._by_leaf)

    def variant_of(self, path: str) -> str | None:
        """The one department that is the same but for traditional characters, width, case or spaces."""
        return _only(self._folded.get(words.folded(path), []))

    def closest(self, path: str) -> str | None:
        """The one department that a person most likely meant, to be suggested; None when that is not clear.

        Its last part alone, parts divided by 、, or one character more, less or different in the last part.
        """
        if meant := _only(self._by_leaf.get(path, [])) or self.variant_of(path.replace("、", "/")):
            return meant
        above, _, leaf = path.rpartition("/")
        near = [found for word in self._slips.near(leaf) for found in self._by_leaf[word]]
        return _only([found for found in near if not above or found.rpartition("/")[0] == above])


def _leaf(path: str) -> str:
    return path.rpartition("/")[2]


def _only(found: list[str]) -> str | None:
    return found[0] if len(found) == 1 else None
