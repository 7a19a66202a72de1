"""Whatever stands in a name is written, or marked; and all of it is read back out of the PDF."""

import io

import pdfplumber
import pypdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from console.core import fonts
from console.core.fonts import INSTEAD

COMMON = "赵钱孙李喆甯邨燚"
RARE = "䶮㛃龑𬭚𫖮"
"""In the first font."""
RARER = "𠮷𠮟"
"""In the small one beside it."""
UNWRITABLE = "\U000e0041"


def written(text: str, align: str = "l") -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    fonts.draw(canvas, 300, 700, text, 12, align)
    canvas.save()
    return stream.getvalue()


@pytest.mark.parametrize("text", [COMMON, RARE, RARER, f"{RARER[0]}{COMMON}{RARER[1]}Ab 12{RARE}"])
def test_rare_characters_of_names_are_read_back_by_two_programs(text):
    content = written(text)
    assert pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text().strip() == text
    assert pdfplumber.open(io.BytesIO(content)).pages[0].extract_text() == text


def test_more_characters_than_one_table_may_have_are_read_back():
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 230)))
    assert pypdf.PdfReader(io.BytesIO(written(text))).pages[0].extract_text().strip() == text


def test_what_no_font_has_is_marked_and_never_lost():
    assert fonts.writable(f"张{UNWRITABLE}三") == f"张{INSTEAD}三"
    assert "".join(piece for _font, piece in fonts.pieces(f"𠮷{UNWRITABLE}张")) == f"𠮷{INSTEAD}张"


@pytest.mark.parametrize(("align", "edge"), [("l", 300.0), ("c", 282.0), ("r", 264.0)])
def test_a_text_of_two_fonts_keeps_to_its_edge(align, edge):
    assert fonts.width("𠮷野家", 12) == pytest.approx(36)
    letters = pdfplumber.open(io.BytesIO(written("𠮷野家", align))).pages[0].chars
    assert letters[0]["x0"] == pytest.approx(edge, abs=0.1)
    assert letters[-1]["x1"] == pytest.approx(edge + 36, abs=0.1)
