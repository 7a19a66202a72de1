"""`make chaos`: ROUNDS, ROWS, SEED and DATABASE come from the environment; docs/chaos.md is written anew."""

import os
import random
import sys
from pathlib import Path

from tests.chaos import report, rounds


def main() -> int:
    wanted, rows = int(os.environ.get("ROUNDS") or 20), int(os.environ.get("ROWS") or 1000)
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    postgres = (os.environ.get("DATABASE") or "sqlite").startswith("postgres")
    print(
        f"{wanted} rounds of {rows} rows on {'PostgreSQL' if postgres else 'SQLite'}, SEED={seed}", flush=True
    )
    played = []
    for number in range(1, wanted + 1):
        played.append(rounds.play(number, seed + number - 1, rows, postgres))
        print(report.line(played[-1], postgres), flush=True)
        if wanted > 1:
            Path("docs/chaos.md").write_text(report.text(played, postgres))
    print(report.totals(played))
    return 1 if any(one.violations for one in played) else 0


if __name__ == "__main__":
    sys.exit(main())
