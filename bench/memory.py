"""What one thing costs in a process of its own: python -m bench.memory check|calamine|read …"""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import floors, timing
from console.app import prepare
from console.core.config import Settings
from console.spreadsheets import reading
from console.spreadsheets.refusals import Refused
from jobs import bulk

LOOKS_A_SECOND = 100


@dataclass(frozen=True)
class Cost:
    """Megabytes and seconds; `told` is what came of it."""

    idle: float
    peak: float
    cpu: float
    wall: float
    told: str = ""

    @property
    def above(self) -> float:
        return self.peak - self.idle


def main(what: str, *arguments: str) -> dict[str, Any]:
    """The check runs in the console that the environment describes."""
    prepare(Settings.from_environment())
    content = b"" if what == "check" else Path(arguments[0]).read_bytes()
    idle = timing.status("VmRSS")
    told, children = "", _Children()
    with children, timing.spending() as spent:
        if what == "check":
            bulk.check_batch(int(arguments[0]), int(arguments[1]))
        elif what == "read":
            told = _outcome(content, Path(arguments[0]).name)
        else:
            floors.calamine(content)
    peak = timing.status("VmHWM") + children.peak
    return {
        "idle": idle / 1024,
        "peak": peak / 1024,
        "cpu": spent.cpu,
        "wall": spent.wall,
        "told": told,
    }


class _Children:
    """The peak of what child processes hold together, by looking: kilobytes, what they share with nobody."""

    def __init__(self) -> None:
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_raised: Any) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(1 / LOOKS_A_SECOND):
            self.peak = max(self.peak, sum(map(_own, timing.children())))


def _own(pid: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def _outcome(content: bytes, name: str) -> str:
    try:
        workbook = reading.read(content, name)
    except Refused as refused:
        return refused.code
    return f"read, rows: {sum(len(sheet.rows) for sheet in workbook.sheets):,}"


def of(what: str, *arguments: object) -> Cost:
    """In a fresh process."""
    command = [sys.executable, "-m", "bench.memory", what, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
