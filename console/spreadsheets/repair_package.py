"""The archive that is given back: put together from nothing but parts that were written or looked at here."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.spreadsheets.repair_markup import DECLARATION, MAIN, OFFICE, PACKAGE, attribute_xml, text_xml
from console.spreadsheets.repair_notes import comments, drawing
from console.spreadsheets.repair_tokens import PROPERTY

TYPES = {
    "worksheet": "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml",
    "styles": "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml",
    "sharedStrings": "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml",
    "theme": "application/vnd.openxmlformats-officedocument.theme+xml",
}
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
PROPERTIES_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
PROPERTY_SET = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
# A fixed day, so that the same workbook is the same bytes.
DAY = (1980, 1, 1, 0, 0, 0)
LEVEL = 4


@dataclass(frozen=True)
class Part:
    """A sheet as it is written; `filtered` is the area with the filter, as Excel writes it in names."""

    name: str
    state: str
    data: bytes
    notes: Mapping[str, str]
    filtered: str = ""


def packed(
    sheets: Sequence[Part], first: int, parts: Mapping[str, bytes], token: str, *, date1904: bool
) -> bytes:
    """`first` is the sheet that opens; `parts` are styles, sharedStrings and theme, left out when empty."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for name, data in _parts(
            sheets, first, {k: v for k, v in parts.items() if v}, token, date1904=date1904
        ):
            entry = zipfile.ZipInfo(name, DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=LEVEL)
    return stream.getvalue()


def _parts(
    sheets: Sequence[Part], first: int, parts: Mapping[str, bytes], token: str, *, date1904: bool
) -> list[tuple[str, bytes]]:
    made = [
        ("[Content_Types].xml", _content_types(sheets, parts)),
        ("_rels/.rels", _links([("officeDocument", OFFICE, "xl/workbook.xml"),
                                ("custom-properties", OFFICE, "docProps/custom.xml")])),
        ("docProps/custom.xml", _properties(token)),
        ("xl/workbook.xml", _workbook(sheets, first, date1904=date1904)),
        ("xl/_rels/workbook.xml.rels", _links(
            [("worksheet", OFFICE, f"worksheets/sheet{n}.xml") for n, _sheet in enumerate(sheets, start=1)]
            + [(kind, OFFICE, f"{kind}.xml") for kind in parts])),
        *((f"xl/{kind}.xml", data) for kind, data in parts.items()),
    ]  # fmt: skip
    for n, sheet in enumerate(sheets, start=1):
        made.append((f"xl/worksheets/sheet{n}.xml", sheet.data))
        if sheet.notes:
            links = [
                ("comments", OFFICE, f"../comments{n}.xml"),
                ("vmlDrawing", OFFICE, f"../drawings/notes{n}.vml"),
            ]
            made.append((f"xl/worksheets/_rels/sheet{n}.xml.rels", _links(links)))
            made.append((f"xl/comments{n}.xml", comments(sheet.notes)))
            made.append((f"xl/drawings/notes{n}.vml", drawing(sheet.notes)))
    return made


def _content_types(sheets: Sequence[Part], parts: Mapping[str, bytes]) -> bytes:
    listed = {"/xl/workbook.xml": MAIN_TYPE, "/docProps/custom.xml": PROPERTIES_TYPE}
    listed |= {f"/xl/{kind}.xml": TYPES[kind] for kind in parts}
    for n, sheet in enumerate(sheets, start=1):
        listed[f"/xl/worksheets/sheet{n}.xml"] = TYPES["worksheet"]
        if sheet.notes:
            listed[f"/xl/comments{n}.xml"] = COMMENTS_TYPE
    overrides = "".join(
        f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in listed.items()
    )
    return (
        DECLARATION
        + (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.'
            'openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
            f"{overrides}</Types>"
        ).encode()
    )


def _links(targets: Sequence[tuple[str, str, str]]) -> bytes:
    listed = "".join(
        f'<Relationship Id="rId{n}" Type="{family}/{kind}" Target="{target}"/>'
        for n, (kind, family, target) in enumerate(targets, start=1)
    )
    return DECLARATION + f'<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>'.encode()


def _properties(token: str) -> bytes:
    return (
        DECLARATION
        + (
            '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
            'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
            f'<property fmtid="{PROPERTY_SET}" pid="2" name="{PROPERTY}"><vt:lpwstr>{text_xml(token)}</vt:lpwstr></property>'
            "</Properties>"
        ).encode()
    )


def _workbook(sheets: Sequence[Part], first: int, *, date1904: bool) -> bytes:
    listed = "".join(
        f'<sheet name={attribute_xml(sheet.name)} sheetId="{n}"'
        f'{"" if sheet.state == "visible" else f" state={attribute_xml(sheet.state)}"} r:id="rId{n}"/>'
        for n, sheet in enumerate(sheets, start=1)
    )
    filters = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{n}" hidden="1">{text_xml(sheet.filtered)}</definedName>'
        for n, sheet in enumerate(sheets)
        if sheet.filtered
    )
    base = ' date1904="1"' if date1904 else ""
    return (
        DECLARATION
        + (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr{base}/>'
            f'<bookViews><workbookView activeTab="{first}"/></bookViews><sheets>{listed}</sheets>'
            f"{f'<definedNames>{filters}</definedNames>' if filters else ''}</workbook>"
        ).encode()
    )
