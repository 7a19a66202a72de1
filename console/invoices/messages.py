"""What each code about an invoice's file says: why it could not be read, or what in it does not agree."""

from collections.abc import Iterable

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

UNREADABLE: dict[str, LazyString] = {
    "I_NOT_AN_INVOICE": _l("这个文件不是数电票。请上传税务平台或开票方给的 XML、OFD 或 PDF 原件"),
    "I_DAMAGED": _l("文件损坏或不完整，读不出发票。请重新下载原件再上传"),
    "I_ENCRYPTED": _l("文件设了密码，打不开。请上传没有密码的原件"),
    "I_TOO_LARGE": _l("文件太大，或页数、文字太多，不像一张发票。请上传原件，不要合并多张发票"),
    "I_ZIP_BOMB": _l("文件解开后太大，为安全起见没有打开。请重新下载 OFD 原件"),
    "I_ENTITIES": _l("文件里有不允许的 XML 定义，为安全起见没有打开。请重新下载原件"),
    "I_SEVERAL": _l("压缩包里有几张不同的发票。请一张一张上传"),
    "I_NOTHING_TO_READ": _l("PDF 里没有文字，也没有认出发票二维码。请上传 XML 或 OFD 原件，或扫描得更清楚"),
}

DOUBTS: dict[str, LazyString] = {
    "I_NUMBER": _l("发票号码不是 20 位数字"),
    "I_NUMBERS": _l("文件里有两个不同的发票号码"),
    "I_RED_OF": _l("红字发票没有写明对应的蓝字发票和确认单"),
    "I_LINES": _l("没有明细行，或超过 2000 行"),
    "I_LINE_TAX": _l("有一行的税额不等于金额乘税率"),
    "I_LINE_PRICE": _l("有一行的金额不等于单价乘数量"),
    "I_SUMS": _l("各行加起来不等于合计"),
    "I_TOTAL": _l("金额加税额不等于价税合计"),
    "I_WORDS": _l("大写金额和小写金额不一样"),
    "I_CODE": _l("二维码里的号码、日期或金额和票面不一样"),
    "I_PRINTED": _l("票面和文件里的数据不一样"),
    "I_ONLY_CODE": _l("这是图片，只认出二维码，税额和购销双方读不出来。请上传 XML 或 OFD 原件"),
    "I_SIGN": _l("蓝字发票的价税合计应大于零，红字发票应小于零"),
    "I_DISCOUNT": _l("折扣行没有紧跟在被折扣的行下面，或折扣大于原金额"),
    "I_BUYER": _l("缺少购买方名称，或专用发票缺少购买方税号"),
    "I_SELLER": _l("缺少销售方名称或税号"),
    "I_TOO_LONG": _l("备注超过 200 个字，或项目名称超过 90 个字"),
}


def unreadable(code: str) -> str:
    return str(UNREADABLE.get(code, UNREADABLE["I_DAMAGED"]))


def wrong(codes: Iterable[str]) -> str:
    """One sentence with all that would be refused of an invoice of ours."""
    return _("；").join(str(DOUBTS[code]) for code in codes if code in DOUBTS)


def doubts(codes: Iterable[str]) -> str:
    """One sentence with all that does not agree."""
    return str(_("没有收下：%(what)s。原件没有错时请联系开票方核对", what=wrong(codes)))


def refusals() -> dict[str, str]:
    """Code → why an invoice of others was not taken in."""
    return {
        "E_FILE_OTHER_BUYER": _("发票的购买方不是本公司，没有收下"),
        "E_FILE_OTHER_SELLER": _("发票的销售方不是运营商，没有收下"),
        "E_FILE_KNOWN": _("发票 %(number)s 已经收过，没有再收"),
        "E_FILE_RED": _("红字发票随红字确认单进来，不用上传"),
        "E_FILE_AMOUNT": _("发票金额超过 %(period)s 账单里还没开票的部分，或这个月还没关账，没有收下"),
    }


def not_taken(code: str) -> str:
    """Why one that the platform told of did not come in; nobody is there to choose another month or file."""
    known = {
        "E_FILE_MISSING": _("平台上找不到这个号码的文件"),
        "E_FILE_AMOUNT": _("没有哪个已关账的月份还剩这么多没开票的金额"),
        "E_FILE_ALTERED": _("文件里的数对不上"),
        "E_FILE_NOT_INVOICE": _("平台给的文件不是数电票"),
        "E_FILE_KNOWN": _("这张发票已经收过"),
        "E_STATEMENT_BUSY": _("账单正在更新"),
    }
    return known.get(code) or refusals().get(code, code)
