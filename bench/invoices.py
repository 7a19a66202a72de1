"""Invoices written in three formats and read again, beside the libraries alone doing what they must at the least.

The floors get everything ready: lxml the elements and texts of the XML, zipfile the parts of the OFD, reportlab each text with
its font, size and place. They lay out nothing, count nothing and check nothing.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pypdfium2
from lxml import etree
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from bench.figures import Found, Grid
from bench.timing import Spent, spending
from console.core import fonts
from console.invoices import layout, ofd, pdf, reading, xml
from console.invoices.document import Document, Item, Kind, Party, qr_text

MANY, LINES, LONGEST, READ = 1000, 5, 2000, 100
TIMES = 3
SELLER, BUYER = (
    Party("晨曦示例通信有限公司", "91990000MA0DEM0138"),
    Party("澄湖样例制造有限公司", "91990000MA0DEM0213"),
)
COLOURS = {name: HexColor(name) for name in (layout.RED, layout.BLACK)}

Work = Callable[[], Any]


def figures() -> Iterator[Found]:
    many, long = [_document(number, LINES) for number in range(MANY)], [_document(MANY, LONGEST)]
    headings = ["", "CPU s", "wall s", "kB each", "floor, CPU s", "console ÷ floor"]
    for documents, told in ((many, f"{MANY:,} of {LINES} lines"), (long, f"one of {LONGEST:,} lines")):
        lines = [_written(name, documents) for name in ("XML", "PDF", "OFD")]
        yield Grid(f"Invoices written, {told}", headings, lines)
    for documents, told in ((many[:READ], f"{READ} of {LINES} lines"), (long, f"one of {LONGEST:,} lines")):
        lines = [_read(name, documents) for name in ("XML", "PDF", "OFD")]
        yield Grid(f"Invoices of others read, {told}", headings, lines)


WRITERS: dict[str, Callable[[Document], bytes]] = {"XML": xml.write, "PDF": pdf.write, "OFD": ofd.write}


def _document(number: int, lines: int) -> Document:
    items = tuple(
        Item(
            "移动数据流量费",
            "电信服务",
            "3030100000000000000",
            9,
            net,
            (net * 9 + 50) // 100,
            "户",
            "1",
            f"{net / 100:.2f}",
        )
        for net in (10_000 + number * 7 + line * 131 for line in range(lines))
    )
    return Document(
        f"2699{number:016}",
        Kind.ORDINARY,
        datetime(2026, 10, 31, 10),
        SELLER,
        BUYER,
        items,
        "示例开票员",
        "账期：2026年10月",
    )


def _written(name: str, documents: list[Document]) -> list[str]:
    write = WRITERS[name]
    write(_document(MANY + 1, 1))  # fonts are opened once in a process
    contents = [write(document) for document in documents]
    floor = FLOORS[name](documents, contents)
    layout.code.cache_clear()
    return _line(name, lambda: [write(document) for document in documents], floor, contents)


def _read(name: str, documents: list[Document]) -> list[str]:
    contents = [WRITERS[name](document) for document in documents]
    found = [reading.read(content) for content in contents]
    assert [one.document for one in found] == documents, "what was written is not what is read"
    assert not any(one.wrong for one in found)
    floor = OPENED[name]
    return _line(
        name,
        lambda: [reading.read(content) for content in contents],
        lambda: [floor(content) for content in contents],
        contents,
    )


def _line(name: str, ours: Work, floor: Work, contents: list[bytes]) -> list[str]:
    spent, least = (Spent.middle(_spent(work) for _ in range(TIMES)) for work in (ours, floor))
    size = sum(map(len, contents)) / len(contents) / 1000
    return [
        name, f"{spent.cpu:.3f}", f"{spent.wall:.3f}", f"{size:,.0f}", f"{least.cpu:.3f}", f"{spent.cpu / least.cpu:.1f}"
    ]  # fmt: skip


def _spent(work: Work) -> Spent:
    with spending() as spent:
        work()
    return spent


def _xml_floor(_documents: list[Document], contents: list[bytes]) -> Work:
    ready = [_nested(etree.fromstring(content)) for content in contents]
    return lambda: [etree.tostring(_built(one), encoding="utf-8", xml_declaration=True) for one in ready]


def _nested(element: Any) -> tuple[str, str | None, list[Any]]:
    return element.tag, element.text, [_nested(child) for child in element]


def _built(ready: tuple[str, str | None, list[Any]], above: Any = None) -> Any:
    tag, text, children = ready
    element = etree.Element(tag) if above is None else etree.SubElement(above, tag)
    element.text = text
    for child in children:
        _built(child, element)
    return element


def _ofd_floor(_documents: list[Document], contents: list[bytes]) -> Work:
    ready = [_unzipped(content) for content in contents]

    def work() -> None:
        for parts in ready:
            with zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as package:
                for name, content in parts.items():
                    package.writestr(name, content)

    return work


def _unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def _pdf_floor(documents: list[Document], _contents: list[bytes]) -> Work:
    font = fonts.use()
    ready = [(layout.pages(document), layout.code(qr_text(document))) for document in documents]
    return lambda: [_drawn(font, pages, code) for pages, code in ready]


def _drawn(font: str, pages: list[layout.Page], code: tuple[bytes, ...]) -> bytes:
    """The same texts, lines and code; where a text begins is not worked out."""
    canvas, step = Canvas(stream := io.BytesIO(), pageCompression=1), layout.QR[2] / len(code) * mm
    for page in pages:
        canvas.setPageSize((layout.WIDTH * mm, page.height * mm))
        for line in page.lines:
            canvas.line(line.x1 * mm, line.y1 * mm, line.x2 * mm, line.y2 * mm)
        for text in page.texts:
            canvas.setFont(font, text.size * mm)
            canvas.setFillColor(COLOURS[text.colour])
            canvas.drawString(text.x * mm, (page.height - text.y) * mm, text.words)
        path = canvas.beginPath()
        for row, modules in enumerate(code if page.first else ()):
            for run in pdf.BARS.finditer(modules):
                path.rect(run.start() * step, row * step, (run.end() - run.start()) * step, step)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _ofd_opened(content: bytes) -> None:
    for name, part in _unzipped(content).items():
        if name.endswith(".xml"):
            etree.fromstring(part)


def _pdf_opened(content: bytes) -> None:
    """The letters alone: no places, no picture, no code, and in this process."""
    document = pypdfium2.PdfDocument(content)
    for page in document:
        page.get_textpage().get_text_range()
    document.close()


FLOORS = {"XML": _xml_floor, "PDF": _pdf_floor, "OFD": _ofd_floor}
OPENED: dict[str, Callable[[bytes], Any]] = {"XML": etree.fromstring, "PDF": _pdf_opened, "OFD": _ofd_opened}
