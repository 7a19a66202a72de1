"""What goes into the rating of a line's month, and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from console.expenses.items import BillItem, PaidBy, TaxClass
from console.expenses.metering import Data


class Cycle(StrEnum):
    MONTH = "MONTH"
    ONCE = "ONCE"
    DAY = "DAY"
    YEAR = "YEAR"


class Over(StrEnum):
    """What happens when data is used up: it is billed, or it only becomes slow."""

    BILLED = "BILLED"
    THROTTLED = "THROTTLED"


@dataclass(frozen=True, slots=True)
class Product:
    """A version of a product as far as its price matters. Prices in 分; None: it cannot be used beyond the allowance."""

    code: str
    name: str
    kind: str
    item: str
    tax_class: str
    fee_fen: int
    cycle: str = Cycle.MONTH
    first_month: str = "DAILY"
    voice_min: int = 0
    data_mb: int = 0
    directed_mb: int = 0
    sms: int = 0
    minute_fen: int | None = None
    gigabyte_fen: int | None = None
    message_fen: int | None = None
    throttle_after_mb: int | None = None
    over: str = Over.BILLED
    valid_days: int = 0
    """Of a pack: how long it may be used; 0 until the month ends."""


@dataclass(frozen=True, slots=True)
class Held:
    """A product on a line from `since` to `until`, both included; None: it goes on. `priced_daily_at_end` by contract."""

    product: Product
    since: date
    until: date | None = None
    times: int = 1
    priced_daily_at_end: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one month. Minutes are whole ones of each call that was paid for; messages are segments."""

    minutes: int = 0
    onnet_minutes: int = 0
    messages: int = 0
    data: Data = field(default_factory=Data)


@dataclass(frozen=True, slots=True)
class Once:
    """What is charged, or given back, on a day: a card, a penalty, a discount, somebody else's content."""

    item: str
    tax_class: str
    name: str
    on: date
    amount_fen: int
    product: str | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """Everything that the price of a line's month depends on."""

    period: str
    held: Sequence[Held]
    usage: Usage = field(default_factory=Usage)
    suspended: Sequence[tuple[date, date]] = ()
    """First and last days of suspension, both included."""
    once: Sequence[Once] = ()
    carried_kb: int = 0
    in_pool: bool = False


@dataclass(frozen=True, slots=True)
class Rated:
    """A charge as we compute it; the same facts as a charge of the operator's bill has."""

    item: str
    tax_class: str
    product: str | None
    name: str
    service_from: date
    service_to: date
    amount_fen: int
    paid_by: str = PaidBy.COMPANY


_ITEMS = {
    "套餐及固定费": BillItem.RENT,
    "套餐外上网费": BillItem.DATA,
    "自有增值业务费": BillItem.OWN_VAS,
    "其他费用": BillItem.OTHER,
}
_DAYS_OF_PACKS = {"ADD01GD": 1, "ADD03GD": 7, "ROAM_7D": 7, "ROAM_GLOBAL30": 30}


def product(row: Mapping[str, Any]) -> Product:
    """Out of a row of the catalogue."""
    return Product(
        code=row["code"],
        name=row["name"],
        kind=row["kind"],
        item=_ITEMS.get(row["bill_item"], BillItem.OTHER),
        tax_class=_tax_class(row),
        fee_fen=row["fee_fen"],
        cycle=row["fee_cycle"],
        first_month=row["first_month"],
        voice_min=row["voice_min"],
        data_mb=row["data_mb"],
        directed_mb=row["directed_mb"],
        sms=row["sms"],
        minute_fen=row.get("over_voice_fen_per_min"),
        gigabyte_fen=row.get("over_data_fen_per_gb"),
        message_fen=row.get("over_sms_fen"),
        throttle_after_mb=row.get("throttle_after_mb"),
        valid_days=_DAYS_OF_PACKS.get(row["code"], 0),
    )


def _tax_class(row: Mapping[str, Any]) -> TaxClass:
    if row["tax"] == "GOODS_13":
        return TaxClass.GOODS
    if row["tax"] == "VAS_6":
        return TaxClass.OTHER_VAS
    if row["kind"] in ("BROADBAND", "LEASED_LINE"):
        return TaxClass.BROADBAND
    return TaxClass.DATA if row["kind"] in ("ADDON", "ROAMING") and row["data_mb"] else TaxClass.VOICE
