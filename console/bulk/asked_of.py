"""What the pages of a second person show. Text in the reader's language; no HTTP."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from console.accounts.models import User
from console.bulk import (
    approval_settings,
    costs,
    deeds,
    finding,
    mending,
    presenting,
    queries,
    rechecking,
)
from console.bulk.approval_rules import RECOMMENDED, Changed, Rule
from console.bulk.approvals import Approval, ApprovalRule, Deputy
from console.bulk.approving import Decided
from console.bulk.kind import KINDS, UploadKind
from console.bulk.models import Batch, BatchRow
from console.bulk.presenting import Shown, yuan
from console.bulk.states import ApprovalState, RowState
from console.core import clock
from console.core.db import session

MOST_ROWS = 200
"""So many rows can be returned one by one; a larger batch is taken or returned whole."""
MOST_NAMED = 5


def waiting(user_id: int, *, may_decide: bool) -> Shown:
    """What waits for this person, and who answers for him."""
    wanted = select(Approval).where(Approval.state == ApprovalState.ASKED).order_by(Approval.asked_at)
    found = list(session.scalars(wanted)) if may_decide else []
    people = presenting.names_of([one.asked_by for one in found])
    return {
        "waiting": [_line(one, people, own=one.asked_by == user_id) for one in found],
        "may_decide": may_decide,
        "deputies": _deputies(user_id),
        "colleagues": _colleagues(user_id),
        "today": str(clock.today()),
        "add_deputy_url": url_for("bulk.add_deputy"),
        "batches_url": url_for("bulk.batches"),
    }


def _line(one: Approval, people: dict[int, str], *, own: bool) -> Shown:
    return {
        "title": one.batch.title,
        "kind": KINDS[one.batch.kind].short,
        "rows": one.rows,
        "monthly": yuan(one.monthly_fen, sign=True),
        "once": yuan(one.once_fen, sign=True) if one.once_fen else None,
        "by": people.get(one.asked_by, ""),
        "when": one.asked_at,
        "own": own,
        "url": url_for("bulk.approval", batch_id=one.batch_id),
    }


def _question(batch: Batch) -> Approval:
    wanted = select(Approval).where(Approval.batch_id == batch.id, Approval.state == ApprovalState.ASKED)
    return session.scalars(wanted).one()


def page(batch: Batch, user_id: int, *, may_decide: bool) -> Shown:
    """One batch as a second person sees it: money first, then every row."""
    kind, approval = KINDS[batch.kind], _question(batch)
    total, kept = queries.rows(batch.id, "ready", 1)
    if total <= MOST_ROWS:
        ready = select(BatchRow).where(BatchRow.batch_id == batch.id, BatchRow.state == RowState.READY)
        kept = list(session.scalars(ready.order_by(BatchRow.number)))
    reference = rechecking.reference_of(kind, batch.id, [])
    rows = mending.rows(mending.Look.of(batch, kind, reference, may_mend=False), kept)
    own = approval.asked_by == user_id
    return {
        "batch": presenting.head(batch, queries.tally(batch.id)),
        "money": (deeds if kind.mixed else presenting).money(batch, kind, total),
        "rows": rows,
        "one_by_one": total <= MOST_ROWS,
        "total": total,
        "columns": [{"field": cell.field, "label": cell.label} for cell in rows[0].cells] if rows else [],
        "shown": queries.shown(batch.id),
        "by": presenting.names_of([approval.asked_by]).get(approval.asked_by, ""),
        "when": approval.asked_at,
        "run_on": str(approval.run_on) if approval.run_on else None,
        "own": own,
        "decide_url": url_for("bulk.decide", batch_id=batch.id) if may_decide and not own else None,
        "approvals_url": url_for("bulk.approvals"),
    }


def decided(batch_id: int, what: Decided) -> str:
    """One sentence on what came of it."""
    if what.changed:
        return _difference(batch_id, what.changed)
    if what.returned:
        return _("通过 %(ok)s 行，退回 %(n)s 行，已告诉提交人", ok=what.taken, n=what.returned)
    return _("已通过，%(n)s 行开始办理", n=what.taken)


def _difference(batch_id: int, changed: Sequence[Changed]) -> str:
    """Which rows are not what the maker confirmed, old beside new."""
    named = changed[:MOST_NAMED]
    wanted = select(BatchRow.id, BatchRow.number).where(BatchRow.id.in_([one.row_id for one in named]))
    numbers = {id_: number for id_, number in session.execute(wanted)}
    told = [
        _(
            "第 %(row)s 行 %(before)s → %(now)s",
            row=numbers.get(one.row_id, "--"), before=_priced(one.before), now=_priced(one.now),
        )
        for one in named
    ]  # fmt: skip
    return _(
        "提交之后有 %(n)s 行变了，没有办理，已退回给提交人：%(rows)s", n=len(changed), rows="；".join(told)
    )


def _priced(values: Sequence[Any] | None) -> str:
    if values is None:
        return _("没有这一行")
    _revision, key, monthly, once, penalty = values
    rest = (once or 0) + (penalty or 0)
    return f"{key or '--'} {yuan(monthly or 0, sign=True)}" + (f" {yuan(rest, sign=True)}" if rest else "")


def settings(kinds: Sequence[UploadKind]) -> Shown:
    rules = session.scalars(select(ApprovalRule).order_by(ApprovalRule.id)).all()
    return {
        "rules": [
            {"text": _rule(one), "remove_url": url_for("bulk.remove_approval_rule", rule_id=one.id)}
            for one in rules
        ],
        "recommended": [] if rules else [_rule(one) for one in RECOMMENDED],
        "recommended_url": url_for("bulk.recommended_approval_rules"),
        "alone": approval_settings.deciders() < 2,
        "departments": finding.departments(),
        "kinds": [("", _("全部业务")), *((kind.slug, str(kind.short)) for kind in kinds)],
        "add_url": url_for("bulk.add_approval_rule"),
        "approvals_url": url_for("bulk.approvals"),
    }


def _rule(one: ApprovalRule | Rule) -> str:
    """「销户，20 行以上，每月增加 ¥500.00 以上」."""
    kind = KINDS.get(one.kind)
    parts = [str(kind.short) if kind else _("全部业务")]
    if one.least_rows:
        parts.append(_("%(n)s 行以上", n=one.least_rows))
    if one.least_monthly_fen:
        parts.append(_("每月增加 %(sum)s 以上", sum=yuan(one.least_monthly_fen)))
    if one.least_once_fen:
        parts.append(_("一次性费用 %(sum)s 以上", sum=yuan(one.least_once_fen)))
    if one.cost_center:
        parts.append(_("成本中心 %(code)s", code=one.cost_center))
    if one.department:
        parts.append(_("%(name)s及下级部门", name=one.department))
    return _("，").join(parts)


def _deputies(user_id: int) -> list[Shown]:
    found = list(session.scalars(select(Deputy).where(Deputy.user_id == user_id).order_by(Deputy.first_day)))
    people = presenting.names_of([one.deputy_id for one in found])
    return [
        {
            "name": people.get(one.deputy_id, ""),
            "days": f"{one.first_day} ～ {one.last_day}",
            "over": one.last_day < clock.today(),
            "remove_url": url_for("bulk.remove_deputy", deputy_id=one.id),
        }
        for one in found
    ]


def _colleagues(user_id: int) -> list[tuple[int, str]]:
    wanted = select(User.id, User.name).where(User.enabled, User.id != user_id).order_by(User.name)
    return [(id_, name) for id_, name in session.execute(wanted)]


def question_of(batch: Batch) -> Shown:
    """For the page of a batch that waits: for what, until when, and what the maker can do."""
    approval, total = _question(batch), costs.total(batch.id)
    here: Shown = {"batch_id": batch.id}
    return {
        "title": _("等审批，%(n)s 行，每月 %(sum)s", n=total.rows, sum=yuan(total.monthly, sign=True)),
        "text": _("通过之前什么都不会办理，%(day)s 前没有人审批就退回", day=f"{approval.expires_at:%m-%d}"),
        "approval_url": url_for("bulk.approval", **here),
        "remind_url": url_for("bulk.remind", **here),
        "take_back_question_url": url_for("bulk.take_back_question", **here),
    }
