"""What a mixed batch will do, for people: its tabs, who would leave, and its money by what is done."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from console.bulk import costs, leavers, presenting, queries
from console.bulk.kind import KINDS, Operation, UploadKind
from console.bulk.leavers import Leaving
from console.bulk.models import Batch
from console.bulk.presenting import Shown, line, yuan
from console.bulk.states import RowState

TABS = tuple(operation.value for operation in Operation)


def labels() -> dict[str, str]:
    return {
        Operation.JOIN.value: _("入职"),
        Operation.MOVE.value: _("调动"),
        Operation.CHANGE.value: _("变更"),
        Operation.LEAVE.value: _("离职"),
        Operation.SAME.value: _("不变"),
        Operation.LEFT.value: _("早已离职"),
    }


def tabs(batch: Batch) -> list[Shown]:
    """One for each thing that is done; those that nobody asks for are left out."""
    counts = queries.operations(batch.id)
    return [
        {
            "key": key,
            "label": label,
            "count": counts[key],
            "hot": False,
            "url": url_for("bulk.check", batch_id=batch.id, tab=key),
        }
        for key, label in labels().items()
        if counts.get(key)
    ]


def leaving(batch: Batch, *, may_accept: bool, may_mend: bool) -> Shown | None:
    """Who would leave, in plain words at the top of the page; None when nobody would."""
    found = leavers.look(batch)
    if found is None or not found.unmentioned:
        return None
    here: Shown = {"batch_id": batch.id}
    return {
        "people": found.people,
        "tone": "danger" if found.blocks else "warning" if found.many or found.partial else "info",
        "title": _title(found),
        "sentences": _sentences(found),
        "accepted": found.many and found.accepted and found.people > 0,
        "others": _other_kinds(batch) if found.partial else [],
        "accept_url": url_for("bulk.accept_leavers", **here) if found.blocks and may_accept else None,
        "keep_url": url_for("bulk.keep_leavers", **here) if found.people and may_mend else None,
        "list_url": url_for("bulk.check", tab=Operation.LEAVE.value, **here) if found.people else None,
    }


def _title(found: Leaving) -> str:
    if not found.people:
        return _("名单里没有的 %(n)s 人都保留，不会停机", n=found.unmentioned)
    return _("花名册里有 %(n)s 人不在这份名单里，确认后按离职办理", n=found.people)


def _sentences(found: Leaving) -> list[str]:
    told = []
    if found.people:
        told.append(_("在用的号码停机保号，不销号，需要时可以复机；不想动的人逐行按“保留”"))
    if found.partial:
        here = found.headcount - found.unmentioned
        told.append(
            _("名单只写到 %(here)s 人，不到公司 %(all)s 人的一半，更像是部分人员的名单",
              here=here, all=found.headcount)
        )  # fmt: skip
    if found.many:
        share = round(100 * found.people / found.headcount)
        told.append(
            _("相当于公司 %(all)s 人的 %(share)s%%，超过设定的上限，要有人明确说明他们确实离职",
              all=found.headcount, share=share)
        )  # fmt: skip
    return told


def _other_kinds(batch: Batch) -> list[Shown]:
    """What to use for the list of a few people: kinds that know nobody but those in the file."""
    here = KINDS[batch.kind]
    return [
        {"label": kind.short, "url": url_for("bulk.upload", kind=kind.slug)}
        for kind in KINDS.values()
        if kind.slug != here.slug and not kind.mixed
    ]


def blocked(batch: Batch) -> str | None:
    """Why nothing can be confirmed yet."""
    found = leavers.look(batch)
    if found is None or not found.blocks:
        return None
    return _("有 %(n)s 人将按离职办理，请先在页面上方确认他们确实离职", n=found.people)


def money(batch: Batch, kind: UploadKind, ready: int) -> Shown | None:
    """「确认后会发生什么」 by what is done, over exactly the rows that the digest of the confirm button covers."""
    if not ready:
        return None
    found = {what: rest for what, *rest in queries.money_by_operation(batch.id, (RowState.READY,))}
    lines = [one for what in labels() if what in found for one in _lines(what, *found[what])]
    monthly, cycle = sum(rest[2] for rest in found.values()), sum(rest[3] for rest in found.values())
    lines.append(line(_("每月合计变化"), None, yuan(monthly, sign=True), strong=True))
    lines.append(line(_("本账期按天计"), presenting.rest_of_cycle(), yuan(cycle, sign=True)))
    lines += presenting.besides(costs.total(batch.id))
    opened = found.get(Operation.JOIN.value, [0, 0])[1]
    if opened:
        lines += [line(str(label), None, text) for label, text in kind.preview(opened)]
    hint = _("不变的人什么都不会发生。确认前什么都不会改变，也不产生费用")
    shares = {"centers": presenting.centers(batch.id), "budgets": presenting.budgets(batch.id)}
    return {"lines": lines, "hint": hint, **shares}


def _lines(what: str, rows: int, priced: int, monthly: int, _cycle: int) -> list[Shown]:
    """One for what costs or saves money, one for what only our own books are told."""
    paid = {
        Operation.JOIN.value: _("入职，开通号码"),
        Operation.CHANGE.value: _("变更套餐，下个账期起"),
        Operation.LEAVE.value: _("离职，停机保号"),
    }
    booked = {
        Operation.JOIN.value: _("入职，只登记"),
        Operation.MOVE.value: _("调动，改部门或成本中心"),
        Operation.CHANGE.value: _("变更，更新资料"),
        Operation.LEAVE.value: _("离职，没有在用号码"),
    }
    shown: list[Any] = []
    if priced:
        shown.append(line(paid[what], _("%(n)s 个号码", n=priced), yuan(monthly, sign=True)))
    if rows > priced:
        shown.append(line(booked[what], None, _("%(n)s 人", n=rows - priced)))
    return shown
