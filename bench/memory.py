"""Peak memory of a process that does one thing: python -m bench.memory check|calamine …"""

import subprocess
import sys
from pathlib import Path

from bench import floors
from console.app import prepare
from console.core.config import Settings
from jobs import bulk


def main(what: str, *arguments: str) -> int:
    """Kilobytes above idle. The check runs in the console that the environment describes."""
    prepare(Settings.from_environment())
    content = b"" if what == "check" else Path(arguments[0]).read_bytes()
    idle = _status("VmRSS")
    if what == "check":
        bulk.check_batch(int(arguments[0]), int(arguments[1]))
    else:
        floors.calamine(content)
    return _status("VmHWM") - idle


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def of(what: str, *arguments: object) -> float:
    """Megabytes, in a fresh process."""
    command = [sys.executable, "-m", "bench.memory", what, *map(str, arguments)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
