"""The formats of somebody's workbook, with those added that mark a cell and keep digits text."""

import copy
from functools import cache

from lxml import etree

from console.spreadsheets.repair_markup import DECLARATION, MAIN, Element, child, local, parse

KEPT = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "colors")
TEXT_FORMAT = "49"
# Of Excel.
MOST_FORMATS = 64_000
RED_FILL, RED = "FFFDE3E1", "FFB3261E"
EMPTY = f"""<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>""".encode()
PLAIN, PLAIN_TEXT, PLAIN_DATE = 0, 1, 2
"""Formats of EMPTY, by the number with which cells name them."""


class Styles:
    """Formats are named by their number; asking for a variant of one adds it."""

    def __init__(self, data: bytes, part: str) -> None:
        self._root = _known(parse(data, part))
        self._formats = self._group("cellXfs")
        if not len(self._formats):
            self._formats.append(etree.fromstring(f'<xf xmlns="{MAIN}" numFmtId="0" fontId="0"/>'))
        self._fill = self._add("fills", f'<fill><patternFill patternType="solid"><fgColor rgb="{RED_FILL}"/>'
                               '<bgColor indexed="64"/></patternFill></fill>')  # fmt: skip
        self._font = self._add(
            "fonts", f'<font><sz val="10"/><color rgb="{RED}"/><name val="Calibri"/></font>'
        )
        self.marked = cache(self._marked)
        self.text = cache(self._text)
        self.told = cache(self._told)

    def known(self, style: int) -> int:
        return style if style < len(self._formats) else 0

    def cover(self, highest: int) -> None:
        """Cells may name formats that are not there; they look like all others then."""
        plain = self._formats[0]
        for _missing in range(len(self._formats), min(highest, MOST_FORMATS) + 1):
            self._formats.append(copy.deepcopy(plain))

    def data(self) -> bytes:
        for group in self._root:
            if local(group) != "colors":
                group.set("count", str(len(group)))
        return DECLARATION + etree.tostring(self._root)

    def _marked(self, style: int, *, text: bool) -> int:
        changes = {"fillId": str(self._fill), "applyFill": "1"}
        return self._variant(style, changes | (_AS_TEXT if text else {}))

    def _text(self, style: int) -> int:
        return self._variant(style, _AS_TEXT)

    def _told(self) -> int:
        number = self._variant(
            0, {"fontId": str(self._font), "applyFont": "1", "applyAlignment": "1"} | _AS_TEXT
        )
        made = self._formats[number]
        for old in list(made):
            made.remove(old)
        etree.SubElement(made, f"{{{MAIN}}}alignment", {"vertical": "top", "wrapText": "1"})
        return number

    def _variant(self, style: int, changes: dict[str, str]) -> int:
        made = copy.deepcopy(self._formats[self.known(style)])
        made.attrib.update(changes)
        # A cell with quotePrefix would show its apostrophe again.
        made.attrib.pop("quotePrefix", None)
        self._formats.append(made)
        return len(self._formats) - 1

    def _add(self, group: str, xml: str) -> int:
        found = self._group(group)
        found.append(etree.fromstring(xml.replace(">", f' xmlns="{MAIN}">', 1)))
        return len(found) - 1

    def _group(self, name: str) -> Element:
        found = child(self._root, name)
        if found is None:
            found = etree.Element(f"{{{MAIN}}}{name}")
            after = [one for one in self._root if KEPT.index(local(one)) < KEPT.index(name)]
            self._root.insert(len(after), found)
        return found


_AS_TEXT = {"numFmtId": TEXT_FORMAT, "applyNumberFormat": "1"}


def _known(given: Element) -> Element:
    """The groups in their order, each element in the usual namespace, without extensions."""
    root = etree.Element(f"{{{MAIN}}}styleSheet", nsmap={None: MAIN})
    for name in KEPT:
        group = child(given, name)
        if group is not None:
            root.append(_copied(group))
    fills = child(root, "fills")
    for fill in fills if fills is not None else ():
        if not len(fill):  # which other programs take for damage
            etree.SubElement(fill, f"{{{MAIN}}}patternFill", {"patternType": "none"})
    return root


def _copied(element: Element) -> Element:
    attributes = {str(key): str(value) for key, value in element.attrib.items() if "}" not in str(key)}
    made = etree.Element(f"{{{MAIN}}}{local(element)}", attributes)
    made.extend(_copied(one) for one in element if local(one) not in ("extLst", "AlternateContent"))
    return made
