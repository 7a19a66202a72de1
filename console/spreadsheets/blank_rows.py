"""Dropping formatted but empty rows, of which there may be a million, from a sheet before it is parsed."""

import re
from collections.abc import Iterable, Iterator

ROW_START = b"<row "
# Attributes cannot contain "<". Rows and cells without a number of their own are counted, and so not dropped.
BLANK_ROW = re.compile(rb'<row r="\d+"[^<>]*(?:/>|(?<!/)>(?:<c r="[A-Z]+\d+"[^<>]*/>)*</row>)')
# Comments and CDATA, in which the same characters mean something else.
DECLARED = b"<!"
LONGEST_ROW = 1_048_576


def without_blank_rows(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The XML of the sheet in other pieces; as it is from the first comment or CDATA section on."""
    held = b""
    parts = iter(pieces)
    for piece in parts:
        held += piece
        if DECLARED in held:
            break
        # The last row may go on in the next piece.
        cut = held.rfind(ROW_START)
        if cut > 0:
            yield BLANK_ROW.sub(b"", held[:cut])
            held = held[cut:]
        elif len(held) > LONGEST_ROW:
            break
    yield held
    yield from parts
