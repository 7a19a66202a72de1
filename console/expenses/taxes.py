"""VAT of telecommunication services: which rate holds on which day, and how an amount is split by it.

Data services, messages and broadband access moved from 6 to 9 % on 2026-01-01 (财政部 税务总局公告2026年第9号); what
counts is the day of the service and not of the invoice. Which codes the moved services carry since then is not
published: those of basic telecommunication are assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from console.expenses.items import TaxClass

ALWAYS = date(2016, 5, 1)
"""When VAT came to telecommunication (财税〔2016〕36号)."""
MOVED = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class TaxRule:
    """From `since` on. `percent` None: not the operator's sale, never on its invoice."""

    since: date
    percent: int | None
    code: str
    """税收分类编码, 19 digits."""
    short_name: str
    name: str


_TELECOM = "电信服务"
RULES: Mapping[str, tuple[TaxRule, ...]] = {
    TaxClass.VOICE: (TaxRule(ALWAYS, 9, "3030100000000000000", _TELECOM, "基础电信服务费"),),
    TaxClass.DATA: (
        TaxRule(ALWAYS, 6, "3030203000000000000", _TELECOM, "移动数据流量费"),
        TaxRule(MOVED, 9, "3030100000000000000", _TELECOM, "移动数据流量费"),
    ),
    TaxClass.MESSAGES: (
        TaxRule(ALWAYS, 6, "3030201000000000000", _TELECOM, "短信和彩信服务费"),
        TaxRule(MOVED, 9, "3030100000000000000", _TELECOM, "短信和彩信服务费"),
    ),
    TaxClass.BROADBAND: (
        TaxRule(ALWAYS, 6, "3030203000000000000", _TELECOM, "互联网接入服务费"),
        TaxRule(MOVED, 9, "3030100000000000000", _TELECOM, "互联网接入服务费"),
    ),
    TaxClass.OTHER_VAS: (TaxRule(ALWAYS, 6, "3030299000000000000", _TELECOM, "增值电信服务费"),),
    TaxClass.GOODS: (TaxRule(ALWAYS, 13, "1090505000000000000", "移动通信设备", "SIM 卡"),),
    TaxClass.NONE: (TaxRule(ALWAYS, None, "", "", "代收费"),),
}


def rule(tax_class: str, day: date) -> TaxRule:
    """What held on the day of the service. Raises ValueError for a day before VAT, or an unknown class."""
    held = [one for one in RULES.get(tax_class, ()) if one.since <= day]
    if not held:
        raise ValueError(f"{tax_class} on {day}")
    return held[-1]


def split(amount_fen: int, percent: int) -> tuple[int, int]:
    """(without VAT, VAT) in 分 of an amount that includes it; rounded half up, the two add up to the amount."""
    sign, amount = (-1, -amount_fen) if amount_fen < 0 else (1, amount_fen)
    tax = (2 * amount * percent + 100 + percent) // (2 * (100 + percent))
    return sign * (amount - tax), sign * tax
