"""Reads of numbers, cards and lines."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from console.core import clock
from console.core.db import session
from console.core.encryption import blind_index
from console.employees.models import Employee
from console.sims.models import Line, PhoneNumber, SimCard
from console.sims.states import LineState, NumberState, SimState

MANY = 5_000
IN_USE = (LineState.ACTIVE, LineState.SUSPENDED)
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


def numbers_by_index(indexes: Iterable[bytes]) -> dict[bytes, tuple[int, str]]:
    """Index → (id, state); a number whose lock is over counts as lost."""
    columns = (PhoneNumber.msisdn_index, PhoneNumber.id, PhoneNumber.state, PhoneNumber.locked_until)
    now = clock.now()
    return {
        index: (
            id_,
            NumberState.LOST.value if state == NumberState.LOCKED and until and until <= now else state,
        )
        for part in _parts(list(indexes))
        for index, id_, state, until in session.execute(
            select(*columns).where(PhoneNumber.msisdn_index.in_(part))
        )
    }


def sims_by_key(keys: Iterable[str]) -> dict[str, tuple[int, str]]:
    """First 19 characters of the ICCID → (id, state)."""
    columns = (SimCard.key19, SimCard.id, SimCard.state)
    return {
        key: (id_, state)
        for part in _parts(list(keys))
        for key, id_, state in session.execute(select(*columns).where(SimCard.key19.in_(part)))
    }


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


def lines_per_document(indexes: Iterable[bytes]) -> dict[bytes, int]:
    """Document index → how many living lines of this company, whoever of its employees has that document."""
    return {
        index: count
        for part in _parts(list(indexes))
        for index, count in session.execute(
            select(Employee.document_index, func.count(Line.id))
            .join(Employee, Employee.id == Line.employee_id)
            .where(Employee.document_index.in_(part), Line.state.in_(LIVING))
            .group_by(Employee.document_index)
        )
        if index is not None
    }


def _parts(values: list) -> Iterable[list]:
    for start in range(0, len(values), MANY):
        yield values[start : start + MANY]
