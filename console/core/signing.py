"""Signed calls to the operator and signed call-backs from it: HMAC-SHA256 over method, path, time, nonce and body.

The scheme is the operator's contract (`/gw/v1`): "METHOD\\npath?query\\ntimestamp\\nnonce\\nsha256hex(body)".
"""

import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping

TOLERANCE_SECONDS = 300
LONGEST_TIMESTAMP = 12


def signature(secret: str, method: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    signed = "\n".join((method, path, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), signed.encode(), "sha256").hexdigest()


def headers(app_id: str, secret: str, method: str, path: str, body: bytes) -> dict[str, str]:
    """The headers of one call; nonce and time are new each time."""
    timestamp, nonce = str(int(time.time())), str(uuid.uuid4())
    return {
        "X-App-Id": app_id,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Request-Id": str(uuid.uuid4()),
        "X-Signature": signature(secret, method, path, timestamp, nonce, body),
        "Content-Type": "application/json; charset=utf-8",
    }


def genuine(secret: str, method: str, path: str, given: Mapping[str, str], body: bytes) -> bool:
    """Whether a call-back was signed with our secret within the last five minutes."""
    timestamp, nonce = given.get("X-Timestamp", ""), given.get("X-Nonce", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= LONGEST_TIMESTAMP and nonce):
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    expected = signature(secret, method, path, timestamp, nonce, body)
    return hmac.compare_digest(expected.encode(), given.get("X-Signature", "").encode())
