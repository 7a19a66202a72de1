"""Builders of uploads that are no .xlsx: .xls by xlwt, .ods and .xlsb made by hand."""

import io
import struct
from collections.abc import Iterable, Mapping, Sequence

import xlwt

from tests.spreadsheets import files

ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
ODF = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
ROSTER = (("姓名", "证件号码"), ("张三", "110101199003079913"), ("李四", "110101199003079921"))


def saved(book: xlwt.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xls(rows: Iterable[Sequence[object]], title: str = "名单") -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet(title)
    for number, values in enumerate(rows):
        for column, value in enumerate(values):
            sheet.write(number, column, value)
    return saved(book)


def ods(rows: str, styles: str = "", table: str = 'table:name="名单"', manifest: str = "") -> bytes:
    spaces = "".join(f' xmlns:{name}="{ODF.format(name)}"' for name in ("office", "style", "table", "text"))
    content = (
        f'{files.DECLARATION}<office:document-content{spaces} xmlns:calcext="urn:calcext">'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
        f"<table:table {table}>{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    parts = {"mimetype": ODS_TYPE, "content.xml": content}
    return files.zipped(parts | ({"META-INF/manifest.xml": manifest} if manifest else {}))


def ods_row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def ods_cell(value: str = "", kind: str = "string", attributes: str = "") -> str:
    stored = "" if kind in ("", "string") else f'office:{"date-" if kind == "date" else ""}value="{value}"'
    declared = f'office:value-type="{kind}"' if kind else ""
    shown = f"<text:p>{value}</text:p>" if value else ""
    return f"<table:table-cell {declared} {stored} {attributes}>{shown}</table:table-cell>"


def record(kind: int, data: bytes = b"") -> bytes:
    """Of an .xlsb."""
    coded = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(data)
    while length > 127:
        size += bytes([length & 0x7F | 0x80])
        length >>= 7
    return coded + size + bytes([length]) + data


def wide(text: str) -> bytes:
    coded = text.encode("utf-16-le")
    return struct.pack("<I", len(coded) // 2) + coded


def xlsb_row(index: int, *cells: bytes, hidden: bool = False) -> bytes:
    """Excel's own row number is one more."""
    return record(0, struct.pack("<IIHBBB", index, 0, 300, 0, 0x10 if hidden else 0, 0)) + b"".join(cells)


def xlsb_cell(kind: int, column: int, data: bytes, style: int = 0) -> bytes:
    return record(kind, struct.pack("<II", column, style) + data)


def xlsb(
    rows: bytes,
    texts: Sequence[str] = (),
    styles: bytes | None = None,
    before: bytes = b"",
    after: bytes = b"",
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    dimension = record(148, struct.pack("<IIII", 0, 9, 0, 9))
    sheet = record(129) + dimension + before + record(145) + rows + record(146) + after + record(130)
    links = [
        ("rId1", "worksheet", "worksheets/sheet1.bin"),
        ("rId2", "sharedStrings", "sharedStrings.bin"),
        *([("rId3", "styles", "styles.bin")] if styles else []),
    ]
    contents: dict[str, str | bytes] = {
        "_rels/.rels": files.relationships([("rId1", "officeDocument", "xl/workbook.bin")]),
        "xl/workbook.bin": record(131)
        + record(153, bytes(12))
        + record(143)
        + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("名单"))
        + record(144)
        + record(132),
        "xl/_rels/workbook.bin.rels": files.relationships(links),
        "xl/worksheets/sheet1.bin": sheet,
        "xl/sharedStrings.bin": record(159, struct.pack("<II", len(texts), len(texts)))
        + b"".join(record(19, b"\0" + wide(text)) for text in texts)
        + record(160),
    }
    return files.zipped(contents | ({"xl/styles.bin": styles} if styles else {}) | dict(parts or {}))
