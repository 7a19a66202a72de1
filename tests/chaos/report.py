"""What the rounds showed, for the terminal and for docs/chaos.md."""

from collections import defaultdict
from datetime import UTC, datetime
from statistics import median

from tests.chaos.rounds import Round


def line(one: Round, postgres: bool) -> str:
    """A few lines on one round; with what is needed to repeat it when it went wrong."""
    slowest = max((seconds for _name, seconds in one.faults), default=0.0)
    told = [
        f"round {one.number} (seed {one.seed}): {len(one.faults)} times harmed, slowest recovery {slowest:.0f} s, "
        f"settled {one.settled:.0f} s after, {one.seconds:.0f} s in all, {one.outcome}, "
        f"{'all agrees' if not one.violations else 'WRONG'}",
        *(f"    {name}: {seconds:.1f} s" for name, seconds in one.faults),
        *(f"    VIOLATION {violation}" for violation in one.violations[:20]),
    ]
    if one.violations:
        database = " DATABASE=postgres" if postgres else ""
        told.append(
            f"    again: make chaos ROUNDS=1 ROWS={one.rows} SEED={one.seed}{database}; logs in data/chaos-{one.seed}"
        )
    return "\n".join(told)


def totals(played: list[Round]) -> str:
    faults = sum(name.count(" + ") + 1 for one in played for name, _seconds in one.faults)
    wrong = sum(bool(one.violations) for one in played)
    return (
        f"{len(played)} rounds, {sum(one.confirmed for one in played)} rows, {faults} faults, "
        f"{sum(one.seconds for one in played) / 60:.0f} minutes; {wrong} rounds with a violation"
    )


def text(played: list[Round], postgres: bool) -> str:
    """docs/chaos.md"""
    database = "PostgreSQL" if postgres else "SQLite"
    return "\n".join(
        [
            "# Faults, made on purpose",
            "",
            f"Written by `make chaos` on {datetime.now(UTC):%Y-%m-%d}, on {database}: {totals(played)}.",
            "",
            "Each round is a console of its own with all its processes and the operator's simulator. While a batch of",
            "activations runs, faults are made at random, one or two at once. Afterwards every row must be final or need",
            "a person, the operator's ledger must equal the console's database, no number may be activated and nothing",
            "charged twice, and the trail must name every order and every confirmed row. Recovery is the time from the",
            "end of a fault until the next order is answered.",
            "",
            "## Faults",
            "",
            "| fault | times | recovery, median | slowest |",
            "|---|---:|---:|---:|",
            *_by_kind(played),
            "",
            "## Rounds",
            "",
            "| round | seed | rows | harmed | slowest recovery | settled after | length | orders | verdict |",
            "|---:|---:|---:|---:|---:|---:|---:|---|---|",
            *(_row(one) for one in played),
            "",
        ]
    )


def _by_kind(played: list[Round]) -> list[str]:
    found: dict[str, list[float]] = defaultdict(list)
    for one in played:
        for names, seconds in one.faults:
            for name in names.split(" + "):
                found[name].append(seconds)
    return [
        f"| {name} | {len(times)} | {median(times):.1f} s | {max(times):.1f} s |"
        for name, times in sorted(found.items())
    ]


def _row(one: Round) -> str:
    slowest = max((seconds for _name, seconds in one.faults), default=0.0)
    orders = ", ".join(f"{count} {state}" for state, count in sorted(one.outcome.items()))
    verdict = "; ".join(one.violations[:3]) or "all agrees"
    return (
        f"| {one.number} | {one.seed} | {one.confirmed} | {len(one.faults)} | {slowest:.0f} s | {one.settled:.0f} s "
        f"| {one.seconds:.0f} s | {orders} | {verdict} |"
    )
