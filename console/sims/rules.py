"""What may be done to a line, when it takes effect and what it costs. Pure; reasons are codes of the catalogue."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from console.core import clock
from console.plans.rules import Allowance, FirstMonthMode, first_month
from console.sims.states import LineState

SUSPENSION_FEN = 500
"""停机保号, each whole month; a part of a month by the day, at twelve months for 365 days."""
MOST_DAYS_AHEAD = 60
MOST_MONTHS_SUSPENDED = 12
_NOTHING = Allowance(0, 0, 0)


class Work(StrEnum):
    """What is asked of the operator, in the gateway's own words."""

    ACTIVATE = "ACTIVATE"
    ADD_PRODUCT = "ADD_PRODUCT"
    CHANGE_PLAN = "CHANGE_PLAN"
    CHANGE_USER = "CHANGE_USER"
    CLEAR_DATA_LIMIT = "CLEAR_DATA_LIMIT"
    REMOVE_PRODUCT = "REMOVE_PRODUCT"
    REPLACE_SIM = "REPLACE_SIM"
    REPORT_LOST = "REPORT_LOST"
    RESUME = "RESUME"
    ROAMING_ON = "ROAMING_ON"
    SET_DATA_LIMIT = "SET_DATA_LIMIT"
    SUSPEND = "SUSPEND"
    TERMINATE = "TERMINATE"


class Effective(StrEnum):
    NOW = "NOW"
    NEXT_CYCLE = "NEXT_CYCLE"


STATE_AFTER = {
    Work.SUSPEND.value: LineState.SUSPENDED,
    Work.RESUME.value: LineState.ACTIVE,
    Work.REPORT_LOST.value: LineState.LOST,
}

_ACTIVE = frozenset({LineState.ACTIVE})
_IN_USE = frozenset({LineState.ACTIVE, LineState.SUSPENDED, LineState.LOST})
ALLOWED: dict[Work, frozenset[LineState]] = {
    Work.ADD_PRODUCT: _ACTIVE,
    Work.CHANGE_PLAN: _ACTIVE,
    Work.CHANGE_USER: _IN_USE,
    Work.CLEAR_DATA_LIMIT: _IN_USE,
    Work.REMOVE_PRODUCT: frozenset({LineState.ACTIVE, LineState.SUSPENDED}),
    Work.REPLACE_SIM: _IN_USE,
    Work.REPORT_LOST: frozenset({LineState.ACTIVE, LineState.SUSPENDED}),
    Work.RESUME: frozenset({LineState.SUSPENDED, LineState.LOST}),
    Work.ROAMING_ON: _ACTIVE,
    Work.SET_DATA_LIMIT: _IN_USE,
    Work.SUSPEND: _ACTIVE,
    Work.TERMINATE: _IN_USE | {LineState.RISK_SUSPENDED},
}
"""In which states of a line each thing may be asked; the operator keeps to the same table."""
_ON_A_LEAVING_LINE = frozenset({Work.REPORT_LOST, Work.SUSPEND, Work.RESUME})
"""Still possible for a line that is about to be closed."""


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
    """A line as it stands. `busy` while an order for it is not settled; `waiting` is the plan of the next cycle.

    `scheduled` are the orders that the operator has accepted for a later day, by kind.
    """

    line_id: int
    employee_id: int
    number_id: int
    state: str
    plan: Terms
    opened_on: date | None
    waiting: bool
    busy: bool
    products: tuple[str, ...] = ()
    limit: tuple[int | None, str | None] = (None, None)
    contract_end: date | None = None
    scheduled: frozenset[str] = frozenset()


def why_not(work: Work, line: Held) -> str | None:
    """The reason against it that lies in the line, or None. A loss never waits for anything else."""
    if line.busy and work is not Work.REPORT_LOST:
        return "E_LINE_BUSY"
    if line.state not in ALLOWED[work]:
        return _wrong_state(work, line.state)
    if work in _ON_A_LEAVING_LINE:
        return "E_LINE_SCHEDULED" if work.value in line.scheduled else None
    if Work.TERMINATE.value in line.scheduled:
        return "E_LINE_ENDING"
    return "E_LINE_SCHEDULED" if work is Work.TERMINATE and line.scheduled else None


def _wrong_state(work: Work, state: str) -> str:
    if state == LineState.RISK_SUSPENDED:
        return "E_LINE_RISK"
    if work is Work.RESUME:
        return "E_LINE_NOT_SUSPENDED"
    if work is Work.REPORT_LOST and state == LineState.LOST:
        return "E_LINE_LOST"
    return "E_LINE_NOT_ACTIVE" if ALLOWED[work] == _ACTIVE else "E_LINE_NOT_IN_USE"


def why_not_plan(
    line: Held, new: Terms, effective: Effective, today: date, *, accepts: bool = False
) -> str | None:
    """The reason against this plan for a line that may change its plan; `accepts` the penalty of a contract."""
    if new.code == line.plan.code:
        return "E_PLAN_SAME"
    if effective is Effective.NOW and not _opened_this_month(line, today):
        return "E_PLAN_NOT_NOW"
    if effective is Effective.NOW and new.fee_fen < line.plan.fee_fen:
        return "E_PLAN_DOWN_LATER"
    due = penalty_fen(line, new.fee_fen, first_day(effective, today))
    return "E_CONTRACT_LOCK" if due and not accepts else None


def bound_until(line: Held) -> date | None:
    """The end of the contract, as the operator told it; worked out from the plan as long as it has told nothing."""
    if line.contract_end or not line.opened_on or not line.plan.contract_months:
        return line.contract_end
    return months_later(line.opened_on.replace(day=1), line.plan.contract_months)


def penalty_fen(line: Held, new_fee_fen: int, on: date) -> int:
    """分 for leaving the contract on that day for something cheaper: whole months left × what is less each month."""
    end, months = bound_until(line), 0
    month = on if on.day == 1 else clock.next_cycle(on)
    while end is not None and month < end:
        months, month = months + 1, clock.next_cycle(month)
    return months * max(0, line.plan.fee_fen - new_fee_fen)


def first_day(effective: Effective, today: date) -> date:
    return today if effective is Effective.NOW else clock.next_cycle(today)


def _opened_this_month(line: Held, today: date) -> bool:
    return line.opened_on is not None and line.opened_on >= today.replace(day=1)


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


def why_not_limit(line: Held, limit_mb: int | None, action: str) -> str | None:
    """The reason against this limit of data; 0 takes away the one that is there."""
    if limit_mb == 0:
        return None if line.limit[0] else "E_LIMIT_NONE"
    return "E_LIMIT_SAME" if limit_mb and line.limit == (limit_mb, action) else None


def why_not_days(first: date, last: date | None, today: date) -> str | None:
    """The reason against these days of a suspension, both of which count."""
    if first < today:
        return "E_SUSPEND_PAST"
    if (first - today).days > MOST_DAYS_AHEAD:
        return "E_SUSPEND_AHEAD"
    if last is not None and last < first:
        return "E_SUSPEND_ORDER"
    return "E_SUSPEND_LONG" if last and last >= months_later(first, MOST_MONTHS_SUSPENDED) else None


def suspension(plan: Terms, first: date, last: date | None = None) -> tuple[int, int]:
    """(分 more each month, 分 more in the cycle of the first day) of 停机保号: less than nothing. 复机 is the opposite.

    Only a plan that is charged by the day is not charged for the days of the suspension in this cycle.
    """
    whole = monthrange(first.year, first.month)[1]
    short = last is not None and (last.year, last.month) == (first.year, first.month)
    end = last.day if last and short else whole
    saved = rest_of_cycle(plan.fee_fen, plan.first_month, first)
    if end < whole:
        saved -= rest_of_cycle(plan.fee_fen, plan.first_month, first.replace(day=end + 1))
    cycle = _suspended(end - first.day + 1, whole) - (saved if _by_day(plan) else 0)
    return 0 if short else SUSPENSION_FEN - plan.fee_fen, cycle


def _by_day(plan: Terms) -> bool:
    return plan.first_month == FirstMonthMode.DAILY


def _suspended(days: int, whole: int) -> int:
    if days == whole:
        return SUSPENSION_FEN
    exact = Decimal(SUSPENSION_FEN * 12 * days) / 365
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
