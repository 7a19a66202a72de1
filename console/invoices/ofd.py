"""An invoice as OFD (GB/T 33190-2016): a ZIP of XML, with text that can be selected and tags that machines read."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from console.invoices import layout
from console.invoices.document import Document, printable, qr_text
from console.invoices.layout import QR, WIDTH, Line, Page, Text
from console.invoices.xml import amount
from console.invoices.xml import write as write_xml

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
FONT, QR_IMAGE = 2, 3
FIRST_ID = 100
ASCENT = 0.86
PIXELS = 8
TAGS = ("InvoiceNo", "IssueDate", "BuyerName", "BuyerTaxID", "SellerName", "SellerTaxID", "TaxExclusiveTotalAmount",
        "TaxTotalAmount", "TaxInclusiveTotalAmount", "InvoiceClerk", "Item", "Specification", "MeasurementDimension",
        "TaxScheme", "Amount", "TaxAmount", "Price", "Quantity", "Note")  # fmt: skip
INSIDE = {"BuyerName": "Buyer", "BuyerTaxID": "Buyer", "SellerName": "Seller", "SellerTaxID": "Seller"}
MOMENT = (2026, 1, 1, 0, 0, 0)
"""Of every file in the ZIP, so that one invoice is always the same bytes."""


def write(document: Document) -> bytes:
    pages = layout.pages(document)
    writer = _Writer()
    contents = [writer.page(page, document) for page in pages]
    files: dict[str, bytes | str] = {
        "OFD.xml": _entry(document),
        "Doc_0/Document.xml": _document(pages, writer.last),
        "Doc_0/PublicRes.xml": _resources(),
        "Doc_0/DocumentRes.xml": _images(),
        "Doc_0/Res/qr.png": _png(qr_text(document)),
        "Doc_0/Tags/CustomTags.xml": _tags_index(),
        "Doc_0/Tags/CustomTag.xml": _tags(writer.tagged),
        "Doc_0/Attachs/Attachments.xml": _attachments(document),
        "Doc_0/Attachs/original_invoice.xml": write_xml(document),
    }
    files |= {f"Doc_0/Pages/Page_{number}/Content.xml": content for number, content in enumerate(contents)}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(name, MOMENT), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


class _Writer:
    """Gives every object of all pages its number, and remembers which of them a machine asks for."""

    def __init__(self) -> None:
        self.last = FIRST_ID
        self.number = 0
        self.tagged: dict[str, list[tuple[int, int]]] = {}

    def page(self, page: Page, document: Document) -> str:
        layer, page_id = self._next(), page_of(self.number)
        objects = [self._line(line) for line in page.lines]
        if document.sample:
            objects.append(self._sample(page))
        for text in page.texts:
            if text.words:
                objects.append(self._text(text, page_id))
        if page.first:
            x, y, size = QR
            objects.append(
                f'<ofd:ImageObject ID="{self._next()}" CTM="{size} 0 0 {size} 0 0" Boundary="{x} {y} {size} {size}" '
                f'ResourceID="{QR_IMAGE}"/>'
            )
        self.number += 1
        area = f"<ofd:Area><ofd:PhysicalBox>0 0 {WIDTH:g} {page.height:g}</ofd:PhysicalBox></ofd:Area>"
        body = (
            f'<ofd:Content><ofd:Layer ID="{layer}" Type="Body">{"".join(objects)}</ofd:Layer></ofd:Content>'
        )
        return f"{HEAD}<ofd:Page {NS}>{area}{body}</ofd:Page>"

    def _next(self) -> int:
        self.last += 1
        return self.last

    def _line(self, line: Line) -> str:
        x, y = min(line.x1, line.x2), min(line.y1, line.y2)
        width, height = abs(line.x2 - line.x1), abs(line.y2 - line.y1)
        return (
            f'<ofd:PathObject ID="{self._next()}" Boundary="{x:g} {y:g} {max(width, 0.25):g} {max(height, 0.25):g}" '
            f'LineWidth="0.25"><ofd:StrokeColor Value="128 0 0"/>'
            f"<ofd:AbbreviatedData>M 0 0 L {width:g} {height:g}</ofd:AbbreviatedData></ofd:PathObject>"
        )

    def _text(self, text: Text, page_id: int) -> str:
        number = self._next()
        if text.tag:
            self.tagged.setdefault(text.tag, []).append((page_id, number))
        words = printable(text.words)
        wide = layout.text_width(words, text.size)
        shrunk = min(1.0, text.width / wide) if wide else 1.0
        size, wide = text.size * shrunk, wide * shrunk
        x = {"r": text.width - wide, "c": (text.width - wide) / 2}.get(text.align, 0.0)
        colour = " ".join(str(int(text.colour[i : i + 2], 16)) for i in (1, 3, 5))
        return (
            f'<ofd:TextObject ID="{number}" Boundary="{text.x:g} {text.y:g} {text.width:g} {text.size * 1.35:.3f}" '
            f'Font="{FONT}" Size="{size:.4g}"><ofd:FillColor Value="{colour}"/>'
            f'<ofd:TextCode X="{max(x, 0):.3f}" Y="{size * ASCENT:.3f}"{_deltas(words, size)}>{escape(words)}'
            f"</ofd:TextCode></ofd:TextObject>"
        )

    def _sample(self, page: Page) -> str:
        size = 40.0
        return (
            f'<ofd:TextObject ID="{self._next()}" Boundary="60 {page.height / 2 - 30:g} 100 60" '
            f'CTM="0.91 -0.41 0.41 0.91 0 18" Font="{FONT}" Size="{size:g}"><ofd:FillColor Value="220 220 220"/>'
            f'<ofd:TextCode X="0" Y="{size * ASCENT:g}" DeltaX="{size:g}">样张</ofd:TextCode></ofd:TextObject>'
        )


def _deltas(words: str, size: float) -> str:
    """From one letter to the next."""
    full, half = f"{size:.4g}", f"{size / 2:.4g}"
    steps = " ".join(full if layout.is_wide(letter) else half for letter in words[:-1])
    return f' DeltaX="{steps}"' if steps else ""


def page_of(number: int) -> int:
    """The ID of a page; below those of the objects."""
    return 10 + number


def _entry(document: Document) -> str:
    facts = {
        "template-version": "1.0.20.0422", "发票号码": document.number,
        "销售方纳税人识别号": document.seller.tax_number, "合计金额": amount(document.net_fen),
        "购买方纳税人识别号": document.buyer.tax_number, "合计税额": amount(document.tax_fen),
        "开票日期": f"{document.issued_at:%Y年%m月%d日}",
    }  # fmt: skip
    custom = "".join(
        f"<ofd:CustomData Name={quoteattr(name)}>{escape(value)}</ofd:CustomData>"
        for name, value in facts.items()
    )
    return (
        f'{HEAD}<ofd:OFD {NS} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>{document.number:0>32}</ofd:DocID><ofd:Title>{escape(document.title)}</ofd:Title>"
        f"<ofd:CreationDate>{document.issued_at:%Y-%m-%d}</ofd:CreationDate>"
        f"<ofd:CustomDatas>{custom}</ofd:CustomDatas></ofd:DocInfo>"
        f"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )


def _document(pages: Iterable[Page], last: int) -> str:
    listed = "".join(
        f'<ofd:Page ID="{page_of(number)}" BaseLoc="Pages/Page_{number}/Content.xml"/>'
        for number, _page in enumerate(pages)
    )
    return (
        f"{HEAD}<ofd:Document {NS}><ofd:CommonData><ofd:MaxUnitID>{last}</ofd:MaxUnitID>"
        f"<ofd:PageArea><ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox></ofd:PageArea>"
        f"<ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
        f"</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>"
        f"<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"
        f"<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags></ofd:Document>"
    )


def _resources() -> str:
    return (
        f'{HEAD}<ofd:Res {NS} BaseLoc="Res"><ofd:Fonts>'
        f'<ofd:Font ID="{FONT}" FontName="宋体" FamilyName="宋体"/></ofd:Fonts></ofd:Res>'
    )


def _images() -> str:
    return (
        f'{HEAD}<ofd:Res {NS} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="{QR_IMAGE}" Type="Image" Format="PNG">'
        f"<ofd:MediaFile>qr.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>"
    )


def _png(words: str) -> bytes:
    """Eight pixels to a module, one bit to a pixel."""
    rows = layout.code(words)
    side = len(rows) * PIXELS
    lines = []
    for modules in rows:
        bits = "".join(("0" if dark else "1") * PIXELS for dark in modules).ljust((side + 7) // 8 * 8, "0")
        lines += [b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")] * PIXELS
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))
        for name, held in parts
    )


def _tags_index() -> str:
    return (
        f'{HEAD}<ofd:CustomTags {NS}><ofd:CustomTag TypeID="root"><ofd:FileLoc>CustomTag.xml</ofd:FileLoc>'
        f"</ofd:CustomTag></ofd:CustomTags>"
    )


def _tags(tagged: dict[str, list[tuple[int, int]]]) -> str:
    parts: list[str] = []
    groups: dict[str, str] = {}
    for tag in TAGS:
        # One element for each row, in which all pieces of its name are; others have one element.
        rows: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for name, objects in tagged.items():
            known, _mark, row = name.partition("#")
            if known == tag:
                for page, number in objects:
                    rows.setdefault((page, int(row)) if row else (0, 0), []).append((page, number))
        for objects in [rows[place] for place in sorted(rows)] or [[]]:
            refs = "".join(
                f'<ofd:ObjectRef PageRef="{page}">{number}</ofd:ObjectRef>' for page, number in objects
            )
            element = f"<ofd:{tag}>{refs}</ofd:{tag}>"
            if tag not in INSIDE:
                parts.append(element)
                continue
            groups[INSIDE[tag]] = groups.get(INSIDE[tag], "") + element
            if tag.endswith("TaxID"):
                parts.append(f"<ofd:{INSIDE[tag]}>{groups[INSIDE[tag]]}</ofd:{INSIDE[tag]}>")
    return f'{HEAD}<ofd:root {NS} version="1.0">{"".join(parts)}</ofd:root>'


def _attachments(document: Document) -> str:
    return (
        f'{HEAD}<ofd:Attachments {NS}><ofd:Attachment ID="1" Name="original_invoice" Format="xml" '
        f'CreationDate="{document.issued_at:%Y-%m-%d}" Visible="false">'
        f"<ofd:FileLoc>original_invoice.xml</ofd:FileLoc></ofd:Attachment></ofd:Attachments>"
    )
