"""The sentences for the codes of sign-in and security."""

from typing import Any

from flask_babel import gettext as _


def sentence(code: str, **values: Any) -> str:
    known = {
        "E_SIGN_IN": _("账号或密码不对，请核对后再试"),
        "E_CODE": _("验证码不对或已用过，请核对后重新填写"),
        "E_LOCKED": _("连续填错多次，为保护账号请在 %(time)s 后再试", time=values.get("time", "")),
        "E_NO_PHONE": _("这个账号没有登记手机号，请用验证器或恢复码，或请主管理员补登记"),
        "E_SMS_SOON": _("验证码刚发过，60 秒后可以重新发送"),
        "E_SMS_AWAY": _("短信暂时发不出去，请稍后重试，或改用验证器、恢复码"),
        "E_TOTP_ON": _("验证器已经启用。要更换手机，请先停用再重新绑定"),
        "E_OLD_PASSWORD": _("现在的密码不对，请重新填写"),
        "E_PASSWORD_SHORT": _("新密码至少 12 个字符，可以用几个词连起来"),
        "E_PASSWORD_LONG": _("新密码最多 128 个字符"),
        "E_PASSWORD_COMMON": _("新密码太常见，容易被猜到，请换一个"),
        "E_PASSWORD_NAME": _("新密码里有账号或姓名，容易被猜到，请换一个"),
        "E_TOO_MANY": _("尝试得太频繁，请 1 分钟后再试"),
        "E_USCC": _("统一社会信用代码不对，请按营业执照填写 18 位代码"),
    }
    return known[code]
