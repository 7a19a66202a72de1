"""What kind of file this is, judged by its content; names and extensions are not believed."""

from console.spreadsheets.refusals import (
    F_EMPTY_FILE,
    F_NOT_SPREADSHEET,
    F_XLS_OLD,
    Refused,
)

XLSX = "xlsx"
XLSB = "xlsb"
XLS = "xls"
ODS = "ods"
HTML = "html"
CSV = "csv"
ZIP = "zip"
OLE = "ole"

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# BIFF 2 to 4 workbooks are not wrapped in OLE.
OLD_EXCEL_STARTS = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
OTHER_STARTS = {
    b"%PDF": "pdf",
    b"\x89PNG": "image",
    b"\xff\xd8\xff": "image",
    b"GIF8": "image",
    b"{\\rtf": "rtf",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip",
    b"MZ": "program",
    b"\x7fELF": "program",
}
# Office systems export web pages under the name .xls.
MARKUP_STARTS = (
    b"<html",
    b"<table",
    b"<!doctype",
    b"<?xml",
    b"<meta",
    b"<head",
    b"<style",
    b"<div",
    b"<!--",
    b"<center",
    b"<body",
    b"<tr",
)
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def kind_of(data: bytes) -> str:
    """ZIP, OLE, HTML, or CSV for any text; Refused for what begins like something else."""
    if not data.strip(b" \t\r\n\x00"):
        raise Refused(F_EMPTY_FILE)
    if data.startswith(ZIP_STARTS):
        return ZIP
    if data.startswith(OLE_START):
        return OLE
    if data.startswith(OLD_EXCEL_STARTS):
        raise Refused(F_XLS_OLD)
    for start, found in OTHER_STARTS.items():
        if data.startswith(start):
            raise Refused(F_NOT_SPREADSHEET, found=found)
    if _is_markup(data):
        return HTML
    if b"\0" in data and not data.startswith(BYTE_ORDER_MARKS):
        raise Refused(F_NOT_SPREADSHEET, found="binary")
    return CSV


def _is_markup(data: bytes) -> bool:
    start = data[:1024].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return start.startswith(MARKUP_STARTS)
