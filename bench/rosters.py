"""From upload to checked, beside the floor and beside the peer: the same rosters, in the same run."""

import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select

from bench import lean, memory, ten_columns
from bench.figures import Figure, Found, Grid
from bench.lean import Books
from bench.place import Place, place
from bench.timing import Spent, spending
from console.bulk import actions
from console.bulk.models import Batch, BatchRow
from console.bulk.states import BatchState, RowState
from console.core import clock
from console.core.db import session, transaction
from console.employees import queries as people
from console.plans import queries as plans
from jobs import bulk

SIZES = (1_000, 10_000, 50_000)
LINEAR = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
SLOWEST = {"stock": 10_000}
"""So many rows at most: more would take minutes and say nothing new."""
TIMES = 3
PART = "Ten columns, upload to checked, on SQLite"
PEER = "django-import-export"


@dataclass
class Taken:
    """What the runs of one of them took, by size."""

    runs: dict[int, list[Spent]] = field(default_factory=dict)

    def add(self, size: int, *spent: Spent) -> None:
        self.runs.setdefault(size, []).extend(spent)

    def at(self, size: int) -> Spent | None:
        return Spent.middle(self.runs[size]) if size in self.runs else None


def figures(most: int) -> Iterator[Found]:
    """`most` rows in the largest roster."""
    with place("sqlite", 10) as here, tempfile.TemporaryDirectory(prefix="console-bench-") as folder:
        race = _Race(here, Path(folder))
        race.agree(1_000)
        ours, floor = race.measured([size for size in LINEAR if size <= most])
        taken = {"the console": ours, "floor (a): calamine, the same rules, one insert": floor}
        taken |= {f"peer (b): {PEER}, {how}": runs for how, runs in race.peers(most).items()}
        yield _beside(taken, [size for size in SIZES if size <= most])
        yield _ratios(taken, [size for size in SIZES if size <= most])
        yield _linear(ours, floor)
        yield from race.memory(min(most, SIZES[-1]))


class _Race:
    """One company, one set of files; what takes part gets the same bytes."""

    def __init__(self, here: Place, folder: Path) -> None:
        self.here, self.folder = here, folder
        self.books = _books(here)
        self.engine = create_engine(f"sqlite:///{folder / 'lean.sqlite3'}")
        lean.ROWS.create(self.engine)

    def agree(self, size: int) -> None:
        """All refuse the same rows of a mixed roster; the first run of each also warms it up."""
        roster = ten_columns.mixed(size)
        content = roster.xlsx()
        batch, _spent = self._console(content)
        with self.here.acting():
            wanted = select(BatchRow.number).where(
                BatchRow.batch_id == batch, BatchRow.state == RowState.WRONG
            )
            ours = set(session.scalars(wanted))
        plain = {row["number"] for row in self._lean(content)[0] if row["problems"]}
        assert ours == roster.wrong, f"the console: {sorted(ours ^ roster.wrong)[:9]}"
        assert plain == roster.wrong, f"the floor: {sorted(plain ^ roster.wrong)[:9]}"
        for how in ("stock", "tuned") if _has_peer() else ():
            refused = set(self._peer(how, content, 1)["refused"])
            assert refused == roster.wrong, f"{PEER}, {how}: {sorted(refused ^ roster.wrong)[:9]}"

    def measured(self, sizes: list[int]) -> tuple[Taken, Taken]:
        """Console and floor by turns, so that what else the machine does hits both."""
        ours, floor = Taken(), Taken()
        for size in sizes:
            content = ten_columns.right(size).xlsx()
            for _ in range(TIMES):
                ours.add(size, self._console(content)[1])
                floor.add(size, self._lean(content)[1])
        return ours, floor

    def peers(self, most: int) -> dict[str, Taken]:
        found: dict[str, Taken] = {}
        for how in ("stock", "tuned") if _has_peer() else ():
            found[how] = Taken()
            for size in SIZES:
                if size <= min(most, SLOWEST.get(how, most)):
                    peer = self._peer(how, ten_columns.right(size).xlsx(), TIMES)
                    assert peer["kept"] == size, f"{PEER} kept {peer['kept']} of {size}"
                    found[how].add(size, *(Spent(*run) for run in peer["runs"]))
        return found

    def memory(self, size: int) -> Iterator[Figure]:
        content = ten_columns.right(size, seed=2).xlsx()
        batch = self._received(content)
        ours = memory.of("check", self.here.company, batch)
        file = self.folder / "memory.xlsx"
        file.write_bytes(content)
        floor = memory.of("calamine", file)
        part = f"Memory of the worker, {size:,} rows of ten columns"
        yield Figure(part, "above idle", ours.above, "MB", "calamine reading alone", floor.above)
        yield Figure(part, "at its peak", ours.peak, "MB", remark=f"idle {ours.idle:.0f} MB")

    def _received(self, content: bytes) -> int:
        defaults: dict[str, str] = {}
        with self.here.acting(), transaction():
            return actions.receive("office", self.here.user, "activate", "花名册.xlsx", content, defaults).id

    def _console(self, content: bytes) -> tuple[int, Spent]:
        """Taken in as by the page and checked as by the worker; then withdrawn, so that it may come again."""
        _settle()
        with spending() as spent:
            batch = self._received(content)
            bulk.check_batch(self.here.company, batch)
        with self.here.acting(), transaction():
            state = session.get_one(Batch, batch).state
            assert state == BatchState.CHECKED, f"the batch is {state}"
            actions.withdraw("office", batch)
        return batch, spent

    def _lean(self, content: bytes) -> tuple[list[dict[str, Any]], Spent]:
        with self.engine.begin() as connection:
            connection.execute(lean.ROWS.delete())
        _settle()
        with spending() as spent:
            rows = lean.run(content, self.books, self.engine, clock.today())
        return rows, spent

    def _peer(self, how: str, content: bytes, runs: int) -> dict[str, Any]:
        file, books = self.folder / "peer.xlsx", self.folder / "books.json"
        file.write_bytes(content)
        books.write_text(json.dumps(asdict(self.books), default=sorted))
        command = [sys.executable, "-m", "bench.peer", how, str(file), str(books), str(runs)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return dict(json.loads(done.stdout))


def _books(here: Place) -> Books:
    with here.acting():
        offers = [offer for offer in plans.offers(clock.today()).values() if offer.kind == "MAIN"]
        departments, centers = people.departments(), people.cost_centers()
    names = {name: offer.code for offer in offers for name in (offer.code, offer.name, *offer.synonyms)}
    prices = {offer.code: (offer.fee_fen, _this_month(offer.fee_fen, clock.today())) for offer in offers}
    return Books(frozenset(departments), frozenset(centers), names, prices)


def _this_month(fee_fen: int, today: date) -> int:
    """By the day, as most plans are."""
    days = (date(today.year + today.month // 12, today.month % 12 + 1, 1) - today.replace(day=1)).days
    return round(fee_fen * (days - today.day + 1) / days)


def _settle() -> None:
    """What earlier runs left behind is nobody's garbage to look through."""
    gc.collect()
    gc.freeze()


def _has_peer() -> bool:
    return find_spec("import_export") is not None


def _about_the_peer() -> str:
    if not _has_peer():
        return f"The peer is missing: {PEER} is not installed here."
    return f"The peer's seconds have its dry run and its confirmation ({PEER} {version(PEER)}, Django {version('Django')})."


def _beside(taken: dict[str, Taken], sizes: list[int]) -> Grid:
    headings = ["", *(f"{size:,} rows: CPU / wall s" for size in sizes)]
    lines = [[name, *(_told(runs.at(size)) for size in sizes)] for name, runs in taken.items()]
    remark = (
        f"Medians of {TIMES}. The console seals file and rows and keeps the trail; the floor does neither. "
        f"{_about_the_peer()} All refuse the same rows of a roster with 10 % of wrong ones."
    )
    return Grid(PART, headings, lines, remark)


def _ratios(taken: dict[str, Taken], sizes: list[int]) -> Grid:
    ours, *others = taken.values()
    lines = []
    for name, other in zip(list(taken)[1:], others, strict=True):
        slower = other is others[0]
        lines.append(
            [f"console ÷ {name}" if slower else f"{name} ÷ console"]
            + [_ratio(ours.at(size), other.at(size), slower) for size in sizes]
        )
    return Grid(PART, ["ratio", *(f"{size:,} rows: CPU / wall" for size in sizes)], lines)


def _linear(ours: Taken, floor: Taken) -> Grid:
    sizes = list(ours.runs)
    measures: list[tuple[str, Taken, Callable[[Spent], float]]] = [
        ("console, CPU", ours, lambda spent: spent.cpu),
        ("console, wall", ours, lambda spent: spent.wall),
        ("floor (a), CPU", floor, lambda spent: spent.cpu),
    ]
    lines = []
    for name, runs, seconds in measures:
        found = [(size, runs.at(size)) for size in sizes]
        lines.append([name, *(f"{1e6 * seconds(spent) / size:.0f}" for size, spent in found if spent)])
    return Grid("Linearity, µs a row", ["rows", *(f"{size:,}" for size in sizes)], lines)


def _told(spent: Spent | None) -> str:
    return f"{spent.cpu:.3f} / {spent.wall:.3f}" if spent else "–"


def _ratio(ours: Spent | None, other: Spent | None, slower: bool) -> str:
    if ours is None or other is None:
        return "–"
    cpu, wall = ours.cpu / other.cpu, ours.wall / other.wall
    return f"{cpu:.2f} / {wall:.2f}" if slower else f"{1 / cpu:.1f} / {1 / wall:.1f}"
