"""Notes at cells: the texts, and the boxes that Excel draws them in."""

from collections.abc import Mapping

from console.spreadsheets.repair_markup import DECLARATION, MAIN, column_number, text_xml

MOST = 5_000
"""Each note is a drawing; with more of them Excel takes minutes to open the file. The last column says it all anyway."""
LONGEST = 2_000
_SHAPE = (
    '<v:shape id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;width:240pt;height:90pt;z-index:1;'
    'visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
    '<v:shadow color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
    '<div style="text-align:left"/></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{left}, 15, {top}, 2, {right}, 15, {bottom}, 16</x:Anchor><x:AutoFill>False</x:AutoFill>"
    "<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_DRAWING = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
    '</o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/>'
    "</v:shapetype>{shapes}</xml>"
)


def comments(notes: Mapping[str, str]) -> bytes:
    """The part with the texts, by cell such as `B7`."""
    listed = "".join(
        f'<comment ref="{cell}" authorId="0"><text><r><t xml:space="preserve">{text_xml(text[:LONGEST])}</t></r></text>'
        "</comment>"
        for cell, text in notes.items()
    )
    return (
        DECLARATION
        + (
            f'<comments xmlns="{MAIN}"><authors><author></author></authors><commentList>{listed}</commentList></comments>'
        ).encode()
    )


def drawing(notes: Mapping[str, str]) -> bytes:
    """The part with the boxes."""
    shapes = []
    for number, cell in enumerate(notes, start=1025):
        letters = cell.rstrip("0123456789")
        column, row = column_number(letters), int(cell[len(letters) :])
        place = {"left": column, "right": column + 3, "top": max(row - 2, 0), "bottom": row + 3}
        shapes.append(_SHAPE.format(id=number, row=row - 1, column=column - 1, **place))
    return _DRAWING.format(shapes="".join(shapes)).encode()
