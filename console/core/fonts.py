"""The Chinese font that documents are set in: where it lies, and what it cannot write."""

import importlib.util
import os
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

NAME = "ConsoleSans"
PACKAGE, FILE = "zhplot", "fonts/NotoSansSC-Regular.ttf"
"""Noto Sans SC (OFL) with TrueType outlines, of which readers of PDF get the text back; see docs/dependencies.md."""
INSTEAD = "〓"
"""The printers' mark for a character that a font lacks."""


class NoFont(RuntimeError):
    """No font is installed; `make setup` installs it, CONSOLE_FONT names another one."""


def path() -> Path:
    """Raises NoFont."""
    told = os.environ.get("CONSOLE_FONT")
    if told:
        return Path(told)
    found = importlib.util.find_spec(PACKAGE)  # looked up and not imported: only its font is wanted
    for folder in (found.submodule_search_locations or ()) if found else ():
        if (file := Path(folder) / FILE).exists():
            return file
    raise NoFont("the font is not installed: pip install --no-deps zhplot, or set CONSOLE_FONT")


@cache
def use() -> str:
    """The name under which documents use it; read once in each process. Raises NoFont."""
    pdfmetrics.registerFont(TTFont(NAME, str(path())))
    return NAME


def writable(text: str) -> str:
    """The same text, with a mark for each character that the font does not have."""
    use()
    known = pdfmetrics.getFont(NAME).face.charToGlyph
    return (
        text
        if all(ord(letter) in known for letter in text)
        else "".join(letter if ord(letter) in known else INSTEAD for letter in text)
    )


def width(text: str, size: float) -> float:
    """In points."""
    return float(pdfmetrics.stringWidth(text, use(), size))
