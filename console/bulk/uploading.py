"""The upload page and the page of a refused file: what can be uploaded, and why this was not taken."""

from flask import url_for
from flask_babel import gettext as _

from console.bulk import finding, messages, presenting, queries
from console.bulk.kind import KINDS, Group, UploadKind
from console.bulk.models import Batch
from console.bulk.presenting import Shown
from console.bulk.states import BatchState
from console.core import queue
from console.core.errors import ConsoleError
from console.spreadsheets.limits import DEFAULT

TYPES = ".xlsx .xlsm .xls .xlsb .ods .csv .tsv"


def progress(batch: Batch) -> Shown:
    """How far the reading is; the figures live in the queue's memory and may be missing."""
    told = queue.progress(f"check-{batch.id}")
    sentence = _("已读 %(n)s 行", n=told["done"]) if told.get("done") else _("正在读取名单")
    if batch.state == BatchState.RECEIVED and (ahead := finding.ahead(batch)):
        sentence = _("正在排队，前面还有 %(n)s 份名单", n=ahead)
    return {
        "progress": {"done": told.get("done", 0), "total": told.get("total", 0), "sentence": sentence},
        "progress_url": url_for("bulk.checking_progress", batch_id=batch.id),
        "batches_url": url_for("bulk.batches"),
    }


def refused(batch: Batch) -> Shown:
    """Why the file was not taken, or how the batch ended, with a place to try again."""
    tally = queries.tally(batch.id)
    refusal = batch.refusal or {"code": batch.state, "values": {}}
    values = refusal["values"]
    labels = {column.field: str(column.label) for column in KINDS[batch.kind].columns}
    missing = [labels.get(field, field) for field in values.get("missing", ())]
    if batch.state in (BatchState.WITHDRAWN, BatchState.EXPIRED):
        told = (presenting.batch_pill(batch, tally)["label"], _("名单没有办理"), "")
    else:
        named = [f"“{name}”" for name in missing]
        told = messages.refusal(refusal["code"], values | _figures() | {"labels": named})
    return {
        "batch": presenting.head(batch, tally),
        "refusal": dict(zip(("title", "detail", "remedy"), told, strict=True))
        | {
            "code": refusal["code"],
            "missing": missing,
            "found": values.get("found", ()),
            "link": _link(values),
        },
        "upload_url": url_for("bulk.upload"),
        "batches_url": url_for("bulk.batches"),
        "template_url": url_for("bulk.template", slug=batch.kind),
        "limits": limits(),
    }


def kind_card(kind: UploadKind, *, selected: bool = False) -> Shown:
    return {
        "slug": kind.slug,
        "title": kind.short,
        "sub": kind.lead,
        "icon": kind.icon,
        "group": kind.group,
        "selected": selected,
        "template_url": url_for("bulk.template", slug=kind.slug),
        "schema_url": url_for("bulk.kind", slug=kind.slug),
        "columns": [
            {"label": c.label, "required": c.required, "hint": bare(str(c.hint))} for c in kind.columns
        ],
    }


def bare(hint: str) -> str:
    """Without the word that stands before it on the page anyway."""
    for word in (_("必填"), _("选填")):
        if hint.startswith(word):
            return hint.removeprefix(word).lstrip("，；,; ")
    return hint


def groups(cards: list[Shown]) -> list[Shown]:
    """The kinds by what an office looks for; a group without any is left out."""
    labels = {
        Group.OPEN: _("开通"),
        Group.CHANGE: _("变更"),
        Group.STOP: _("停复机"),
        Group.CARDS: _("卡与号码"),
        Group.PEOPLE: _("人员"),
    }
    found = [
        {"label": label, "kinds": [card for card in cards if card["group"] == group]}
        for group, label in labels.items()
    ]
    return [one for one in found if one["kinds"]]


def default_fields(kind: UploadKind) -> list[Shown]:
    wanted = [column for column in kind.columns if column.default and column.options]
    if not wanted:
        return []
    reference = kind.reference()
    fields = []
    for column in wanted:
        options = list(column.options(reference)) if column.options else []
        fields.append(
            {
                "name": column.field,
                "label": column.label,
                "options": options,
                "value": options[0][0] if options else "",
                "kind_slug": kind.slug,
            }
        )
    return fields


def limits() -> Shown:
    return {"mb": DEFAULT.upload_bytes // 2**20, "rows": DEFAULT.rows, "types": TYPES}


def _figures() -> Shown:
    return {"mb": DEFAULT.upload_bytes // 2**20, "rows": DEFAULT.rows, "columns": DEFAULT.columns}


def trouble(error: ConsoleError) -> Shown:
    title, detail, remedy = messages.refusal(error.code, error.values | _figures())
    link = _link(error.values) or {}
    return {"title": title, "detail": detail, "remedy": remedy, "code": error.code,
            "url": link.get("url"), "url_label": link.get("label")}  # fmt: skip


def _link(values: Shown) -> Shown | None:
    if "batch" not in values:
        return None
    return {
        "url": url_for("bulk.batch", batch_id=values["batch"]),
        "label": _("打开批次 %(n)s", n=values["number"]),
    }


def recent(shown: Shown) -> Shown:
    return {
        "filename": shown["title"],
        "when": shown["when"],
        "sentence": shown["pill"]["label"],
        "url": shown["url"],
    }
