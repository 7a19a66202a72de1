"""The page of the trail: who did what, when, from where. Nothing can be changed here, nor anywhere else."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import flash, request, url_for
from flask_admin import expose
from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from console.audit import listing, messages
from console.audit.models import AuditEvent
from console.core.listing import DASH, AskedList, Shown, asked, link, search_field, select_field
from console.core.permissions import Permission


class AuditView(AskedList):
    permission = Permission.AUDIT_READ
    heading = _l("操作日志")
    lead = _l("每一次改动都自动记录，不能修改或删除")
    asks = ("q", "entity", "since", "until")
    column_list = ("at", "actor_name", "address", "what", "batch", "count")
    column_sortable_list = ()
    column_default_sort = ("id", True)
    column_labels = {
        "at": _l("时间"),
        "actor_name": _l("操作人"),
        "address": _l("来源地址"),
        "what": _l("做了什么"),
        "batch": _l("批次"),
        "count": _l("数量"),
    }
    column_formatters = {
        "at": lambda view, _c, event, _n: format_datetime(event.at, messages.SECONDS),
        "actor_name": lambda view, _c, event, _n: messages.actor(event.actor_name),
        "address": lambda view, _c, event, _n: event.address or DASH,
        "what": lambda view, _c, event, _n: _what(event),
        "batch": lambda view, _c, event, _n: _batch(event, view.gathered) or DASH,
    }

    def get_query(self) -> Any:
        return super().get_query().options(listing.without_changes())

    def gather(self, rows: Sequence[AuditEvent]) -> dict[int, str]:
        return listing.batch_numbers(listing.batch_of(event) for event in rows)

    def conditions(self) -> list[Any]:
        found = [listing.by_or_in(asked("q"))] if asked("q") else []
        if entity := asked("entity"):
            found.append(AuditEvent.entity == entity)
        if since := _day("since"):
            found.append(listing.since(since))
        if until := _day("until"):
            found.append(listing.until(until))
        return found

    def fields(self) -> list[Shown]:
        entities = [("", _("全部内容")), *((name, str(word)) for name, word in messages.ENTITIES.items())]
        return [
            search_field("q", _("操作人或批次号"), _("例如 PC20261120-003")),
            select_field("entity", _("内容"), entities),
            search_field("since", _("开始日期"), _("例如 2026-11-01")),
            search_field("until", _("结束日期"), _("例如 2026-11-30")),
        ]

    def around_list(self, shown: dict[str, Any]) -> dict[str, Any]:
        for name, label in (("since", _("开始日期")), ("until", _("结束日期"))):
            if asked(name) and _day(name) is None:
                flash(
                    _(
                        "%(label)s“%(text)s”不是日期，没有用上。请写成 2026-11-20 的样子",
                        label=label,
                        text=asked(name),
                    ),
                    "warning",
                )
        return super().around_list(shown) | {"trail": _trail(), "numeric_columns": ["count"]}

    @expose("/details/")
    def details_view(self) -> Any:
        event = self.get_one(request.args.get("id"))
        return self.render(
            self.details_template,
            model=event,
            heading=messages.deed(event),
            trail=_trail(self.get_url(".index_view"), messages.deed(event)),
            facts=_facts(event),
            sections=[_changes_section(event.changes)],
        )


FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
"""Days before and after have no trail, and no place in a database's calendar."""


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(asked(name))
    except ValueError:
        return None
    return min(max(day, FIRST_DAY), LAST_DAY)


def _trail(url: str | None = None, leaf: str | None = None) -> list[Shown]:
    steps = [(_("首页"), url_for("admin.index")), (_("操作日志"), url), *([(leaf, None)] if leaf else [])]
    return [{"label": label, "url": to} for label, to in steps]


def _what(event: AuditEvent) -> Markup:
    return Markup('{}<br><span class="sm muted">{}</span>').format(
        messages.deed(event), messages.task(event.task)
    )


def _batch(event: AuditEvent, known: dict[int, str]) -> Markup | None:
    batch_id = listing.batch_of(event)
    number = known.get(batch_id) if batch_id else None
    return link(url_for("bulk.batch", batch_id=batch_id), number) if number else None


def _facts(event: AuditEvent) -> list[Shown]:
    return [
        {"label": _("时间"), "value": format_datetime(event.at, messages.SECONDS)},
        {"label": _("操作人"), "value": messages.actor(event.actor_name)},
        {"label": _("来源地址"), "value": event.address},
        {"label": _("做了什么"), "value": messages.deed(event)},
        {"label": _("在哪里"), "value": messages.task(event.task)},
        {"label": _("批次"), "value": _batch(event, listing.batch_numbers([listing.batch_of(event)]))},
        {"label": _("数量"), "value": event.count},
        {"label": _("编号"), "value": event.entity_id},
    ]


def _changes_section(changes: dict[str, Any]) -> Shown:
    columns = [_("项目"), _("原来"), _("之后")]
    return {"title": _("改动"), "columns": columns, "rows": _rows(changes), "empty": _("没有更多内容")}


def _rows(changes: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(what, before, after). One row of a table has [old, new] pairs or plain values; many rows share `all`."""
    shared = changes.get("all", {})
    rows = [(messages.column(name), "", messages.value(found)) for name, found in shared.items()]
    differ = [name for name in changes.get("columns", ()) if name not in shared]
    if differ:
        names = messages.value([messages.column(name) for name in differ])
        rows.append((_("各行不同的项目"), "", names))
    if "fields" in changes:
        rows.append(
            (_("看到的项目"), "", messages.value([messages.column(name) for name in changes["fields"]]))
        )
    for name, found in changes.items():
        if name in ("all", "columns", "fields"):
            continue
        if name == "purpose":
            found = messages.purpose(changes)
        pair = found if name != "ids" and isinstance(found, list) and len(found) == 2 else [None, found]
        rows.append((messages.column(name), messages.value(pair[0]), messages.value(pair[1])))
    return rows


def pages() -> list[Any]:
    return [AuditView(AuditEvent, name="audit", endpoint="audit", url="/audit")]
