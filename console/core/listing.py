"""Lists that are narrowed by what their address asks: query fields, chips, and what a page of rows needs, gathered once."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import abort, g, get_template_attribute, request
from flask_admin.model.base import ViewArgs
from markupsafe import Markup

from console.core.web import ConsoleList

LARGEST_ID = 2**31 - 1
LAST_PAGE = 100_000
DASH = Markup('<span class="dash">--</span>')

Option = tuple[str | int, str]
Shown = dict[str, Any]


def asked(name: str) -> str:
    """PostgreSQL takes no NUL in a text, so neither do we."""
    return request.args.get(name, "").replace("\0", "").strip()


def link(url: str, text: Any) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, text)


def lines(parts: Iterable[Any]) -> Markup:
    """Several values of one cell, one below the other; a dash for none."""
    return Markup("<br>").join(parts) or DASH


def pill(state: Shown) -> Markup:
    """`state` has tone, icon and label."""
    return Markup(get_template_attribute("macros.html", "pill")(state))


def search_field(name: str, label: str, placeholder: str = "") -> Shown:
    return {"name": name, "label": label, "type": "search", "value": asked(name), "placeholder": placeholder}


def select_field(name: str, label: str, options: Sequence[Option]) -> Shown:
    return {"name": name, "label": label, "type": "select", "value": asked(name), "options": list(options)}


class AskedList(ConsoleList):
    """A subclass names what may be asked in the address, and turns it into conditions."""

    asks: tuple[str, ...] = ()

    def conditions(self) -> list[Any]:
        return []

    def fields(self) -> list[Shown]:
        return []

    def chips(self) -> list[Shown]:
        return []

    def gather(self, rows: Sequence[Any]) -> Any:
        """All that the cells of these rows need beside them, with a fixed number of queries; see `gathered`."""

    @property
    def gathered(self) -> Any:
        return g.gathered

    def get_query(self) -> Any:
        return super().get_query().filter(*self.conditions())

    def get_count_query(self) -> Any:
        return super().get_count_query().filter(*self.conditions())

    def get_list(self, *arguments: Any, **named: Any) -> tuple[int, Sequence[Any]]:
        count, rows = super().get_list(*arguments, **named)
        g.gathered = self.gather(rows)
        return count, rows

    def get_one(self, id: Any) -> Any:
        """An id that no column could hold is as unknown as one that nobody has."""
        text = str(id)
        if not (text.isascii() and text.isdecimal()) or int(text) > LARGEST_ID:
            abort(404)
        return super().get_one(text)

    def around_list(self, shown: dict[str, Any]) -> dict[str, Any]:
        around = {"query_fields": self.fields(), "views": self.chips()}
        if self.can_export:
            wanted = {name: asked(name) for name in self.asks if asked(name)}
            around["export_url"] = self.get_url(".export", export_type=self.export_types[0], **wanted)
        return super().around_list(shown) | around

    def chip(self, label: str, count: int | None, **changes: str) -> Shown:
        """One view of the list: the conditions as they stand, with these changed."""
        wanted = {name: asked(name) for name in self.asks} | changes
        return {
            "label": label,
            "count": count,
            "url": self.get_url(".index_view", **{name: value for name, value in wanted.items() if value}),
            "current": all(asked(name) == value for name, value in changes.items()),
        }

    def _get_list_extra_args(self) -> ViewArgs:
        # Flask-Admin hands every argument on to url_for(), which takes `_scheme` and `_external` for its own.
        found = super()._get_list_extra_args()
        found.page = min(max(found.page or 0, 0), LAST_PAGE)
        found.extra_args = {name: asked(name) for name in self.asks if asked(name)}
        return found

    def _apply_sorting(self, *arguments: Any) -> Any:
        """Equal values stay in one order, or a row could stand on two pages."""
        query, joins = super()._apply_sorting(*arguments)
        return query.order_by(self.model.id), joins
