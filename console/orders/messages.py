"""What the operator's codes say, in the reader's language (gateway contract 5.4)."""

from flask_babel import gettext as _


def reason(code: str | None) -> str:
    """Why an order was not carried out. The kind of a black list is never told to the clerk."""
    known = {
        "NUMBER_OCCUPIED": _("号码已被占用，重试会换一个号码"),
        "NUMBER_LOCK_EXPIRED": _("号码的保留已过期，重试会换一个号码"),
        "NUMBER_RESTRICTED": _("号码受限（靓号），重试会换一个号码"),
        "ICCID_USED": _("SIM 卡已被使用，重试会换一张卡"),
        "ICCID_NUMBER_MISMATCH": _("SIM 卡与号码不匹配，重试会换一张卡"),
        "ICCID_SCRAPPED": _("SIM 卡已作废，重试会换一张卡"),
        "REALNAME_MISMATCH": _("姓名与身份证登记不一致，请核对后改正"),
        "REALNAME_ID_NOT_FOUND": _("查不到这个证件号码，请核对后改正"),
        "REALNAME_ID_EXPIRED": _("证件已过期，请员工换证后办理"),
        "REALNAME_FACE_FAILED": _("本人人像核验没有通过，请员工重新核验"),
        "REALNAME_SOURCE_UNAVAILABLE": _("实名核验暂时不可用，稍后重试即可"),
        "ONE_ID_LIMIT": _("使用人名下在本运营商的号码已达 5 个（含个人号），请换一位使用人或请员工注销一个"),
        "BLACKLISTED": _("使用人受限，请本人到营业厅咨询"),
        "CUSTOMER_PUNISHED": _("使用人受限，请本人到营业厅咨询"),
        "ARREARS_GROUP": _("公司账户欠费，缴清后可以继续办理"),
        "ARREARS_NUMBER": _("号码欠费，缴清后可以继续办理"),
        "CONTRACT_LOCK": _("合约期内不能这样变更"),
        "PLAN_NOT_ELIGIBLE": _("不符合套餐条件，请换一个套餐"),
        "PLAN_EXCLUSIVE": _("与已有产品互斥，请换一个套餐"),
        "PLAN_DEPENDENCY": _("缺少套餐要求的功能，请换一个套餐"),
        "STATE_NOT_ALLOWED": _("号码当前状态不能办理"),
        "AUTHORIZATION_EXPIRED": _("公司授权书已过期，请更新后再办理"),
        "NOT_YOUR_NUMBER": _("号码不属于本公司，请核对"),
        "INVALID_PARAM": _("有内容运营商不接受，请核对后改正"),
        "MISSING_FIELD": _("缺少运营商需要的内容，请补充"),
        "PENDING_CHANGE_EXISTS": _("号码有办理中的业务，办完后可以重试"),
        "NUMBER_NOT_FOUND": _("运营商那里没有这个号码，请核对"),
        "FACE_REQUIRED": _("号码还在等本人人像核验，激活后再办理"),
        "NO_ANSWER": _("多次没有得到运营商的答复，结果待确认"),
        "E_POST_REVERSAL": _("开通后复核没有通过，已被运营商停用，请本人到营业厅处理"),
        "RISK_SUSPENDED": _("开通后复核没有通过，已被运营商停用，请本人到营业厅处理"),
    }
    return known.get(code or "") or _("运营商没有办理，代码 %(code)s，请联系客户经理", code=code or "--")


def stage(state: str) -> str:
    """Where an order is, for its row."""
    known = {
        "placed": _("等待发送"),
        "sending": _("正在发给运营商"),
        "unknown": _("没有收到答复，正在向运营商查询"),
        "acknowledged": _("运营商已受理"),
        "pending": _("等待运营商处理"),
        "inProgress": _("运营商办理中"),
        "held": _("运营商人工审核中"),
        "accepted": _("运营商已受理"),
        "wait_face": _("已开通，等员工本人人像核验"),
        "active": _("已开通，号码可用"),
        "saved": _("已写入花名册"),
        "same": _("和花名册一样，没有办理"),
        "left": _("已在花名册里标为离职"),
        "suspended": _("已停机，号码保留"),
        "resumed": _("已复机"),
        "cancelled": _("已撤回，没有办理"),
        "held_back": _("已暂停，没有发送"),
        "plan_changed": _("套餐已变更"),
        "stocked": _("已入库"),
        "kept": _("号码已保留"),
        "given_back": _("号码已还给运营商"),
        "product_added": _("产品已加上"),
        "product_removed": _("产品已退订"),
        "limit_set": _("流量限额已设置"),
        "limit_cleared": _("流量限额已取消"),
        "lost": _("已挂失，号码保留"),
        "card_replaced": _("新卡已生效"),
        "user_changed": _("使用人已变更"),
        "terminated": _("已销户"),
        "waits": _("已受理，下个账期生效"),
        "suspend_waits": _("已受理，到首日停机"),
        "terminate_waits": _("销户已受理，本账期末生效"),
        "plan_waits": _("套餐变更已受理，下个账期生效"),
    }
    return known.get(state, state)
