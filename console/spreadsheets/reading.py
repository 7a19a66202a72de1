"""Reading an uploaded file, whatever it is and whatever it is called."""

from console.spreadsheets import csvs, sniffing, xlsx
from console.spreadsheets.cells import Workbook
from console.spreadsheets.limits import DEFAULT, Limits
from console.spreadsheets.refusals import F_TOO_LARGE, Refused


def read(data: bytes, filename: str, limits: Limits = DEFAULT) -> Workbook:
    """Raises Refused. `filename` only names the sheet of a text file: the content decides on its type."""
    if len(data) > limits.upload_bytes:
        raise Refused(F_TOO_LARGE, what="upload", limit=limits.upload_bytes)
    if sniffing.kind_of(data) == sniffing.XLSX:
        return xlsx.read(data, limits)
    return csvs.read(data, filename, limits)
