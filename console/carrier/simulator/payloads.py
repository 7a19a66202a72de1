"""What a request says: its members by path, and its canonical form for comparison."""

import hashlib
import hmac
import json
from typing import Any

from console.carrier.simulator import signing
from console.carrier.simulator.errors import ApiError


def digest(secret: str, target: str, payload: Any) -> str:
    """Equal for equal requests, although the same document number is encrypted differently each time."""
    plain = json.dumps(_decrypted(secret, payload), ensure_ascii=False, sort_keys=True)
    return hmac.new(secret.encode(), f"{target}\n{plain}".encode(), hashlib.sha256).hexdigest()


def _decrypted(secret: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_decrypted(secret, item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: id_number(secret, item) if key == "idNoEnc" else _decrypted(secret, item)
        for key, item in value.items()
    }


def id_number(secret: str, text: Any) -> str:
    try:
        return signing.decrypt_id(secret, str(text))
    except ValueError as error:
        raise ApiError("INVALID_PARAM", "证件号码无法解密", "idNoEnc") from error


def text(payload: Any, path: str, *, needed: bool = True) -> str:
    value: Any = payload
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if value is None or value == "":
        if needed:
            raise ApiError("MISSING_FIELD", f"缺少 {path}", path)
        return ""
    if not isinstance(value, str):
        raise ApiError("INVALID_PARAM", f"{path} 应为文本", path)
    return value
