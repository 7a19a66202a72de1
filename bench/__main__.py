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

from bench import load, rows, sending
from bench.figures import Figure, by_part, table
from bench.place import place

HERE = Path(__file__).resolve().parent
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def on(database: str) -> Callable[[int], Iterator[Figure]]:
    def run(count: int) -> Iterator[Figure]:
        with place(database, count + 500) as here:
            yield from rows.figures(here, DATABASES[database], count)

    return run


PARTS: dict[str, Callable[[int], Iterator[Figure]]] = {
    **{name: on(name) for name in DATABASES},
    "load": lambda _count: load.figures(),
    "sending": lambda _count: sending.figures(),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them when none is named")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--raw", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.raw:
        print("\n" + json.dumps([figure.row() for figure in PARTS[chosen.parts[0]](chosen.rows)]))
        return 0
    started = time.monotonic()
    found = [figure for part in chosen.parts or PARTS for figure in _part(part, chosen.rows)]
    if not chosen.parts:
        (HERE / "RESULTS.md").write_text(_page(found, time.monotonic() - started))
    return 0


def _part(name: str, count: int) -> list[Figure]:
    """In a fresh process: what one part leaves behind does not slow the next one."""
    command = [sys.executable, "-m", "bench", name, "--rows", str(count), "--raw"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = [Figure(**row) for row in json.loads(done.stdout.splitlines()[-1])]
    for part, figures in by_part(found).items():
        print(f"\n{part}")
        for figure in figures:
            print(
                "  " + "  ".join(word.ljust(width) for word, width in zip(figure.told(), WIDTHS, strict=True))
            )
    sys.stdout.flush()
    return found


WIDTHS = (40, 18, 42, 8, 0)


def _page(found: list[Figure], seconds: float) -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    stack = ", ".join(f"{name} {version(name)}" for name in ("SQLAlchemy", "Flask", "gunicorn"))
    parts = [
        "# Results",
        f"{date.today()}, {python}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, {stack}; "
        f"one run of `make bench`, {seconds:.0f} s, load average at its end {os.getloadavg()[0]:.1f}. A ratio is the value divided by its floor: of times and of memory "
        "less is better, of rates more.",
    ]
    for part, figures in by_part(found).items():
        parts += [f"## {part}", table(figures)]
    return "\n\n".join([*parts, (HERE / "PROFILE.md").read_text().strip()]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
