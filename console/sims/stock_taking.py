"""Our lines beside the operator's list of them: what differs is taken over, and noted with both values."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from console.core import clock, db
from console.core.db import session
from console.identifiers import numbers
from console.orders import queries as orders
from console.orders.models import Difference
from console.sims import hearing
from console.sims.hearing import Ours, Told
from console.sims.models import Line, PhoneNumber
from console.sims.states import LineState

AT_THE_OPERATOR = tuple(
    state.value
    for state in LineState
    if state not in (LineState.RESERVED, LineState.TERMINATED, LineState.RELEASED)
)


def compare(shown: Sequence[Mapping[str, Any]]) -> int:
    """`shown` is every open line that the operator has for this company; how many differences were found.

    A line of which something is on its way is left for the next time: the two books may rightly differ.
    """
    told = {str(one.get("msisdn")): view for one in shown if (view := hearing.view_of(one))}
    ours = hearing.of_numbers(told)
    busy = orders.busy({line.id for line in ours.values()})
    found: list[dict[str, Any]] = []
    news: list[tuple[Ours, Told]] = []
    for msisdn, view in told.items():
        line = ours.get(msisdn)
        if line is None or line.state in (LineState.TERMINATED, LineState.RELEASED):
            found.append(_row("line", "--", view.state, None, repaired=False, number=numbers.mask(msisdn)))
        elif line.id not in busy and view.sequence >= line.told:
            differing = hearing.differences(line, view)
            # The first look at a line fills in what was never told: nothing differed, we did not know.
            found += [_row(*one, line.id, repaired=True) for one in differing if line.told]
            news += [(line, view)] if differing else []
    hearing.take_over(news)
    missing = _ours_only(set(told)) - busy if told else set()
    found += [_row("line", "active", "--", line, repaired=False) for line in sorted(missing)]
    fresh = _not_noted(found)
    if fresh:
        db.insert_many(Difference, fresh)
    return len(fresh)


def _row(
    what: str, ours: str, theirs: str, line: int | None, *, repaired: bool, number: str | None = None
) -> dict[str, Any]:
    return {
        "order_id": None,
        "line_id": line,
        "what": what,
        "ours": ours,
        "theirs": theirs,
        "repaired": repaired,
        "found_at": clock.now(),
        "details": {"number": number} if number else {},
    }


def _ours_only(msisdns: set[str]) -> set[int]:
    """Lines that should be in the operator's list and are not."""
    wanted = (
        select(Line.id, PhoneNumber.msisdn)
        .join(PhoneNumber, PhoneNumber.id == Line.number_id)
        .where(Line.state.in_(AT_THE_OPERATOR))
    )
    return {id_ for id_, msisdn in session.execute(wanted) if msisdn not in msisdns}


def _not_noted(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What cannot be repaired is listed once, and not every night."""
    wanted = select(
        Difference.what, Difference.line_id, Difference.ours, Difference.theirs, Difference.details
    )
    known = {
        (what, line, ours, theirs, details.get("number"))
        for what, line, ours, theirs, details in session.execute(wanted.where(Difference.repaired.is_(False)))
    }
    return [
        one
        for one in found
        if one["repaired"]
        or (one["what"], one["line_id"], one["ours"], one["theirs"], one["details"].get("number"))
        not in known
    ]
