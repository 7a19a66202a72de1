"""The archive that an .xlsx is: parts by name, unpacked in pieces and counted; nothing is extracted."""

import io
import posixpath
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator

from console.spreadsheets.limits import Limits
from console.spreadsheets.refusals import (
    F_DAMAGED,
    F_PASSWORD,
    F_TOO_LARGE,
    F_TOO_MANY_ENTRIES,
    F_TOO_SLOW,
    F_ZIP_BOMB,
    Refused,
)

PIECE = 65_536
ENCRYPTED_FLAG = 0x1
# Python's other decompressors give out whole pieces of any size; Excel uses only these two.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DIRECTORY_ENTRY = b"PK\x01\x02"
BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
)


class Package:
    """One upload while it is read, with what may still be spent on it in bytes, cells and time."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.limits = limits
        self._deadline = time.monotonic() + limits.seconds
        self._bytes = 0
        self._cells = 0
        # Counted before zipfile looks at it, which would make an object for each of them.
        if data.count(DIRECTORY_ENTRY) > limits.zip_entries:
            raise Refused(F_TOO_MANY_ENTRIES, limit=limits.zip_entries)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except BROKEN_ARCHIVE as error:
            raise Refused(F_DAMAGED) from error
        self._entries = self._by_name()

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._entries

    def pieces(self, part: str, most: int | None = None) -> Iterator[bytes]:
        """The part's unpacked bytes; `most` of them when it is one of those that are never large."""
        info = self._entries.get(part.lower())
        if info is None:
            raise Refused(F_DAMAGED, part=part)
        unpacked = 0
        try:
            with self._archive.open(info) as stream:
                while piece := stream.read(PIECE):
                    unpacked += len(piece)
                    self._spend_bytes(len(piece), unpacked, info, most)
                    yield piece
        except BROKEN_ARCHIVE as error:
            raise Refused(F_DAMAGED, part=part) from error

    def spend_cells(self, count: int) -> None:
        self._cells += count
        if self._cells > self.limits.cells:
            raise Refused(F_TOO_LARGE, what="cells", limit=self.limits.cells)

    def _by_name(self) -> dict[str, zipfile.ZipInfo]:
        entries: dict[str, zipfile.ZipInfo] = {}
        for info in self._archive.infolist():
            name = info.filename.replace("\\", "/").lower()
            # Two parts of one name: what we read and what Excel shows could differ.
            if name in entries or info.compress_type not in METHODS:
                raise Refused(F_DAMAGED, part=info.filename)
            if info.flag_bits & ENCRYPTED_FLAG:
                raise Refused(F_PASSWORD)
            entries[name] = info
        return entries

    def _spend_bytes(self, size: int, unpacked: int, info: zipfile.ZipInfo, most: int | None) -> None:
        limits = self.limits
        self._bytes += size
        if self._bytes > limits.unzipped_bytes:
            raise Refused(F_ZIP_BOMB, limit=limits.unzipped_bytes)
        if (
            unpacked > limits.ratio_free_bytes
            and unpacked > max(info.compress_size, 1) * limits.compression_ratio
        ):
            raise Refused(F_ZIP_BOMB, limit=limits.compression_ratio)
        if most is not None and unpacked > most:
            raise Refused(F_TOO_LARGE, what="part", limit=most)
        if time.monotonic() > self._deadline:
            raise Refused(F_TOO_SLOW, limit=limits.seconds)


def target_of(source: str, target: str) -> str:
    """The name of the part that a link in the part `source` leads to."""
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def links_of(part: str) -> str:
    """The part with the links of a part; that of the whole package for ''."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", name + ".rels")
