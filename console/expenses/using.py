"""What lines used: taken in from the operator page by page, and read back for the rating of a month."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, func, select

from console.core import lookups
from console.core.db import insert_many, session, update_many
from console.expenses.measured import UsageMonth
from console.expenses.metering import Data
from console.expenses.rated import Usage

RUNNING = 0
"""The version of a count that is not final."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The operator's count of a number's month."""

    msisdn: str
    version: int
    minutes: int
    onnet_minutes: int
    messages: int
    data_kb: int
    directed: Mapping[str, int] = field(default_factory=dict)


def take_page(period: str, page: Sequence[Counted], lines: Mapping[str, int]) -> int:
    """Write what is new; how much that was. A page may come again. Numbers that are none of ours are passed over."""
    ours = {lines[one.msisdn]: one for one in page if one.msisdn in lines}
    known = versions(period, ours)
    new = [(line, one) for line, one in ours.items() if one.version > known.get(line, 0)]
    insert_many(
        UsageMonth,
        [
            {
                "line_id": line,
                "period": period,
                "version": one.version,
                "minutes": one.minutes,
                "onnet_minutes": one.onnet_minutes,
                "messages": one.messages,
                "data_kb": one.data_kb,
                "directed": dict(one.directed),
            }
            for line, one in new
        ],
    )
    return len(new)


def take_running(period: str, page: Sequence[Counted], lines: Mapping[str, int]) -> None:
    """So far in the present month: one row a line, which grows. A page may come again."""
    ours = {lines[one.msisdn]: one for one in page if one.msisdn in lines}
    wanted = select(UsageMonth.line_id, UsageMonth.id).where(
        UsageMonth.period == period, UsageMonth.version == RUNNING
    )
    known = {line: id_ for line, id_ in lookups.few(wanted, UsageMonth.line_id, list(ours))}
    rows = {
        line: {
            "minutes": one.minutes,
            "onnet_minutes": one.onnet_minutes,
            "messages": one.messages,
            "data_kb": one.data_kb,
            "directed": dict(one.directed),
        }
        for line, one in ours.items()
    }
    update_many(UsageMonth, [{"id": known[line]} | row for line, row in rows.items() if line in known])
    insert_many(
        UsageMonth,
        [
            {"line_id": line, "period": period, "version": RUNNING} | row
            for line, row in rows.items()
            if line not in known
        ],
    )


def versions(period: str, lines: Collection[int]) -> dict[int, int]:
    wanted = (
        select(UsageMonth.line_id, func.max(UsageMonth.version))
        .where(UsageMonth.period == period)
        .group_by(UsageMonth.line_id)
    )
    return {line: version for line, version in lookups.few(wanted, UsageMonth.line_id, lines)}


def months(periods: Collection[str]) -> dict[int, dict[str, Usage]]:
    """Line → month → what it used, by the newest count. One query."""
    newest = (
        select(UsageMonth.line_id, UsageMonth.period, func.max(UsageMonth.version).label("version"))
        .where(UsageMonth.period.in_(periods), UsageMonth.version > RUNNING)
        .group_by(UsageMonth.line_id, UsageMonth.period)
        .subquery()
    )
    wanted = select(
        UsageMonth.line_id, UsageMonth.period, UsageMonth.minutes, UsageMonth.onnet_minutes, UsageMonth.messages,
        UsageMonth.data_kb, UsageMonth.directed,
    ).join(
        newest,
        and_(
            newest.c.line_id == UsageMonth.line_id,
            newest.c.period == UsageMonth.period,
            newest.c.version == UsageMonth.version,
        ),
    )  # fmt: skip
    found: dict[int, dict[str, Usage]] = {}
    for line, period, minutes, onnet, messages, kb, directed in session.execute(wanted):
        found.setdefault(line, {})[period] = Usage(minutes, onnet, messages, Data(kb, directed))
    return found


def read(told: Mapping[str, Any]) -> Counted:
    """The operator's JSON. Raises ValueError, KeyError or TypeError for what is none."""
    counted = Counted(
        str(told["msisdn"]),
        int(told["version"]),
        int(told["minutes"]),
        int(told["onNetMinutes"]),
        int(told["messages"]),
        int(told["dataKb"]),
        {str(code): int(kb) for code, kb in (told.get("directedKb") or {}).items()},
    )
    if (
        min(
            counted.minutes,
            counted.onnet_minutes,
            counted.messages,
            counted.data_kb,
            *counted.directed.values(),
        )
        < 0
    ):
        raise ValueError(counted.msisdn)
    return counted
