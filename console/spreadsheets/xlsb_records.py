"""The records and texts that the parts of an .xlsb consist of (MS-XLSB 2.1.4, 2.5.168)."""

import struct
from collections.abc import Iterable, Iterator

from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import NOTHING, TEXT, Cell
from console.spreadsheets.refusals import F_CELL_TOO_LONG, F_DAMAGED, Refused

LONGEST_RECORD = 1_048_576


def records(pieces: Iterable[bytes], part: str) -> Iterator[tuple[int, bytes]]:
    """(kind, contents); a kind takes one or two bytes, a length up to four, seven bits of it in each."""
    held = b""
    for piece in pieces:
        held += piece
        at, end = 0, len(held)
        # Nearly every record is short: one byte for its kind, one for its length.
        while at + 6 <= end:
            kind, size, start = held[at], held[at + 1], at + 2
            if kind & 0x80 or size & 0x80:
                kind, size, start = _header(held, at)
            if start + size > end:
                break
            at = start + size
            yield kind, held[start:at]
        held = held[at:]
        if len(held) > LONGEST_RECORD:
            raise Refused(F_DAMAGED, part=part)
    yield from _last(held, part)


def _last(held: bytes, part: str) -> Iterator[tuple[int, bytes]]:
    """The few bytes at the end, of which a header may be the whole rest."""
    at = 0
    while at < len(held):
        kind, size, start = _header(held + b"\0" * 6, at)
        if start + size > len(held):
            raise Refused(F_DAMAGED, part=part)
        at = start + size
        yield kind, held[start:at]


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Kind, size, and where the contents begin."""
    kind = data[at]
    at += 1
    if kind & 0x80:
        kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
        at += 1
    size = 0
    for shift in (0, 7, 14, 21):
        byte = data[at]
        at += 1
        size |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    return kind, size, at


def text_at(data: bytes, at: int) -> tuple[str, int]:
    """The text there, and where it ends."""
    (length,) = struct.unpack_from("<I", data, at)
    if length == 0xFFFFFFFF:
        return "", at + 4
    end = at + 4 + 2 * length
    if end > len(data):
        raise Refused(F_DAMAGED)
    return data[at + 4 : end].decode("utf-16-le", "replace").replace("\0", "\ufffd"), end


def cell_of_text(text: str, budget: Budget) -> Cell:
    if len(text) > budget.limits.cell_length:
        raise Refused(F_CELL_TOO_LONG, limit=budget.limits.cell_length)
    budget.spend_characters(len(text))
    return Cell(TEXT, text) if text else NOTHING
