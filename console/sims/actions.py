"""What is done to numbers, cards and lines."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update

from console.core import clock, db
from console.core.db import session
from console.core.errors import ConsoleError
from console.identifiers import sims as identifiers
from console.orders import queries as orders
from console.sims import queries
from console.sims.models import Line, PhoneNumber, SimCard
from console.sims.states import LineState, NumberState, SimState


def take_in_numbers(msisdns: Iterable[str], locked_until: datetime | None) -> int:
    """Numbers that the operator keeps for this company; the lock of those that are free already is renewed."""
    indexed = {queries.msisdn_index(msisdn): msisdn for msisdn in msisdns}
    known = queries.numbers_by_index(indexed)
    rows = [
        {
            "msisdn": msisdn,
            "msisdn_index": index,
            "tail_index": queries.tail_index(msisdn),
            "state": NumberState.LOCKED.value,
            "locked_until": locked_until,
        }
        for index, msisdn in indexed.items()
        if index not in known
    ]
    if rows:
        db.insert_many(PhoneNumber, rows)
    again = [id_ for id_, state in known.values() if state in (NumberState.LOCKED, NumberState.LOST)]
    session.execute(
        update(PhoneNumber)
        .where(PhoneNumber.id.in_(again), PhoneNumber.state.in_((NumberState.LOCKED, NumberState.LOST)))
        .values(state=NumberState.LOCKED.value, locked_until=locked_until)
        .execution_options(synchronize_session=False)
    )
    return len(rows)


def numbers_given_back(ids: list[int]) -> None:
    """The operator does not keep them for this company any more."""
    _move(PhoneNumber, ids, NumberState.LOCKED, NumberState.LOST)


def take_in_sims(iccids: Iterable[str]) -> int:
    """Cards that were delivered to this company. Raises ConsoleError E_ICCID_FORMAT."""
    keyed = {}
    for iccid in iccids:
        verdict = identifiers.iccid(iccid)
        if not verdict.valid:
            raise ConsoleError("E_ICCID_FORMAT", reason=verdict.reason)
        keyed[verdict.detail["key19"]] = verdict.normalized
    known = queries.sims_by_key(keyed)
    rows = [
        {"iccid": iccid, "key19": key, "state": SimState.IN_STOCK.value}
        for key, iccid in keyed.items()
        if key not in known
    ]
    if rows:
        db.insert_many(SimCard, rows)
    return len(rows)


def reserve_numbers(ids: list[int]) -> None:
    _move(PhoneNumber, ids, NumberState.LOCKED, NumberState.RESERVED)


def reserve_sims(ids: list[int]) -> None:
    _move(SimCard, ids, SimState.IN_STOCK, SimState.RESERVED)


def open_lines(rows: list[dict[str, Any]]) -> list[int]:
    """Lines that are about to be ordered: number_id, sim_id, employee_id and plan_id of each; ids in order."""
    now = clock.now()
    added = {"state": LineState.RESERVED.value, "created_at": now}
    return db.insert_many(Line, [row | added for row in rows])


def lines_moved(moves: Mapping[int, str], at: datetime, heard: Mapping[int, int] | None = None) -> None:
    """The operator told of a step in the life of these lines (id → state); steps back are ignored.

    `heard` counts what the operator said of each number: an older word that comes late, from whichever order of the
    line, changes nothing.
    """
    known = _heard(list(moves)) if heard else {}
    young = {id_ for id_ in moves if not heard or heard.get(id_, 0) >= known.get(id_, 0)}
    for target in sorted(set(moves.values())):
        ids = [id_ for id_, state in moves.items() if state == target and id_ in young]
        _advance(ids, LineState(target), at)
    if heard:
        newer = [{"id": id_, "heard": heard[id_]} for id_ in young if heard.get(id_, 0) > known.get(id_, 0)]
        db.update_many(Line, newer)


def _heard(ids: list[int]) -> dict[int, int]:
    wanted = select(Line.id, Line.heard).where(Line.id.in_(ids)).order_by(Line.id).with_for_update()
    return {id_: sequence for id_, sequence in session.execute(wanted)}


def _advance(ids: list[int], target: LineState, at: datetime) -> None:
    values: dict[str, Any] = {"state": target.value}
    if target is LineState.ACTIVE:
        # Also when it comes back from a suspension: what counts is the first time.
        values |= {
            "active_at": func.coalesce(Line.active_at, at),
            "opened_on": func.coalesce(Line.opened_on, clock.today()),
        }
    session.execute(
        update(Line)
        .where(Line.id.in_(ids), Line.state.in_(LineState.came_from(target)))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def plan_ordered(line_ids: list[int], plan_id: int, first_day: date | None) -> None:
    """These lines get a plan: on its first day, or at once when there is none. It replaces one that still waits."""
    waits = first_day is not None and first_day > clock.today()
    values: dict[str, Any] = {"next_plan_id": plan_id, "next_plan_on": first_day}
    if not waits:
        values = {"plan_id": plan_id, "next_plan_id": None, "next_plan_on": None}
    _write_plans(Line.id.in_(line_ids), values)


def plan_refused(line_ids: list[int]) -> None:
    """The operator did not change the plan after all: nothing waits any more."""
    _write_plans(Line.id.in_(line_ids), {"next_plan_id": None, "next_plan_on": None})


def take_due_plans() -> None:
    """A new cycle has begun: plans that waited for it, as far as the operator has not the last word still to say."""
    due = (Line.next_plan_on <= clock.today()) & Line.id.not_in(orders.changing_plans())
    _write_plans(due, {"plan_id": Line.next_plan_id, "next_plan_id": None, "next_plan_on": None})


def _write_plans(which: Any, values: dict[str, Any]) -> None:
    session.execute(update(Line).where(which).values(**values).execution_options(synchronize_session=False))


def lines_ordered(ids: list[int]) -> None:
    """The operator carried the order out: number and card are spoken for."""
    numbers, sims = _parts_of(ids)
    _settle(PhoneNumber, numbers, NumberState, NumberState.ASSIGNED)
    _settle(SimCard, sims, SimState, SimState.ASSIGNED)


def lines_closed(ids: list[int]) -> None:
    """Terminated: the number is in the operator's quarantine, the card is worth nothing."""
    numbers, sims = _parts_of(ids)
    _settle(PhoneNumber, numbers, NumberState, NumberState.LOST)
    _settle(SimCard, sims, SimState, SimState.SCRAPPED)


def card_changed(line_id: int, old_sim_id: int, iccid: str) -> None:
    """The line has another card; one that we did not know of was handed over at a counter, or is an eSIM."""
    verdict = identifiers.iccid(iccid)
    if not verdict.valid:
        return
    take_in_sims([iccid])
    new = queries.sims_by_key([verdict.detail["key19"]])[verdict.detail["key19"]][0]
    _settle(SimCard, [new], SimState, SimState.ASSIGNED)
    _settle(SimCard, [old_sim_id], SimState, SimState.SCRAPPED)
    session.execute(
        update(Line).where(Line.id == line_id).values(sim_id=new).execution_options(synchronize_session=False)
    )


def card_given_up(iccid: str, *, lost: bool) -> None:
    """A card that was kept for an order which came to nothing."""
    known = queries.sims_by_key([iccid[:19]])
    ids = [id_ for id_, _state in known.values()]
    _settle(SimCard, ids, SimState, SimState.SCRAPPED if lost else SimState.IN_STOCK)


def users_changed(users: Mapping[int, int]) -> None:
    """These lines are somebody else's now: line → employee."""
    db.update_many(Line, [{"id": line, "employee_id": person} for line, person in users.items()])


def lines_given_up(ids: list[int], *, number_lost: bool = False, sim_lost: bool = False) -> None:
    """The order failed: number and card go back to the drawer, unless they are the reason."""
    numbers, sims = _parts_of(ids)
    _settle(PhoneNumber, numbers, NumberState, NumberState.LOST if number_lost else NumberState.LOCKED)
    _settle(SimCard, sims, SimState, SimState.SCRAPPED if sim_lost else SimState.IN_STOCK)
    _settle(Line, ids, LineState, LineState.RELEASED)


def _parts_of(line_ids: list[int]) -> tuple[list[int], list[int]]:
    found = session.execute(select(Line.number_id, Line.sim_id).where(Line.id.in_(line_ids))).all()
    return [number for number, _sim in found], [sim for _number, sim in found]


def _settle(model: Any, ids: list[int], states: Any, target: Any) -> None:
    session.execute(
        update(model)
        .where(model.id.in_(ids), model.state.in_(states.came_from(target)))
        .values(state=target.value)
        .execution_options(synchronize_session=False)
    )


def _move(model: Any, ids: list[int], origin: Any, target: Any) -> None:
    """Exactly these, or nothing: somebody else took one in between when the count differs."""
    moved = 0
    for start in range(0, len(ids), queries.MANY):
        part = ids[start : start + queries.MANY]
        done = session.execute(
            update(model)
            .where(model.id.in_(part), model.state == origin.value)
            .values(state=target.value)
            .execution_options(synchronize_session=False)
        )
        moved += done.rowcount  # type: ignore[attr-defined]
    if moved != len(ids):
        raise ConsoleError("E_STOCK_TAKEN")
