"""What pages show of a batch: its state in words, its rows, its money. Text in the reader's language; no HTTP."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from console.accounts.models import User
from console.bulk import beside, costs, queries
from console.bulk.kind import KINDS, Outcome, UploadKind
from console.bulk.models import Batch
from console.bulk.queries import Tally
from console.bulk.states import BatchState, RowState
from console.core import clock
from console.core.db import session
from console.identifiers.amounts import yuan
from console.orders import messages as operator

Shown = dict[str, Any]
Words = Callable[[str, Any], str]


def pill(tone: str, icon: str, label: str) -> Shown:
    return {"tone": tone, "icon": icon, "label": label}


def batch_pill(batch: Batch, tally: Tally) -> Shown:
    """One state for header, list, chip and home (DESIGN 4); never green when something failed."""
    wrong, ready = tally.of(RowState.WRONG), tally.of(RowState.READY)
    plain = {
        BatchState.RECEIVED: pill("run", "i-spin", _("核对中")),
        BatchState.CHECKING: pill("run", "i-spin", _("核对中")),
        BatchState.ASKING: pill("warn", "i-info", _("待回答")),
        BatchState.REFUSED: pill("danger", "i-bad", _("没有读成")),
        BatchState.WITHDRAWN: pill("", "i-x", _("已撤回")),
        BatchState.EXPIRED: pill("", "i-x", _("已过期")),
    }
    state = BatchState(batch.state)
    if state in plain:
        return plain[state]
    if state is BatchState.CHECKED:
        if wrong:
            return pill("warn", "i-warn", _("待修正"))
        return pill("", "i-clock", _("待确认") if ready else _("没有可办的行"))
    if state is BatchState.APPROVING:
        return pill("warn", "i-clock", _("待审批"))
    if state is BatchState.SCHEDULED:
        return pill("plan", "i-cal", _("已计划 %(day)s", day=f"{batch.run_on:%m-%d}"))
    if state is BatchState.PAUSED:
        return pill("", "i-pause", _("已暂停 %(percent)s%%", percent=tally.percent))
    if state is BatchState.RUNNING:
        return pill("run", "i-spin", _("办理中 %(percent)s%%", percent=tally.percent))
    if tally.ok == 0:
        return pill("danger", "i-bad", _("未办成"))
    if tally.bad or wrong or ready:
        everyone = tally.total + wrong + ready
        return pill("warn", "i-warn", _("部分完成 %(ok)s/%(total)s", ok=tally.ok, total=everyone))
    return pill("ok", "i-ok", _("已完成"))


def batch_url(batch: Batch) -> str:
    """The page on which there is something to see or to do."""
    page = {
        BatchState.ASKING: "bulk.questions",
        BatchState.CHECKED: "bulk.check",
        BatchState.APPROVING: "bulk.batch",
        BatchState.SCHEDULED: "bulk.batch",
        BatchState.RUNNING: "bulk.batch",
        BatchState.PAUSED: "bulk.batch",
        BatchState.FINISHED: "bulk.batch",
    }
    return url_for(page.get(BatchState(batch.state), "bulk.checking"), batch_id=batch.id)


def summaries(batches: Sequence[Batch]) -> list[Shown]:
    """For lists: one query for the counts and one for the names, however many."""
    counted = queries.tallies([batch.id for batch in batches])
    people = names_of({batch.submitted_by for batch in batches})
    return [summary(batch, counted[batch.id], people.get(batch.submitted_by, "")) for batch in batches]


def summary(batch: Batch, tally: Tally, by: str = "") -> Shown:
    kind = KINDS.get(batch.kind)
    return {
        "url": batch_url(batch),
        "title": batch.title,
        "number": batch.number,
        "kind_title": kind.short if kind else batch.kind,
        "rows": tally.total or batch.rows_total or None,
        "pill": batch_pill(batch, tally),
        "by": by,
        "when": batch.created_at,
        "filename": batch.title,
    }


def names_of(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = [id_ for id_ in ids if id_ is not None]
    return {id_: name for id_, name in session.execute(select(User.id, User.name).where(User.id.in_(wanted)))}


def head(batch: Batch, tally: Tally) -> Shown:
    kind = KINDS[batch.kind]
    by = names_of([batch.submitted_by, batch.confirmed_by])
    return {
        "id": batch.id,
        "number": batch.number,
        "title": batch.title,
        "kind": batch.kind,
        "kind_title": kind.short,
        "filename": batch.file.name,
        "rows_total": batch.rows_total,
        "columns_total": batch.columns_total,
        "url": batch_url(batch),
        "pill": batch_pill(batch, tally),
        "submitted_by": by.get(batch.confirmed_by or batch.submitted_by, ""),
        "submitted_at": batch.confirmed_at or batch.created_at,
    }


def money(batch: Batch, kind: UploadKind, ready: int) -> Shown | None:
    """「确认后会发生什么」: exactly what the digest of the confirm button covers."""
    if not ready:
        return None
    priced = queries.money(batch.id)
    if not priced:
        lines = [{"label": _("写入花名册"), "sub": None, "amount": _("%(n)s 人", n=ready), "strong": True}]
        return {"lines": lines, "hint": _("只改花名册，不办理业务，不产生费用")}
    names = plan_names(kind, [key for key, *_rest in priced])
    number = _("+%(n)s 个", n=ready) if kind.opens_lines else _("%(n)s 个", n=ready)
    lines = [line(str(kind.priced_as), None, number)]
    lines += [
        {
            "label": names[key],
            "sub": _("%(n)s 人", n=count),
            "amount": yuan(monthly, sign=True),
            "strong": False,
        }
        for key, count, monthly, _cycle in priced
    ]
    monthly, cycle = sum(one[2] for one in priced), sum(one[3] for one in priced)
    if kind.opens_lines:
        lines.append(line(_("每月增加"), None, yuan(monthly), strong=True))
    else:
        lines.append(line(_("每月合计变化"), None, yuan(monthly, sign=True), strong=True))
    lines.append(line(_("本账期按天计"), rest_of_cycle(), yuan(cycle, sign=not kind.opens_lines)))
    lines += besides(costs.total(batch.id))
    lines += [line(str(label), None, text) for label, text in kind.preview(ready)]
    opened = _("现有号码不受影响。确认前什么都不会改变，也不产生费用")
    hint = opened if kind.opens_lines else _("确认前什么都不会改变，也不产生费用")
    return {"lines": lines, "hint": hint, "centers": centers(batch.id), "budgets": budgets(batch.id)}


def budgets(batch_id: int) -> list[Shown]:
    """Each budget that the rows touch, before and after."""
    return [
        {
            "name": one.name,
            "amount": yuan(one.amount_fen),
            "before": yuan(one.before_fen),
            "after": yuan(one.after_fen),
            "percent": one.percent,
            "over": one.after_fen > one.amount_fen,
        }
        for one in beside.budgets(batch_id)
    ]


def seen(sums: costs.Sums) -> str:
    """What a page showed, to be told when it is not so any more: rows, 分 each month, 分 now."""
    return f"{sums.rows}.{sums.monthly}.{sums.now}"


def difference(before: str, now: costs.Sums) -> str:
    """「你看到的：…；现在：…」; nothing when nobody knows what was seen, or the sums are the same."""
    parts = before.split(".")
    if len(parts) != 3 or not all(part.removeprefix("-").isdecimal() and len(part) < 12 for part in parts):
        return ""
    rows, monthly, due = map(int, parts)
    if (rows, monthly, due) == (now.rows, now.monthly, now.now):
        return ""
    words = [
        _(
            "%(n)s 行，每月 %(monthly)s，本账期 %(due)s",
            n=n,
            monthly=yuan(m, sign=True),
            due=yuan(d, sign=True),
        )
        for n, m, d in ((rows, monthly, due), (now.rows, now.monthly, now.now))
    ]
    return _("你看到的是 %(before)s；现在是 %(now)s", before=words[0], now=words[1])


def besides(sums: costs.Sums) -> list[Shown]:
    """What is paid once, where there is any."""
    found = [(_("一次性费用"), sums.once), (_("合约违约金"), sums.penalty)]
    lines = [line(label, None, yuan(fen, sign=True)) for label, fen in found if fen]
    if lines:
        lines.append(line(_("本账期合计"), None, yuan(sums.now, sign=True), strong=True))
    return lines


def centers(batch_id: int) -> list[Shown]:
    """By cost centre, where there is more than one; the sums are those of the whole."""
    found = costs.money_by_center(batch_id)
    if len(found) < 2:
        return []
    return [
        {
            "name": center or _("未分配成本中心"),
            "rows": sums.rows,
            "monthly": yuan(sums.monthly, sign=True),
            "now": yuan(sums.now, sign=True),
        }
        for center, sums in found
    ]


def rest_of_cycle() -> str:
    """「11-24 ～ 11-30，7 天」."""
    today = clock.today()
    last = _month_end(today)
    return _(
        "%(first)s ～ %(last)s，%(n)s 天",
        first=f"{today:%m-%d}",
        last=f"{last:%m-%d}",
        n=(last - today).days + 1,
    )


def line(label: str, sub: str | None, amount: str, *, strong: bool = False) -> Shown:
    return {"label": label, "sub": sub, "amount": amount, "strong": strong}


def _month_end(day: Any) -> Any:
    return day.replace(day=monthrange(day.year, day.month)[1])


def plan_names(kind: UploadKind, keys: Sequence[str]) -> dict[str, str]:
    labels = kind.price_labels()
    return {key: labels.get(key, key) for key in keys}


def pager(page: int, total: int, address: Any) -> Shown:
    pages = max(1, -(-total // queries.PAGE))
    return {
        "page": page,
        "pages": pages,
        "total": total,
        "first": (page - 1) * queries.PAGE + 1,
        "last": min(page * queries.PAGE, total),
        "url": address,
    }


def outcome_pill(outcome: Outcome) -> Shown:
    return {
        "ok": pill("ok", "i-ok", _("成功")),
        "bad": pill("danger", "i-bad", _("失败")),
        "run": pill("run", "i-spin", _("办理中")),
        "wait": pill("", "i-clock", _("等待")),
        "wrong": pill("warn", "i-warn", _("待修正")),
        "same": pill("", "i-ok", _("不变")),
    }[outcome.category]


def explanation(outcome: Outcome) -> str:
    return operator.reason(outcome.error) if outcome.category == "bad" else operator.stage(outcome.code)
