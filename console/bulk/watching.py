"""What the pages of running and past batches show: progress with an estimate, rows, timeline, list."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from console.bulk import estimating, finding, offering, presenting, queries, sheets
from console.bulk.kind import KINDS, Outcome, UploadKind
from console.bulk.models import Batch, BatchRow
from console.bulk.queries import Tally
from console.bulk.states import BatchState, RowState
from console.core import clock
from console.identifiers import numbers
from console.identifiers.amounts import yuan

Shown = dict[str, Any]
LIST_PAGE = 20
SHOWN = (
    BatchState.APPROVING,
    BatchState.SCHEDULED,
    BatchState.RUNNING,
    BatchState.PAUSED,
    BatchState.FINISHED,
)
"""A batch in one of these has a page of its own; before, it is checked and mended."""
GROUPS = {
    "": None,
    "waiting": "received,checking,asking,checked,approving",
    "planned": "scheduled",
    "running": "running,paused",
    "finished": "finished",
    "over": "refused,withdrawn,expired",
}


def page(batch: Batch, tab: str, number: int, *, may_steer: bool) -> Shown:
    """All of the page of one batch, from the database as it is now."""
    kind, tally = KINDS[batch.kind], queries.tally(batch.id)
    total, kept = queries.outcome_rows(batch.id, tab, number)
    head = presenting.head(batch, tally)
    wrong = tally.of(RowState.WRONG, RowState.READY)
    return {
        "batch": head,
        "tab": tab,
        "batches_url": url_for("bulk.batches"),
        "upload_url": url_for("bulk.upload"),
        "progress": _progress(batch, tally),
        "progress_url": url_for("bulk.progress", batch_id=batch.id, tab=tab, page=number),
        "more_url": url_for("bulk.check", batch_id=batch.id) if wrong else None,
        "tabs": _tabs(batch, tally),
        "rows": _rows(batch, kind, kept),
        "pager": presenting.pager(
            number, total, lambda n: url_for("bulk.batch", batch_id=batch.id, tab=tab, page=n)
        ),
        "failed": _failed(batch, tally),
        "info": _info(batch, kind, head, tally),
        "timeline": _timeline(batch, tally, head),
        "report_url": url_for("bulk.results", batch_id=batch.id),
        "steering": offering.steering(batch, tally) if may_steer else None,
    }


def _progress(batch: Batch, tally: Tally) -> Shown:
    done, total = tally.ok + tally.bad, tally.total
    share = {name: 100 * getattr(tally, name) // total if total else 0 for name in ("ok", "bad", "run")}
    finished = batch.state == BatchState.FINISHED
    return {
        "total": total,
        "done": done,
        "ok": tally.ok,
        "bad": tally.bad,
        "run": tally.run,
        "wait": tally.wait,
        "wrong": tally.of(RowState.WRONG, RowState.READY),
        "active": tally.active,
        "percent": tally.percent,
        "ok_percent": share["ok"],
        "bad_percent": share["bad"],
        "run_percent": share["run"],
        "sentence": _finished_sentence(batch, tally) if finished else _sentence(batch, total - done),
        "updated": clock.now(),
        # Lines go on becoming active after the last order is done: the page looks until they are.
        "finished": finished and not _still_activating(batch, tally),
    }


def _sentence(batch: Batch, left: int) -> str:
    resting = {
        BatchState.APPROVING: _("等待审批，还没有办理"),
        BatchState.SCHEDULED: _("还没有到办理的日子"),
        BatchState.PAUSED: _("已暂停"),
    }
    return resting.get(BatchState(batch.state)) or _estimate(batch, left)


def _still_activating(batch: Batch, tally: Tally) -> bool:
    if not KINDS[batch.kind].opens_lines or tally.active >= tally.ok:
        return False
    return batch.finished_at is not None and clock.now() - batch.finished_at < timedelta(minutes=2)


def _finished_sentence(batch: Batch, tally: Tally) -> str:
    if not KINDS[batch.kind].places_orders:
        return _("全部写入花名册")
    took = batch.finished_at - batch.confirmed_at if batch.finished_at and batch.confirmed_at else timedelta()
    if not KINDS[batch.kind].opens_lines:
        return _("办完 %(ok)s 行，用时 %(took)s", ok=tally.ok, took=_span(took.total_seconds()))
    if tally.active < tally.ok:
        return _("已激活 %(active)s 个，其余等员工本人人像核验", active=tally.active)
    return _("已激活 %(active)s 个，用时 %(took)s", active=tally.active, took=_span(took.total_seconds()))


def _estimate(batch: Batch, left: int) -> str:
    """From the pace since it last went on; silent until there is something to measure."""
    seconds = estimating.left(batch, left)
    if seconds:
        return _("约 %(span)s后完成", span=_span(seconds))
    ahead = estimating.ahead(batch)
    return _("正在排队，前面还有 %(n)s 行", n=ahead) if ahead else _("刚开始，正在估算时间")


def _span(seconds: float) -> str:
    if seconds < 60:
        return _("%(n)s 秒", n=max(1, round(seconds)))
    if seconds < 3600:
        return _("%(n)s 分钟", n=round(seconds / 60))
    return _("%(n)s 小时", n=round(seconds / 3600))


def _tabs(batch: Batch, tally: Tally) -> list[Shown]:
    wrong = tally.of(RowState.WRONG, RowState.READY)
    labels = {
        "all": (_("全部"), tally.total),
        "bad": (_("失败"), tally.bad),
        "run": (_("办理中"), tally.run),
        "wait": (_("等待"), tally.wait),
        "ok": (_("成功"), tally.ok),
        "wrong": (_("待修正"), wrong),
    }
    return [
        {
            "key": key,
            "label": label,
            "count": count,
            "hot": key in ("bad", "wrong") and count > 0,
            "url": url_for("bulk.batch", batch_id=batch.id, tab=key),
        }
        for key, (label, count) in labels.items()
        if key != "wrong" or count
    ]


def _rows(batch: Batch, kind: UploadKind, kept: list[BatchRow]) -> list[Shown]:
    outcomes, words = sheets.outcomes_of(batch, kind, kept), kind.words()
    return [_row(batch, kind, row, outcomes[row.id], words) for row in kept]


def _row(batch: Batch, kind: UploadKind, row: BatchRow, outcome: Outcome | None, words: Any) -> Shown:
    outcome = outcome or Outcome("wrong", "wrong")
    plan = row.values.get("plan")
    return {
        "number": row.number,
        "absent": row.values.get("absent", False),
        "deed": kind.deed(row, words),
        "name": row.values.get("name", ""),
        "department": row.values.get("department"),
        "plan": words("plan", plan) if plan else None,
        "msisdn": numbers.mask(outcome.msisdn) if outcome.msisdn else None,
        "pill": presenting.outcome_pill(outcome),
        "explanation": presenting.explanation(outcome)
        if outcome.category != "wrong"
        else _("修正后可以继续办理"),
        "actions": _row_actions(batch, row, outcome),
    }


def _row_actions(batch: Batch, row: BatchRow, outcome: Outcome) -> list[Shown]:
    if outcome.category == "wrong":
        return [{"label": _("去修正"), "url": url_for("bulk.check", batch_id=batch.id), "method": "GET"}]
    if outcome.category != "bad" or outcome.code == "reversed":
        return []
    if outcome.remedy == "again":
        url = url_for("bulk.retry", batch_id=batch.id)
        return [{"label": _("重试"), "url": url, "method": "POST", "hidden": {"row": row.id}}]
    if outcome.code == "failed":
        url = url_for("bulk.give_back", batch_id=batch.id, row_id=row.id)
        return [{"label": _("修改并重试"), "url": url, "method": "POST"}]
    return []


def _failed(batch: Batch, tally: Tally) -> Shown | None:
    if not tally.bad:
        return None
    return {
        "count": tally.bad,
        "retryable": tally.retryable,
        "retry_url": url_for("bulk.retry", batch_id=batch.id),
        "fix_url": url_for("bulk.batch", batch_id=batch.id, tab="bad"),
    }


def _info(batch: Batch, kind: UploadKind, head: Shown, tally: Tally) -> list[Shown]:
    info = [
        {"label": _("名单"), "value": head["filename"]},
        {
            "label": _("人数"),
            "value": _("%(n)s 人（名单 %(rows)s 行）", n=tally.total, rows=batch.rows_total),
        },
    ]
    priced = queries.money_of_confirmed(batch.id)
    names = presenting.plan_names(kind, [key for key, *_rest in priced])
    info += [
        {"label": _("套餐") if at == 0 else "", "value": f"{names[key]} × {count}"}
        for at, (key, count, _monthly, _cycle) in enumerate(priced)
    ]
    if priced:
        monthly, cycle = sum(m for _k, _n, m, _c in priced), sum(c for _k, _n, _m, c in priced)
        opens = kind.opens_lines
        label = _("每月增加") if opens else _("每月合计变化")
        info.append({"label": label, "value": yuan(monthly, sign=not opens)})
        info.append({"label": _("本账期"), "value": yuan(cycle, sign=not opens)})
        if opens:
            info.append({"label": _("生效"), "value": _("实名核验通过后立即")})
    if (proved := estimating.proved(batch)) is not None:
        value = _(
            "办到四分之一时估 %(span)s，实际 %(took)s，差 %(percent)s%%",
            span=_span(proved.estimated), took=_span(proved.took), percent=proved.percent,
        )  # fmt: skip
        info.append({"label": _("估算准不准"), "value": value})
    return info


def _timeline(batch: Batch, tally: Tally, head: Shown) -> list[Shown]:
    people = presenting.names_of([batch.submitted_by, batch.confirmed_by])
    wrong = tally.of(RowState.WRONG, RowState.READY)
    sent = _("%(n)s 行可办理，%(wrong)s 行待修正", n=tally.total, wrong=wrong)
    steps = [
        _step(_("上传并核对"), sent, batch.checked_at, people.get(batch.submitted_by)),
        _step(_("确认办理"), _("已通过身份验证"), batch.confirmed_at, people.get(batch.confirmed_by or 0)),
    ]
    done = _("成功 %(ok)s，失败 %(bad)s", ok=tally.ok, bad=tally.bad)
    if batch.state == BatchState.FINISHED:
        steps.append(_step(_("办理结束"), done, batch.finished_at, None))
    else:
        now = _("办理中 %(done)s / %(total)s", done=tally.ok + tally.bad, total=tally.total)
        steps.append({"done": False, "title": now, "detail": done, "when": None, "who": None})
        steps.append(
            {"done": False, "title": _("全部完成后通知你"), "detail": None, "when": None, "who": None}
        )
    return steps


def _step(title: str, detail: str, when: Any, who: str | None) -> Shown:
    return {"done": True, "title": title, "detail": detail, "when": when, "who": who or _("系统")}


def listing(chosen: Mapping[str, str], number: int) -> Shown:
    """The list of batches with its conditions."""
    kind, group = chosen.get("kind", ""), chosen.get("state", "")
    kind = kind if kind in KINDS else ""
    states = GROUPS.get(group)
    total, batches = finding.recent(LIST_PAGE, kind or None, states, number)
    counts = finding.by_state()
    labels = {
        "": _("全部"), "waiting": _("待处理"), "planned": _("已计划"), "running": _("办理中"), "finished": _("已结束"), "over": _("未办理"),
    }  # fmt: skip
    return {
        "rows": presenting.summaries(batches),
        "upload_url": url_for("bulk.upload"),
        "templates_url": url_for("bulk.templates"),
        "reset_url": url_for("bulk.batches"),
        "chips": [
            {
                "label": label,
                "count": sum(n for state, n in counts.items() if not key or state in (GROUPS[key] or "").split(",")),
                "url": url_for("bulk.batches", state=key or None, kind=kind or None),
                "current": key == group,
            }
            for key, label in labels.items()
        ],
        "query_fields": [
            {
                "name": "kind",
                "label": _("业务"),
                "type": "select",
                "value": kind,
                "options": [("", _("全部业务")), *((one.slug, one.short) for one in KINDS.values())],
            }
        ],
        "pager": presenting.pager(number, total, lambda n: url_for("bulk.batches", kind=kind, state=group, page=n))
        | {"pages": max(1, -(-total // LIST_PAGE)), "first": (number - 1) * LIST_PAGE + 1,
           "last": min(number * LIST_PAGE, total)},
    }  # fmt: skip
