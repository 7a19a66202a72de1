"""The page on which a person looks after his own password, second factor and sessions."""

from typing import Any

import pyotp
import segno
from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.accounts import actions, freshness, queries
from console.accounts.forms import CodeForm, PasswordForm
from console.accounts.messages import sentence
from console.accounts.models import User
from console.core import db
from console.core.db import transaction
from console.core.errors import ConsoleError
from console.core.permissions import Permission
from console.core.web import ConsoleView


class SecurityView(ConsoleView):
    permission = Permission.SELF

    @expose("/")
    def index(self) -> Any:
        return self._page()

    @expose("/password", methods=["POST"])
    def password(self) -> Any:
        if detour := self._code_first():
            return detour
        form = PasswordForm()
        if form.validate_on_submit():
            try:
                with transaction():
                    actions.change_password(
                        current_user.user_id,
                        current_user.session_id,
                        form.old.data or "",
                        form.new.data or "",
                    )
            except ConsoleError as error:
                field = form.old if error.code == "E_OLD_PASSWORD" else form.new
                field.errors = [sentence(error.code)]
                return self._page(password_form=form)
            flash(_("密码已更换，其他设备已退出"), "success")
            return redirect(self.get_url(".index"))
        return self._page(password_form=form)

    @expose("/totp", methods=["POST"])
    def totp(self) -> Any:
        """Start, then confirm with a code from the authenticator."""
        if detour := self._code_first():
            return detour
        form = CodeForm()
        if "code" not in request.form:
            with transaction():
                actions.start_totp(current_user.user_id)
            return redirect(self.get_url(".index"))
        if form.validate_on_submit():
            try:
                with transaction():
                    fresh = actions.enable_totp(current_user.user_id, form.code.data or "")
                flash(_("验证器已启用。请把恢复码存到安全的地方"), "success")
                return self._page(fresh=fresh)
            except ConsoleError as error:
                form.code.errors = [sentence(error.code)]
        return self._page(totp_form=form)

    @expose("/totp/off", methods=["POST"])
    def totp_off(self) -> Any:
        if detour := self._code_first():
            return detour
        with transaction():
            actions.disable_totp(current_user.user_id)
        flash(_("验证器已停用，之后用短信验证码登录"), "success")
        return redirect(self.get_url(".index"))

    @expose("/recovery", methods=["POST"])
    def recovery(self) -> Any:
        if detour := self._code_first():
            return detour
        with transaction():
            fresh = actions.new_recovery_codes(current_user.user_id)
        return self._page(fresh=fresh)

    @expose("/sessions/<int:session_id>/end", methods=["POST"])
    def end(self, session_id: int) -> Any:
        with transaction():
            actions.end_sessions(current_user.user_id, only=session_id)
        flash(_("那台设备已退出"), "success")
        return redirect(self.get_url(".index"))

    def _code_first(self) -> Any:
        """A factor is changed only by who has just used one."""
        return freshness.code_first(self.get_url(".index"), _("修改验证方式前需要再验证一次，之后请再按一次"))

    def _page(
        self,
        password_form: PasswordForm | None = None,
        totp_form: CodeForm | None = None,
        fresh: list[str] | None = None,
    ) -> Any:
        user = db.session.get_one(User, current_user.user_id)
        started = bool(user.totp_secret) and not user.totp_enabled
        return self.render(
            "accounts/security.html",
            password_form=password_form or PasswordForm(formdata=None),
            password_url=self.get_url(".password"),
            totp={
                "enabled": user.totp_enabled,
                "qr_data_uri": _picture(user) if started else None,
                "secret_grouped": _grouped(user.totp_secret or "") if started else None,
                "form": totp_form or CodeForm(formdata=None),
                "url": self.get_url(".totp"),
                "start_url": self.get_url(".totp"),
                "off_url": self.get_url(".totp_off"),
            },
            recovery={
                "left": queries.unused_recovery_codes(user.id),
                "fresh": fresh,
                "url": self.get_url(".recovery"),
            },
            sessions=[
                {
                    "where": one.address,
                    "agent": one.agent,
                    "since": one.created_at,
                    "last_seen": one.last_seen,
                    "current": one.id == current_user.session_id,
                    "end_url": self.get_url(".end", session_id=one.id),
                }
                for one in queries.open_sessions(user.id)
            ],
        )


def _picture(user: User) -> str:
    address = pyotp.TOTP(user.totp_secret or "").provisioning_uri(
        name=user.login, issuer_name=_("企业通信管理台")
    )
    return str(segno.make(address).svg_data_uri(scale=5, border=3, dark="#000", light="#fff"))


def _grouped(secret: str) -> str:
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
