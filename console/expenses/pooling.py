"""Whom the overage of a shared pool is put down to: those who took more from it than their fair share, to the 分."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from console.core.db import insert_many, session
from console.expenses import pools
from console.expenses.measured import PoolUse
from console.expenses.metering import KB_OF_A_MB


@dataclass(frozen=True, slots=True)
class Taken:
    """Of one pool in one month: line → KB beyond its own plan."""

    size_kb: int
    by_line: dict[int, int] = field(default_factory=dict)

    def shares(self, fen: int) -> list[tuple[int, int]]:
        """(line, 分): by excess over the fair share, largest remainder; of equal ones the earlier line takes the 分."""
        used = {f"{line:012}": kb for line, kb in self.by_line.items()}
        return [(int(line), part) for line, part in pools.allocate(fen, used, self.size_kb).items() if part]


def keep(period: str, told: Sequence[Mapping[str, Any]], lines: Mapping[str, int]) -> None:
    """What the operator says of a billed month, in place of what it said before; `lines`: number → line."""
    session.execute(delete(PoolUse).where(PoolUse.period == period))
    insert_many(
        PoolUse,
        [
            {
                "period": period,
                "code": str(pool["poolId"]),
                "line_id": lines[one["msisdn"]],
                "used_kb": int(one["usedKb"]),
                "size_kb": int(pool["sizeMb"]) * KB_OF_A_MB,
            }
            for pool in told
            for one in pool["taken"]
            if one["msisdn"] in lines
        ],
    )


def of_month(period: str) -> dict[str, Taken]:
    """Code of a pool → what was taken from it. One query."""
    found: dict[str, Taken] = {}
    by_line: dict[str, dict[int, int]] = defaultdict(dict)
    for one in session.scalars(select(PoolUse).where(PoolUse.period == period)):
        by_line[one.code][one.line_id] = one.used_kb
        found[one.code] = Taken(one.size_kb, by_line[one.code])
    return found
