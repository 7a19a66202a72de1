"""The application: the only module that knows every part. One list each of pages and of kinds of upload."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_babel import Babel
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from console import home, shell, troubles
from console.accounts import actions as accounts
from console.accounts import queries, rules
from console.accounts.security import SecurityView
from console.accounts.views import blueprint as sign_in
from console.audit import trail
from console.audit import views as audit
from console.bulk import beside, kind
from console.bulk.views import BulkView
from console.carrier.events import blueprint as operator
from console.core import acting, clock, db, encryption, mail, queue, sms
from console.core.config import Settings
from console.employees import views as employees
from console.employees.moving import MovePeople
from console.employees.uploads import EmployeeRoster
from console.expenses import advice_views, bill_files, budgeting, details_views
from console.expenses import views as expenses
from console.invoices import views as invoices
from console.invoices.callbacks import blueprint as tax
from console.notices import views as notices
from console.plans import views as plans
from console.sims import choosing_views, handing_over_views
from console.sims import undoing_views as undoing
from console.sims import views as sims
from console.sims.cards import ReplaceCards
from console.sims.line_changes import AddProducts, ChangePlan, LimitData, RemoveProducts
from console.sims.line_stops import ReportLost, ResumeLines, SuspendLines, TerminateLines
from console.sims.new_users import ChangeUsers
from console.sims.roster import FullRoster
from console.sims.several import SeveralWorks
from console.sims.stocking import GiveBackNumbers, KeepNumbers, TakeInCards
from console.sims.uploads import Activate
from console.spreadsheets.limits import DEFAULT

ROOT = Path(__file__).resolve().parent.parent
FORM_BYTES = 64 * 1024
SEEN_EVERY = timedelta(seconds=60)

KINDS = (
    Activate(),
    FullRoster(),
    ChangePlan(),
    AddProducts(),
    RemoveProducts(),
    LimitData(),
    SeveralWorks(),
    SuspendLines(),
    ResumeLines(),
    ReportLost(),
    TerminateLines(),
    ReplaceCards(),
    ChangeUsers(),
    TakeInCards(),
    KeepNumbers(),
    GiveBackNumbers(),
    EmployeeRoster(),
    MovePeople(),
)


class Id(IntegerConverter):
    """A number in an address; what no column can hold is an address that does not exist."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"max": 2**31 - 1} | options)


def pages() -> list[Any]:
    return [
        *employees.pages(),
        *sims.pages(),
        *choosing_views.pages(),
        *handing_over_views.pages(),
        BulkView(name="bulk", endpoint="bulk", url="/bulk"),
        *undoing.pages(),
        *plans.pages(),
        *expenses.pages(),
        *details_views.pages(),
        *advice_views.pages(),
        *invoices.pages(),
        *audit.pages(),
        *notices.pages(),
        SecurityView(name="security", endpoint="security", url="/security"),
        home.SearchView(name="search", endpoint="search", url="/search"),
    ]


def prepare(settings: Settings) -> None:
    """Everything but the web: for workers and the command line as well."""
    settings.data.mkdir(parents=True, exist_ok=True)
    encryption.use(settings.keys, settings.index_key)
    db.connect(settings.database_url, settings.database_role)
    queue.connect(settings.redis_url)
    sms.use(settings)
    mail.use(settings)
    trail.watch()
    kind.register(*KINDS)
    beside.register(budgeting.before_and_after)


def create_app(settings: Settings) -> Flask:
    prepare(settings)
    app = Flask(
        "console",
        root_path=str(ROOT),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    secure = settings.secure_cookies
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=DEFAULT.upload_bytes + FORM_BYTES,
        # Werkzeug counts what it has just read of a file as well, and reads 64 KiB at once.
        MAX_FORM_MEMORY_SIZE=4 * FORM_BYTES,
        SESSION_COOKIE_NAME="__Host-console" if secure else "console",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.url_map.converters["int"] = Id
    app.extensions["settings"] = settings
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1) if secure else app.wsgi_app  # type: ignore[method-assign]
    app.before_request(_larger_files)  # before whoever looks for the token in the form
    protection = CSRFProtect(app)
    for door in (operator, tax):
        protection.exempt(door)
    Babel(app, locale_selector=shell.locale)
    _sign_in(app, settings)
    shell.attach(app)
    troubles.attach(app)
    app.register_blueprint(sign_in)
    app.register_blueprint(operator)
    app.register_blueprint(tax)
    app.add_url_rule("/health", "health", lambda: Response("ok", mimetype="text/plain"))
    admin = Admin(
        app,
        name="企业通信管理台",
        theme=Bootstrap4Theme(base_template="console/base.html"),
        index_view=home.HomeView(name="home", endpoint="admin", url="/"),
    )
    admin.add_views(*pages())
    return app


def _larger_files() -> None:
    """A month's bill is larger than a roster may be."""
    if request.endpoint == "statements.file_in":
        request.max_content_length = bill_files.LIMITS.upload_bytes + FORM_BYTES


def _sign_in(app: Flask, settings: Settings) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # the token is the session; an address may change on the train

    @manager.user_loader
    def load(token: str) -> queries.SignedIn | None:
        found = queries.signed_in(token)
        if found is None:
            return None
        if rules.session_over(clock.now(), found.created_at, found.last_seen, settings.idle_life):
            _do(found, lambda: accounts.end_sessions(found.user_id, only=found.session_id))
            return None
        return found

    @app.after_request
    def seen(response: Response) -> Response:
        """Use keeps a session alive; a page that only polls is not use."""
        polls = request.method == "GET" and "HX-Request" in request.headers
        if not polls and current_user.is_authenticated and request.endpoint != "static":
            last = current_user.last_seen
            if clock.now() - last > SEEN_EVERY:
                _do(current_user, lambda: accounts.seen(current_user.session_id))
        return response


def _do(who: Any, act: Any) -> None:
    someone = acting.Actor(who.name, who.user_id, request.remote_addr or "")
    with acting.acting(who.company_id, someone, "session"), db.transaction():
        act()
