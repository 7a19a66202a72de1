"""Taking out of a part's XML what has its usual form, to be read without a parser; the parser gets the rest."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

LONGEST_HELD = 1_048_576
DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding=["']([\w-]+)["']""")
READABLE = (b"utf-8", b"utf8", b"us-ascii", b"ascii")
# No entity, comment or document type begins without these.
DECLARED = b"<!"
# What XML allows in a text, without the line breaks that a parser would change.
CHARACTERS = r"[^<\x00-\x08\x0b-\x1f]*+"
ATTRIBUTES = re.compile(r'(?:\s+[A-Za-z_][\w:.-]*="[^"<&\x00-\x08\x0b-\x1f]*")*\s*')
ATTRIBUTE = re.compile(r'([A-Za-z_][\w:.-]*)="([^"]*)"')
REFERENCE = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Unusual(Exception):
    """This is for the parser, which reads it or refuses it."""


def without(
    pieces: Iterable[bytes], container: bytes, item: bytes, take: Callable[[str], str]
) -> Iterator[bytes]:
    """`take` gets whole items, again and again, and returns what it did not take; then it is not asked again.

    A prefix of the container's namespace is left off.
    """
    parts = iter(pieces)
    head, held = _opened(parts, container)
    yield head
    prefix = _prefix(head, container)
    if prefix is not None:
        closing = b"</" + prefix + item + b">"
        while True:
            cut = held.rfind(closing) + len(closing)
            if cut >= len(closing):
                rest = _taken(held[:cut], prefix, take)
                held = held[cut:]
                if rest:
                    yield rest
                    break
            if len(held) > LONGEST_HELD or held.lstrip().startswith(b"</" + prefix + container):
                break
            piece = next(parts, b"")
            if not piece:
                break
            held += piece
    yield held
    yield from parts


def attributes_of(text: str) -> dict[str, str]:
    """Raises Unusual."""
    if not ATTRIBUTES.fullmatch(text):
        raise Unusual
    pairs = ATTRIBUTE.findall(text)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unusual
    return found


def text_of(text: str) -> str:
    """With its references resolved. Raises Unusual for those that only a document type could declare."""
    if "&" not in text:
        return text
    plain, count = REFERENCE.subn(_character, text)
    if count != text.count("&"):
        raise Unusual
    return plain


def _opened(parts: Iterator[bytes], container: bytes) -> tuple[bytes, bytes]:
    """Up to the container's opening tag, and what came after it so far."""
    tag = re.compile(rb"<(?:\w+:)?" + container + rb"(?:\s[^<>]*)?(?<!/)>")
    held = b""
    for piece in parts:
        held += piece
        found = tag.search(held)
        if found:
            return held[: found.end()], held[found.end() :]
        if len(held) > LONGEST_HELD:
            break
    return held, b""


def _prefix(head: bytes, container: bytes) -> bytes | None:
    """None when this part is for the parser."""
    tag = re.search(rb"<((?:\w+:)?)" + container + rb"[\s>][^<]*\Z", head)
    declared = DECLARED_ENCODING.search(head)
    if tag is None or DECLARED in head or (declared and declared[1].lower() not in READABLE):
        return None
    return tag[1]


def _taken(items: bytes, prefix: bytes, take: Callable[[str], str]) -> bytes:
    try:
        text = items.decode()
    except UnicodeDecodeError:
        return items
    if prefix:
        name = prefix.decode()
        text = text.replace(f"<{name}", "<").replace(f"</{name}", "</")
    return take(text).encode()


def _character(match: re.Match[str]) -> str:
    return _referred(match[0])


@lru_cache(maxsize=10_000)
def _referred(reference: str) -> str:
    name = reference[1:-1]
    if name in NAMED:
        return NAMED[name]
    code = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    if code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000:
        return chr(code)
    raise Unusual
