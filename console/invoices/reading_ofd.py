"""An invoice as OFD, written by whoever: the XML in it if there is one, what it tells machines, and what it shows."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from console.invoices import xml
from console.invoices.document import SIGNED, Document
from console.invoices.doubting import NotAnInvoice, Stated
from console.invoices.seeing import Letter, see

MOST_UNZIPPED, MOST_PARTS, MOST_PAGES, MOST_LETTERS = 30 * 2**20, 2000, 200, 400_000
NS = "{http://www.ofdspec.org/2016}"
TALLEST = 12.0
"""Larger letters are written across the page."""
_PARSER = {"resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False}


@dataclass(frozen=True, slots=True)
class Opened:
    """`inside` from the XML that is attached, `shown` from the pages, `told` what it says to machines by name."""

    inside: tuple[Document, Stated] | None
    shown: tuple[Document, Stated] | None
    told: dict[str, str]


def read(content: bytes) -> Opened:
    """Raises NotAnInvoice."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _within_limits(package.infolist())
            return _opened(_Package(package))
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        EOFError,
        OSError,
        etree.XMLSyntaxError,
        zlib.error,
    ) as error:
        raise NotAnInvoice("I_DAMAGED") from error


def _within_limits(parts: list[zipfile.ZipInfo]) -> None:
    if any(part.flag_bits & 1 for part in parts):
        raise NotAnInvoice("I_ENCRYPTED")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNZIPPED:
        raise NotAnInvoice("I_ZIP_BOMB")


class _Package:
    """The parts by their paths, as the package names them: relative to the part that names them, or from the top."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self._names = {name.lstrip("/"): name for name in package.namelist()}

    def has(self, path: str) -> bool:
        return path in self._names

    def content(self, path: str) -> bytes:
        if path not in self._names:
            raise NotAnInvoice("I_DAMAGED")
        return self._package.read(self._names[path])

    def tree(self, path: str) -> Any:
        root = etree.fromstring(self.content(path), etree.XMLParser(**_PARSER))
        if root.getroottree().docinfo.internalDTD is not None:
            raise NotAnInvoice("I_ENTITIES")
        return root

    def attached(self) -> Iterator[str]:
        """Parts that may be the XML of the invoice."""
        yield from (path for path in self._names if path.endswith(".xml") and "/Attachs/" in path)


def _opened(package: _Package) -> Opened:
    if not package.has("OFD.xml"):
        raise NotAnInvoice
    entry = package.tree("OFD.xml")
    told = {one.get("Name", ""): (one.text or "").strip() for one in entry.iter(f"{NS}CustomData")}
    inside = next(filter(None, (_invoice(package, path) for path in package.attached())), None)
    root = entry.find(f".//{NS}DocRoot")
    shown = see(_pages(package, (root.text or "").strip().lstrip("/"))) if root is not None else None
    if inside is None and shown is None:
        raise NotAnInvoice
    return Opened(inside, shown, told)


def _invoice(package: _Package, path: str) -> tuple[Document, Stated] | None:
    """Not every attachment is one."""
    content = package.content(path)
    if b"<EInvoice" not in content:
        return None
    return xml.read(content)


def _pages(package: _Package, path: str) -> Iterator[list[Letter]]:
    """The letters of each page, with those of its template."""
    document, folder = package.tree(path), posixpath.dirname(path)
    templates = {one.get("ID"): one.get("BaseLoc", "") for one in document.iter(f"{NS}TemplatePage")}
    letters = 0
    for number, page in enumerate(document.iter(f"{NS}Page")):
        if number == MOST_PAGES:
            raise NotAnInvoice("I_TOO_LARGE")
        content = package.tree(_joined(folder, page.get("BaseLoc", "")))
        found = list(_letters(content))
        for template in content.iter(f"{NS}Template"):
            if place := templates.get(template.get("TemplateID")):
                found += _letters(package.tree(_joined(folder, place)))
        letters += len(found)
        if letters > MOST_LETTERS:
            raise NotAnInvoice("I_TOO_LARGE")
        yield found


def _joined(folder: str, path: str) -> str:
    return path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))


def _letters(content: Any) -> Iterator[Letter]:
    for thing in content.iter(f"{NS}TextObject"):
        size = _figure(thing.get("Size"))
        box = [_figure(one) for one in thing.get("Boundary", "").split()]
        ctm = [_figure(one) for one in thing.get("CTM", "1 0 0 1 0 0").split()]
        if len(box) != 4 or len(ctm) != 6 or size > TALLEST or ctm[1] or ctm[2]:
            continue  # written across the page
        for code in thing.iter(f"{NS}TextCode"):
            yield from _of_code(code, size, (box[0] + ctm[4], box[1] + ctm[5]), (ctm[0], ctm[3]))


def _of_code(code: Any, size: float, at: tuple[float, float], scale: tuple[float, float]) -> Iterator[Letter]:
    words = (code.text or "").strip("\r\n")
    x, y = _figure(code.get("X")), _figure(code.get("Y")) - 0.35 * size
    across, down = _steps(code.get("DeltaX", ""), len(words)), _steps(code.get("DeltaY", ""), len(words))
    for place, letter in enumerate(words):
        half = size / (2 if ord(letter) > 0x2E7F else 4)
        yield at[0] + (x + half) * scale[0], at[1] + y * scale[1], letter, half * scale[0]
        x += across[place] if place < len(across) else 0 if down else 2 * half
        y += down[place] if place < len(down) else 0


def _steps(text: str, most: int) -> list[float]:
    """From letter to letter; "g 3 4.5" is 4.5 three times."""
    steps: list[float] = []
    parts = iter(text.split())
    for part in parts:
        if part == "g":
            count, step = next(parts, "0"), next(parts, "0")
            steps += [_figure(step)] * min(int(_figure(count)), most)
        else:
            steps.append(_figure(part))
        if len(steps) >= most:
            break
    return steps


def _figure(text: str | None) -> float:
    """0 for what is none: a letter then stands in the wrong place, and the invoice is not understood."""
    return float(text) if text and re.fullmatch(SIGNED, text) else 0.0
