"""Parts of somebody's workbook as trees in which only known names are left."""

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from console.spreadsheets.headings import letter
from console.spreadsheets.refusals import F_DAMAGED, F_XML_ENTITIES, Refused

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What XML cannot hold, and what would be taken for such a thing when it is read again.
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
LONGEST_TEXT = 32_767
LAST_COLUMN = 16_384

Element = Any
Names = Mapping[str, Collection[str]]
"""Element -> its attributes; whatever is not in it is left out, with all that it contains."""


def parse(data: bytes, part: str) -> Element:
    """Raises Refused. Nothing is fetched, nothing is expanded."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(F_DAMAGED, part=part) from error
    if root.getroottree().docinfo.doctype:
        raise Refused(F_XML_ENTITIES)
    return root


def local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    return [child for child in element if local(child) == name]


def child(element: Element, name: str) -> Element | None:
    return next((one for one in element if local(one) == name), None)


def attribute(element: Element, name: str) -> str:
    """Whichever namespace it is in: transitional and strict files differ in them."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def kept(element: Element, names: Names) -> bytes:
    """The element as XML, with nothing in it that `names` does not have."""
    name = local(element)
    attributes = "".join(
        f" {key}={quoteattr(str(value))}"
        for key, value in element.attrib.items()
        if str(key) in names.get(name, ()) or str(key) == "{http://www.w3.org/XML/1998/namespace}space"
    ).replace("{http://www.w3.org/XML/1998/namespace}", "xml:")
    inside = b"".join(kept(one, names) for one in element if local(one) in names)
    text = escape(element.text).encode() if element.text and name in TEXTS else b""
    start = f"<{name}{attributes}".encode()
    return start + (b">" + text + inside + f"</{name}>".encode() if text or inside else b"/>")


TEXTS = {"t"}


@cache
def column_name(column: int) -> str:
    """1 is A."""
    return letter(column - 1)


@cache
def column_number(letters: str) -> int:
    """A is 1; 0 for what is no column."""
    number = 0
    for one in letters.upper():
        number = number * 26 + ord(one) - 64 if "A" <= one <= "Z" else LAST_COLUMN
    return number if number <= LAST_COLUMN else 0


def text_xml(text: str) -> str:
    """For the inside of an element; line breaks and tabs stay."""
    return escape(UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text[:LONGEST_TEXT]))


def attribute_xml(text: str) -> str:
    return quoteattr(UNWRITABLE.sub("", text))


def text_of(element: Element) -> str:
    """Rich text put together, without phonetic guides."""
    return "".join(
        one.text or ""
        for one in element.iter()
        if local(one) == "t" and (parent := one.getparent()) is not None and local(parent) != "rPh"
    )
