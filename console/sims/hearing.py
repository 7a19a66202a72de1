"""What the operator tells of lines, whoever asked for it: kept as the line's history, and taken over into our books.

Orders of ours, the counter, the hotline and the account manager all come through here. Each word carries the whole
line, so that only the youngest counts, in whatever order they come.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from console.core import clock, db, lookups
from console.core.db import session
from console.plans import queries as plans
from console.plans.models import Plan
from console.sims import actions, queries
from console.sims.models import Line, LineEvent, PhoneNumber, SimCard
from console.sims.states import LineState

LIFE = "SubscriberLifecycleEvent"
ENDED = {"TRANSFERRED": "terminated", "CANCELLED": "released", "EXPIRED": "released"}
_LONGEST_LIST = 40


@dataclass(frozen=True)
class Ours:
    """A line as our books have it; `told` counts what was heard of it."""

    id: int
    state: str
    told: int
    plan_id: int
    plan: str
    next_plan_id: int | None
    next_plan: str | None
    products: tuple[str, ...]
    limit: tuple[int | None, str | None]
    key19: str
    sim_id: int


@dataclass(frozen=True)
class Told:
    """The operator's view of one line, as far as our books have the same."""

    sequence: int
    state: str
    plan: str
    next_plan: str | None
    next_plan_on: date | None
    products: tuple[str, ...]
    limit: tuple[int | None, str | None]
    contract_end: date | None
    iccid: str | None


def hear(events: Iterable[Mapping[str, Any]]) -> None:
    """Call-backs or events of the feed, in any order; those that say nothing of a line of ours are passed over."""
    told = [one for one in events if one.get("eventType") == LIFE and isinstance(one.get("line"), Mapping)]
    ours = of_numbers({str(one.get("msisdn")) for one in told})
    about = [(ours[str(one.get("msisdn"))], one) for one in told if str(one.get("msisdn")) in ours]
    _remember(about)
    newest: dict[int, tuple[Ours, Told]] = {}
    for line, one in about:
        view = view_of(one["line"])
        if view and view.sequence > max(line.told, newest[line.id][1].sequence if line.id in newest else 0):
            newest[line.id] = (line, view)
    take_over(list(newest.values()))


def view_of(shown: Mapping[str, Any]) -> Told | None:
    """A line as the operator shows it; None when that cannot be read."""
    try:
        limit = shown.get("dataLimit") or {}
        life = str(shown["lifecycle"])
        return Told(
            sequence=int(shown["sequence"]),
            state=ENDED.get(life, life.lower()),
            plan=str(shown["plan"]),
            next_plan=shown.get("pendingPlan"),
            next_plan_on=_day(shown.get("pendingFrom")),
            products=tuple(sorted(str(code) for code in shown.get("products") or ())[:_LONGEST_LIST]),
            limit=(limit.get("limitMb"), limit.get("action")),
            contract_end=_day(shown.get("contractEnd")),
            iccid=shown.get("iccid"),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _day(moment: Any) -> date | None:
    return datetime.fromisoformat(moment).astimezone(clock.SHANGHAI).date() if moment else None


def of_numbers(msisdns: Iterable[str]) -> dict[str, Ours]:
    """Number → its latest line. Three queries, however many."""
    indexes = {queries.msisdn_index(msisdn): msisdn for msisdn in msisdns}
    latest = select(func.max(Line.id)).group_by(Line.number_id)
    wanted = (
        select(
            PhoneNumber.msisdn_index, Line.id, Line.state, Line.told, Line.plan_id, Plan.code, Line.next_plan_id,
            Line.products, Line.limit_mb, Line.limit_action, SimCard.key19, Line.sim_id,
        )
        .select_from(Line)
        .join(PhoneNumber, PhoneNumber.id == Line.number_id)
        .join(Plan, Plan.id == Line.plan_id)
        .join(SimCard, SimCard.id == Line.sim_id)
        .where(Line.id.in_(latest))
    )  # fmt: skip
    rows = list(lookups.rows(wanted, PhoneNumber.msisdn_index, indexes))
    codes = plans.codes({row.next_plan_id for row in rows if row.next_plan_id})
    return {
        indexes[row.msisdn_index]: Ours(
            row.id, row.state, row.told, row.plan_id, row.code, row.next_plan_id, codes.get(row.next_plan_id),
            tuple(sorted(row.products)), (row.limit_mb, row.limit_action), row.key19, row.sim_id,
        )
        for row in rows
    }  # fmt: skip


def _remember(about: list[tuple[Ours, Mapping[str, Any]]]) -> None:
    """Each event once, whichever way it came."""
    ids = {str(one.get("eventId")) for _line, one in about}
    known = set(session.scalars(select(LineEvent.event_id).where(LineEvent.event_id.in_(ids))))
    fresh = {str(one.get("eventId")): (line, one) for line, one in about if one.get("eventId") not in known}
    if fresh:
        db.insert_many(LineEvent, [_row(id_, line, one) for id_, (line, one) in fresh.items()])


def _row(event_id: str, line: Ours, one: Mapping[str, Any]) -> dict[str, Any]:
    view, changed = one["line"], one.get("changed") or ()
    facts = {
        name: view.get(name) for name in ("plan", "products", "dataLimit", "pendingPlan") if name in changed
    }
    if "pendingChanges" in changed:
        facts["pendingPlan"] = view.get("pendingPlan")
    if "card" in changed:
        facts["card"] = str(one.get("iccid") or "")[-4:]
    if "user" in changed:
        facts["user"] = (view.get("user") or {}).get("nameMasked")
    return {
        "line_id": line.id,
        "event_id": event_id[:60],
        "channel": str(one.get("source") or "SYSTEM")[:20],
        "kind": str(one["type"])[:20] if one.get("type") else None,
        "lifecycle": str(one.get("lifecycle") or "")[:20],
        "facts": facts,
        "sequence": int(one.get("sequence") or 0),
        "at": _moment(one.get("occurredAt")),
    }


def _moment(text: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(text)).astimezone(clock.SHANGHAI)
    except ValueError:
        return clock.now()


def take_over(news: list[tuple[Ours, Told]]) -> None:
    """Our books say what the operator says: state, plan, products, limit, contract and card."""
    if not news:
        return
    offers = plans.offers(clock.today())
    rows = [_books(line, told, offers) for line, told in news]
    db.update_many(Line, rows)
    known = {state.value for state in LineState}
    moves = {line.id: told.state for line, told in news if told.state in known and told.state != line.state}
    if moves:
        heard = {line.id: told.sequence for line, told in news if line.id in moves}
        actions.lines_moved(moves, clock.now(), heard)
    gone = [id_ for id_, state in moves.items() if state == LineState.TERMINATED]
    if gone:
        actions.lines_closed(gone)
    for line, told in news:
        if told.iccid and told.iccid[:19] != line.key19:
            actions.card_changed(line.id, line.sim_id, told.iccid)


def _books(line: Ours, told: Told, offers: Mapping[str, Any]) -> dict[str, Any]:
    """A plan that we do not sell any more, or that did not change, keeps the version that was bought."""
    row: dict[str, Any] = {
        "id": line.id,
        "told": told.sequence,
        "products": list(told.products),
        "limit_mb": told.limit[0],
        "limit_action": told.limit[1],
        "contract_end": told.contract_end,
    }
    now, later = offers.get(told.plan), offers.get(told.next_plan or "")
    kept = line.next_plan_id if told.next_plan == line.next_plan else None
    next_plan = kept or (later.plan_id if later else None)
    return row | {
        "plan_id": now.plan_id if now and told.plan != line.plan else line.plan_id,
        "next_plan_id": next_plan,
        "next_plan_on": told.next_plan_on if next_plan else None,
    }


def differences(line: Ours, told: Told) -> list[tuple[str, str, str]]:
    """(what, ours, theirs) for everything in which the two books do not agree."""
    pairs = [
        ("state", line.state, told.state),
        ("plan", line.plan, told.plan),
        ("next_plan", line.next_plan or "--", told.next_plan or "--"),
        ("products", _listed(line.products), _listed(told.products)),
        ("limit", str(line.limit[0] or "--"), str(told.limit[0] or "--")),
        ("card", line.key19[-4:], (told.iccid or "")[:19][-4:]),
    ]
    return [(what, ours[:40], theirs[:40]) for what, ours, theirs in pairs if ours != theirs]


def _listed(codes: Iterable[str]) -> str:
    return " ".join(codes) or "--"
