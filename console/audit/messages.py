"""What the trail says in words: actions, tables, columns and tasks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import LazyString, format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from console.audit.models import AuditEvent
from console.core import acting

LONGEST = 20
SECONDS = "yyyy-MM-dd HH:mm:ss"
ACTIONS: dict[str, LazyString] = {
    "accept": _l("确认%(what)s里的人离职"),
    "create": _l("新增%(what)s"),
    "update": _l("修改%(what)s"),
    "delete": _l("删除%(what)s"),
    "reveal": _l("查看%(what)s的完整号码"),
}
ENTITIES: dict[str, LazyString] = {
    "remembered_headings": _l("记住的列名"),
    "batch_rows": _l("名单行"),
    "batches": _l("批次"),
    "companies": _l("公司"),
    "cost_centers": _l("成本中心"),
    "departments": _l("部门"),
    "differences": _l("对账差异"),
    "esim_handovers": _l("eSIM 激活码"),
    "employees": _l("员工"),
    "fixes": _l("修正步骤"),
    "lines": _l("在用号码"),
    "orders": _l("运营商订单"),
    "phone_numbers": _l("号码"),
    "recovery_codes": _l("恢复码"),
    "remembered_values": _l("记住的对应"),
    "sim_cards": _l("SIM 卡"),
    "sms_codes": _l("短信验证码"),
    "stored_files": _l("上传的文件"),
    "user_sessions": _l("登录会话"),
    "users": _l("管理员账号"),
}
PURPOSES: dict[str, LazyString] = {
    "esim": _l("交接 eSIM 激活码"),
    "results": _l("下载办理结果"),
    "mending": _l("下载需要修正的行"),
    "real-name": _l("用途：实名核对"),
    "person": _l("用途：员工本人要求"),
    "operator": _l("用途：运营商要求"),
}
TASKS: dict[str, LazyString] = {
    "bulk": _l("批量办理"),
    "bulk.accept_leavers": _l("确认有人离职"),
    "bulk.answers": _l("回答文件的问题"),
    "bulk.confirm": _l("确认办理"),
    "bulk.fix": _l("修正名单行"),
    "bulk.forget_heading": _l("忘记列对应"),
    "bulk.forget": _l("忘记对应"),
    "bulk.give_back": _l("退回修改"),
    "bulk.keep_leavers": _l("保留名单里没有的人"),
    "bulk.leave_out": _l("移出名单行"),
    "bulk.papers_again": _l("重新核对缺资料的行"),
    "bulk.remember": _l("记住对应"),
    "bulk.replace": _l("一次改多行"),
    "bulk.retry": _l("重试失败行"),
    "bulk.suggestions": _l("按建议修改"),
    "bulk.take_back": _l("放回名单行"),
    "bulk.undo": _l("撤销修正"),
    "bulk.upload": _l("上传名单"),
    "bulk.withdraw": _l("撤回批次"),
    "command line": _l("系统维护"),
    "demo": _l("演示数据"),
    "esim.code": _l("显示 eSIM 激活码"),
    "line_work.ask": _l("办理选中的号码"),
    "employees.reveal": _l("显示完整号码"),
    "heartbeat": _l("定时检查"),
    "jobs": _l("后台办理"),
    "jobs.bulk.apply_batch": _l("办理批次"),
    "jobs.bulk.check_batch": _l("核对名单"),
    "jobs.bulk.finish_batches": _l("批次收尾"),
    "jobs.orders.apply_events": _l("运营商通知"),
    "jobs.orders.reconcile": _l("与运营商对账"),
    "jobs.orders.send_orders": _l("发送给运营商"),
    "jobs.orders.take_plans": _l("新账期换套餐"),
    "operator": _l("运营商通知"),
    "rotate-keys": _l("更换密钥"),
    "security": _l("安全与验证"),
    "session": _l("登录会话"),
    "sign_in": _l("登录"),
    "sign_in.preferences": _l("外观与语言"),
    "sign_in.sign_out": _l("退出登录"),
}
COLUMNS: dict[str, LazyString] = {
    "active_at": _l("激活时间"),
    "answers": _l("对文件的回答"),
    "checked_at": _l("核对时间"),
    "code": _l("代码"),
    "confirmed_at": _l("确认时间"),
    "confirmed_by": _l("确认人"),
    "cost_center_id": _l("成本中心"),
    "created_at": _l("新增时间"),
    "department_id": _l("部门"),
    "document_index": _l("证件索引"),
    "document_no": _l("证件号码"),
    "document_type": _l("证件类型"),
    "employee_id": _l("员工"),
    "enabled": _l("启用"),
    "ended_at": _l("退出时间"),
    "error_code": _l("原因代码"),
    "factor_at": _l("验证时间"),
    "field": _l("列"),
    "heading": _l("列名"),
    "failures": _l("连续填错次数"),
    "finished_at": _l("办完时间"),
    "headcount": _l("公司人数"),
    "ids": _l("编号"),
    "kind": _l("业务"),
    "leavers_accepted": _l("确认离职的人数"),
    "left_on": _l("离职日期"),
    "lifecycle": _l("运营商生命周期"),
    "login": _l("账号"),
    "line_id": _l("号码"),
    "locked_until": _l("锁定到"),
    "name": _l("名称"),
    "next_plan_id": _l("下个账期的套餐"),
    "next_plan_on": _l("换套餐的日期"),
    "number": _l("编号"),
    "opened_on": _l("开通日期"),
    "operator_id": _l("运营商单号"),
    "operator_state": _l("运营商状态"),
    "password_hash": _l("密码"),
    "path": _l("部门"),
    "people": _l("人数"),
    "phone": _l("联系电话"),
    "plan_id": _l("套餐"),
    "purpose": _l("用途"),
    "questions": _l("文件的问题"),
    "role": _l("角色"),
    "rows_total": _l("行数"),
    "settled_at": _l("办结时间"),
    "state": _l("状态"),
    "title": _l("名称"),
    "totp_enabled": _l("验证器"),
    "totp_secret": _l("验证器密钥"),
    "updated_at": _l("修改时间"),
    "used_at": _l("使用时间"),
}


def entity(name: str) -> str:
    return str(ENTITIES.get(name, name))


def deed(event: AuditEvent) -> str:
    """「修改员工」."""
    if event.action not in ACTIONS:
        return f"{event.action} {entity(event.entity)}"
    what = entity(event.entity)
    return str(ACTIONS[event.action]) % {"what": what}


def actor(name: str) -> str:
    """A person by his name; the console and the operator in the reader's language."""
    return {acting.CONSOLE.name: _("系统"), acting.OPERATOR.name: _("运营商")}.get(name, name)


def task(name: str) -> str:
    """The words for a page or a job; those of its group when it has none of its own."""
    return str(TASKS.get(name) or TASKS.get(name.partition(".")[0]) or name)


def purpose(changes: Mapping[str, Any]) -> str:
    return str(PURPOSES.get(changes.get("purpose", ""), ""))


def column(name: str) -> str:
    return str(COLUMNS.get(name, name))


def value(found: Any) -> str:
    """As a person reads it; long lists say how long they are."""
    if found is None or found == "":
        return ""
    if isinstance(found, bool):
        return str(_("是") if found else _("否"))
    if isinstance(found, dict):
        found = [f"{name} = {value(one)}" for name, one in found.items()]
    if isinstance(found, list):
        shown = str(_("、")).join(value(one) for one in found[:LONGEST])
        return shown if len(found) <= LONGEST else str(_("%(shown)s 等 %(n)s 个", shown=shown, n=len(found)))
    return _moment(found) if isinstance(found, str) and "T" in found else str(found)


def _moment(text: str) -> str:
    """The trail keeps moments in UTC."""
    try:
        return str(format_datetime(datetime.fromisoformat(text), SECONDS))
    except ValueError:
        return text
