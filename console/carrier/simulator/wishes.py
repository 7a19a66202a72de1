"""An order as it was asked for, with document numbers already turned into hashes; read from its payload."""

import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from console.carrier.simulator import catalogue, payloads, signing
from console.carrier.simulator.clock import day_after, from_rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.kinds import KINDS, NEXT_CYCLE, NOW, REMOVES

PHYSICAL, ESIM = "PHYSICAL", "ESIM"
DIRECTIONS = ("TO_PERSON", "TO_COMPANY", "FROM_PERSON")
_MSISDN = re.compile(r"1[3-9]\d{9}")
_ICCID = re.compile(r"8986\d{2}[0-9A-F]{13}[0-9A-Z]?")
_SHORT_NO = re.compile(r"6[1-9]\d{1,4}")
_MOST_MB = 10 * 1024 * 1024


@dataclass(frozen=True)
class Wish:
    external_id: str
    type: str
    group_code: str
    msisdn: str
    iccid: str = ""
    sim_type: str = PHYSICAL
    eid: str = ""
    name: str = ""
    id_type: str = ""
    doc_hash: str = ""
    doc_valid_to: str = ""
    products: tuple[dict[str, Any], ...] = ()
    replace_pending: bool = False
    effective: str = ""
    start_at: int | None = None
    # Of a suspension: the moment in which it ends by itself.
    until: int | None = None
    authorization: str = ""
    accepted_penalty_fen: int | None = None
    limit_mb: int = 0
    limit_action: str = ""
    pool_id: str = ""
    reason: str = ""
    direction: str = ""
    to_group: str = ""

    @property
    def codes(self) -> list[str]:
        return [str(product.get("code", "")) for product in self.products]

    @property
    def main_plan(self) -> str | None:
        return next((code for code in self.codes if catalogue.is_main(code)), None)

    @property
    def extras(self) -> list[str]:
        return [code for code in self.codes if not catalogue.is_main(code)]

    @property
    def short_no(self) -> str | None:
        return next((product["shortNo"] for product in self.products if product.get("shortNo")), None)

    def as_json(self) -> str:
        return json.dumps(vars(self), ensure_ascii=False)


def of(order: sqlite3.Row) -> Wish:
    """What the order was placed with; orders of older ledgers kept their products only."""
    if order["wish"]:
        kept = json.loads(order["wish"])
        return Wish(**kept | {"products": tuple(kept["products"])})
    products = tuple(item for item in json.loads(order["items"]) if item.get("code"))
    return Wish(order["external_id"], order["type"], order["group_code"], order["msisdn"], products=products)


def read(secret: str, payload: dict[str, Any]) -> Wish:
    """Raise ApiError for what is missing or makes no sense in itself."""
    order_type = payloads.text(payload, "type")
    if order_type not in KINDS:
        raise ApiError("INVALID_PARAM", f"不支持的订单类型 {order_type}", "type", status=422)
    first_day = payloads.text(payload, "suspension.firstDay", needed=False)
    return Wish(
        external_id=payloads.text(payload, "externalId"),
        type=order_type,
        group_code=payloads.text(payload, "customer.groupCode"),
        msisdn=_matching(payload, "subscriber.msisdn", _MSISDN, needed=True),
        replace_pending=payload.get("replacePending") is True,
        products=_products(payload, order_type),
        effective=_one_of(payload, "effective", (NOW, NEXT_CYCLE)),
        start_at=_moment(payload, "suspension.firstDay" if first_day else "requestedStartDate"),
        authorization=payloads.text(payload, "customer.authorizationId", needed=False),
        accepted_penalty_fen=_fen(payload, "acceptedPenaltyFen"),
        reason=payloads.text(payload, "reason", needed=False),
        **_card(payload, order_type),
        **(_user(secret, payload) if KINDS[order_type].new_user else {}),
        **_OWN.get(order_type, _nothing)(payload),
    )


def _matching(payload: Any, path: str, form: re.Pattern[str], *, needed: bool = False) -> str:
    found = payloads.text(payload, path, needed=needed).strip().upper()
    if found and not form.fullmatch(found):
        raise ApiError("INVALID_PARAM", found, path)
    return found


def _one_of(payload: Any, path: str, words: tuple[str, ...], *, needed: bool = False) -> str:
    found = payloads.text(payload, path, needed=needed)
    if found and found not in words:
        raise ApiError("INVALID_PARAM", f"{path} 应为 {'、'.join(words)}", path)
    return found


def _moment(payload: Any, path: str) -> int | None:
    day = payloads.text(payload, path, needed=False)
    try:
        return from_rfc3339(day) if day else None
    except ValueError as error:
        raise ApiError("INVALID_PARAM", day, path) from error


def _fen(payload: dict[str, Any], name: str) -> int | None:
    found = payload.get(name)
    if found is not None and (isinstance(found, bool) or not isinstance(found, int) or found < 0):
        raise ApiError("INVALID_PARAM", f"{name} 应为非负整数（分）", name)
    return found


def _products(payload: dict[str, Any], order_type: str) -> tuple[dict[str, Any], ...]:
    """What an order names, or what an order without products means by its type."""
    products = payload.get("products") or []
    if not isinstance(products, list) or not all(isinstance(product, dict) for product in products):
        raise ApiError("INVALID_PARAM", "products 应为列表", "products")
    meant: dict[str, Any] = {
        "JOIN_VNET": {"code": "VNET_BASIC", "shortNo": payloads.text(payload, "vnet.shortNo", needed=False)},
        "LEAVE_VNET": {"code": "VNET_BASIC"},
        "JOIN_POOL": {"code": "POOL_MEMBER"},
        "LEAVE_POOL": {"code": "POOL_MEMBER"},
        "ROAMING_ON": {"code": "IDD_ENABLE"},
    }
    if order_type in meant:
        return (meant[order_type],)
    # A change may also name what it takes away; only what is added is a wish for it.
    return tuple(
        product for product in products if order_type in REMOVES or product.get("action") != "delete"
    )


def _user(secret: str, payload: Any) -> dict[str, Any]:
    name, id_type = (payloads.text(payload, f"subscriber.user.{part}") for part in ("name", "idType"))
    number = payloads.id_number(secret, payloads.text(payload, "subscriber.user.idNoEnc"))
    return {
        "name": name,
        "id_type": id_type,
        "doc_hash": signing.document_hash(secret, id_type, number),
        "doc_valid_to": payloads.text(payload, "subscriber.user.idValidTo", needed=False),
    }


def _card(payload: Any, order_type: str) -> dict[str, Any]:
    """A replaced card comes from the customer's stock, a downloaded one from the operator."""
    replacing = order_type == "REPLACE_SIM"
    sim_type = _one_of(payload, "subscriber.simType", (PHYSICAL, ESIM, "WRITE")) or PHYSICAL
    ordered = replacing or order_type == "ACTIVATE"
    if ordered and sim_type == ESIM:
        eid = payloads.text(payload, "subscriber.eid").replace(" ", "")
        # ISO 7064 MOD 97-10, SGP.02 and SGP.29.
        if len(eid) != 32 or not eid.isdecimal() or not eid.isascii() or int(eid) % 97 != 1:
            raise ApiError("INVALID_PARAM", "EID 应为 32 位数字且校验位正确", "subscriber.eid")
        return {"sim_type": ESIM, "eid": eid}
    iccid = _matching(payload, "subscriber.iccid", _ICCID, needed=replacing)
    return {"sim_type": PHYSICAL, "iccid": iccid}


def _suspension(payload: Any) -> dict[str, Any]:
    last_day = _moment(payload, "suspension.lastDay")
    return {"until": None if last_day is None else day_after(last_day)}


def _data_limit(payload: Any) -> dict[str, Any]:
    limit = payload.get("dataLimit")
    limit_mb = limit.get("limitMb") if isinstance(limit, dict) else None
    if limit_mb is None:
        raise ApiError("MISSING_FIELD", "缺少 dataLimit.limitMb", "dataLimit.limitMb")
    if isinstance(limit_mb, bool) or not isinstance(limit_mb, int) or not 0 < limit_mb <= _MOST_MB:
        raise ApiError("INVALID_PARAM", f"limitMb 应为 1～{_MOST_MB}", "dataLimit.limitMb")
    action = _one_of(payload, "dataLimit.action", ("CUT", "THROTTLE")) or "CUT"
    return {"limit_mb": limit_mb, "limit_action": action}


def _transfer(payload: Any) -> dict[str, Any]:
    direction = _one_of(payload, "transfer.direction", DIRECTIONS, needed=True)
    # The unit's letter with its seal; both sides keep it.
    payloads.text(payload, "transfer.letterId")
    to_group = payloads.text(payload, "transfer.toGroupCode", needed=direction == "TO_COMPANY")
    return {"direction": direction, "to_group": to_group}


def _vnet(payload: Any) -> dict[str, Any]:
    _matching(payload, "vnet.shortNo", _SHORT_NO, needed=True)
    return {}


def _pool(payload: Any) -> dict[str, Any]:
    return {"pool_id": payloads.text(payload, "pool.poolId")}


def _roaming(payload: Any) -> dict[str, Any]:
    if payload.get("userConfirmed") is not True:
        raise ApiError("MISSING_FIELD", "缺少使用人确认 userConfirmed", "userConfirmed")
    return {}


def _nothing(_payload: Any) -> dict[str, Any]:
    return {}


_OWN: dict[str, Callable[[Any], dict[str, Any]]] = {
    "SUSPEND": _suspension,
    "SET_DATA_LIMIT": _data_limit,
    "TRANSFER": _transfer,
    "JOIN_VNET": _vnet,
    "JOIN_POOL": _pool,
    "ROAMING_ON": _roaming,
}
