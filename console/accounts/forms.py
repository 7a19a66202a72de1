"""What the pages of sign-in and security ask for."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp


class SignInForm(FlaskForm):
    login = StringField(_l("手机号或管理员账号"), [InputRequired(_l("请填写账号")), Length(max=80)])
    password = PasswordField(_l("密码"), [InputRequired(_l("请填写密码")), Length(max=128)])


class CodeForm(FlaskForm):
    """Six digits, or a recovery code."""

    code = StringField(
        _l("6 位验证码"),
        [
            InputRequired(_l("请填写验证码")),
            Regexp(r"^[0-9A-Za-z \-]{6,16}$", message=_l("验证码是 6 位数字，恢复码是 10 位")),
        ],
        filters=[lambda text: (text or "").strip()],
    )


class PasswordForm(FlaskForm):
    old = PasswordField(_l("现在的密码"), [InputRequired(_l("请填写现在的密码")), Length(max=128)])
    new = PasswordField(_l("新密码"), [InputRequired(_l("请填写新密码")), Length(max=128)])


class PreferencesForm(FlaskForm):
    """One of these at a time."""

    theme = StringField(validators=[Optional(), Regexp("^(light|dark)$")])
    mode = StringField(validators=[Optional(), Regexp("^(standard|elder)$")])
    locale = StringField(validators=[Optional(), Regexp("^(zh|en)$")])
    density = StringField(validators=[Optional(), Regexp("^(normal|compact)$")])
