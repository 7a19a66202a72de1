"""Reads for the pages that look at lines, numbers and cards."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import joinedload

from console.bulk.models import Batch
from console.core.db import session
from console.employees.models import Employee
from console.identifiers import numbers
from console.orders.models import Difference, Order
from console.plans.models import Plan
from console.sims import queries
from console.sims.models import Line, LineEvent, PhoneNumber, SimCard
from console.sims.states import LineState, NumberState, SimState

FOUND = 20
TOLD = 50
LIVING = queries.LIVING
EVERY_STATE = tuple(state.value for state in LineState)
STAGES: dict[str, tuple[str, ...]] = {
    "active": (LineState.ACTIVE.value,),
    "suspended": (LineState.SUSPENDED.value, LineState.LOST.value, LineState.RISK_SUSPENDED.value),
    "opening": tuple(state for state in LIVING if state not in queries.IN_USE),
    "ended": tuple(state.value for state in LineState if state.value not in LIVING),
}
"""What a person asks for, and the states of the operator's life cycle behind it."""


@dataclass(frozen=True)
class Usage:
    """The lines of the company as they stand today; fees in 分 a month, of active lines only."""

    active: int
    suspended: int
    opened_today: int
    monthly_fen: int


def usage(today: date) -> Usage:
    is_active = Line.state == LineState.ACTIVE
    wanted = (
        select(
            func.count(case((is_active, 1))),
            func.count(case((Line.state == LineState.SUSPENDED, 1))),
            func.count(case((Line.opened_on == today, 1))),
            func.coalesce(func.sum(case((is_active, Plan.fee_fen), else_=0)), 0),
        )
        .select_from(Line)
        .join(Plan, Plan.id == Line.plan_id)
        .where(Line.state.in_(queries.IN_USE))
    )
    active, suspended, opened, fee = session.execute(wanted).one()
    return Usage(active, suspended, opened, int(fee))


def active_by_plan() -> list[tuple[str, int, int]]:
    """(plan name, active lines, their fees in 分 a month), the most first."""
    count = func.count(Line.id)
    wanted = (
        select(Plan.name, count, func.sum(Plan.fee_fen))
        .join(Line, Line.plan_id == Plan.id)
        .where(Line.state == LineState.ACTIVE)
        .group_by(Plan.name)
        .order_by(count.desc(), Plan.name)
    )
    return [(name, number, int(fee)) for name, number, fee in session.execute(wanted)]


def plans_in_use() -> list[tuple[str, str]]:
    """(code, name) of the plans that lines of this company have; one entry for all versions."""
    wanted = (
        select(Plan.code, func.max(Plan.name))
        .join(Line, Line.plan_id == Plan.id)
        .group_by(Plan.code)
        .order_by(Plan.code)
    )
    return [(code, name) for code, name in session.execute(wanted)]


def holders(states: Collection[str] = LIVING, plan: str = "", tail: str = "") -> Select[int]:
    """Ids of the people who have such a line, for a WHERE … IN."""
    wanted = select(Line.employee_id).where(Line.state.in_(states))
    if plan:
        wanted = wanted.where(Line.plan_id.in_(versions(plan)))
    return wanted.where(Line.number_id.in_(ending(tail))) if tail else wanted


def versions(plan: str) -> Select[int]:
    return select(Plan.id).where(Plan.code == plan)


def ending(tail: str) -> Select[int]:
    """Ids of the numbers with these last four digits, for a WHERE … IN."""
    return select(PhoneNumber.id).where(PhoneNumber.tail_index == queries.tail_index(tail))


def narrowed(tail: str, plan: str, state: str) -> list[Any]:
    """The conditions of the list of lines: last four digits, plan, stage."""
    found: list[Any] = [Line.state.in_(STAGES.get(state, LIVING))]
    if tail:
        found.append(Line.number_id.in_(ending(tail)))
    return [*found, Line.plan_id.in_(versions(plan))] if plan else found


def named(conditions: Sequence[Any]) -> list[tuple[str, str]]:
    """(number, 工号 of whose it is) of these lines, the oldest first; opens the numbers."""
    wanted = (
        select(PhoneNumber.msisdn, Employee.number)
        .select_from(Line)
        .join(PhoneNumber, PhoneNumber.id == Line.number_id)
        .join(Employee, Employee.id == Line.employee_id)
        .where(*conditions)
        .order_by(Line.id)
    )
    return [(msisdn, number) for msisdn, number in session.execute(wanted)]


def how_many(conditions: Sequence[Any]) -> int:
    return session.scalar(select(func.count(Line.id)).where(*conditions)) or 0


def of_people(employee_ids: Sequence[int], states: Collection[str] = LIVING) -> dict[int, list[Line]]:
    """Employee → lines with number and plan, the oldest first. One query."""
    wanted = (
        select(Line)
        .where(Line.employee_id.in_(employee_ids), Line.state.in_(states))
        .options(joinedload(Line.number), joinedload(Line.plan))
        .order_by(Line.id)
    )
    found: dict[int, list[Line]] = defaultdict(list)
    for line in session.scalars(wanted):
        found[line.employee_id].append(line)
    return found


def search(tail: str) -> list[Line]:
    """Living lines with these last four digits, with number, person and plan."""
    wanted = (
        select(Line)
        .where(Line.number_id.in_(ending(tail)), Line.state.in_(LIVING))
        .options(joinedload(Line.number), joinedload(Line.plan), _with_person())
        .order_by(Line.id)
        .limit(FOUND)
    )
    return list(session.scalars(wanted))


def counts(conditions: Sequence[Any] = ()) -> dict[str, int]:
    """State → lines, as far as the conditions reach."""
    wanted = select(Line.state, func.count(Line.id)).where(*conditions).group_by(Line.state)
    return dict(session.execute(wanted).all())


def stock_counts(model: type[PhoneNumber] | type[SimCard]) -> dict[str, int]:
    wanted = select(model.state, func.count(model.id)).group_by(model.state)
    return dict(session.execute(wanted).all())


def free_numbers(limit: int) -> list[PhoneNumber]:
    """Those that are given out next."""
    wanted = select(PhoneNumber).where(PhoneNumber.state == NumberState.LOCKED)
    return list(session.scalars(wanted.order_by(PhoneNumber.id).limit(limit)))


def cards_in_stock(limit: int) -> list[SimCard]:
    wanted = select(SimCard).where(SimCard.state == SimState.IN_STOCK)
    return list(session.scalars(wanted.order_by(SimCard.id).limit(limit)))


def orders_of(line_id: int) -> list[tuple[Order, str | None]]:
    """(order, number of its batch), the latest first."""
    wanted = (
        select(Order, Batch.number)
        .outerjoin(Batch, Batch.id == Order.batch_id)
        .where(Order.line_id == line_id)
        .order_by(Order.id.desc())
        .limit(FOUND)
    )
    return [(order, number) for order, number in session.execute(wanted)]


def told_of(line_id: int) -> list[LineEvent]:
    """What the operator told of a line, the latest first."""
    wanted = select(LineEvent).where(LineEvent.line_id == line_id)
    return list(session.scalars(wanted.order_by(LineEvent.sequence.desc()).limit(TOLD)))


def differences() -> tuple[int, int]:
    """(all, those that could not be repaired)"""
    unsolved = func.count(case((Difference.repaired.is_(False), 1)))
    everything, open_ = session.execute(select(func.count(Difference.id), unsolved)).one()
    return everything, open_


def numbers_of(line_ids: Collection[int]) -> dict[int, str]:
    """Line → its number, masked."""
    wanted = select(Line.id, PhoneNumber.msisdn).join(PhoneNumber, PhoneNumber.id == Line.number_id)
    return {id_: numbers.mask(msisdn) for id_, msisdn in session.execute(wanted.where(Line.id.in_(line_ids)))}


def product_names() -> dict[str, str]:
    """Code → name, of everything that was ever sold."""
    return {code: name for code, name in session.execute(select(Plan.code, Plan.name).order_by(Plan.version))}


def with_all() -> list[Any]:
    """Loads what a row of the list of lines shows, in the same statement."""
    return [joinedload(Line.number), joinedload(Line.plan), _with_person()]


def _with_person() -> Any:
    return joinedload(Line.employee).joinedload(Employee.department)
