"""Walking through the XML of one part, refusing what no honest workbook contains."""

import re
from collections.abc import Callable, Iterable
from typing import Never
from xml.parsers import expat

from console.spreadsheets.refusals import F_DAMAGED, F_XML_ENTITIES, Refused

# Expat 2.5 reads an unfinished tag again with each piece; no tag of a workbook is nearly this long.
LONGEST_TAG = 1_048_576
LONGEST_TEXT = 65_536
DEEPEST = 100
ENCODINGS = {"utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1"}
ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


def walk(
    part: str,
    pieces: Iterable[bytes],
    start: Start,
    end: End | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Calls back for each element, and with texts in pieces. Refused when the XML is not well formed, or nested
    deeper than any workbook's, for which the parser would keep what is open in memory.

    Names come without the prefix of the root; transitional and strict files differ in their namespaces only.
    """
    parser = expat.ParserCreate()
    # Without it, each line break would be a piece of its own.
    parser.buffer_text = True
    parser.buffer_size = LONGEST_TEXT
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.XmlDeclHandler = _check_encoding

    depth = 0
    prefix = ""

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, prefix
        if not depth:
            prefix = name.rpartition(":")[0]
            prefix += ":" if prefix else ""
        depth += 1
        if depth > DEEPEST:
            raise Refused(F_DAMAGED, part=part)
        start(name.removeprefix(prefix), attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(name.removeprefix(prefix))

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    fed = 0
    try:
        for piece in pieces:
            parser.Parse(piece)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > LONGEST_TAG:
                raise Refused(F_DAMAGED, part=part)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused(F_DAMAGED, part=part) from error


def is_true(value: str | None) -> bool:
    return value in ("1", "true")


def unescape(text: str) -> str:
    """`_x000D_` and the like, with which OOXML writes what XML cannot hold.

    NUL and halves of surrogate pairs cannot be stored or shown; they become U+FFFD.
    """
    if "_x" not in text:
        return text
    plain = ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _refuse_doctype(*_: object) -> Never:
    raise Refused(F_XML_ENTITIES)


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in ENCODINGS:
        raise Refused(F_DAMAGED)
