"""`make bench`: every part in a process of its own, then bench/RESULTS.md.

python -m bench [--rows N] [PART …] measures only these parts and prints them, without writing the file.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

from bench import (
    hostile,
    invoices,
    load,
    month,
    pages,
    rating,
    refusing,
    repair,
    rosters,
    rows,
    scale,
    sending,
)
from bench.figures import Found, of_row, sections
from bench.place import place

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
WRITTEN_BY_HAND = "## What is compared"
"""In RESULTS.md: from here on the words stay, whatever is measured."""
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
ROWS = 10_000
LARGEST = 5
"""So many times the usual rows has the largest roster."""


def on(database: str) -> Callable[[int], Iterator[Found]]:
    def run(count: int) -> Iterator[Found]:
        with place(database, count + 500) as here:
            yield from rows.figures(here, DATABASES[database], count)

    return run


PARTS: dict[str, Callable[[int], Iterator[Found]]] = {
    "rosters": lambda count: rosters.figures(LARGEST * count),
    "hostile": lambda _count: hostile.figures(),
    "repair": repair.figures,
    "pages": pages.full_of_problems,
    **{name: on(name) for name in DATABASES},
    "load": lambda _count: load.figures(),
    "sending": lambda _count: sending.figures(),
    "scale": scale.figures,
    "overload": lambda _count: refusing.figures(),
    "month": lambda count: month.figures(LARGEST * count),
    "invoices": lambda _count: invoices.figures(),
    "rating": lambda _count: rating.figures(),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them when none is named")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"{ROWS} unless said; less is quicker")
    parser.add_argument("--raw", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.raw:
        print("\n" + json.dumps([one.row() for one in PARTS[chosen.parts[0]](chosen.rows)]))
        return 0
    started = time.monotonic()
    found = [one for part in chosen.parts or PARTS for one in _part(part, chosen.rows)]
    if not chosen.parts and chosen.rows == ROWS:
        RESULTS.write_text(_page(found, time.monotonic() - started, RESULTS.read_text()))
    return 0


def _part(name: str, count: int) -> list[Found]:
    """In a fresh process: what one part leaves behind does not slow the next one."""
    command = [sys.executable, "-m", "bench", name, "--rows", str(count), "--raw"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = [of_row(row) for row in json.loads(done.stdout.splitlines()[-1])]
    for part, told in sections(found):
        print(f"\n## {part}\n\n{told}")
    sys.stdout.flush()
    return found


def _page(found: list[Found], seconds: float, before: str) -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    stack = ", ".join(f"{name} {version(name)}" for name in ("SQLAlchemy", "Flask", "gunicorn"))
    parts = [
        "# Results",
        f"{date.today()}, {python}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, {stack}; "
        f"one run of `make bench`, {seconds:.0f} s, load average at its end {os.getloadavg()[0]:.1f}. A ratio is the "
        "value divided by its floor, unless its line says otherwise: of times and of memory less is better, of rates "
        "more.",
    ]
    parts += [f"## {part}\n\n{told}" for part, told in sections(found)]
    _measured, heading, words = before.partition(WRITTEN_BY_HAND)
    assert heading, f"RESULTS.md has lost its part {WRITTEN_BY_HAND}"
    return "\n\n".join([*parts, (heading + words).strip()]).strip() + "\n"


if __name__ == "__main__":
    sys.exit(main())
