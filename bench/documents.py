"""The memory that a document of a month needs, in a process of its own: python -m bench.documents xlsx|csv|pdf ROWS"""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from bench import timing
from bench.figures import Figure
from console.app import create_app
from console.core.config import Settings
from console.expenses import book, documents

KINDS = {"xlsx": "workbook", "csv": "CSV", "pdf": "PDF"}


def main(kind: str, count: int) -> dict[str, Any]:
    """The rows are there before; in the product the query hands them out one by one."""
    from bench.month import PART, PERIOD, _rows

    rows = _rows(count)
    total = sum(one.amount_fen for one in rows)
    head = book.Book("某某公司", PERIOD, 1, "closed", total, 0, 5000, len(rows))
    app = create_app(Settings.from_environment())
    idle = timing.status("VmRSS")
    with app.test_request_context():
        content = documents.make(head, lambda: iter(rows), kind, None)  # type: ignore[arg-type]
    above = (timing.status("VmHWM") - idle) / 1024
    remark = f"{len(content) / 2**20:.1f} MB of file"
    return Figure(
        PART, f"{KINDS[kind]} of {count:,} charges, memory above idle", above, "MB", remark=remark
    ).row()


def figures(count: int) -> Iterator[Figure]:
    """In the console that the environment describes."""
    for kind in KINDS:
        command = [sys.executable, "-m", "bench.documents", kind, str(count)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        yield Figure(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
