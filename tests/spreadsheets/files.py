"""Builders of the files that people upload: good ones, dirty ones and hostile ones."""

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
LAUGHS = (
    "<!DOCTYPE x ["
    '<!ENTITY a "haha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
ROSTER = (
    ("工号", "姓名", "证件号码", "手机号", "部门", "套餐"),
    ("00123", "张三", "110101199003079913", "13900000001", "销售部", "5G商务129"),
    ("00124", "李四", "110101199003079921", "13900000002", "市场部", "5G商务199"),
)


def text(reference: str, value: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def number(reference: str, value: str, style: int = 0) -> str:
    return f'<c r="{reference}" s="{style}"><v>{value}</v></c>'


def row(index: int, *cells: str, attributes: str = "") -> str:
    return f'<row r="{index}" {attributes}>{"".join(cells)}</row>'


def worksheet(*rows: str, before: str = "", after: str = "", namespace: str = MAIN) -> str:
    return f'<worksheet xmlns="{namespace}">{before}<sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def xlsx(
    *sheets: str | bytes,
    names: Sequence[str] = (),
    states: Mapping[int, str] | None = None,
    strings: str | None = None,
    styles: str | None = None,
    workbook: str = "",
    parts: Mapping[str, str | bytes] | None = None,
    strict: bool = False,
) -> bytes:
    """A package out of the XML of its sheets; `parts` adds others, or puts something else in their place."""
    main, office = (STRICT_MAIN, STRICT_OFFICE) if strict else (MAIN, OFFICE)
    count = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{names[i - 1] if names else f"Sheet{i}"}" sheetId="{i}" r:id="rId{i}"'
        f' state="{(states or {}).get(i - 1, "visible")}"/>'
        for i in count
    )
    links = [(f"rId{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in count]
    links += [("rId901", "sharedStrings", "sharedStrings.xml")] if strings is not None else []
    links += [("rId902", "styles", "styles.xml")] if styles is not None else []
    contents: dict[str, str | bytes] = {
        "[Content_Types].xml": DECLARATION + "<Types/>",
        "_rels/.rels": relationships([("rId1", "officeDocument", "xl/workbook.xml")], office),
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{main}" xmlns:r="{office}">{workbook}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relationships(links, office),
    }
    contents |= {f"xl/worksheets/sheet{i}.xml": sheet for i, sheet in zip(count, sheets, strict=True)}
    contents |= {"xl/sharedStrings.xml": strings} if strings is not None else {}
    contents |= {"xl/styles.xml": styles} if styles is not None else {}
    return zipped(contents | dict(parts or {}))


def relationships(links: Iterable[tuple[str, str, str]], office: str = OFFICE) -> str:
    listed = "".join(
        f'<Relationship Id="{name}" Type="{office}/{kind}" Target="{target}"/>'
        for name, kind, target in links
    )
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}">{listed}</Relationships>'


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def styles(*formats: str) -> str:
    """Cell style n shows the n-th format; a number is one of the built-in ones."""
    own = {code: 164 + index for index, code in enumerate(formats) if not code.isdigit()}
    declared = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{code.replace(chr(34), "&quot;")}"/>'
        for code, number in own.items()
    )
    used = "".join(f'<xf numFmtId="{own.get(code, code)}"/>' for code in formats)
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{declared}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{used}</cellXfs></styleSheet>'
    )


def shared(*items: str) -> str:
    return f'<sst xmlns="{MAIN}">' + "".join(f"<si>{item}</si>" for item in items) + "</sst>"


def of_rows(rows: Iterable[Sequence[object]], title: str = "名单") -> bytes:
    """A workbook as openpyxl writes it."""
    book = Workbook()
    book.active.title = title
    for values in rows:
        book.active.append(list(values))
    return saved(book)


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file; each stream takes 4,096 bytes at least, so that none is in the mini stream."""
    contents = {
        name: data.ljust(max(4_096, -(-len(data) // 512) * 512), b"\0") for name, data in streams.items()
    }
    directory = [_ole_entry("Root Entry", 5, 0xFFFFFFFE, 0)]
    sectors: list[bytes] = []
    chains = [0xFFFFFFFD]
    listed = -(-(len(contents) + 1) // 4)
    chains += [*range(2, listed + 1), 0xFFFFFFFE]
    start = 1 + listed
    for name, data in contents.items():
        count = len(data) // 512
        directory.append(
            _ole_entry(name, 2, start, len(streams[name]) if len(streams[name]) > 4_096 else 4_096)
        )
        sectors += [data[i : i + 512] for i in range(0, len(data), 512)]
        chains += [*range(start + 1, start + count), 0xFFFFFFFE]
        start += count
    assert len(chains) <= 128, "one sector of the allocation table"
    table = struct.pack("<128I", *chains, *[0xFFFFFFFF] * (128 - len(chains)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0")
    head += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4_096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0
    )
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return head + table + b"".join(directory).ljust(512 * listed, b"\0") + b"".join(sectors)


def _ole_entry(name: str, kind: int, start: int, size: int) -> bytes:
    coded = name.encode("utf-16-le")
    head = coded.ljust(64, b"\0") + struct.pack("<HBB", len(coded) + 2, kind, 1)
    return head + struct.pack("<III", *[0xFFFFFFFF] * 3) + b"\0" * 36 + struct.pack("<IQ", start, size)


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
