"""What a charge is called on the bill, how it is taxed, and who pays it."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class BillItem(StrEnum):
    """The headings of the operator's bill, in its order."""

    RENT = "RENT"
    VOICE = "VOICE"
    DATA = "DATA"
    MESSAGES = "MESSAGES"
    OWN_VAS = "OWN_VAS"
    THIRD_PARTY = "THIRD_PARTY"
    OTHER = "OTHER"
    DISCOUNT = "DISCOUNT"


TITLES: dict[str, LazyString] = {
    BillItem.RENT: _l("套餐及固定费"),
    BillItem.VOICE: _l("套餐外语音通信费"),
    BillItem.DATA: _l("套餐外上网费"),
    BillItem.MESSAGES: _l("套餐外短彩信费"),
    BillItem.OWN_VAS: _l("自有增值业务费"),
    BillItem.THIRD_PARTY: _l("代收费业务费"),
    BillItem.OTHER: _l("其他费用"),
    BillItem.DISCOUNT: _l("减免/优惠"),
}


class TaxClass(StrEnum):
    """What the rate of a charge depends on, beside its service date: 财政部 税务总局公告2026年第9号 moved some of them."""

    VOICE = "VOICE"
    """Calls, and fees of plans: basic telecommunication."""
    DATA = "DATA"
    MESSAGES = "MESSAGES"
    BROADBAND = "BROADBAND"
    OTHER_VAS = "OTHER_VAS"
    GOODS = "GOODS"
    """Cards and telephones."""
    NONE = "NONE"
    """Not the operator's own sale (third-party content), or compensation: never on its invoice."""


class PaidBy(StrEnum):
    COMPANY = "company"
    PERSON = "person"
