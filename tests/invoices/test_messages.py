"""Whatever is said of a file by a code is said to a person in a sentence."""

import re
from pathlib import Path

from console.invoices import messages

MODULES = (
    "document",
    "doubting",
    "xml",
    "reading",
    "reading_ofd",
    "reading_pdf",
    "pdf_child",
    "seeing",
    "together",
)


def test_every_code_has_its_sentence():
    folder = Path(messages.__file__).parent
    used = set(re.findall(r'"(I_[A-Z_]+)"', "".join((folder / f"{name}.py").read_text() for name in MODULES)))
    assert used == set(messages.UNREADABLE) | set(messages.DOUBTS)
