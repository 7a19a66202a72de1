"""The compound file that old Office documents and encrypted new ones are (MS-CFB): its streams by name."""

import struct
from collections.abc import Iterator

from console.spreadsheets.refusals import F_DAMAGED, Refused

HEADER = 512
END = 0xFFFFFFFA
"""This and all above it are no sectors: free ones, the end of a chain, tables."""
ENTRY = 128
STREAM = 2
ROOT = 5
IN_HEADER = 109
SMALLEST = 4_096
"""Shorter streams lie in the sectors of the mini stream."""


class CompoundFile:
    """Raises Refused for what does not hold together; a chain is never longer than the file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            shift, mini_shift = struct.unpack_from("<HH", data, 30)
            directory, mini_cutoff, mini_table, _, more, more_count = struct.unpack_from(
                "<I4xIIIII", data, 48
            )
            if shift not in (9, 12) or mini_shift != 6 or mini_cutoff != SMALLEST:
                raise Refused(F_DAMAGED)
            self._size = 1 << shift
            self._table = self._allocation(more, more_count)
            self._entries = self._directory(directory)
            self._mini_table = _numbers(self._chain(mini_table))
            self._mini = self._chain(self._entries[""][0]) if "" in self._entries else b""
        except struct.error as error:
            raise Refused(F_DAMAGED) from error

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    def stream(self, name: str) -> bytes:
        start, size = self._entries[name.lower()]
        if size >= SMALLEST:
            return self._chain(start)[:size]
        return b"".join(self._mini[at : at + 64] for at in self._mini_sectors(start))[:size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        return self._data[start : start + self._size]

    def _allocation(self, more: int, more_count: int) -> list[int]:
        sectors = list(struct.unpack_from(f"<{IN_HEADER}I", self._data, 76))
        last = len(self._data) // self._size
        for _ in range(min(more_count, last)):
            if more >= END:
                break
            found = _numbers(self._sector(more))
            if not found:
                break
            sectors += found[:-1]
            more = found[-1]
        used = [sector for sector in sectors if sector < END]
        if len(used) > last + 1:
            raise Refused(F_DAMAGED)
        return _numbers(b"".join(self._sector(sector) for sector in used))

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(sector) for sector in _followed(start, self._table))

    def _mini_sectors(self, start: int) -> Iterator[int]:
        return (sector * 64 for sector in _followed(start, self._mini_table))

    def _directory(self, start: int) -> dict[str, tuple[int, int]]:
        listed = self._chain(start)
        found: dict[str, tuple[int, int]] = {}
        for at in range(0, len(listed) - ENTRY + 1, ENTRY):
            length, kind = struct.unpack_from("<HB", listed, at + 64)
            first, size = struct.unpack_from("<II", listed, at + 116)
            name = listed[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower()
            if kind == ROOT:
                found[""] = first, size
            elif kind == STREAM:
                found.setdefault(name, (first, size))
        return found


def _followed(start: int, table: list[int]) -> Iterator[int]:
    sector = start
    for _ in range(len(table)):
        if sector >= END:
            return
        yield sector
        if sector >= len(table):
            raise Refused(F_DAMAGED)
        sector = table[sector]
    if sector < END:
        raise Refused(F_DAMAGED)


def _numbers(data: bytes) -> list[int]:
    count = len(data) // 4
    return list(struct.unpack(f"<{count}I", data[: count * 4]))
