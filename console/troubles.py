"""Pages for what went wrong: what happened, whom it affects, what to do; with a number to ask after."""

import logging
import uuid
from typing import Any

from flask import Flask, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin, current_user
from sqlalchemy.exc import InterfaceError, InternalError, NoResultFound, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from console.core import acting
from console.core.errors import ConsoleError
from console.core.web import actor

log = logging.getLogger(__name__)

AGAIN_SECONDS = 20
"""What Retry-After says while the database is away, or the disk full."""
READ_ONLY = "25006"
"""SQLSTATE of a write in a database that only reads."""


def attach(app: Flask) -> None:
    app.register_error_handler(ConsoleError, lambda error: _page(error.status, error.code))
    app.register_error_handler(NoResultFound, lambda error: _page(404, "E_NOT_FOUND"))
    app.register_error_handler(StaleDataError, lambda error: _page(409, "E_CONFLICT"))
    app.register_error_handler(HTTPException, lambda error: _page(error.code or 500, f"HTTP-{error.code}"))
    for away in (OperationalError, InterfaceError, NoConnectionFree):
        app.register_error_handler(away, _away)
    app.register_error_handler(InternalError, _read_only_or_bug)
    app.register_error_handler(Exception, _bug)


def _bug(error: Exception) -> Any:
    number = uuid.uuid4().hex[:8]
    log.error(
        "bug", exc_info=error, extra={"request": number, "path": request.path, "method": request.method}
    )
    return _page(500, "E-500", number)


def _away(error: Exception) -> Any:
    """The database cannot be reached or cannot write; nothing was changed. Who is asking cannot be looked up either."""
    log.error("database.away", extra={"error": type(error).__name__, "path": request.path}, exc_info=error)
    g._login_user = AnonymousUserMixin()
    response = make_response(_page(503, "E-503"))
    response.headers["Retry-After"] = str(AGAIN_SECONDS)
    return response


def _read_only_or_bug(error: InternalError) -> Any:
    """PostgreSQL that was a primary a moment ago, and is a standby now."""
    return _away(error) if getattr(error.orig, "sqlstate", None) == READ_ONLY else _bug(error)


def _page(status: int, code: str, number: str | None = None) -> Any:
    if request.path.startswith("/operator/"):
        return {"code": code}, status
    title, text, remedy = _words(status, code)
    values = {
        "status": status,
        "title": title,
        "text": text,
        "remedy": remedy,
        "code": code,
        "request_id": number or uuid.uuid4().hex[:8],
        "home_url": url_for("admin.index"),
    }
    if not current_user.is_authenticated:
        return render_template("errors/error.html", **values), status
    with acting.acting(current_user.company_id, actor(), f"error {status}"):
        return render_template("errors/error.html", **values), status


def _words(status: int, code: str) -> tuple[str, str, str]:
    by_code = {
        "E_ROW_GONE_ON": (
            _("这一行已经往下办了"), _("它在别的页面上已被确认、移出或修改"), _("请刷新批次页面，看它现在的状态"),
        ),
        "E_CELL_CHANGED": (
            _("这一格刚刚有人改过"), _("你看到的是之前的内容，你填的没有保存"), _("请刷新批次页面，看过现在的内容再改"),
        ),
        "E_STEP_GONE_ON": (
            _("这一步已经不是最后一步"), _("它已被撤销，或之后又有人改过，什么都没有改变"), _("请刷新批次页面，从最后一步开始撤销"),
        ),
        "E_OWN_BATCH": (
            _("不能审批自己提交的批次"), _("提交和审批要由两个人做，这一步没有执行"), _("请另一位有审批权限的同事处理"),
        ),
        "E_OWN_DEPUTY": (_("不能代理自己"), _("代理人是你自己，没有设置"), _("请选择一位同事")),
        "E_REASON": (_("退回要写原因"), _("这一步没有执行"), _("请写明退回的原因，提交人会看到")),
        "E_DECIDED": (
            _("这个批次现在不用审批"), _("可能刚刚有人审批过，或提交人撤回了"), _("请到批次页面看现在的状态"),
        ),
        "E_REMINDED": (_("刚刚催办过"), _("一小时内只能催办一次"), _("请稍后再催")),
        "E_UNDO_NOTHING": (
            _("没有可以撤回的"), _("超过 24 小时，或刚刚已经撤回"), _("可以另外办理相反的业务"),
        ),
        "E_PLAN_DAY": (
            _("办理日期不行"),
            _("办理日期最早是今天，最晚是 60 天以后"),
            _("请换一个日期再确认"),
        ),
        "E_STATEMENT_RESTATED": (
            _("月账单刚刚出了新版本"), _("你看到的是上一版，什么都没有改变"), _("请刷新，看过新版本再办"),
        ),
        "E_STATEMENT_QUESTIONS": (
            _("还有疑问没有答复"), _("月账单没有关账"), _("请先答复账单上的疑问，或标为已解决"),
        ),
        "E_STATEMENT_BUSY": (
            _("这个月正在取账单"), _("更正没有执行"), _("请等取完再更正，一般几分钟"),
        ),
        "E_STATEMENT_NOT_DRAFT": (
            _("这个月的账单已经取完"), _("什么都没有改变"), _("请到月账单页面查看"),
        ),
        "E_INVOICE_NOT_CLOSED": (
            _("月账单还没有关账"), _("没有开票"), _("请先在月账单页面关账，再开票"),
        ),
        "E_INVOICE_STATE": (
            _("发票的状态已经变了"), _("这一步没有执行"), _("请刷新发票页面看现在的状态"),
        ),
        "E_INVOICE_NOTHING": (
            _("没有可以开票的金额"), _("这部分账单已经开过票，没有再开"), _("请在电子发票里查看已有的发票"),
        ),
        "E_RED_STATE": (
            _("这张发票现在不能红冲"), _("没有提交"), _("只有已开具、还没有全额红冲的蓝字发票可以红冲"),
        ),
        "E_RED_REASON": (_("没有选择红冲原因"), _("没有提交"), _("请选择原因再提交")),
        "E_RED_OPEN": (
            _("已有一张红字确认单在办"), _("没有再提交"), _("请等它办完，或在发票页面答复它"),
        ),
        "E_RED_PARTIAL": (
            _("这张发票只能全额红冲"), _("没有提交"), _("已入账的发票，因退回、中止或折让才能部分红冲"),
        ),
        "E_RED_AMOUNT": (
            _("红冲金额不对"), _("没有提交"), _("金额要大于零，不超过这一行还没有红冲的部分"),
        ),
        "E_ADVICE_GONE": (
            _("建议已经不适用"), _("号码的套餐刚刚变过，或别人已经办了"), _("刷新页面看现在的建议"),
        ),
        "E_MAIL_ADDRESS": (
            _("邮箱地址不对"), _("什么都没有改变"), _("请检查后重填，最多 10 个"),
        ),
        "E_DETAILS": (_("申请没有填完整"), _("没有提交"), _("请选择用途和最近 6 个月中的一个月")),
        "E_DETAILS_OPEN": (
            _("这个号码这个月的详单已经申请过"), _("没有再提交"), _("请在详单页面看它的进度"),
        ),
        "E_DETAILS_OWN": (_("不能审批自己的申请"), _("什么都没有改变"), _("请另一位有审批权限的同事处理")),
        "E_DETAILS_STATE": (_("这个申请的状态已经变了"), _("这一步没有执行"), _("请刷新详单页面看现在的状态")),
        "E_BILL_FILE": (_("文件收不下"), _("什么都没有改变"), _("请用示例的列名，改正列出的问题后再上传")),
        "E_SHARES": (
            _("分摊规则不对"), _("什么都没有改变"), _("比例加起来要是 100，每一行要有部门或成本中心"),
        ),
        "E_COMMENT_OF_OTHERS": (
            _("别人的留言不能删除"), _("什么都没有改变"), _("请写留言的人自己删除"),
        ),
        "E_PLACEMENT": (
            _("更正没有填完整"), _("什么都没有改变"), _("请选择号码，填写起止日期，以及部门或成本中心"),
        ),
        "E_NOTHING_READY": (
            _("没有可以办理的行"), _("可能刚刚已经确认过，不会办理第二次"), _("请到批次页面查看进度"),
        ),
        "E_LEAVERS": (
            _("有人将按离职办理，还没有人确认"), _("名单里没有的人太多，或人数刚刚变了，什么都没有办理"),
            _("请回到核对页，看过之后勾选确认"),
        ),
        "E_ARREARS": (
            _("公司账户欠费，什么都没有办理"), _("欠费期间运营商不受理要花钱的业务，挂失不受影响"),
            _("请先缴清欠费。缴清后几分钟内自动恢复，也可以在核对页点“再问一次运营商”"),
        ),
        "E_LETTER_EXPIRED": (
            _("公司授权书已过期，什么都没有办理"), _("授权书过期以后运营商不受理新的业务，已经提交的不受影响"),
            _("请联系客户经理更新授权书，再在核对页点“再问一次运营商”"),
        ),
        "E_WRONG_STATE": (
            _("批次的状态已经变了"), _("你看到的是之前的页面，这一步现在不能做"), _("请刷新批次页面"),
        ),
        "E_STOCK_TAKEN": (_("号码或卡刚被别的批次用掉"), _("这一步没有执行"), _("请重试")),
    }  # fmt: skip
    if code in by_code:
        return by_code[code]
    by_status = {
        400: (_("请求不完整或已过期"), _("什么都没有改变"), _("请回到上一页刷新后再试，填写的内容会保留")),
        403: (
            _("你的角色不能做这件事"),
            _("需要的权限没有分配给你"),
            _("请联系主管理员开通，或换一个账号登录"),
        ),
        404: (_("没有这一页"), _("地址可能写错了，或内容不属于你的公司"), _("请从首页或搜索重新进入")),
        405: (_("不能这样打开"), _("这个地址只接受页面上的按钮"), _("请回到首页重新操作")),
        409: (_("内容刚刚变了"), _("别人或另一个页面先改了一步，这一步没有执行"), _("请刷新后再试")),
        413: (
            _("文件太大"),
            _("没有接收，也没有办理任何业务"),
            _("请把文件控制在 10 MB 以内，或拆成几份上传"),
        ),
        429: (_("操作太频繁"), _("为保护账号，先停一下"), _("请 1 分钟后再试")),
        503: (_("服务暂时不可用"), _("已收到的名单和办理中的批次不受影响"), _("请稍后刷新")),
    }
    fallback = (
        _("系统出了意外"),
        _("已记录。已收到的名单和办理中的批次不受影响"),
        _("请稍后再试，仍不行请把请求编号告诉客服"),
    )
    return by_status.get(status, fallback)
