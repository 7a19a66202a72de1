"""The pages on which somebody says what is to be done with the lines that were selected in a list."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.bulk import uploading
from console.bulk.kind import UploadKind
from console.core.db import transaction
from console.core.errors import Conflict, ConsoleError
from console.core.listing import LARGEST_ID, Shown, asked
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView
from console.sims import choosing, handing_over, listing, rules
from console.sims.models import Line
from console.sims.rules import Work

MOST_TICKED = 200
FILTERS = ("q", "plan", "state")


class LineWorkView(ConsoleView):
    permission = Permission.BATCHES_UPLOAD

    @expose("/")
    def index(self) -> Any:
        """First what to do, then what it needs once for all of them."""
        conditions, chosen = _selection(request.args)
        count = listing.how_many(conditions)
        if not count:
            flash(_("没有选中号码，请先勾选"), "warning")
            return redirect(url_for("lines.index_view"))
        kind = _kind(request.args.get("kind", ""))
        known = choosing.kinds(current_user.role)
        cards = [uploading.kind_card(one) | {"url": _here(chosen, kind=one.slug)} for one in known]
        return self.render(
            "sims/line_work.html",
            count=count,
            groups=uploading.groups(cards),
            kind=uploading.kind_card(kind) if kind else None,
            fields=_fields(kind, count) if kind else [],
            hidden=[(name, value) for name, value in chosen if name != "kind"],
            ask_url=url_for(".ask"),
            back_url=_here(chosen) if kind else url_for("lines.index_view"),
            lines_url=url_for("lines.index_view"),
        )

    @expose("/ask", methods=["POST"])
    def ask(self) -> Any:
        conditions, chosen = _selection(request.form)
        kind = _kind(request.form.get("kind", "")) or abort(404)
        if not listing.how_many(conditions):
            return redirect(_here(chosen))
        values = {name[2:]: value.strip() for name, value in request.form.items() if name.startswith("c-")}
        try:
            with transaction():
                batch = choosing.ask(current_user.role, current_user.user_id, kind, conditions, values)
        except (ConsoleError, Conflict) as error:
            if not error.code.startswith("F_"):
                raise
            told = uploading.trouble(error)
            flash("，".join(filter(None, (told["title"], told["detail"]))), "warning")
            return redirect(_here(chosen, kind=kind.slug))
        return redirect(url_for("bulk.checking", batch_id=batch.id))


def _kind(slug: str) -> UploadKind | None:
    return next((one for one in choosing.kinds(current_user.role) if one.slug == slug), None)


def _selection(form: Mapping[str, Any]) -> tuple[list[Any], list[tuple[str, str]]]:
    """The conditions, and what an address needs to say them again; ticked lines, or all that the list shows."""
    if form.get("all"):
        words = [(name, form.get(name, "").replace("\0", "").strip()[:40]) for name in FILTERS]
        tail, plan, state = (word for _name, word in words)
        return listing.narrowed(tail, plan, state), [("all", "1"), *((n, w) for n, w in words if w)]
    ticked = form.getlist("rowid") if hasattr(form, "getlist") else []
    ids = [int(one) for one in ticked[:MOST_TICKED] if one.isascii() and one.isdecimal()]
    ids = [one for one in ids if one <= LARGEST_ID]
    return [Line.id.in_(ids), Line.state.in_(listing.LIVING)], [("rowid", str(one)) for one in ids]


def _here(chosen: list[tuple[str, str]], **more: Any) -> str:
    several: dict[str, Any] = {}
    for name, value in chosen:
        several.setdefault(name, []).append(value)
    return url_for("line_work.index", **several, **more)


def _fields(kind: UploadKind, count: int) -> list[Shown]:
    reference = kind.reference()
    return [
        {
            "name": column.field,
            "label": column.label,
            "hint": uploading.bare(str(column.hint)),
            "required": column.required,
            "options": list(column.options(reference)) if column.options else None,
            "type": "date" if column.shape == "date" else "text",
        }
        for column in choosing.common(kind, count)
    ]


def offer(asks: Iterable[str]) -> Shown | None:
    """Where ticked lines go, and all that the list shows, for whom something may be asked."""
    may = allows(current_user.role, Permission.BATCHES_UPLOAD)
    if not may or not choosing.kinds(current_user.role):
        return None
    words: dict[str, Any] = {name: asked(name) for name in asks if asked(name)}
    return {
        "url": url_for("line_work.index"),
        "all_url": url_for("line_work.index", all=1, **words),
    }


def actions_of(line: Line) -> list[Shown]:
    """What is asked most of one line; a loss goes straight to the check."""
    if line.state not in listing.LIVING:
        return []
    records = {"label": _("申请详单"), "url": url_for("details.index", line=line.id)}
    asks_for_them = [records] if allows(current_user.role, Permission.DETAILS_ASK) else []
    if not allows(current_user.role, Permission.BATCHES_UPLOAD):
        return asks_for_them
    known = {kind.slug: kind for kind in choosing.kinds(current_user.role)}
    found: list[Shown] = []
    if "report-lost" in known and line.state in rules.ALLOWED[Work.REPORT_LOST]:
        asks = {"kind": "report-lost", "rowid": line.id}
        found.append({"label": _("挂失"), "url": url_for("line_work.ask"), "method": "POST", "hidden": asks})
    often = {"resume": Work.RESUME, "suspend": Work.SUSPEND, "change-plan": Work.CHANGE_PLAN}
    found += [
        {"label": known[slug].short, "url": url_for("line_work.index", rowid=line.id, kind=slug)}
        for slug, work in often.items()
        if slug in known and line.state in rules.ALLOWED[work]
    ]
    esim = handing_over.order_of(line.id) if allows(current_user.role, Permission.LINES_CHANGE) else None
    if esim and not handing_over.taken(esim.id):
        found.insert(
            0,
            {
                "label": _("eSIM 激活码交接"),
                "url": url_for("esim.hand_over", order_id=esim.id),
                "primary": True,
            },
        )
    more = {"label": _("办理其他业务"), "url": url_for("line_work.index", rowid=line.id)}
    return [*found, more, *asks_for_them] if known else asks_for_them


def pages() -> list[Any]:
    return [LineWorkView(name="line_work", endpoint="line_work", url="/line-work")]
