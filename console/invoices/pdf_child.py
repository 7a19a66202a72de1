"""A program of its own that opens one PDF: what happens to it there, happens to it alone.

PDFium and ZXing are C++ and the files are anybody's. The program has little time and memory and no secrets, imports nothing
of the console, gets the file on its standard input and writes what it saw as JSON; a file that brings it down is only damaged.
"""

import base64
import ctypes
import json
import resource
import sys
from typing import Any

import pypdfium2
import zxingcpp
from pypdfium2 import raw

MOST_PAGES, MOST_LETTERS, MOST_ATTACHMENTS, MOST_ATTACHED = 200, 400_000, 20, 5 * 2**20
LIMITS = {
    resource.RLIMIT_CPU: 10,
    resource.RLIMIT_AS: 2 * 2**30,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: 0,
}
"""Seconds, bytes of memory, no dump of it, and no file is written."""
SHARP = 2400
"""Pixels of the longer side of the picture in which a code is looked for: some 290 dots an inch of a 数电票."""
TALLEST = 34.0
"""Points; larger letters are written across the page."""


class _Refused(Exception):
    """With its code."""


def main() -> None:
    for what, most in LIMITS.items():
        resource.setrlimit(what, (most, most))
    try:
        answer = _open(sys.stdin.buffer.read())
    except _Refused as refusal:
        answer = {"refused": str(refusal)}
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD
        answer = {"refused": "I_ENCRYPTED" if locked else "I_DAMAGED"}
    sys.stdout.write(json.dumps(answer))


def _open(content: bytes) -> dict[str, Any]:
    document = pypdfium2.PdfDocument(content)
    if not 0 < len(document) <= MOST_PAGES:
        raise _Refused("I_TOO_LARGE" if len(document) else "I_DAMAGED")
    pages: list[list[tuple[float, float, str, float]]] = []
    for number in range(len(document)):
        pages.append(_letters(document[number], MOST_LETTERS - sum(map(len, pages))))
    return {"pages": pages, "codes": _codes(document[0]), "attached": _attached(document)}


def _letters(page: Any, most: int) -> list[tuple[float, float, str, float]]:
    """Middle from the left and top, letter, half its width, in points; only what is neither made up nor very large."""
    height, words = page.get_height(), page.get_textpage()
    count = words.count_chars()
    if count > most:
        raise _Refused("I_TOO_LARGE")
    box, found, high = raw.FS_RECTF(), [], 0
    for place in range(count):
        code = raw.FPDFText_GetUnicode(words, place)
        if 0xD800 <= code < 0xDC00:
            high = code - 0xD800
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + (high << 10) + code - 0xDC00
        if code < 0x20 or raw.FPDFText_IsGenerated(words, place) == 1:
            continue
        if raw.FPDFText_GetLooseCharBox(words, place, box) and abs(box.top - box.bottom) < TALLEST:
            middle = height - (box.top + box.bottom) / 2
            half = (box.right - box.left) / 2
            found.append((round(box.left + half, 2), round(middle, 2), chr(code), round(half, 2)))
    return found


def _codes(page: Any) -> list[str]:
    """The texts of the QR codes on a page."""
    longest = max(page.get_width(), page.get_height())
    if longest <= 0:
        return []
    bitmap = page.render(scale=SHARP / longest, grayscale=True, may_draw_forms=False)
    picture = memoryview(bytes(bitmap.buffer)).cast("B", (bitmap.height, bitmap.stride))
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in zxingcpp.read_barcodes(picture, formats)]


def _attached(document: pypdfium2.PdfDocument) -> str | None:
    """The first attachment that looks like the XML of an invoice."""
    for number in range(min(document.count_attachments(), MOST_ATTACHMENTS)):
        content = ctypes.string_at(*_buffer(document.get_attachment(number).get_data()))
        if len(content) <= MOST_ATTACHED and b"<EInvoice" in content:
            return base64.b64encode(content).decode()
    return None


def _buffer(data: Any) -> tuple[Any, int]:
    return data, ctypes.sizeof(data)


if __name__ == "__main__":
    main()
