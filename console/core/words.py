"""A sentence in every language the console speaks: rosters come with headings in either."""

from functools import cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).resolve().parent.parent.parent / "translations"


@cache
def _english() -> NullTranslations:
    return Translations.load(str(FOLDER), ["en"], "messages")


def in_all_languages(text: Any) -> tuple[str, ...]:
    """The Chinese source and its English, for text made with lazy_gettext; used outside of a request."""
    source = getattr(text, "_args", (str(text),))[0] if not isinstance(text, str) else text
    return tuple(dict.fromkeys((str(source), _english().gettext(str(source)))))
