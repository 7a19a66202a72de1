"""The message catalogue of rosters: what each code says, where the trouble is and how to mend it.

Every code is stable: pages group by it, the API returns it. A sentence may use `%(cell)s`, what stood in the cell;
it is put in when the sentence is shown, never stored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from console.identifiers import documents
from console.identifiers.amounts import as_typed

_LONG_NUMBER = re.compile(r"[A-Za-z]{0,3}[0-9][0-9 -]{6,}[0-9][0-9Xx]?")
"""A document number that slipped into another column is not repeated in full."""


@dataclass(frozen=True)
class Question:
    """`yes` and `no` are the two answers; both empty where there are others to choose from."""

    title: LazyString
    detail: LazyString
    yes: LazyString | str = ""
    no: LazyString | str = ""


@dataclass(frozen=True)
class Message:
    """`title` heads a group of rows, `cause` and `remedy` make the sentence of one."""

    title: LazyString
    cause: LazyString
    remedy: LazyString


def _m(title: LazyString, cause: LazyString, remedy: LazyString) -> Message:
    return Message(title, cause, remedy)


ROWS: dict[str, Message] = {
    "E_REQUIRED": _m(_l("必填的格子是空的"), _l("没有填写"), _l("请补填")),
    "E_PLACEHOLDER": _m(_l("用“同上”等代替了内容"), _l("“%(cell)s”不是实际内容"), _l("请填写实际内容")),
    "E_FORMULA": _m(
        _l("单元格是公式且没有保存结果"),
        _l("是公式且没有保存结果"),
        _l("请在 Excel 里粘贴为数值，或在这里填写"),
    ),
    "E_IMAGE": _m(_l("单元格里是图片"), _l("是图片，读不到文字"), _l("请填写文字")),
    "E_TEXT_LONG": _m(_l("内容太长"), _l("超过 %(longest)s 个字"), _l("请缩短")),
    "E_DIGITS_LOST": _m(
        _l("被 Excel 改成了数字"),
        _l("被 Excel 转成数字，末几位已丢失，无法恢复"),
        _l("请重新填写；在 Excel 里要先把该列设为“文本”再输入"),
    ),
    "E_DATE_AS_TEXT": _m(
        _l("被 Excel 识别成了日期"),
        _l("被 Excel 识别成日期，原来的内容已丢失"),
        _l("请重新填写，并把该列设为“文本”"),
    ),
    "E_EMP_NUMBER": _m(_l("工号不能用"), _l("不是可用的工号"), _l("请填写 1～40 个字符的工号")),
    "E_EMP_DUP": _m(_l("工号重复"), _l("与第 %(first)s 行工号重复"), _l("请改正工号或移出这一行")),
    "E_EMP_CONFLICT": _m(
        _l("工号属于另一个人"), _l("花名册里这个工号登记的是另一个人"), _l("请核对工号和证件号码")
    ),
    "E_NAME_REMARK": _m(
        _l("姓名里有备注、数字或两个人"),
        _l("“%(cell)s”里有备注、数字或不止一个人"),
        _l("请只写一个人的姓名，与证件一致"),
    ),
    "E_NAME_DIGIT": _m(_l("姓名不是文字"), _l("不是文字"), _l("请填写与证件一致的姓名")),
    "E_NAME_LOST": _m(
        _l("姓名有无法识别或打码的字"),
        _l("“%(cell)s”含无法识别的字符（%(points)s）"),
        _l("请从身份证重新录入"),
    ),
    "E_NAME_DOT_POSITION": _m(
        _l("姓名间隔号的位置不对"), _l("“%(cell)s”的间隔号在开头或结尾"), _l("请对照证件改正")
    ),
    "E_NAME_MIXED_SCRIPT": _m(
        _l("姓名混用了两种文字"), _l("“%(cell)s”混用了两种文字"), _l("请对照证件填写一种")
    ),
    "E_NAME_LENGTH": _m(_l("姓名长度不对"), _l("应为 2～30 个字"), _l("请对照证件填写全名")),
    "E_NAME_CHARSET": _m(
        _l("姓名里有不能用的字符"), _l("“%(cell)s”里有不能用的字符"), _l("请对照证件重新填写")
    ),
    "E_NAME_DOC": _m(_l("姓名与证件类型不符"), _l("姓名的文字与证件类型不符"), _l("请核对姓名和证件类型")),
    "E_ID_FLOAT": _m(
        _l("证件号码被 Excel 改成了数字"),
        _l("被 Excel 转成数字，末几位已丢失，无法恢复"),
        _l("请对照证件重新填写；在 Excel 里要先把该列设为“文本”再输入"),
    ),
    "E_MASKED": _m(_l("号码打了星号"), _l("打了星号，不是完整号码"), _l("请填写完整号码，保存时会加密")),
    "E_ID_MASKED": _m(
        _l("证件号码末位是星号"),
        _l("末位是 *，看不出是 X 还是数字"),
        _l("请对照证件填写完整号码，末位是 X 就写 X"),
    ),
    "E_ID_15": _m(_l("15 位一代证号码"), _l("一代证号码已停用（2013-01-01）"), _l("请填写 18 位号码")),
    "E_ID_LENGTH": _m(_l("证件号码位数不对"), _l("位数不对，现在是 %(length)s 位"), _l("请对照证件重新填写")),
    "E_ID_CHARSET": _m(_l("证件号码里有不该有的字符"), _l("有不该有的字符"), _l("请对照证件重新填写")),
    "E_ID_REGION": _m(_l("证件号码的地区码不对"), _l("前几位的地区码不存在"), _l("请对照证件重新填写")),
    "E_ID_BIRTHDATE": _m(
        _l("证件号码里的出生日期无效"), _l("第 7～14 位“%(part)s”不是有效日期"), _l("请对照身份证重新填写")
    ),
    "E_ID_SEQUENCE": _m(_l("证件号码的顺序码无效"), _l("第 15～17 位不能是 000"), _l("请对照证件重新填写")),
    "E_ID_CHECK_DIGIT": _m(
        _l("证件号码有抄错的数字"), _l("最后一位核对不上，有数字抄错了"), _l("请对照证件重新填写")
    ),
    "E_ID_NATIONALITY": _m(_l("证件号码里的国籍码不对"), _l("国籍码不对"), _l("请对照证件重新填写")),
    "E_ID_FORMAT": _m(_l("证件号码的格式不对"), _l("格式与证件类型不符"), _l("请核对证件类型和号码")),
    "E_ID_LEGACY_EXPIRED": _m(_l("旧版证件已过期"), _l("这种旧版证件已全部过期"), _l("请填写现在有效的证件")),
    "E_ID_REVIEW_LENGTH": _m(
        _l("护照号码位数少见"), _l("位数少见，系统无法确认"), _l("请核对护照号码，确实如此请到营业厅办理")
    ),
    "E_ID_EXPIRED": _m(
        _l("证件已过期"), _l("证件在办理当天已过期"), _l("请员工换证后办理，或改用其他有效证件")
    ),
    "E_ID_NAME_CONFLICT": _m(
        _l("同一证件写了不同姓名"), _l("与第 %(first)s 行证件相同，姓名不同"), _l("请核对哪一行写错了")
    ),
    "E_DOC_TYPE": _m(_l("不认识的证件类型"), _l("没有“%(cell)s”这种证件类型"), _l("请从下拉选项里选择")),
    "E_DOC_TYPE_MISMATCH": _m(_l("证件类型与号码不符"), _l("号码像是%(looks)s"), _l("请核对证件类型和号码")),
    "E_DOC_NOT_ACCEPTED": _m(
        _l("这种证件不能办理"), _l("这种证件不能用于办理号码"), _l("中国公民请填写居民身份证")
    ),
    "E_AGE_UNDER_16": _m(_l("使用人未满 16 岁"), _l("使用人未满 16 岁"), _l("请由监护人到营业厅办理")),
    "E_DUP_ID": _m(
        _l("证件号码重复"),
        _l("与第 %(first)s 行证件号码重复"),
        _l("请移出其中一行；确实要开第 2 个号码，按下面的按钮"),
    ),
    "E_DUP_BATCH": _m(
        _l("另一批次里有同一个人"),
        _l("批次 %(number)s 第 %(row)s 行已有这个人，还没有办完"),
        _l("请移出其中一行；确实要再开一个号码，按下面的按钮"),
    ),
    "E_DUP_NUMBER": _m(_l("号码重复"), _l("与第 %(first)s 行号码重复"), _l("请换一个号码，或留空由系统分配")),
    "E_DUP_ICCID": _m(_l("卡号重复"), _l("与第 %(first)s 行卡号重复"), _l("请换一张卡，或留空由系统分配")),
    "E_HAS_LINE": _m(
        _l("员工已有号码"),
        _l("这位员工已有 %(lines)s 个号码"),
        _l("请移出这一行；确实要再开一个，按下面的按钮"),
    ),
    "E_ONE_ID_FILE": _m(
        _l("同一证件超过 5 个号码"), _l("该证件名下将超过 5 个号码"), _l("请换一位使用人或移出本批次")
    ),
    "E_ONE_ID_LIMIT": _m(
        _l("该证件在运营商名下的号码已满"),
        _l("运营商说该证件名下已有 %(lines)s 个号码（含个人号），最多 %(most)s 个"),
        _l("请换一位使用人，或请员工先注销一个个人号码"),
    ),
    "E_REALNAME_MISMATCH": _m(
        _l("姓名与证件登记不一致"),
        _l("运营商核验：姓名与证件登记不一致"),
        _l("请核对姓名和证件号码，改正后会自动再核验"),
    ),
    "E_REALNAME_ID_NOT_FOUND": _m(
        _l("查不到这个证件"), _l("运营商核验：查不到这个证件号码"), _l("请核对证件号码")
    ),
    "E_PERSON_LIMITED": _m(
        _l("使用人受限"), _l("运营商说这位使用人暂时不能办理"), _l("请本人到营业厅咨询，其他行可以先办")
    ),
    "E_DEPT_LONG": _m(_l("部门名称太长"), _l("每一级部门最多 60 个字"), _l("请缩短")),
    "E_DEPT_DEEP": _m(_l("部门层级太多"), _l("最多 6 级"), _l("请减少层级")),
    "E_DEPT_UNKNOWN": _m(
        _l("没有这个部门"), _l("没有“%(cell)s”这个部门"), _l("请选择现有部门，或先在花名册里建立")
    ),
    "E_PLAN_UNKNOWN": _m(_l("没有这个套餐"), _l("没有“%(cell)s”"), _l("请选择现有套餐")),
    "E_PLAN_AMBIGUOUS": _m(
        _l("套餐名称指向不止一个套餐"), _l("“%(cell)s”可能是 %(candidates)s"), _l("请选择其中一个")
    ),
    "E_PLAN_AGE": _m(_l("年龄不符合套餐条件"), _l("这个套餐限 16～30 岁"), _l("请选择其他套餐")),
    "E_PRICE_CHANGED": _m(
        _l("确认之后价格变了"), _l("确认之后套餐或月费有变化，没有办理"), _l("请看过新的价格再确认")
    ),
    "E_PHONE_FORMAT": _m(_l("联系电话不对"), _l("不是 11 位手机号"), _l("请核对，或留空")),
    "E_PHONE_FIXED": _m(_l("联系电话是座机"), _l("是座机，收不到激活短信"), _l("请填写手机号，或留空")),
    "E_PHONE_MULTI": _m(_l("一格里有两个号码"), _l("有两个号码"), _l("请只留一个")),
    "E_MSISDN_FORMAT": _m(_l("要开通的号码不对"), _l("不是可开通的手机号"), _l("请核对，或留空由系统分配")),
    "E_NUMBER_NOT_LOCKED": _m(
        _l("号码不在公司的号池里"), _l("不在公司的号池里或已被占用"), _l("请换一个号码，或留空由系统分配")
    ),
    "E_ICCID_FLOAT": _m(
        _l("卡号被 Excel 改成了数字"),
        _l("被 Excel 转成数字，末几位已丢失"),
        _l("请对照卡面重新填写，或留空由系统分配"),
    ),
    "E_ICCID_FORMAT": _m(
        _l("卡号不对"), _l("不是 19 或 20 位的国内 SIM 卡号"), _l("请对照卡面重新填写，或留空")
    ),
    "E_ICCID_NOT_OURS": _m(
        _l("卡不在公司库存里"), _l("不在公司库存里或已被使用"), _l("请换一张卡，或留空由系统分配")
    ),
    "E_STOCK_SIM": _m(_l("库存 SIM 卡不够"), _l("没有分到 SIM 卡"), _l("请补充库存后再确认这些行")),
    "E_STOCK_NUMBER": _m(
        _l("可用号码不够"), _l("没有分到号码"), _l("请稍后再确认这些行，或联系客户经理补号")
    ),
    "E_DATE": _m(_l("日期不对"), _l("“%(cell)s”不是有效日期"), _l("请写成 2026-01-31 的样子")),
    "E_DATE_AMBIGUOUS": _m(
        _l("日期无法确定"),
        _l("“%(cell)s”看不出是哪一天（月和日分不清，或没有写全）"),
        _l("请写成 2026-01-31 的样子"),
    ),
    "E_BOOL": _m(_l("应填是或否"), _l("“%(cell)s”看不出是或否"), _l("请填“是”或“否”")),
    "E_CHOICE": _m(_l("不在可选范围里"), _l("没有“%(cell)s”这个选项"), _l("请填 %(options)s 之一")),
    "E_AMOUNT": _m(_l("金额不对"), _l("“%(cell)s”不是金额"), _l("请写成 150 或 150.00")),
    "E_CAP": _m(
        _l("统付上限与付费方式不符"), _l("只有定额统付才填上限，而且必须填"), _l("请改付费方式或统付上限")
    ),
    "E_LINE_WHICH": _m(
        _l("没有写明是哪个号码"), _l("没有号码，也没有工号"), _l("请填写号码，或使用人的工号")
    ),
    "E_LINE_UNKNOWN": _m(_l("不是公司的号码"), _l("公司没有这个在用号码"), _l("请核对号码")),
    "E_LINE_OTHER": _m(_l("号码和工号对不上"), _l("这个号码不是该工号的"), _l("请核对号码和工号")),
    "E_LINE_NAME": _m(_l("号码和姓名对不上"), _l("这个号码的使用人不叫“%(cell)s”"), _l("请核对号码和姓名")),
    "E_LINE_TWICE": _m(_l("同一号码写了两次"), _l("与第 %(first)s 行是同一个号码"), _l("请移出其中一行")),
    "E_LINE_BUSY": _m(_l("号码有办理中的业务"), _l("还有一项业务没有办完"), _l("请等它办完后重新核对这些行")),
    "E_LINE_NOT_ACTIVE": _m(
        _l("号码不是在用状态"),
        _l("号码没有激活或已停机，现在不能办理"),
        _l("请激活或复机后再办理，或移出这一行"),
    ),
    "E_LINE_NOT_SUSPENDED": _m(_l("号码没有停机"), _l("号码没有停机，不用复机"), _l("请移出这一行")),
    "E_LINE_NOT_IN_USE": _m(
        _l("号码还没有激活或已经销户"),
        _l("号码还没有激活或已经销户，现在不能办理"),
        _l("请激活后再办理，或移出这一行"),
    ),
    "E_LINE_LOST": _m(_l("号码已经挂失"), _l("号码已经挂失"), _l("请移出这一行")),
    "E_LINE_RISK": _m(
        _l("号码被运营商风控停用"),
        _l("运营商要求使用人再次核验身份"),
        _l("请使用人带证件到营业厅核验，恢复后再办理"),
    ),
    "E_LINE_SCHEDULED": _m(
        _l("号码有预约的业务"), _l("有一项业务已经预约，还没有到生效的日子"), _l("请等它生效，或先取消预约")
    ),
    "E_LINE_ENDING": _m(_l("号码正在销户"), _l("号码本账期末销户"), _l("请移出这一行")),
    "E_LINE_IN_POOL": _m(_l("号码在流量池里"), _l("号码还在流量池里，不能销户"), _l("请先退出流量池")),
    "E_END_CONTRACT": _m(
        _l("合约期内销户要付违约金"),
        _l("合约还没有到期，现在销户要付违约金 %(yuan)s 元"),
        _l("同意就填“是”，或移出这一行"),
    ),
    "E_SUSPEND_PAST": _m(_l("首日已经过去"), _l("停机首日已经过去"), _l("请填今天或以后的日期，或留空")),
    "E_SUSPEND_AHEAD": _m(_l("首日太远"), _l("停机最多提前 60 天申请"), _l("请填 60 天以内的日期")),
    "E_SUSPEND_ORDER": _m(_l("末日早于首日"), _l("停机末日早于首日"), _l("请核对两个日期")),
    "E_SUSPEND_LONG": _m(_l("停机时间太长"), _l("停机保号最长 12 个月"), _l("请填更早的末日，或留空")),
    "E_PRODUCT_UNKNOWN": _m(_l("没有这个产品"), _l("没有“%(cell)s”"), _l("请选择现有产品")),
    "E_PRODUCT_AMBIGUOUS": _m(
        _l("名称指向不止一个产品"), _l("“%(cell)s”可能是 %(candidates)s"), _l("请选择其中一个")
    ),
    "E_PRODUCT_HAVE": _m(_l("已经有这个产品"), _l("号码已经有这个产品"), _l("请移出这一行")),
    "E_PRODUCT_NOT_HAVE": _m(_l("没有订这个产品"), _l("号码没有订这个产品"), _l("请核对产品，或移出这一行")),
    "E_PRODUCT_CLASH": _m(
        _l("与已有产品互斥"), _l("与已有的 %(names)s 互斥"), _l("请先退订已有的产品，或选别的产品")
    ),
    "E_PRODUCT_NEEDED": _m(
        _l("有别的产品依赖它"), _l("%(names)s 要用到它，不能单独退订"), _l("请先退订依赖它的产品")
    ),
    "E_PRODUCT_ROAMING": _m(
        _l("号码没有开通国际漫游"), _l("漫游包要先开通国际漫游功能"), _l("请先给号码开通国际漫游")
    ),
    "E_PAPER_AGREED": _m(
        _l("缺使用人的确认"), _l("开通国际漫游要使用人本人确认"), _l("请拿到本人确认后填“是”")
    ),
    "E_PAPER_DOCUMENT": _m(
        _l("使用人没有登记证件"),
        _l("花名册里没有使用人的证件，补换卡要本人证件和人像"),
        _l("请先在花名册里补上证件号码"),
    ),
    "E_ICCID_RANGE": _m(
        _l("号段不对"),
        _l("两个卡号不是同一段，或超过 %(most)s 张"),
        _l("请核对首张和末张，含字母的卡号请逐张入库"),
    ),
    "E_SIM_HAVE": _m(_l("卡已经入库"), _l("有 %(n)s 张已经在库里"), _l("请核对卡号，或移出这一行")),
    "E_NUMBER_OURS": _m(_l("已经是公司的号码"), _l("号码正在办理或已经在用"), _l("请移出这一行")),
    "E_STOCK_CARD": _m(
        _l("运营商查不到这些卡"),
        _l("有卡不在公司名下，或已经用过，这一行没有入库"),
        _l("请核对卡号，或联系客户经理"),
    ),
    "E_STOCK_TAKEN_NUMBER": _m(
        _l("号码没有留住"), _l("号码已被占用，或运营商没有答复"), _l("请换一个号码，或稍后再试")
    ),
    "E_STOCK_OPERATOR": _m(_l("运营商没有答复"), _l("运营商没有办成"), _l("请稍后再试")),
    "E_LOST_FIRST": _m(_l("遗失的号码要先挂失"), _l("号码还没有挂失"), _l("请先挂失，再补卡")),
    "E_EID_FLOAT": _m(
        _l("EID 被 Excel 改成了数字"),
        _l("被 Excel 转成数字，末几位已丢失，无法恢复"),
        _l("请重新填写；在 Excel 里要先把该列设为“文本”再输入"),
    ),
    "E_EID_FORMAT": _m(_l("EID 不对"), _l("不是 32 位数字，或校验位不对"), _l("请对照手机上的 EID 重新填写")),
    "E_EID_MISSING": _m(_l("没有写 EID"), _l("换成 eSIM 要写手机的 EID"), _l("请补填")),
    "E_DUP_EID": _m(_l("EID 重复"), _l("与第 %(first)s 行 EID 重复"), _l("请核对两部手机")),
    "E_USER_SAME": _m(_l("使用人没有变"), _l("号码现在就是这位员工在用"), _l("请移出这一行")),
    "E_LIMIT_FORMAT": _m(_l("限额写法不对"), _l("不是可用的流量"), _l("请写成 20GB、500MB，取消写“不限”")),
    "E_LIMIT_SAME": _m(_l("限额没有变化"), _l("号码现在就是这个限额"), _l("请移出这一行")),
    "E_LIMIT_NONE": _m(_l("没有设置限额"), _l("号码没有限额，不用取消"), _l("请移出这一行")),
    "E_LINES_MANY": _m(
        _l("员工有不止一个号码"),
        _l("这位员工有 %(lines)s 个号码，不知道办哪一个"),
        _l("请在“套餐变更”等业务里写明号码，或移出这一行"),
    ),
    "E_NO_LINE": _m(_l("员工没有号码"), _l("这位员工没有号码"), _l("请核对工号，或先开通号码")),
    "E_PERSON_UNKNOWN": _m(_l("花名册里没有这个工号"), _l("花名册里没有这个工号"), _l("请核对工号")),
    "E_EMP_NAME": _m(_l("工号和姓名对不上"), _l("这个工号的员工不叫“%(cell)s”"), _l("请核对工号和姓名")),
    "E_EMP_OTHER_NUMBER": _m(
        _l("同一个人在花名册里是另一个工号"), _l("这个证件在花名册里的工号是 %(suggest)s"), _l("请核对工号")
    ),
    "E_WHO": _m(_l("没有工号也没有证件号码"), _l("没有工号，也没有证件号码"), _l("请至少填写一个")),
    "E_JOINER_DOCUMENT": _m(
        _l("开通号码缺证件号码"), _l("没有填写，开通号码要实名核验"), _l("请补填，或去掉套餐只登记")
    ),
    "E_MOVE_WHERE": _m(_l("没有写调到哪里"), _l("部门和成本中心都没有填"), _l("请至少填写一个")),
    "E_PLAN_SAME": _m(_l("已经是这个套餐"), _l("号码现在就是这个套餐"), _l("请换一个套餐或移出这一行")),
    "E_PLAN_NOT_NOW": _m(_l("不能立即生效"), _l("只有本月新开的号码可以立即生效"), _l("请改为下个账期生效")),
    "E_PLAN_DOWN_LATER": _m(
        _l("降档不能立即生效"), _l("更便宜的套餐只能从下个账期生效"), _l("请改为下个账期生效")
    ),
    "E_CONTRACT_LOCK": _m(
        _l("合约期内不能降档"),
        _l("合约还没有到期，换成更便宜的套餐要付违约金 %(yuan)s 元"),
        _l("请选择同档或更高的套餐，或在“接受违约金”里填“是”"),
    ),
    "E_CHANGED_SINCE": _m(
        _l("确认之后情况变了"), _l("确认之后花名册或号码有变化，没有办理"), _l("请看过新的结果再确认")
    ),
    "W_PLAN_REPLACES": _m(
        _l("代替已预约的套餐变更"), _l("已有一个下个账期生效的变更，将被这一次代替"), _l("无需处理")
    ),
    "W_STILL_SUSPENDED": _m(
        _l("回来的员工号码还停着"), _l("以前的号码还在停机"), _l("需要时请在“复机”里办理")
    ),
    "E_OPERATOR": _m(_l("运营商没有办成"), _l("运营商退回：%(reason)s"), _l("请按原因修改后重新确认")),
    "W_NORMALIZED": _m(_l("统一了全角、大小写或分隔符"), _l("统一了全角、大小写或分隔符"), _l("无需处理")),
    "W_INVISIBLE": _m(_l("去掉了看不见的字符"), _l("去掉了看不见的字符（%(points)s）"), _l("无需处理")),
    "W_SPACE": _m(_l("去掉了多余的空格"), _l("去掉了多余的空格"), _l("无需处理")),
    "W_QUOTE": _m(_l("去掉了引号"), _l("去掉了引号"), _l("无需处理")),
    "W_ID_X": _m(_l("统一了末位的 X"), _l("统一了末位的 X"), _l("无需处理")),
    "W_NUM_TO_TEXT": _m(_l("数字改为文字保存"), _l("数字改为文字保存"), _l("无需处理")),
    "W_PHONE": _m(_l("统一了电话的写法"), _l("统一了电话的写法"), _l("无需处理")),
    "W_DATE": _m(_l("统一了日期的写法"), _l("统一了日期的写法"), _l("无需处理")),
    "W_DATE_SERIAL": _m(_l("由数字换算成日期"), _l("由数字换算成日期"), _l("请看一眼日期对不对")),
    "W_PLACEHOLDER": _m(
        _l("用“同上”等代替的选填内容"), _l("“%(cell)s”按没有填写处理"), _l("需要填写的请补填")
    ),
    "W_VARIANT": _m(_l("统一了繁体字、异体字"), _l("统一了繁体字、异体字或全角写法"), _l("无需处理")),
    "W_RADICAL": _m(_l("偏旁换成了汉字"), _l("把形似的偏旁、兼容字换成了规范的字"), _l("无需处理")),
    "W_NAME_SPACE": _m(_l("去掉了姓名里多余的空格"), _l("去掉了多余的空格"), _l("无需处理")),
    "W_NAME_DOT": _m(_l("统一了姓名的间隔号"), _l("统一了间隔号"), _l("无需处理")),
    "W_RARE_CHAR": _m(
        _l("姓名含生僻字"),
        _l("含生僻字（%(points)s），原样送交运营商"),
        _l("运营商不支持时会退回，请按证件上的写法办理"),
    ),
    "W_ID_BIRTH_MISMATCH": _m(
        _l("出生日期或性别与证件号码不符"),
        _l("名单上的出生日期或性别与证件号码不同，以证件号码为准"),
        _l("请看一眼这一行是否错位"),
    ),
    "W_ADDR_SHORT": _m(_l("证件地址太短"), _l("不足 8 个汉字"), _l("请对照证件补全，不补也会送交运营商")),
    "W_ICCID_LUHN": _m(_l("卡号校验位不符"), _l("末位校验不符，可能抄错"), _l("请对照卡面看一眼")),
    "W_PHONE_SEGMENT": _m(_l("号段少见的电话"), _l("这个号段还没有启用"), _l("请核对，收不到短信就不能激活")),
    "W_COST_NAME": _m(_l("成本中心按名称识别"), _l("按名称识别"), _l("无需处理")),
    "W_REMEMBERED": _m(_l("按公司记住的对应理解"), _l("按公司记住的对应理解"), _l("无需处理")),
    "W_MERGED": _m(_l("取自合并单元格"), _l("取自合并单元格"), _l("无需处理")),
    "W_PADDED": _m(_l("补上了开头的 0"), _l("按你的回答补上了开头的 0"), _l("无需处理")),
    "W_FILLED_DOWN": _m(_l("照上面一行填写"), _l("按你的回答照上面一行填写"), _l("无需处理")),
    "W_DOC_TYPE_INFERRED": _m(_l("按号码认出证件类型"), _l("没有填写，按号码认作%(looks)s"), _l("无需处理")),
    "W_PLAN_SYNONYM": _m(_l("套餐按常用叫法识别"), _l("按常用叫法识别"), _l("无需处理")),
    "W_LINE_ENDS": _m(_l("销户不能撤回"), _l("生效后号码不能找回，请确认不再需要"), _l("不用处理")),
    "W_PLAN_REQUIRES": _m(_l("套餐必带的功能一并开通"), _l("一并开通 %(names)s"), _l("费用已计入预览")),
    "W_DEPT_PATH": _m(_l("统一了部门的写法"), _l("统一了部门的写法"), _l("无需处理")),
    "W_DEPT_NEW": _m(_l("将新建部门"), _l("花名册里还没有，确认后新建"), _l("写错了请改成现有部门")),
    "W_COST_NEW": _m(
        _l("将新建成本中心"), _l("还没有这个成本中心，确认后新建"), _l("写错了请改成现有成本中心")
    ),
}

FILES: dict[str, Message] = {
    "F_EMPTY_FILE": _m(_l("文件是空的"), _l("“%(file)s”里没有内容"), _l("请确认选对了文件后重新上传")),
    "F_NOT_SPREADSHEET": _m(
        _l("不是表格文件"),
        _l("“%(file)s”不是 Excel、WPS 或 CSV 表格"),
        _l("请上传 .xlsx、.xls、.ods 或 .csv 文件"),
    ),
    "F_PASSWORD": _m(_l("文件打不开"), _l("“%(file)s”设置了打开密码"), _l("请在 Excel 里取消密码后重新上传")),
    "F_XLS_OLD": _m(
        _l("是旧版 Excel 文件"),
        _l("“%(file)s”是 Excel 95 或更早的格式"),
        _l("请在 Excel 里另存为 .xlsx 后重新上传"),
    ),
    "F_TOO_LARGE": _m(
        _l("文件太大"), _l("“%(file)s”超过 %(mb)s MB"), _l("请删去无关的工作表和图片，或拆成几份上传")
    ),
    "F_TOO_MUCH": _m(
        _l("表格内容太多"),
        _l("“%(file)s”里的单元格或文字太多，没有读取"),
        _l("请删去无关的工作表和列，或拆成几份上传"),
    ),
    "F_TOO_MANY_SHEETS": _m(
        _l("工作表太多"), _l("“%(file)s”超过 %(limit)s 个工作表"), _l("请只留名单所在的工作表后重新上传")
    ),
    "F_ZIP_BOMB": _m(
        _l("文件解开后过大"),
        _l("“%(file)s”解开后大得不正常，没有读取"),
        _l("请在 Excel 里另存为新文件后重新上传"),
    ),
    "F_TOO_MANY_ENTRIES": _m(
        _l("文件结构不正常"),
        _l("“%(file)s”里的部件太多，没有读取"),
        _l("请在 Excel 里另存为新文件后重新上传"),
    ),
    "F_XML_ENTITIES": _m(
        _l("文件里有不安全的内容"),
        _l("“%(file)s”含有不安全的定义，没有读取"),
        _l("请在 Excel 里另存为新文件后重新上传"),
    ),
    "F_DAMAGED": _m(
        _l("文件损坏"), _l("“%(file)s”不完整或已损坏"), _l("请在 Excel 里打开确认，另存后重新上传")
    ),
    "F_TOO_MANY_ROWS": _m(_l("行数太多"), _l("“%(file)s”超过 %(rows)s 行"), _l("请拆成几份上传")),
    "F_TOO_MANY_COLUMNS": _m(
        _l("列数太多"), _l("“%(file)s”超过 %(columns)s 列"), _l("请删去无关的列后重新上传")
    ),
    "F_CELL_TOO_LONG": _m(_l("有一格内容太长"), _l("“%(file)s”里有一格内容太长"), _l("请缩短后重新上传")),
    "F_TOO_SLOW": _m(
        _l("文件太复杂"), _l("“%(file)s”读了太久还没有读完"), _l("请把名单复制到新工作簿后重新上传")
    ),
    "F_ENCODING": _m(
        _l("认不出文字编码"), _l("“%(file)s”的文字编码认不出来"), _l("请在 Excel 里另存为 .xlsx 后重新上传")
    ),
    "F_NO_TABLE": _m(
        _l("没有找到名单"),
        _l("“%(file)s”前 15 行里没有找到列名"),
        _l("请确认有“姓名”“证件号码”这样的列名，或使用模板"),
    ),
    "F_MISSING_COLUMNS": _m(
        _l("缺少必要的列"), _l("没有找到%(labels)s列"), _l("请补上这些列，或把列名改成模板里的写法")
    ),
    "F_NO_ROWS": _m(_l("名单里没有人"), _l("“%(file)s”有列名，没有数据"), _l("请填好名单后重新上传")),
    "F_COLUMN_SHIFT": _m(
        _l("列好像错位了"),
        _l("“%(label)s”列看起来是%(looks)s"),
        _l("请在 Excel 里核对列名和内容是否对齐"),
    ),
    "F_DUP_FILE": _m(
        _l("这份名单上传过"), _l("与批次 %(number)s 的名单相同"), _l("请打开那个批次继续办理，不会重复开通")
    ),
    "F_QUEUE_FULL": _m(
        _l("排队的名单太多，这一份没有接收"),
        _l("已有 %(n)s 份名单在等待核对，这一份会排在第 %(place)s 位；已接收的不受影响"),
        _l("请 1 分钟后再上传"),
    ),
    "F_REPAIR_NONE": _m(
        _l("这不是修正表"),
        _l("“%(file)s”里没有找到修正表的标识"),
        _l("请上传从这个页面下载的修正表；新的名单请到批量办理上传"),
    ),
    "F_REPAIR_OTHER": _m(
        _l("是另一家公司的修正表"), _l("“%(file)s”不是本公司的修正表"), _l("请登录那家公司的账号上传")
    ),
    "F_REPAIR_FORGED": _m(
        _l("修正表的标识不对"),
        _l("“%(file)s”里的标识被改动过，没有读取"),
        _l("请重新下载修正表，把修改填进去再上传"),
    ),
    "F_REPAIR_BATCH": _m(
        _l("是另一个批次的修正表"), _l("“%(file)s”属于批次 %(number)s"), _l("请打开那个批次再上传")
    ),
    "F_REPAIR_OVER": _m(
        _l("这个批次已经结束"),
        _l("批次 %(number)s 已没有可以修改的行，修正表没有读取"),
        _l("还要办理的人请另传一份名单"),
    ),
    "F_REPAIR_KEYS": _m(
        _l("认不出修正表里的行"),
        _l("“%(file)s”里隐藏的行标识列不见了"),
        _l("请重新下载修正表，把修改填进去，保留隐藏的列再上传"),
    ),
    "F_READER": _m(
        _l("文件没有读成"),
        _l("读取“%(file)s”时出了意外，已记录"),
        _l("请另存为 .xlsx 后重新上传，仍不行请联系客服"),
    ),
}

QUESTIONS: dict[str, Question] = {
    "Q_SHEET": Question(_l("有 %(n)s 张工作表都像名单，用哪一张？"), _l("每次只读取一张，别的可以另传一次")),
    "Q_HIDDEN": Question(
        _l("有 %(n)s 行被隐藏或筛选掉了，要导入吗？"),
        _l("在 Excel 里看不到：第 %(rows)s 行"),
        _l("导入这些行"),
        _l("不导入"),
    ),
    "Q_STRIKE": Question(
        _l("有 %(n)s 行画了删除线，要跳过吗？"), _l("第 %(rows)s 行"), _l("跳过这些行"), _l("照常导入")
    ),
    "Q_PAD": Question(
        _l("有 %(n)s 个%(label)s存成了数字，前面要补 0 吗？"),
        _l("这一列别的内容都是 0 开头的 %(width)s 位：第 %(rows)s 行"),
        _l("补 0 到 %(width)s 位"),
        _l("不补，按原样"),
    ),
    "Q_FILLDOWN": Question(
        _l("有 %(n)s 行没填%(label)s，和上面一行相同吗？"),
        _l("这一列好像只在每组的第一行写一次：第 %(rows)s 行"),
        _l("相同，照上面填"),
        _l("不同，留空"),
    ),
    "Q_COLUMN_SHIFT": Question(
        _l("“%(label)s”列看起来是%(looks)s，选对了吗？"),
        _l("选错了请在下面改正"),
        _l("选对了，按这样核对"),
        _l("选错了，下面重新选"),
    ),
    "Q_COLUMNS": Question(_l("没有找到%(labels)s列"), _l("请在下面选出文件里的哪一列是它")),
}

SHAPES: dict[str, LazyString] = {
    "name": _l("姓名"),
    "document": _l("身份证号码"),
    "mobile": _l("手机号"),
    "card": _l("SIM 卡号"),
    "date": _l("日期"),
}

NOTES: dict[str, LazyString] = {
    "W_HTML_XLS": _l("这份文件其实是网页，已按表格读取；办理前请核对号码是否完整"),
    "W_ROWS_BEYOND_GAP": _l("第 %(row)s 行起有 %(n)s 行离名单太远，没有读取；需要办理请移到名单下面"),
    "W_HIDDEN_ROWS_READ": _l("被隐藏或筛选的 %(n)s 行也读取了（第 %(rows)s 行）"),
    "W_STRUCK_ROWS": _l("有 %(n)s 行画了删除线，已跳过（第 %(rows)s 行）"),
    "W_STRUCK_ROWS_READ": _l("画了删除线的 %(n)s 行也读取了（第 %(rows)s 行）"),
    "W_HIDDEN_SHEETS": _l("隐藏的工作表没有读取：%(sheets)s"),
    "W_HEADING_REMEMBERED": _l("沿用了以前的列对应：%(headings)s"),
    "W_HIDDEN_ROWS": _l("有 %(n)s 行在 Excel 里被隐藏或筛选，没有读取（第 %(rows)s 行）"),
    "W_HIDDEN_COLUMNS": _l("隐藏的列也读取了：%(headings)s"),
    "W_HEADER_REPEATED": _l("有 %(n)s 行是重复的列名，已跳过（第 %(rows)s 行）"),
    "W_SUBTOTALS": _l("有 %(n)s 行是小计，已跳过（第 %(rows)s 行）"),
    "W_ENDED_EARLY": _l("第 %(end)s 行是合计或说明，之后的 %(n)s 行没有读取"),
    "W_COLUMN_TWICE": _l("“%(ignored)s”和“%(used)s”是同一列，只用了前一列"),
    "W_TOTAL_MISMATCH": _l("表上写着 %(stated)s 人，实际读到 %(n)s 人"),
    "W_OTHER_SHEETS": _l("读取了工作表“%(sheet)s”，没有读取：%(others)s"),
    "W_BIRTH_MISMATCHES": _l(
        "有 %(n)s 行的出生日期或性别与证件号码不符（第 %(rows)s 行），名单可能错位，请核对后再确认"
    ),
    "W_TEMPLATE_OLD": _l("名单用的是第 %(version)s 版模板，仍然可以办理；现在是第 %(now)s 版，多了新的列"),
    "W_TEMPLATE_OTHER": _l("名单用的是另一种业务的模板，请确认选对了业务"),
    "W_DATE_1904": _l("文件用的是 1904 日期系统，日期已照此换算"),
    "W_MERGED": _l("有 %(n)s 行的内容取自合并单元格"),
}


def sentence(code: str, values: Mapping[str, Any], cell: str = "") -> str:
    """「第 7～14 位“19940231”不是有效日期，请对照身份证重新填写」, in the reader's language."""
    return f"{cause(code, values, cell)}{_comma()}{_filled(ROWS[code].remedy, values, cell)}"


def cause(code: str, values: Mapping[str, Any], cell: str = "") -> str:
    return _filled(ROWS[code].cause, values, cell)


def _filled(words: LazyString, values: Mapping[str, Any], cell: str) -> str:
    # A number of Excel's is said as its author typed it: 2024.1, not 2024.0999999999999.
    typed = as_typed(cell) if len(cell) > 16 and "." in cell[:6] else cell
    hidden = _LONG_NUMBER.sub(lambda found: documents.mask(found[0]), typed)
    shown = hidden if len(hidden) <= 24 else hidden[:23] + "…"
    filled = {"cell": shown, "part": cell[6:14], "length": len(cell)} | {
        name: _joined(value) for name, value in values.items()
    }
    return str(words) % _Forgiving(filled)


def refusal(code: str, values: Mapping[str, Any]) -> tuple[str, str, str]:
    """(title, cause, remedy) of a file that was not taken."""
    message = FILES.get(code) or FILES["F_READER"]
    filled = _Forgiving({name: _said(name, value) for name, value in values.items()})
    return str(message.title), str(message.cause) % filled, str(message.remedy)


def question(code: str, values: Mapping[str, Any]) -> tuple[str, str, list[tuple[str, str]]]:
    """(what is asked, why, [(value, answer)]) in the reader's language."""
    asked = QUESTIONS[code]
    filled = _Forgiving({"n": len(values.get("options", ()))})
    filled.update((name, _said(name, value)) for name, value in values.items())
    options = [(name, name) for name in values.get("options", ())]
    if asked.yes:
        options = [("yes", str(asked.yes) % filled), ("no", str(asked.no) % filled)]
    return str(asked.title) % filled, str(asked.detail) % filled, options


def file_note(code: str, values: Mapping[str, Any]) -> str | None:
    words = NOTES.get(code)
    return (
        str(words) % _Forgiving({name: _joined(value) for name, value in values.items()}) if words else None
    )


def _comma() -> str:
    return str(_l("，"))


def _said(name: str, value: Any) -> Any:
    return SHAPES.get(value, value) if name == "looks" else _joined(value)


def _joined(value: Any) -> Any:
    return str(_l("、")).join(map(str, value)) if isinstance(value, (list, tuple)) else value


class _Forgiving(dict[str, Any]):
    """A sentence with one blank is better than a page that does not open."""

    def __missing__(self, key: str) -> str:
        return "--"
