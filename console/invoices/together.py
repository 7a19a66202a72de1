"""The ZIP in which the tax platform gives an invoice: PDF, OFD, and the XML in a ZIP inside; unpacked within limits."""

import io
import zipfile
import zlib

from console.invoices.doubting import NotAnInvoice

MOST_FILES, DEEPEST = 6, 2
OFD_ENTRY = "OFD.xml"
"""What makes a ZIP an OFD."""
ENDINGS = (".xml", ".ofd", ".pdf", ".zip")


def unpacked(content: bytes, most_bytes: int) -> list[bytes]:
    """The invoices in it; none when it is an OFD itself, or no such package. Raises NotAnInvoice."""
    try:
        return _unpacked(content, most_bytes, DEEPEST)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error) as error:
        raise NotAnInvoice("I_DAMAGED") from error


def _unpacked(content: bytes, most_bytes: int, deep: int) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = package.infolist()
        if any(part.filename.lstrip("/") == OFD_ENTRY for part in parts):
            return []
        wanted = [part for part in parts if part.filename.lower().endswith(ENDINGS)]
        if any(part.flag_bits & 1 for part in wanted):
            raise NotAnInvoice("I_ENCRYPTED")
        if len(wanted) > MOST_FILES or sum(part.file_size for part in wanted) > most_bytes:
            raise NotAnInvoice("I_ZIP_BOMB")
        found: list[bytes] = []
        for part in wanted:
            inner = package.read(part)
            if not part.filename.lower().endswith(".zip"):
                found.append(inner)
            elif deep > 1:
                found += _unpacked(inner, most_bytes, deep - 1)
        return found
