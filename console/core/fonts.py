"""The Chinese fonts that documents are set in: where they lie, who writes which character, and what none of them can."""

import importlib.util
import os
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

NAME = "ConsoleSans"
PACKAGE, FILE = "zhplot", "fonts/NotoSansSC-Regular.ttf"
"""Noto Sans SC (OFL) with TrueType outlines, of which readers of PDF get the text back; see docs/decisions/0011."""
RARE = (
    Path(__file__).resolve().parents[2] / "static" / "fonts" / "ConsoleRareHan-Regular.ttf",
    Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf"),
    Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf"),
)
"""Asked in turn for a character that the first lacks: ours (653 characters, 𠮷 among them), and Debian's
fonts-hanazono where an operator of the console has installed it (all of Unicode's Han up to extension F)."""
INSTEAD = "〓"
"""The printers' mark for a character that no font has."""


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
    ttfonts.makeToUnicodeCMap = _to_unicode
    rl_config.useA85 = 0  # bytes as they are: a fifth smaller, and quicker, than spelled in letters
    pdfmetrics.registerFont(TTFont(NAME, str(path())))
    return NAME


@cache
def _rare() -> tuple[str, ...]:
    """Names of the further fonts. Opened when the first rare character comes; most processes never see one."""
    names = []
    for number, file in enumerate(RARE):
        if file.exists():
            pdfmetrics.registerFont(TTFont(f"{NAME}Rare{number}", str(file)))
            names.append(f"{NAME}Rare{number}")
    return tuple(names)


@cache
def _known(name: str) -> frozenset[int]:
    return frozenset(pdfmetrics.getFont(name).face.charToGlyph)


def _font_of(letter: str) -> str | None:
    return next((name for name in (use(), *_rare()) if ord(letter) in _known(name)), None)


def _plain(text: str) -> bool:
    """The first font can write all of it."""
    return _known(use()).issuperset(map(ord, text))


def writable(text: str) -> str:
    """The same text, with a mark for each character that no font has."""
    return text if _plain(text) else "".join(letter if _font_of(letter) else INSTEAD for letter in text)


def pieces(text: str) -> list[tuple[str, str]]:
    """(font, text) in turn; a mark stands for what no font has."""
    if _plain(text):
        return [(use(), text)]
    letters = [(_font_of(letter), letter) for letter in text]
    told = [(name or use(), letter if name else INSTEAD) for name, letter in letters]
    return [
        (name, "".join(letter for _name, letter in run)) for name, run in groupby(told, lambda one: one[0])
    ]


def width(text: str, size: float) -> float:
    """In points."""
    return sum(float(pdfmetrics.stringWidth(piece, name, size)) for name, piece in pieces(text))


def draw(canvas: Canvas, x: float, y: float, text: str, size: float, align: str = "l") -> None:
    """`x` is the left edge, the middle ("c") or the right edge ("r"). Leaves the canvas set in the first font."""
    if align != "l":
        x -= width(text, size) / (2 if align == "c" else 1)
    line = canvas.beginText(x, y)
    for name, piece in pieces(text):
        line.setFont(name, size)
        line.textOut(piece)
    canvas.drawText(line)
    canvas.setFont(use(), size)


def _to_unicode(fontname: str, subset: Sequence[int]) -> str:
    """What a reader copies for each code of a subset, in the place of reportlab's own.

    Its own writes 𠮷 as five digits, which no reader understands, and more than the hundred entries a block may have.
    """
    head = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        f"/CIDSystemInfo << /Registry ({fontname}) /Ordering ({fontname}) /Supplement 0 >> def",
        f"/CMapName /{fontname} def /CMapType 2 def",
        f"1 begincodespacerange <00> <{len(subset) - 1:02X}> endcodespacerange",
    )
    tail = ("endcmap CMapName currentdict /CMap defineresource pop end end",)
    return "\n".join((*head, *_blocks(subset), *tail))


def _blocks(subset: Sequence[int]) -> Iterator[str]:
    for start in range(0, len(subset), 100):
        part = subset[start : start + 100]
        yield f"{len(part)} beginbfchar"
        for code, letter in enumerate(part, start):
            yield f"<{code:02X}> <{chr(letter).encode('utf-16-be', 'surrogatepass').hex().upper()}>"
        yield "endbfchar"
