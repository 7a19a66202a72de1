"""Signatures of requests and call-backs, and the opening of encrypted document numbers."""

import base64
import binascii
import hashlib
import hmac
import time
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ID_CONTEXT = b"idNo"
NONCE_LENGTH = 12
SKEW_S = 300


def signature(secret: str, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Target is the path with its query exactly as it stands in the request line."""
    text = "\n".join((method, target, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_headers(app_id: str, secret: str, method: str, target: str, body: bytes) -> dict[str, str]:
    timestamp, nonce = str(int(time.time())), str(uuid.uuid4())
    return {
        "Content-Type": "application/json; charset=utf-8",
        "X-App-Id": app_id,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Request-Id": str(uuid.uuid4()),
        "X-Signature": signature(secret, method, target, timestamp, nonce, body),
    }


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _id_key(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def encrypt_id(secret: str, number: str, nonce: bytes) -> str:
    sealed = AESGCM(_id_key(secret)).encrypt(nonce, number.encode(), ID_CONTEXT)
    return base64.b64encode(nonce + sealed).decode()


def decrypt_id(secret: str, text: str) -> str:
    """Raise ValueError when the text was not encrypted with this secret."""
    try:
        raw = base64.b64decode(text, validate=True)
        return AESGCM(_id_key(secret)).decrypt(raw[:NONCE_LENGTH], raw[NONCE_LENGTH:], ID_CONTEXT).decode()
    except (binascii.Error, InvalidTag, UnicodeDecodeError) as error:
        raise ValueError("not an encrypted document number") from error


def document_hash(secret: str, id_type: str, number: str) -> str:
    """One person's document, without telling its number; a travel permit counts without its renewals."""
    plain = number.strip().upper()
    if plain[:1] in ("H", "M") and plain[1:].isdigit():
        plain = plain[:9]
    return hmac.new(secret.encode(), f"{id_type}:{plain}".encode(), hashlib.sha256).hexdigest()
