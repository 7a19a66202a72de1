"""Keys with rotation, encrypted columns, and blind indexes to find equal values without reading them.

A sealed value is `0x01 | key id | nonce (12) | AES-256-GCM`. Its context (table, column and company) is authenticated,
so a value moved to another column or company does not open.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, TypeDecorator

from console.core import acting

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

_VERSION = 1
_HEAD = 2
_NONCE = 12


class CannotOpen(RuntimeError):
    """The key is unknown, or the value was changed or moved."""


class _Ring:
    keys: dict[int, AESGCM] = {}
    newest = 0
    index_key = b""


_ring = _Ring()


def use(keys: Mapping[int, bytes], index_key: bytes) -> None:
    """Take these keys: the first one seals, all of them open."""
    _ring.keys = {number: AESGCM(key) for number, key in keys.items()}
    _ring.newest = next(iter(keys))
    _ring.index_key = index_key
    _index_keys.clear()


def seal(data: bytes, context: str) -> bytes:
    nonce = os.urandom(_NONCE)
    sealed = _ring.keys[_ring.newest].encrypt(nonce, data, _bound(context))
    return bytes((_VERSION, _ring.newest)) + nonce + sealed


def seal_many(data: Iterable[bytes], context: str, count: int) -> list[bytes]:
    """Like seal() for `count` values of one column, in half its time: all nonces are drawn at once."""
    encrypt, bound = _ring.keys[_ring.newest].encrypt, _bound(context)
    head, drawn = bytes((_VERSION, _ring.newest)), os.urandom(count * _NONCE)
    nonces = (drawn[start : start + _NONCE] for start in range(0, len(drawn), _NONCE))
    return [head + nonce + encrypt(nonce, one, bound) for one, nonce in zip(data, nonces, strict=True)]


def open_sealed(blob: bytes, context: str) -> bytes:
    """Raises CannotOpen."""
    whole = len(blob) > _HEAD + _NONCE and blob[0] == _VERSION
    key = _ring.keys.get(blob[1]) if whole else None
    if key is None:
        raise CannotOpen(f"no key {blob[1:2].hex()} for {context}")
    try:
        return key.decrypt(blob[_HEAD : _HEAD + _NONCE], blob[_HEAD + _NONCE :], _bound(context))
    except InvalidTag as error:
        raise CannotOpen(f"a value of {context} was changed or moved") from error


def stale(blob: bytes) -> bool:
    """Sealed with an older key: `console rotate-keys` seals it anew."""
    return blob[1] != _ring.newest


def _bound(context: str) -> bytes:
    return _context(context, acting.company())


@lru_cache(maxsize=1024)
def _context(context: str, company: int) -> bytes:
    return f"{context}|{company}".encode()


_index_keys: dict[int, hmac.HMAC] = {}


def blind_index(kind: str, value: str) -> bytes:
    """16 bytes that are equal for equal values of one company; useless without the index key.

    The key is derived for each company, so that one person cannot be followed from company to company.
    """
    company = acting.company()
    keyed = _index_keys.get(company)
    if keyed is None:
        key = hmac.digest(_ring.index_key, f"company {company}".encode(), "sha256")
        keyed = _index_keys[company] = hmac.new(key, digestmod="sha256")
    found = keyed.copy()  # a third cheaper than beginning with the key each time
    found.update(f"{kind}\0{value}".encode())
    return found.digest()[:16]


def fingerprint(data: bytes) -> bytes:
    """Keyed, because a bare hash of a roster would tell whoever holds the same roster that it is here."""
    return blind_index("file", hashlib.sha256(data).hexdigest())


class Encrypted(TypeDecorator[str]):
    """Text that is sealed in the database; `context` is `table.column`."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: Any, dialect: Any) -> bytes | None:
        return None if value is None else seal(self.encode(value), self.context)

    def bind_many(self, values: list[Any]) -> list[bytes | None]:
        """All values of a column of a bulk write."""
        there = [value for value in values if value is not None]
        sealed = iter(seal_many(map(self.encode, there), self.context, len(there)))
        return [None if value is None else next(sealed) for value in values]

    def process_result_value(self, value: bytes | None, dialect: Any) -> Any:
        return None if value is None else self.decode(open_sealed(value, self.context))

    def encode(self, value: Any) -> bytes:
        return str(value).encode()

    def decode(self, data: bytes) -> Any:
        return data.decode()


class EncryptedJSON(Encrypted):
    """A small structure, sealed as one value."""

    cache_ok = True

    def encode(self, value: Any) -> bytes:
        return _encode(value)

    def decode(self, data: bytes) -> Any:
        return _decode(data)


class EncryptedBytes(Encrypted):
    """A file."""

    cache_ok = True

    def encode(self, value: Any) -> bytes:
        return bytes(value)

    def decode(self, data: bytes) -> Any:
        return data
