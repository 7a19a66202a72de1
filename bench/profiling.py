"""Where the time goes: python -m bench.profiling [rows].

First the seconds of each step of a check, by the clock; then the check and the placing of orders under cProfile, which
slows small functions more than large ones.
"""

import cProfile
import pstats
import sys
from collections.abc import Callable
from typing import Any

from bench import ten_columns
from bench.place import place
from bench.rows import apply, check, confirm, upload
from jobs import bulk

SHOWN = 45


def main(rows: int) -> None:
    with place("sqlite", rows + 500) as here:
        check(here, ten_columns.right(100, seed=3).xlsx())  # what is done once in the life of a worker
        _batch, took = check(here, ten_columns.right(rows, seed=2).xlsx())
        total = took.pop("total")
        print(f"== steps of a check of {rows:,} rows: {total:.3f} s, {1e6 * total / rows:.0f} µs a row")
        for step, seconds in took.items():
            print(f"  {step:10} {seconds:7.3f} s  {100 * seconds / total:3.0f} %")
        batch = upload(here, ten_columns.right(rows).xlsx())
        _profiled("check", lambda: bulk.check_batch(here.company, batch))
        confirm(here, batch)
        _profiled("orders", lambda: apply(here, batch))


def _profiled(name: str, work: Callable[[], Any]) -> None:
    profile = cProfile.Profile()
    profile.runcall(work)
    print(f"== {name}")
    pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
