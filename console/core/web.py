"""Pages: who may open them, on whose behalf they run, and how lists are shown. The only module that knows Flask-Admin."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import abort, redirect, request, url_for
from flask_admin import AdminIndexView, BaseView
from flask_admin.contrib.sqla import ModelView
from flask_login import current_user

from console.core import acting
from console.core.db import session
from console.core.errors import NotAllowed
from console.core.permissions import Permission, allows

View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: Permission) -> Callable[[View], View]:
    """A page inside a view that needs more than the view itself."""

    def mark(page: View) -> View:
        page.permission = permission  # type: ignore[attr-defined]
        return page

    return mark


MOST_PAGES = 100_000


def written(name: str, longest: int = 300) -> str:
    """What somebody wrote into a field of a form, without blanks around it and what no text holds."""
    return request.form.get(name, "").replace("\0", "").strip()[:longest]


def page_number() -> int:
    """`?page=` as a number from 1; whatever else stands there is page 1."""
    return min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)


def actor() -> acting.Actor:
    return acting.Actor(current_user.name, current_user.user_id, request.remote_addr or "")


class Guarded:
    """The two places that Flask-Admin passes every page through: permission in one, company and actor in the other."""

    permission: Permission
    endpoint: str

    def is_accessible(self) -> bool:
        return current_user.is_authenticated and allows(current_user.role, self.permission)

    def _handle_view(self, name: str, **_arguments: Any) -> Any:
        if not current_user.is_authenticated:
            return _to_sign_in()
        if not self.is_accessible():
            raise NotAllowed(permission=self.permission.value)
        return None

    def _run_view(self, page: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        # Flask-Admin's own version calls the page a second time on a TypeError.
        needed = getattr(page, "permission", None)
        if needed is not None and not allows(current_user.role, needed):
            raise NotAllowed(permission=needed.value)
        task = f"{self.endpoint}.{page.__name__}"
        with acting.acting(current_user.company_id, actor(), task):
            return page(self, *arguments, **named)


def _to_sign_in() -> Any:
    back = request.full_path if request.method == "GET" and "HX-Request" not in request.headers else None
    target = url_for("sign_in.index", next=back.rstrip("?")) if back else url_for("sign_in.index")
    if "HX-Request" in request.headers:
        return "", 200, {"HX-Redirect": target}
    return redirect(target)


class ConsoleView(Guarded, BaseView):
    """A page or a few pages of their own."""


class ConsoleHome(Guarded, AdminIndexView):
    """The page that opens first."""


class ConsoleList(Guarded, ModelView):
    """A list that is only looked at; whatever changes goes through actions.

    A subclass names its columns, and fills in what the template shows around them.
    """

    can_create = can_edit = can_delete = False
    can_view_details = True
    can_set_page_size = False
    page_size = 50
    named_filter_urls = True
    list_template = "console/list.html"
    details_template = "console/details.html"
    details_modal = False
    heading: Any = ""
    lead: Any = ""

    def __init__(self, model: Any, **options: Any) -> None:
        super().__init__(model, session, **options)

    def render(self, template: str, **values: Any) -> Any:
        if template == self.list_template:
            values |= self.around_list(values)
        return super().render(template, **values)

    def around_list(self, shown: dict[str, Any]) -> dict[str, Any]:
        """What stands around the table; a subclass adds its chips and query fields."""
        return {
            "page_heading": self.heading,
            "lead": self.lead,
            "primary_action": None,
            "views": [],
            "query_fields": [],
            "reset_url": self.get_url(".index_view"),
            "empty_state": None,
            "card_labels": {name: label for name, label in shown["list_columns"]},
        }

    def get_one(self, id: Any) -> Any:
        """Fetch is check: the session knows only rows of this company."""
        if not str(id).isdigit():
            abort(404)
        return session.get(self.model, int(id)) or abort(404)
