"""The cheapest plans and pools of a whole company, exactly: an integer programme that HiGHS solves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.expenses.advising import Option
from console.expenses.metering import KB_OF_A_GB, priced

SECONDS = 120.0
INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class PoolOffer:
    """A shared pool that can be bought more than once; the fee a month, the price of a gigabyte beyond it."""

    code: str
    fee_fen: int
    kb: int
    gigabyte_fen: int


@dataclass(frozen=True, slots=True)
class Best:
    """Line → plan; who is in the pool; how many of each pool; what all months come to, in 分. `proven`: nothing is cheaper."""

    plans: Mapping[int, str]
    members: frozenset[int]
    pools: Mapping[str, int]
    fen: int
    proven: bool


class _Programme:
    """Columns and rows as HiGHS takes them, gathered first and passed at once."""

    def __init__(self) -> None:
        self.cost: list[float] = []
        self.upper: list[float] = []
        self.whole: list[bool] = []
        self.rows: list[tuple[float, float, list[int], list[float]]] = []

    def column(self, cost: float, upper: float = 1.0, whole: bool = True) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.cost) - 1

    def row(self, lower: float, upper: float, terms: Sequence[tuple[int, float]]) -> None:
        self.rows.append((lower, upper, [column for column, _w in terms], [weight for _c, weight in terms]))

    def solve(self) -> tuple[list[float], bool]:
        import highspy  # with numpy 40 MB, which only the worker that solves one is to carry

        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("mip_rel_gap", 0.0)
        solver.setOptionValue("mip_abs_gap", 0.4)
        solver.setOptionValue("time_limit", SECONDS)
        solver.setOptionValue("random_seed", 1)
        solver.setOptionValue("threads", 1)
        solver.passModel(self._model())
        solver.run()
        proven = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return list(solver.getSolution().col_value), proven

    def _model(self) -> Any:
        import highspy
        import numpy as np

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.cost), len(self.rows)
        lp.col_cost_ = np.array(self.cost)
        lp.col_lower_, lp.col_upper_ = np.zeros(len(self.cost)), np.array(self.upper)
        lp.row_lower_ = np.array([row[0] for row in self.rows])
        lp.row_upper_ = np.array([row[1] for row in self.rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array([0, *np.cumsum([len(row[2]) for row in self.rows])], dtype=np.int32)
        lp.a_matrix_.index_ = np.array([i for row in self.rows for i in row[2]], dtype=np.int32)
        lp.a_matrix_.value_ = np.array([w for row in self.rows for w in row[3]], dtype=np.float64)
        kinds = {True: highspy.HighsVarType.kInteger, False: highspy.HighsVarType.kContinuous}
        lp.integrality_ = [kinds[one] for one in self.whole]
        return lp


def optimise(
    lines: Mapping[int, Sequence[Option]],
    least: Mapping[str, int],
    pools: Sequence[PoolOffer] = (),
    months: int = 3,
) -> Best:
    """`lines`: the options of each, the present plan first. `least`: a plan is sold to so many lines or to none.

    A line may stay on what it has whatever else is chosen.
    """
    programme = _Programme()
    columns = _choices(programme, lines, least, bool(pools))
    _enough(programme, lines, columns, least)
    counts = _pooled(programme, lines, columns, pools, months) if pools else {}
    values, proven = programme.solve() if programme.cost else ([], True)
    plans: dict[int, str] = {}
    members = set()
    for (line, code, pooled), column in columns.items():
        if values[column] > 0.5:
            plans[line] = code
            if pooled:
                members.add(line)
    bought = {code: round(values[column]) for code, column in counts.items() if values[column] > 0.5}
    fen = cost(lines, plans, members, bought, pools, months)
    return Best(plans, frozenset(members), bought, fen, proven)


Columns = Mapping[tuple[int, str, bool], int]
"""Line, plan, whether in the pool → the column that says so."""


def _choices(
    programme: _Programme, lines: Mapping[int, Sequence[Option]], least: Mapping[str, int], pooled: bool
) -> Columns:
    """Exactly one of a line's options; those that can never be part of the best are left out."""
    columns: dict[tuple[int, str, bool], int] = {}
    for line, options in lines.items():
        free = min(one.fen for one in options if one is options[0] or least.get(one.code, 1) <= 1)
        first = len(programme.cost)
        for one in _alone(options, least, free):
            columns[line, one.code, False] = programme.column(one.fen)
        for one in _members(options, least, free) if pooled else ():
            columns[line, one.code, True] = programme.column(one.pooled_fen)
        programme.row(1.0, 1.0, [(column, 1.0) for column in range(first, len(programme.cost))])
    return columns


def _alone(options: Sequence[Option], least: Mapping[str, int], free: int) -> list[Option]:
    """The cheapest that needs no company, and those sold in numbers only: a dear one may help others to a cheap one."""
    best = next(
        one for one in options if one.fen == free and (one is options[0] or least.get(one.code, 1) <= 1)
    )
    return [best, *(one for one in options if one is not best and least.get(one.code, 1) > 1)]


def _members(options: Sequence[Option], least: Mapping[str, int], free: int) -> list[Option]:
    """In a pool, those that cost less than the best outside of it, and of which no other is better in everything."""
    cheaper = [one for one in options if one.pooled_fen < free or least.get(one.code, 1) > 1]
    return [
        one
        for place, one in enumerate(cheaper)
        if not any(
            _beats(other, one, least, other_place < place) for other_place, other in enumerate(cheaper)
        )
    ]


def _beats(other: Option, one: Option, least: Mapping[str, int], earlier: bool) -> bool:
    if other is one or least.get(other.code, 1) > 1 or least.get(one.code, 1) > 1:
        return False
    theirs, its = (other.pooled_fen, *other.pool_kb), (one.pooled_fen, *one.pool_kb)
    return all(a <= b for a, b in zip(theirs, its, strict=True)) and (theirs != its or earlier)


def _enough(
    programme: _Programme,
    lines: Mapping[int, Sequence[Option]],
    columns: Columns,
    least: Mapping[str, int],
) -> None:
    """A plan that is sold in numbers: new lines on it only when there are enough of them, old ones counted."""
    for code, count in least.items():
        having = {line for line, options in lines.items() if options[0].code == code}
        mine = [(key[0], column) for key, column in columns.items() if key[1] == code]
        if count <= 1 or not mine:
            continue
        sold = programme.column(0.0)
        programme.row(0.0, INFINITE, [*((column, 1.0) for _l, column in mine), (sold, -float(count))])
        for line, column in mine:
            if line not in having:
                programme.row(0.0, 1.0, [(sold, 1.0), (column, -1.0)])


def _pooled(
    programme: _Programme,
    lines: Mapping[int, Sequence[Option]],
    columns: Columns,
    pools: Sequence[PoolOffer],
    months: int,
) -> dict[str, int]:
    """How many of each pool, what is used beyond all of them in each month, and nobody a member of none."""
    known = {(line, one.code): one for line, options in lines.items() for one in options}
    members = [
        (column, known[line, code], line) for (line, code, pooled), column in columns.items() if pooled
    ]
    most = [sum(one.pool_kb[month] for _c, one, _l in members) for month in range(months)]
    counts = {
        pool.code: programme.column(float(pool.fee_fen * months), max(most, default=0) // pool.kb + 1.0)
        for pool in pools
    }
    for month in range(months):
        beyond = programme.column(float(price(pools)), INFINITE, whole=False)
        size = [(counts[pool.code], pool.kb / KB_OF_A_GB) for pool in pools]
        used = [(c, -one.pool_kb[month] / KB_OF_A_GB) for c, one, _l in members if one.pool_kb[month]]
        programme.row(0.0, INFINITE, [(beyond, 1.0), *size, *used])
    by_line: dict[int, list[tuple[int, float]]] = {}
    for column, _one, line in members:
        by_line.setdefault(line, []).append((column, -1.0))
    for terms in by_line.values():
        programme.row(0.0, INFINITE, [*((column, 1.0) for column in counts.values()), *terms])
    return counts


def price(pools: Sequence[PoolOffer]) -> int:
    """Of a gigabyte beyond all pools; of several prices the highest, so that no saving is promised too high."""
    return max(pool.gigabyte_fen for pool in pools)


def cost(
    lines: Mapping[int, Sequence[Option]],
    plans: Mapping[int, str],
    members: Collection[int],
    bought: Mapping[str, int],
    pools: Sequence[PoolOffer],
    months: int,
) -> int:
    """What such a choice comes to, in whole 分, rounded as bills are."""
    known = {(line, one.code): one for line, options in lines.items() for one in options}
    chosen = {line: known[line, code] for line, code in plans.items()}
    fen = sum(one.pooled_fen if line in members else one.fen for line, one in chosen.items())
    offers = {pool.code: pool for pool in pools}
    fen += sum(offers[code].fee_fen * count * months for code, count in bought.items())
    size = sum(offers[code].kb * count for code, count in bought.items())
    for month in range(months) if members else ():
        used = sum(chosen[line].pool_kb[month] for line in members)
        fen += priced(max(0, used - size), price(pools), KB_OF_A_GB)
    return fen
