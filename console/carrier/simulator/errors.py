"""The operator's refusals: every code with its status, its words and what helps."""

from dataclasses import dataclass
from dataclasses import field as member
from typing import Any


@dataclass(frozen=True)
class Refusal:
    status: int
    reason: str
    remedy: str = ""
    retryable: bool = False
    carrier_code: str = ""


CATALOGUE: dict[str, Refusal] = {
    "INVALID_PARAM": Refusal(400, "参数错误", "修改后重新提交", carrier_code="11000"),
    "MISSING_FIELD": Refusal(400, "缺少必填字段", "补全后重新提交", carrier_code="11000"),
    "IDEMPOTENCY_KEY_MISSING": Refusal(400, "缺少幂等键"),
    "SIGNATURE_INVALID": Refusal(401, "签名错误", carrier_code="12004"),
    "TIMESTAMP_SKEW": Refusal(401, "时间戳超出允许范围", "校准时钟", carrier_code="12004"),
    "NONCE_REUSED": Refusal(401, "随机串重复使用", carrier_code="12004"),
    "APP_FORBIDDEN": Refusal(403, "应用无权限", carrier_code="12004"),
    "NOT_YOUR_NUMBER": Refusal(403, "号码不属于本集团", "核对号码清单", carrier_code="12009"),
    "ORDER_NOT_FOUND": Refusal(404, "订单不存在"),
    "NUMBER_NOT_FOUND": Refusal(404, "号码不存在", carrier_code="12010"),
    "SIM_NOT_FOUND": Refusal(404, "卡号不存在", carrier_code="12010"),
    "NOT_FOUND": Refusal(404, "接口不存在"),
    "METHOD_NOT_ALLOWED": Refusal(405, "请求方法不支持"),
    "CONSENT_REQUIRED": Refusal(403, "需要号码使用人同意", "等使用人答复后再取"),
    "CONSENT_NOT_FOUND": Refusal(404, "没有这个同意请求"),
    "EXPORT_NOT_FOUND": Refusal(404, "没有这个详单请求"),
    "PERIOD_NOT_KEPT": Refusal(422, "只保留最近 6 个月", "选择最近 6 个月"),
    "BILL_NOT_READY": Refusal(409, "账单尚未生成", "次月出账后再取"),
    "REQUEST_IN_PROGRESS": Refusal(409, "正在处理", retryable=True),
    "DUPLICATE_EXTERNAL_ID": Refusal(409, "外部单号已用于另一订单"),
    "IDEMPOTENCY_KEY_REUSED": Refusal(422, "幂等键已用于另一请求"),
    "NUMBER_OCCUPIED": Refusal(409, "号码已被占用", "更换号码后重新提交", carrier_code="981004"),
    "NUMBER_LOCK_EXPIRED": Refusal(409, "号码未锁定或锁定已过期", "重新选号"),
    "NUMBER_RESTRICTED": Refusal(409, "靓号不可自助办理", "更换号码"),
    "ICCID_USED": Refusal(409, "卡号已被使用", "更换卡片后重新提交"),
    "ICCID_NUMBER_MISMATCH": Refusal(409, "卡号与号码不匹配", "核对卡号与号码"),
    "ICCID_SCRAPPED": Refusal(409, "卡片已作废", "更换卡片"),
    "REALNAME_MISMATCH": Refusal(422, "姓名与证件号不一致", "请使用人核对证件", carrier_code="981024"),
    "REALNAME_ID_NOT_FOUND": Refusal(422, "证件号码不存在", "请使用人核对证件", carrier_code="981024"),
    "REALNAME_ID_EXPIRED": Refusal(422, "证件已过有效期", "更换有效证件后重新提交"),
    "ONE_ID_LIMIT": Refusal(422, "使用人名下号码已达5个上限（含个人号）", "请使用人先注销一个号码"),
    "BLACKLISTED": Refusal(422, "使用人受限", "请本人到营业厅咨询", carrier_code="981060"),
    "ARREARS_GROUP": Refusal(422, "集团账户欠费", "缴清欠费后重新提交", carrier_code="981025"),
    "ARREARS_NUMBER": Refusal(422, "号码欠费", "缴清欠费后重新提交", carrier_code="981025"),
    "CONTRACT_LOCK": Refusal(422, "合约期内不可办理", "合约到期后办理"),
    "PLAN_NOT_ELIGIBLE": Refusal(422, "不符合套餐办理条件", "更换套餐或生效方式"),
    "PLAN_EXCLUSIVE": Refusal(422, "与已有产品互斥", "先退订互斥产品", carrier_code="981003"),
    "PLAN_DEPENDENCY": Refusal(422, "缺少依赖产品或被其他产品依赖", "先处理依赖产品", carrier_code="981050"),
    "PENDING_CHANGE_EXISTS": Refusal(422, "已有待生效或办理中的变更", "等待其完成", carrier_code="981054"),
    "ALREADY_SUBSCRIBED": Refusal(422, "已订购该产品", carrier_code="981006"),
    "STATE_NOT_ALLOWED": Refusal(409, "当前状态不可办理", carrier_code="12089"),
    "RISK_SUSPENDED": Refusal(409, "号码因风险管控停机", "请使用人重新实人认证", carrier_code="12098"),
    "ALREADY_SUSPENDED": Refusal(409, "号码已停机", carrier_code="981004"),
    "SHORT_NO_USED": Refusal(409, "短号已被占用", "更换短号"),
    "POOL_FULL": Refusal(409, "流量池成员已满", "扩容流量池或移出成员"),
    "TRANSFER_TOO_NEW": Refusal(422, "入网时间不足，暂不可过户", "满规定天数后办理", carrier_code="981024"),
    "AUTHORIZATION_EXPIRED": Refusal(422, "授权书已过期", "更新授权书后重新提交"),
    "REALNAME_FACE_FAILED": Refusal(422, "使用人人像核验未通过", "请使用人重新核验"),
    "CREDIT_EXCEEDED": Refusal(422, "信用额度不足", "缴存后重新提交"),
    "FACE_REQUIRED": Refusal(409, "待使用人人像核验", "向使用人发送核验链接"),
    "RATE_LIMITED": Refusal(429, "请求过快", "稍后自动重试", retryable=True),
    "INTERNAL": Refusal(500, "运营商系统错误", "先查询结果"),
    "UPSTREAM_TIMEOUT": Refusal(504, "运营商系统超时", "先查询结果"),
    "MAINTENANCE": Refusal(503, "运营商系统维护中", "维护结束后重试", retryable=True),
    "BILLING_FREEZE": Refusal(503, "账务冻结期", "冻结结束后重试", retryable=True),
    "E_POST_REVERSAL": Refusal(422, "二次实人认证未通过，开户撤销", "请使用人重新实人认证"),
    "88888": Refusal(422, "未知错误", carrier_code="88888"),
}


# Not frozen: Python itself writes the traceback into an exception that passes a context manager.
@dataclass(eq=False)
class ApiError(Exception):
    code: str
    message: str = ""
    field: str | None = None
    retry_after_s: int | None = None
    status: int | None = None
    facts: dict[str, Any] = member(default_factory=dict)

    @property
    def http_status(self) -> int:
        return self.status or CATALOGUE[self.code].status

    @property
    def retryable(self) -> bool:
        return CATALOGUE[self.code].retryable

    def body(self) -> dict[str, Any]:
        refusal = CATALOGUE[self.code]
        return {
            "code": self.code,
            "reason": refusal.reason,
            "message": self.message or refusal.reason,
            "status": str(self.http_status),
            "retryable": refusal.retryable,
            "retryAfterSec": self.retry_after_s,
            "field": self.field,
            "remedy": refusal.remedy or None,
            "carrierCode": refusal.carrier_code or None,
        } | self.facts


def brief(code: str) -> dict[str, str]:
    """The error as it stands inside an order or one of its items."""
    refusal = CATALOGUE[code]
    return {"code": code, "reason": refusal.reason, "carrierCode": refusal.carrier_code}
