"""What can be done now to a batch that was confirmed, for its page. Text in the reader's language; no HTTP."""

from datetime import timedelta

from flask import url_for
from flask_babel import gettext as _

from console.bulk import asked_of, presenting
from console.bulk import steering as steers
from console.bulk.models import Batch
from console.bulk.presenting import Shown
from console.bulk.queries import Tally
from console.bulk.states import BatchState
from console.core import clock
from console.orders import messages, queries, rules


def steering(batch: Batch, tally: Tally) -> Shown | None:
    """What can be done to it now: let it rest, call off the rest, another day, take it back."""
    urls = {
        name: url_for(f"bulk.{name}", batch_id=batch.id)
        for name in ("pause", "resume", "call_off", "plan_again", "take_back_plan")
    }
    state = BatchState(batch.state)
    if state is BatchState.SCHEDULED and batch.run_on:
        last = batch.run_on - timedelta(days=1)
        return {
            "title": _("计划在 %(day)s 办理", day=str(batch.run_on)),
            "text": _(
                "可撤回至 %(day)s 24:00，到时会再核对一遍，有变化的行留下等你确认", day=f"{last:%m-%d}"
            ),
            "day": str(batch.run_on),
            "first_day": str(clock.today()),
            "last_day": str(clock.today() + steers.LONGEST_PLAN),
            "plan_again_url": urls["plan_again"],
            "take_back_url": urls["take_back_plan"],
        }
    if state is BatchState.APPROVING:
        return asked_of.question_of(batch)
    if state is BatchState.PAUSED and batch.paused_for:
        return _stopped(batch.paused_for, tally, urls)
    if state is BatchState.PAUSED:
        by = presenting.names_of([batch.paused_by]).get(batch.paused_by or 0, "")
        return {
            "title": _("%(who)s 暂停了办理，%(n)s 行还没有发送", who=by, n=tally.wait),
            "text": _("已经发给运营商的会继续办完，其余等你继续或撤回"),
            "resume_url": urls["resume"],
            "call_off_url": urls["call_off"] if tally.wait else None,
            "waiting": tally.wait,
        }
    if (
        state is BatchState.FINISHED
        and tally.ok
        and (_just_confirmed(batch) or queries.waits_for_its_day(batch.id))
    ):
        return {"undo_url": url_for("undo.index", batch=batch.id)}
    if state is BatchState.RUNNING and tally.wait:
        return {"pause_url": urls["pause"], "call_off_url": urls["call_off"], "waiting": tally.wait}
    return None


def _stopped(code: str, tally: Tally, urls: dict[str, str]) -> Shown:
    """It stopped by itself: for what, and what a person has to do before it goes on."""
    if code == rules.SHIFTED:
        title = _("已自动暂停：最先办理的 20 行里，超过三成查不到这个人")
        text = _("多半是姓名或证件号码错了列。请先核对名单；没有问题就继续，有问题就撤回余下的行")
    else:
        title = _("已自动暂停：%(reason)s", reason=messages.reason(code))
        text = _("余下的行会遇到同样的情况，所以没有再发。处理好以后点继续，没有办成的行可以重试")
    return {
        "title": title,
        "text": text,
        "tone": "warning",
        "resume_url": urls["resume"],
        "call_off_url": urls["call_off"],
        "waiting": tally.wait,
    }


def _just_confirmed(batch: Batch) -> bool:
    """Within a day much can be undone; the page of undoing tells what."""
    return batch.confirmed_at is not None and clock.now() - batch.confirmed_at < timedelta(hours=24)
