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
