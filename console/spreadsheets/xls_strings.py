"""Texts in .xls files (MS-XLS 2.5.293 to 2.5.296): one or two bytes for a character, cut wherever a record ends."""

import struct

from console.spreadsheets.budget import Budget
from console.spreadsheets.refusals import F_CELL_TOO_LONG, F_DAMAGED, F_TOO_MUCH, Refused

WIDE = 0x01
PHONETIC = 0x04
RICH = 0x08


def text_at(data: bytes, at: int, *, short: bool = False) -> str:
    """A text that lies in one record; `short` when its length is one byte."""
    length = data[at] if short else struct.unpack_from("<H", data, at)[0]
    flags_at = at + (1 if short else 2)
    flags = data[flags_at]
    start = flags_at + 1 + (2 if flags & RICH else 0) + (4 if flags & PHONETIC else 0)
    return _decoded(data[start : start + (2 * length if flags & WIDE else length)], flags)


def shared_texts(segments: list[bytes], budget: Budget) -> list[str]:
    """Of the table of texts and the records that go on with it."""
    reader = _Segments(segments)
    (count,) = struct.unpack("<4xI", reader.take(8))
    if count > budget.limits.cells:
        raise Refused(F_TOO_MUCH, what="cells", limit=budget.limits.cells)
    texts: list[str] = []
    for _ in range(count):
        texts.append(reader.text())
        budget.spend_characters(len(texts[-1]))
        if len(texts[-1]) > budget.limits.cell_length:
            raise Refused(F_CELL_TOO_LONG, limit=budget.limits.cell_length)
        if not len(texts) % 1_000:
            budget.check_time()
    return texts


class _Segments:
    def __init__(self, segments: list[bytes]) -> None:
        self._rest = iter(segments)
        self._data = next(self._rest)
        self._at = 0

    def take(self, count: int) -> bytes:
        found = self._data[self._at : self._at + count]
        self._at += len(found)
        while len(found) < count:
            self._go_on()
            more = self._data[: count - len(found)]
            self._at = len(more)
            found += more
        return found

    def text(self) -> str:
        length, flags = struct.unpack("<HB", self.take(3))
        runs = struct.unpack("<H", self.take(2))[0] if flags & RICH else 0
        phonetic = struct.unpack("<I", self.take(4))[0] if flags & PHONETIC else 0
        text = self._characters(length, flags)
        self._skip(4 * runs + phonetic)
        return text

    def _characters(self, length: int, flags: int) -> str:
        text = ""
        while True:
            width = 2 if flags & WIDE else 1
            found = self._data[self._at : self._at + width * length]
            self._at += len(found)
            text += _decoded(found, flags)
            length -= len(found) // width
            if not length:
                return text
            # The rest, in the next record, has its own width.
            self._go_on()
            flags = self.take(1)[0]

    def _skip(self, count: int) -> None:
        while count > len(self._data) - self._at:
            count -= len(self._data) - self._at
            self._go_on()
        self._at += count

    def _go_on(self) -> None:
        found = next(self._rest, None)
        if found is None:
            raise Refused(F_DAMAGED)
        self._data, self._at = found, 0


def _decoded(data: bytes, flags: int) -> str:
    if flags & WIDE:
        return data.decode("utf-16-le", "replace").replace("\0", "\ufffd")
    return data.decode("latin-1").replace("\0", "\ufffd")
