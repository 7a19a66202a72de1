"""Reads of numbers, cards and lines."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import func, select

from console.core import clock, lookups
from console.core.db import session
from console.core.encryption import blind_index
from console.employees.models import Employee
from console.orders import queries as orders
from console.plans.models import Plan
from console.sims.models import Line, PhoneNumber, SimCard
from console.sims.rules import Held, Terms
from console.sims.states import LineState, NumberState, SimState

MANY = 5_000
IN_USE = (LineState.ACTIVE, LineState.SUSPENDED, LineState.LOST, LineState.RISK_SUSPENDED)
LIVING = tuple(state.value for state in LineState if state not in (LineState.TERMINATED, LineState.RELEASED))


def msisdn_index(msisdn: str) -> bytes:
    return blind_index("msisdn", msisdn)


def tail_index(msisdn: str) -> bytes:
    """For looking a number up by its last four digits."""
    return blind_index("msisdn tail", msisdn[-4:])


def _usable() -> Any:
    """Kept for us by the operator, and not for longer than it promised."""
    over = PhoneNumber.locked_until.is_not(None) & (PhoneNumber.locked_until <= clock.now())
    return (PhoneNumber.state == NumberState.LOCKED) & ~over


def free_numbers(limit: int) -> list[int]:
    """Ids of numbers that can be given out, in the order in which they were locked."""
    wanted = (
        select(PhoneNumber.id)
        .where(_usable())
        .order_by(PhoneNumber.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(wanted))


def free_sims(limit: int) -> list[int]:
    wanted = select(SimCard.id).where(SimCard.state == SimState.IN_STOCK).order_by(SimCard.id)
    return list(session.scalars(wanted.limit(limit).with_for_update(skip_locked=True)))


def stock() -> tuple[int, int]:
    """(numbers, cards) that can be given out now."""
    numbers = session.scalar(select(func.count(PhoneNumber.id)).where(_usable()))
    cards = session.scalar(select(func.count(SimCard.id)).where(SimCard.state == SimState.IN_STOCK))
    return numbers or 0, cards or 0


def numbers_by_index(indexes: Collection[bytes]) -> dict[bytes, tuple[int, str]]:
    """Index → (id, state); a number whose lock is over counts as lost."""
    columns = (PhoneNumber.msisdn_index, PhoneNumber.id, PhoneNumber.state, PhoneNumber.locked_until)
    now = clock.now()
    return {
        index: (
            id_,
            NumberState.LOST.value if state == NumberState.LOCKED and until and until <= now else state,
        )
        for index, id_, state, until in lookups.rows(select(*columns), PhoneNumber.msisdn_index, indexes)
    }


def sims_by_key(keys: Collection[str]) -> dict[str, tuple[int, str]]:
    """First 19 characters of the ICCID → (id, state)."""
    found = lookups.rows(select(SimCard.key19, SimCard.id, SimCard.state), SimCard.key19, keys)
    return {key: (id_, state) for key, id_, state in found}


def msisdns(ids: Iterable[int]) -> dict[int, str]:
    return {
        id_: msisdn
        for part in _parts(list(ids))
        for id_, msisdn in session.execute(
            select(PhoneNumber.id, PhoneNumber.msisdn).where(PhoneNumber.id.in_(part))
        )
    }


def iccids(ids: Iterable[int]) -> dict[int, str]:
    return {
        id_: iccid
        for part in _parts(list(ids))
        for id_, iccid in session.execute(select(SimCard.id, SimCard.iccid).where(SimCard.id.in_(part)))
    }


def lines_per_document(indexes: Collection[bytes]) -> dict[bytes, int]:
    """Document index → how many living lines of this company, whoever of its employees has that document."""
    counted = (
        select(Employee.document_index, func.count(Line.id))
        .join(Employee, Employee.id == Line.employee_id)
        .where(Line.state.in_(LIVING))
        .group_by(Employee.document_index)
    )
    return {index: count for index, count in lookups.rows(counted, Employee.document_index, indexes)}


def lines_of_people(employee_ids: Collection[int]) -> dict[int, list[Held]]:
    """Employee → living lines, the oldest first."""
    found: dict[int, list[Held]] = {}
    for _key, line in _held(Line.employee_id, employee_ids):
        found.setdefault(line.employee_id, []).append(line)
    return found


def users_of_lines() -> set[int]:
    """Ids of the people who have a line that works."""
    return set(session.scalars(select(Line.employee_id).where(Line.state == LineState.ACTIVE).distinct()))


def lines_by_number(indexes: Collection[bytes]) -> dict[bytes, Held]:
    """Index of a number → its living line."""
    return dict(_held(PhoneNumber.msisdn_index, indexes))


def _held(column: Any, keys: Collection[Any]) -> list[tuple[Any, Held]]:
    """Two queries, however many."""
    wanted = (
        select(
            column, Line.id, Line.employee_id, Line.number_id, Line.state, Line.opened_on, Line.next_plan_id,
            Plan.code, Plan.fee_fen, Plan.first_month, Plan.contract_months, Plan.requires,
            Line.products, Line.limit_mb, Line.limit_action, Line.contract_end,
        )
        .select_from(Line)
        .join(PhoneNumber, PhoneNumber.id == Line.number_id)
        .join(Plan, Plan.id == Line.plan_id)
        .where(Line.state.in_(LIVING))
        .order_by(Line.id)
    )  # fmt: skip
    found = list(lookups.rows(wanted, column, keys))
    ids = {row.id for row in found}
    busy, scheduled = orders.busy(ids), orders.scheduled(ids)
    return [
        (
            row[0],
            Held(
                row.id, row.employee_id, row.number_id, row.state,
                Terms(row.code, row.fee_fen, row.first_month, row.contract_months, tuple(row.requires)),
                row.opened_on, row.next_plan_id is not None, row.id in busy, tuple(row.products),
                (row.limit_mb, row.limit_action), row.contract_end, scheduled.get(row.id, frozenset()),
            ),
        )
        for row in found
    ]  # fmt: skip


def _parts(values: list) -> Iterable[list]:
    for start in range(0, len(values), MANY):
        yield values[start : start + MANY]
