"""How a department is written: 技术部/研发一组. Pure."""

import re

_SEPARATORS = re.compile(r"\s*[/／>＞\-－—→\\|]\s*")
DEEPEST = 6
LONGEST = 60


def department_path(text: str) -> str:
    """One spelling for the many ways of writing a path: 技术部-研发一组, 技术部>研发一组."""
    parts = [part.strip() for part in _SEPARATORS.split(text) if part.strip()]
    return "/".join(parts)


def why_not_department(path: str) -> str | None:
    parts = path.split("/")
    if len(parts) > DEEPEST:
        return "E_DEPT_DEEP"
    if any(len(part) > LONGEST for part in parts):
        return "E_DEPT_LONG"
    return None


def closest(wanted: str, known: list[str]) -> str | None:
    """The one known name that a person most likely meant; None when that is not clear.

    Equal last part of a path, or one character more, less or different.
    """
    by_leaf = [name for name in known if name.rsplit("/", 1)[-1] == wanted]
    if len(by_leaf) == 1:
        return by_leaf[0]
    near = [name for name in known if _distance_at_most_one(wanted, name.rsplit("/", 1)[-1])]
    return near[0] if len(near) == 1 else None


def _distance_at_most_one(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1 or len(a) < 2 or len(b) < 2:
        return False
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) <= 1
    short, long = sorted((a, b), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
