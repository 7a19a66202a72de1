"""Reads of numbers, cards and lines."""

from collections.abc import Iterable

from sqlalchemy import func, select

from console.core import clock
from console.core.db import session
from console.core.encryption import blind_index
from console.plans.models import Plan
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


def free_numbers(limit: int) -> list[int]:
    """Ids of numbers that can be given out, in the order in which they were locked."""
    wanted = (
        select(PhoneNumber.id)
        .where(
            PhoneNumber.state == NumberState.LOCKED,
            (PhoneNumber.locked_until.is_(None)) | (PhoneNumber.locked_until > clock.now()),
        )
        .order_by(PhoneNumber.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(wanted))


def free_sims(limit: int) -> list[int]:
    wanted = select(SimCard.id).where(SimCard.state == SimState.IN_STOCK).order_by(SimCard.id)
    return list(session.scalars(wanted.limit(limit).with_for_update(skip_locked=True)))


def stock() -> tuple[int, int]:
    """(numbers, cards) that are free."""
    numbers = session.scalar(
        select(func.count(PhoneNumber.id)).where(PhoneNumber.state == NumberState.LOCKED)
    )
    cards = session.scalar(select(func.count(SimCard.id)).where(SimCard.state == SimState.IN_STOCK))
    return numbers or 0, cards or 0


def numbers_by_index(indexes: Iterable[bytes]) -> dict[bytes, tuple[int, str]]:
    """Index → (id, state)."""
    columns = (PhoneNumber.msisdn_index, PhoneNumber.id, PhoneNumber.state)
    return {
        index: (id_, state)
        for part in _parts(list(indexes))
        for index, id_, state in session.execute(select(*columns).where(PhoneNumber.msisdn_index.in_(part)))
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


def lines_per_person(employee_ids: Iterable[int]) -> dict[int, int]:
    """Employee → how many living lines of this company."""
    return {
        id_: count
        for part in _parts(list(employee_ids))
        for id_, count in session.execute(
            select(Line.employee_id, func.count(Line.id))
            .where(Line.employee_id.in_(part), Line.state.in_(LIVING))
            .group_by(Line.employee_id)
        )
    }


def lines_by_plan() -> list[tuple[str, int, int]]:
    """(plan name, lines in use, their fees in 分 a month), the most first."""
    wanted = (
        select(Plan.name, func.count(Line.id), func.sum(Plan.fee_fen))
        .join(Plan, Plan.id == Line.plan_id)
        .where(Line.state.in_(LIVING))
        .group_by(Plan.name)
        .order_by(func.count(Line.id).desc())
    )
    return [(name, count, fee) for name, count, fee in session.execute(wanted)]


def lines_by_state() -> dict[str, int]:
    found = session.execute(select(Line.state, func.count(Line.id)).group_by(Line.state))
    return {state: count for state, count in found}


def lines_ending(tail: str) -> list[Line]:
    """By the last four digits."""
    wanted = select(Line).join(PhoneNumber).where(PhoneNumber.tail_index == blind_index("msisdn tail", tail))
    return list(session.scalars(wanted.limit(20)))


def _parts(values: list) -> Iterable[list]:
    for start in range(0, len(values), MANY):
        yield values[start : start + MANY]
