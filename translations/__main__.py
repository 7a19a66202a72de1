"""`python -m translations`: gather the sentences from code and templates into the catalogue; `--compile`: make it ready."""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
WORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None}


def gathered() -> Catalog:
    """Every sentence that a user may see, from `console` and `templates`."""
    found = Catalog(charset="utf-8")
    for folder in ("console", "templates"):
        for path, _line, message, comments, context in extract_from_dir(
            ROOT / folder, METHODS, keywords=WORDS, directory_filter=lambda name: "simulator" not in name
        ):
            found.add(message, locations=[(f"{folder}/{path}", 0)], auto_comments=comments, context=context)
    return found


def english(path: Path = CATALOGUE) -> Catalog:
    if not path.exists():
        return Catalog(locale="en", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def update(path: Path = CATALOGUE) -> None:
    """Keep every translation whose sentence is still there, add new sentences without one, drop the others."""
    known = english(path)
    known.update(gathered(), no_fuzzy_matching=True)
    known.obsolete.clear()
    written = BytesIO()
    write_po(written, known, width=110, omit_header=True, sort_output=True, no_location=True)
    path.write_bytes(written.getvalue())  # only once it is complete, so that nothing is lost when it breaks


def compile_() -> None:
    target = CATALOGUE.with_suffix(".mo")
    if CATALOGUE.exists() and (not target.exists() or target.stat().st_mtime < CATALOGUE.stat().st_mtime):
        with target.open("wb") as file:
            write_mo(file, english())


if __name__ == "__main__":
    compile_() if "--compile" in sys.argv else update()
