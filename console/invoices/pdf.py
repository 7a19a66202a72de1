"""An invoice as PDF: text that programs read back, the QR code, and the XML attached to it."""

import io
import re

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream, PDFString
from reportlab.pdfgen.canvas import Canvas

from console.core import fonts
from console.invoices import layout
from console.invoices.document import Document, printable, qr_text
from console.invoices.layout import QR, WIDTH, Page, Text
from console.invoices.xml import write as write_xml

ASCENT = 0.86
"""Of the size of the letters, from the top of a box to the line they stand on."""
SAMPLE = "样张"
SAMPLE_GREY = 0.86
BARS = re.compile(b"\x01+")
COLOURS = {name: HexColor(name) for name in (layout.RED, layout.BLACK)}
"""Understood once, not for each text."""


def write(document: Document) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pageCompression=1, invariant=1)
    canvas.setTitle(f"{document.title} {document.number}")
    canvas.setAuthor(document.seller.name)
    font = fonts.use()
    for page in layout.pages(document):
        canvas.setPageSize((WIDTH * mm, page.height * mm))
        if document.sample:
            _sample(canvas, font, page)
        canvas.setLineWidth(0.25 * mm)
        canvas.setStrokeColor(COLOURS[layout.RED])
        for line in page.lines:
            canvas.line(
                line.x1 * mm, (page.height - line.y1) * mm, line.x2 * mm, (page.height - line.y2) * mm
            )
        for text in page.texts:
            _text(canvas, page, text)
        if page.first:
            _qr(canvas, page, qr_text(document))
        canvas.showPage()
    _attach(canvas, f"dzfp_{document.number}.xml", write_xml(document))
    canvas.save()
    return stream.getvalue()


def _attach(canvas: Canvas, name: str, content: bytes) -> None:
    """As PDF 1.7 tells (7.11.4); reportlab has no method for it."""
    document = canvas._doc
    held = PDFStream(
        PDFDictionary({"Type": PDFName("EmbeddedFile"), "Subtype": PDFName("text/xml")}), content
    )
    told = {"Type": PDFName("Filespec"), "F": PDFString(name), "UF": PDFString(name)}
    told["EF"] = PDFDictionary({"F": document.Reference(held)})
    named = PDFArray([PDFString(name), document.Reference(PDFDictionary(told))])
    document.Catalog.Names = PDFDictionary({"EmbeddedFiles": PDFDictionary({"Names": named})})


def _text(canvas: Canvas, page: Page, text: Text) -> None:
    words = printable(text.words).strip()
    if not words:
        return
    size = text.size * mm
    wide = fonts.width(words, size)
    if wide > text.width * mm:
        size *= text.width * mm / wide
    canvas.setFillColor(COLOURS[text.colour])
    y = (page.height - text.y - text.size * ASCENT) * mm
    x = text.x + {"r": text.width, "c": text.width / 2}.get(text.align, 0.0)
    fonts.draw(canvas, x * mm, y, words, size, text.align)


def _qr(canvas: Canvas, page: Page, words: str) -> None:
    """Each run of dark modules as a bar: no picture, and sharp at any size."""
    rows = layout.code(words)
    x, y, size = QR
    step = size / len(rows)
    canvas.setFillColor(COLOURS[layout.BLACK])
    path = canvas.beginPath()
    for row, modules in enumerate(rows):
        top = page.height - y - (row + 1) * step
        for run in BARS.finditer(modules):
            path.rect(
                (x + run.start() * step) * mm, top * mm, (run.end() - run.start()) * step * mm, step * mm
            )
    canvas.drawPath(path, stroke=0, fill=1)


def _sample(canvas: Canvas, font: str, page: Page) -> None:
    canvas.saveState()
    canvas.setFont(font, 42 * mm)
    canvas.setFillGray(SAMPLE_GREY)
    canvas.translate(WIDTH / 2 * mm, page.height / 2 * mm)
    canvas.rotate(24)
    canvas.drawCentredString(0, -14 * mm, SAMPLE)
    canvas.restoreState()
