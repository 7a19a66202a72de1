"""Reading an uploaded file, whatever it is and whatever it is called."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from console.spreadsheets import archives, csvs, html, sniffing, xls
from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import Workbook
from console.spreadsheets.limits import DEFAULT, Limits
from console.spreadsheets.ole import CompoundFile
from console.spreadsheets.refusals import F_NOT_SPREADSHEET, F_PASSWORD, F_TOO_LARGE, Refused

ENCRYPTED = "EncryptedPackage"


def read(data: bytes, filename: str, limits: Limits = DEFAULT) -> Workbook:
    """Raises Refused. `filename` only names the sheet of a text file: the content decides on its type."""
    if len(data) > limits.upload_bytes:
        raise Refused(F_TOO_LARGE, what="upload", limit=limits.upload_bytes)
    with _without_collections():
        return _read(data, filename, Budget(limits))


def _read(data: bytes, filename: str, budget: Budget) -> Workbook:
    kind = sniffing.kind_of(data)
    if kind == sniffing.ZIP:
        return archives.read(data, budget)
    if kind == sniffing.OLE:
        return _read_ole(data, budget)
    if kind == sniffing.HTML:
        return html.read(data, filename, budget)
    return csvs.read(data, filename, budget)


def _read_ole(data: bytes, budget: Budget) -> Workbook:
    file = CompoundFile(data)
    if ENCRYPTED in file:
        raise Refused(F_PASSWORD)
    if not any(name in file for name in xls.STREAMS):
        raise Refused(F_NOT_SPREADSHEET, found="ole")
    return xls.read(file, budget)


@contextmanager
def _without_collections() -> Iterator[None]:
    """A workbook is many small tuples without cycles; looking through them again and again takes a third of
    the time of reading."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
