"""What a request says: its canonical form for comparison, and the order in it."""

import hashlib
import hmac
import json
import re
from typing import Any

from console.carrier.simulator import rules, signing
from console.carrier.simulator.clock import from_rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.rules import Wish

_MSISDN = re.compile(r"1[3-9]\d{9}")
_ICCID = re.compile(r"8986\d{2}[0-9A-F]{13}[0-9A-Z]?")


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
        key: _id_number(secret, item) if key == "idNoEnc" else _decrypted(secret, item)
        for key, item in value.items()
    }


def _id_number(secret: str, text: Any) -> str:
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


def wish(secret: str, payload: dict[str, Any]) -> Wish:
    order_type = text(payload, "type")
    if order_type not in rules.TYPES:
        raise ApiError("INVALID_PARAM", f"不支持的订单类型 {order_type}", "type", status=422)
    msisdn = text(payload, "subscriber.msisdn")
    if not _MSISDN.fullmatch(msisdn):
        raise ApiError("INVALID_PARAM", msisdn, "subscriber.msisdn")
    iccid = text(payload, "subscriber.iccid", needed=False).strip().upper()
    if iccid and not _ICCID.fullmatch(iccid):
        raise ApiError("INVALID_PARAM", iccid, "subscriber.iccid")
    activation = order_type == "ACTIVATE"
    return Wish(
        external_id=text(payload, "externalId"),
        type=order_type,
        group_code=text(payload, "customer.groupCode"),
        msisdn=msisdn,
        iccid=iccid,
        name=text(payload, "subscriber.user.name", needed=activation),
        doc_hash=_document(secret, payload) if activation else "",
        doc_valid_to=text(payload, "subscriber.user.idValidTo", needed=False),
        products=_products(payload),
        replace_pending=payload.get("replacePending") is True,
    )


def _document(secret: str, payload: dict[str, Any]) -> str:
    number = _id_number(secret, text(payload, "subscriber.user.idNoEnc"))
    return signing.document_hash(secret, text(payload, "subscriber.user.idType"), number)


def _products(payload: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    products = payload.get("products") or []
    if not isinstance(products, list) or not all(isinstance(product, dict) for product in products):
        raise ApiError("INVALID_PARAM", "products 应为列表", "products")
    # A change may also name what it takes away; only what is added is a wish for it.
    removing = payload.get("type") == "REMOVE_PRODUCT"
    return tuple(product for product in products if removing or product.get("action") != "delete")


def start_at(payload: dict[str, Any]) -> int | None:
    day = text(payload, "requestedStartDate", needed=False)
    if not day:
        return None
    try:
        return from_rfc3339(day)
    except ValueError as error:
        raise ApiError("INVALID_PARAM", day, "requestedStartDate") from error
