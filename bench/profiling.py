"""Where the time goes: python -m bench.profiling [rows]; the check and then the placing of orders, under cProfile."""

import cProfile
import pstats
import sys
from collections.abc import Callable
from typing import Any

from bench.place import place
from bench.rows import confirm, upload
from examples import roster
from jobs import bulk

SHOWN = 45


def main(rows: int) -> None:
    with place("sqlite", rows + 500) as here:
        batch = upload(here, roster.make(rows).xlsx())
        _profiled("check", lambda: bulk.check_batch(here.company, batch))
        confirm(here, batch)
        _profiled("orders", lambda: bulk.apply_batch(here.company, batch))


def _profiled(name: str, work: Callable[[], Any]) -> None:
    profile = cProfile.Profile()
    profile.runcall(work)
    print(f"== {name}")
    pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
