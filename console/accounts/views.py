"""Sign-in in two steps, and signing out. The only pages open to strangers."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from console.accounts import actions, queries
from console.accounts.forms import CodeForm, PreferencesForm, SignInForm
from console.accounts.messages import sentence
from console.accounts.models import User
from console.core import acting, clock, db, queue, sms
from console.core.errors import ConsoleError
from console.core.web import actor
from console.identifiers import numbers

blueprint = Blueprint("sign_in", __name__)
METHODS = ("totp", "sms", "recovery")
TRIES_A_MINUTE = 30


@blueprint.route("/sign-in", methods=["GET", "POST"])
def index() -> Any:
    """Account and password."""
    if current_user.is_authenticated:
        return redirect(url_for("admin.index"))
    form, problem = SignInForm(), None
    if form.validate_on_submit():
        outcome = _give_password(form)
        if outcome.token:
            session.clear()
            login_user(queries.signed_in(outcome.token))
            session["next"] = _safe(request.args.get("next"))
            _send_first_code()
            return redirect(url_for("sign_in.second_factor"))
        problem = _problem(outcome)
    return render_template(
        "accounts/sign_in.html", form=form, problem=problem, next=_safe(request.args.get("next"))
    )


def _give_password(form: SignInForm) -> actions.Outcome:
    address = request.remote_addr or ""
    if _too_often(address):
        return actions.Outcome("E_TOO_MANY")
    found = queries.who(form.login.data or "")
    if found is None:
        actions.passwords.matches(None, form.password.data or "")
        return actions.Outcome("E_SIGN_IN")
    user_id, company_id = found
    someone = acting.Actor((form.login.data or "")[:60], user_id, address)
    with acting.acting(company_id, someone, "sign_in.index"), db.transaction():
        return actions.give_password(
            user_id, form.password.data or "", address, request.headers.get("User-Agent", "")
        )


def _send_first_code() -> None:
    """Whoever has no authenticator finds the message already on its way."""
    with acting.acting(current_user.company_id, actor(), "sign_in.index"):
        user = db.session.get_one(User, current_user.user_id)
        if user.phone and not user.totp_enabled:
            text_code(user.id)


def _too_often(address: str) -> bool:
    """Stuffing from one address; the growing lock of each account holds also without the queue."""
    try:
        bell = queue.redis()
        tries = bell.incr(f"console:sign-in:{address}")
        if tries == 1:
            bell.expire(f"console:sign-in:{address}", 60)
    except queue.RedisError:
        return False
    return int(tries) > current_app.config.get("SIGN_IN_TRIES", TRIES_A_MINUTE)


@blueprint.route("/second-factor", methods=["GET", "POST"])
def second_factor() -> Any:
    """The one-time code. Needs the password step, or a signed-in person who is asked again."""
    if current_user.is_anonymous:
        return redirect(url_for("sign_in.index"))
    form, problem = CodeForm(), None
    with acting.acting(current_user.company_id, actor(), "sign_in.second_factor"):
        user = db.session.get_one(User, current_user.user_id)
        method = _method(user)
        if form.validate_on_submit():
            problem = verify(method, form.code.data or "")
            if problem is None:
                return redirect(session.pop("next", None) or url_for("admin.index"))
        return make_response(
            render_template(
                "accounts/second_factor.html",
                **factor_context(user, method, url_for("sign_in.second_factor", method=method)),
                form=form,
                problem=problem,
                purpose="sign-in",
                back_url=url_for("sign_in.index"),
            )
        )


def verify(method: str, code: str) -> str | None:
    """Try a code for whoever is here; None when it was right, else the sentence. The browser gets a new token."""
    with db.transaction():
        outcome = actions.give_code(current_user.session_id, method, code)
    if outcome.token is None:
        return _problem(outcome)
    kept = {key: session[key] for key in ("next",) if key in session}
    session.clear()
    session.update(kept)
    login_user(queries.signed_in(outcome.token))
    return None


def factor_context(user: User, method: str, action: str) -> dict[str, Any]:
    """What the page of the second step shows, whichever page asks."""
    possible = ["totp"] * user.totp_enabled + ["sms"] * bool(user.phone) + ["recovery"]
    labels = {"totp": _("用验证器"), "sms": _("用短信验证码"), "recovery": _("用恢复码")}
    base = action.split("?")[0]
    sent = queries.last_sms(user.id)
    waited = (clock.now() - sent.sent_at).total_seconds() if sent else 999
    settings = current_app.extensions["settings"]
    return {
        "method": method,
        "methods": [{"key": key, "label": labels[key], "url": f"{base}?method={key}"} for key in possible],
        "sms_to": numbers.mask(user.phone) if user.phone else None,
        "resend_seconds": max(0, int(60 - waited)),
        "sms_sent": waited < 300,
        "action": f"{base}?method={method}",
        "send_url": url_for("sign_in.send_sms"),
        "demo_sms_url": settings.sms_url if settings.demo else None,
        "hidden": {},
        "summary": None,
    }


def _method(user: User) -> str:
    wanted = request.args.get("method", "")
    if wanted in METHODS:
        return wanted
    return "totp" if user.totp_enabled else "sms" if user.phone else "recovery"


method_for: Callable[[User], str] = _method


@blueprint.post("/second-factor/sms")
def send_sms() -> Any:
    """Send a code, then back to the page that asked."""
    if current_user.is_anonymous:
        return redirect(url_for("sign_in.index"))
    back = _safe(request.form.get("back")) or url_for("sign_in.second_factor", method="sms")
    with acting.acting(current_user.company_id, actor(), "sign_in.send_sms"):
        problem = text_code(current_user.user_id)
    if problem:
        session["sms_problem"] = problem
    return redirect(back)


def text_code(user_id: int) -> str | None:
    """Make and send a code; None when it is on its way, else the sentence."""
    try:
        with db.transaction():
            phone, code = actions.make_sms_code(user_id)
    except ConsoleError as error:
        return sentence(error.code)
    text = _("验证码 %(code)s，5 分钟内有效。任何人索要都不要告诉他。【企业通信管理台】", code=code)
    return None if sms.send(phone, text) else sentence("E_SMS_AWAY")


@blueprint.post("/sign-out")
def sign_out() -> Any:
    if current_user.is_authenticated:
        with acting.acting(current_user.company_id, actor(), "sign_in.sign_out"), db.transaction():
            actions.end_sessions(current_user.user_id, only=current_user.session_id)
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.index"))


@blueprint.post("/preferences")
def preferences() -> Any:
    """Appearance and language: a cookie for strangers, the account for who is signed in."""
    form = PreferencesForm()
    if not form.validate_on_submit():
        abort(400)
    choices = {name: value for name, value in form.data.items() if value and name != "csrf_token"}
    if choices and current_user.is_authenticated:
        with acting.acting(current_user.company_id, actor(), "sign_in.preferences"), db.transaction():
            actions.prefer(current_user.user_id, choices)
    answer = redirect(_safe(request.form.get("next")) or url_for("admin.index"))
    for name, value in choices.items():
        answer.set_cookie(
            f"console-{name}",
            value,
            max_age=365 * 86400,
            samesite="Strict",
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return answer


@blueprint.post("/keep-alive")
def keep_alive() -> Any:
    """The person says in the idle dialog that he is still there; the request itself counts as use."""
    return ("", 204) if current_user.is_authenticated else ("", 401)


def _problem(outcome: actions.Outcome) -> str:
    until = outcome.locked_until
    return sentence(
        outcome.code or "E_SIGN_IN", time=until.astimezone(clock.SHANGHAI).strftime("%H:%M") if until else ""
    )


def _safe(target: str | None) -> str | None:
    """Only a path of our own."""
    if not target or not target.isprintable() or "\\" in target:
        return None
    try:
        parts = urlsplit(target.replace("\\", "/"))
    except ValueError:  # such as half an IPv6 address
        return None
    ours = not parts.scheme and not parts.netloc and target.startswith("/") and target[1:2] != "/"
    return target if ours else None
