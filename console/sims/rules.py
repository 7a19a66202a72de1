"""What may be done to a line, when it takes effect and what it costs. Pure; reasons are codes of the catalogue."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from console.plans.rules import Allowance, FirstMonthMode, first_month
from console.sims.states import LineState

SUSPENSION_FEN = 500
"""停机保号, each whole month; a part of a month by the day, at twelve months for 365 days."""
_NOTHING = Allowance(0, 0, 0)


class Work(StrEnum):
    """What is asked of the operator, in the gateway's own words."""

    ACTIVATE = "ACTIVATE"
    CHANGE_PLAN = "CHANGE_PLAN"
    RESUME = "RESUME"
    SUSPEND = "SUSPEND"


class Effective(StrEnum):
    NOW = "NOW"
    NEXT_CYCLE = "NEXT_CYCLE"


STATE_AFTER = {Work.SUSPEND.value: LineState.SUSPENDED, Work.RESUME.value: LineState.ACTIVE}


@dataclass(frozen=True, slots=True)
class Terms:
    """A plan as far as changes depend on it; the fee in 分 a month. `requires` comes along with it."""

    code: str
    fee_fen: int
    first_month: str
    contract_months: int
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A line as it stands. `busy` while an order for it is not settled; `waiting` is the plan of the next cycle."""

    line_id: int
    employee_id: int
    number_id: int
    state: str
    plan: Terms
    opened_on: date | None
    waiting: bool
    busy: bool


def why_not(work: Work, line: Held) -> str | None:
    """The reason against it that lies in the line, or None."""
    if line.busy:
        return "E_LINE_BUSY"
    if work is Work.RESUME:
        return None if line.state == LineState.SUSPENDED else "E_LINE_NOT_SUSPENDED"
    return None if line.state == LineState.ACTIVE else "E_LINE_NOT_ACTIVE"


def why_not_plan(line: Held, new: Terms, effective: Effective, today: date) -> str | None:
    """The reason against this plan for a line that may change its plan."""
    if new.code == line.plan.code:
        return "E_PLAN_SAME"
    if effective is Effective.NOW and not _opened_this_month(line, today):
        return "E_PLAN_NOT_NOW"
    if effective is Effective.NOW and new.fee_fen < line.plan.fee_fen:
        return "E_PLAN_DOWN_LATER"
    bound = line.opened_on and months_later(line.opened_on, line.plan.contract_months) > today
    return "E_CONTRACT_LOCK" if bound and new.fee_fen < line.plan.fee_fen else None


def _opened_this_month(line: Held, today: date) -> bool:
    return line.opened_on is not None and line.opened_on >= today.replace(day=1)


def next_cycle(day: date) -> date:
    """The first day of the next billing cycle."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def rest_of_cycle(fee_fen: int, mode: str, today: date) -> int:
    """分 for the days that are left, today included, of a plan that is sold by this rule."""
    return first_month(mode, fee_fen, _NOTHING, today).fee_fen


def plan_change(old: Terms, new: Terms, effective: Effective, today: date) -> tuple[int, int]:
    """(分 more each month, 分 more in this cycle), without what comes along with the new plan."""
    monthly = new.fee_fen - old.fee_fen
    if effective is Effective.NEXT_CYCLE:
        return monthly, 0
    cycle = rest_of_cycle(new.fee_fen, new.first_month, today) - rest_of_cycle(
        old.fee_fen, old.first_month, today
    )
    return monthly, cycle


def suspension(plan: Terms, today: date) -> tuple[int, int]:
    """(分 more each month, 分 more in this cycle) of 停机保号: less than nothing. 复机 is the same with the other sign.

    Only a plan that is charged by the day is not charged for the days of the suspension in this cycle.
    """
    saved = rest_of_cycle(plan.fee_fen, plan.first_month, today) if _by_day(plan) else 0
    return SUSPENSION_FEN - plan.fee_fen, _suspended_days(today) - saved


def _by_day(plan: Terms) -> bool:
    return plan.first_month == FirstMonthMode.DAILY


def _suspended_days(today: date) -> int:
    days = monthrange(today.year, today.month)[1] - today.day + 1
    if today.day == 1:
        return SUSPENSION_FEN
    exact = Decimal(SUSPENSION_FEN * 12 * days) / 365
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
