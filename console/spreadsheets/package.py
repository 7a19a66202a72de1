"""The archive that an .xlsx is: parts by name, unpacked in pieces and counted; nothing is extracted."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from console.spreadsheets.budget import Budget
from console.spreadsheets.refusals import (
    F_DAMAGED,
    F_PASSWORD,
    F_TOO_MANY_ENTRIES,
    F_TOO_MUCH,
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
    """One archive while it is read, with the bytes that may still be unpacked from it."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        self.budget = budget
        self.limits = limits = budget.limits
        self._bytes = 0
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
            raise Refused(F_TOO_MUCH, what="part", limit=most)
        self.budget.check_time()
