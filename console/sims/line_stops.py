"""What stops a line, for a while or for good, and what brings it back, as kinds of upload."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from console.bulk import columns
from console.bulk.columns import Found, note
from console.bulk.kind import Column, Group, Price, Row
from console.core import clock
from console.core.permissions import Permission
from console.plans import queries as plans
from console.sims import rules, switching
from console.sims.changing import Change
from console.sims.line_changes import PENALTY
from console.sims.line_kind import LineChange, Lines
from console.sims.rules import Effective, Held, Work

REASONS = {
    "离职": "left",
    "休假": "leave",
    "其他": "other",
    "left": "left",
    "on leave": "leave",
    "other": "other",
}
END_REASONS = {
    "离职": "left",
    "不再使用": "unused",
    "其他": "other",
    "left": "left",
    "not used": "unused",
    "other": "other",
}


def _reason_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("离职", _("离职")), ("休假", _("休假")), ("其他", _("其他"))]


def _end_reasons(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("离职", _("离职")), ("不再使用", _("不再使用")), ("其他", _("其他"))]


class SuspendLines(LineChange):
    """The number is kept and cannot be used."""

    slug = "suspend"
    version = 2
    title = _l("批量停机保号")
    short = _l("停机保号")
    lead = _l("离职、休假，号码保留")
    icon = "i-pause"
    group = Group.STOP
    permission = Permission.LINES_SUSPEND
    work = Work.SUSPEND
    priced_as = _l("停机保号")
    columns = (
        *LineChange.columns,
        Column(
            "reason", _l("原因"), columns.choice(REASONS), width=12, example="休假", options=_reason_options, shape="word",
            synonyms=("停机原因",), hint=_l("选填"),
        ),
        Column(
            "first", _l("首日"), columns.day, width=14, shape="date", synonyms=("停机日期", "开始日期", "停机首日"),
            hint=_l("选填，不填立即停机；最多提前 60 天"),
        ),
        Column(
            "last", _l("末日"), columns.day, width=14, shape="date", synonyms=("复机日期前一天", "结束日期", "停机末日"),
            hint=_l("选填，到这一天为止，第二天自动复机；不填最长 12 个月"),
        ),
    )  # fmt: skip

    def check_line(self, row: Row, line: Held, reference: Lines) -> Iterable[tuple[str, Found]]:
        first, last = _days(row, reference.today)
        if code := rules.why_not_days(first, last, reference.today):
            yield "last" if code in ("E_SUSPEND_ORDER", "E_SUSPEND_LONG") else "first", Found(code)

    def price(self, row: Row, reference: Lines) -> Price | None:
        first, last = _days(row, reference.today)
        return switching.suspension_price(reference.line[row.number], first, last, today=reference.today)

    def change(self, row: Row) -> Change:
        days = {"firstDay": row.values.get("first"), "lastDay": row.values.get("last")}
        told = {name: day for name, day in days.items() if day}
        later = date.fromisoformat(told["firstDay"]) if "firstDay" in told else None
        return self.asked(row, later, suspension=told) if told else self.asked(row)


class ResumeLines(LineChange):
    """Back in use after a suspension or a loss."""

    slug = "resume"
    title = _l("批量复机")
    short = _l("复机")
    lead = _l("停机、挂失的号码恢复使用")
    icon = "i-refresh"
    group = Group.STOP
    permission = Permission.LINES_SUSPEND
    work = Work.RESUME
    priced_as = _l("复机")

    def look_up(self, rows: list[Row], reference: Lines) -> None:
        super().look_up(rows, reference)
        for row in rows:
            line = reference.line.get(row.number)
            if line and line.state == rules.STATE_AFTER[Work.REPORT_LOST]:
                row.values["was_lost"] = True  # whoever takes it back reports the loss again

    def price(self, row: Row, reference: Lines) -> Price | None:
        line = reference.line[row.number]
        if line.state == rules.STATE_AFTER[Work.REPORT_LOST]:  # it is paid for while it is lost
            return Price(Work.RESUME.value, 0, 0)
        monthly, cycle = rules.suspension(line.plan, reference.today)
        return Price(Work.RESUME.value, -monthly, -cycle)


class ReportLost(LineChange):
    """Nobody can use the number from this moment; it is kept."""

    slug = "report-lost"
    can_be_barred = False
    title = _l("批量挂失")
    short = _l("挂失")
    lead = _l("手机或卡丢失，马上停用")
    icon = "i-warn"
    group = Group.STOP
    permission = Permission.LINES_SUSPEND
    work = Work.REPORT_LOST
    priced_as = _l("挂失")

    def price(self, row: Row, reference: Lines) -> Price | None:
        return Price(Work.REPORT_LOST.value, 0, 0)


class TerminateLines(LineChange):
    """The number is given up at the end of the cycle, for ever."""

    slug = "terminate"
    title = _l("批量销户")
    short = _l("销户")
    lead = _l("账期末生效，号码不能找回")
    icon = "i-x"
    group = Group.STOP
    permission = Permission.LINES_TERMINATE
    work = Work.TERMINATE
    priced_as = _l("销户")
    columns = (
        *LineChange.columns,
        Column(
            "reason", _l("原因"), columns.choice(END_REASONS), required=True, width=12, example="不再使用", shown=True,
            options=_end_reasons, shape="word", synonyms=("销户原因",), hint=_l("必填"),
        ),
        PENALTY,
    )  # fmt: skip

    def reference(self) -> Lines:
        reference = super().reference()
        reference.offers = plans.products(reference.today)
        return reference

    def look_up(self, rows: list[Row], reference: Lines) -> None:
        super().look_up(rows, reference)
        for row in rows:
            line = reference.line.get(row.number)
            if line and row.values.get("accepts") and (due := _penalty(line, reference.today)):
                row.values["penalty_fen"] = due

    def check_line(self, row: Row, line: Held, reference: Lines) -> Iterable[tuple[str, Found]]:
        if "POOL_MEMBER" in line.products:
            yield "msisdn", Found("E_LINE_IN_POOL")
        due = _penalty(line, reference.today)
        if due and not row.values.get("accepts"):
            yield "accepts", Found("E_END_CONTRACT", values={"yuan": f"{due / 100:.2f}"})
        yield "msisdn", note("W_LINE_ENDS")

    def price(self, row: Row, reference: Lines) -> Price | None:
        line, offers = reference.line[row.number], reference.offers
        paid = [offers[code].fee_fen for code in line.products if code in offers and offers[code].monthly]
        fee = line.plan.fee_fen + sum(paid)
        return Price(Work.TERMINATE.value, -fee, 0, penalty_fen=row.values.get("penalty_fen", 0))

    def change(self, row: Row) -> Change:
        return self.asked(row, switching.day_of(Effective.NEXT_CYCLE), **switching.penalty_asked(row.values))


def _days(row: Row, today: date) -> tuple[date, date | None]:
    first, last = row.values.get("first"), row.values.get("last")
    return date.fromisoformat(first) if first else today, date.fromisoformat(last) if last else None


def _penalty(line: Held, today: date) -> int:
    return rules.penalty_fen(line, 0, clock.next_cycle(today))
