"""A roster from upload to checked, and from checked to all orders placed."""

from collections.abc import Iterator

from bench import floors, memory, timing
from bench.figures import Figure
from bench.pages import Pages
from bench.place import Place
from console.bulk import actions, asking, checking, queries
from console.bulk.models import BatchRow
from console.bulk.states import RowState
from console.core.db import transaction
from console.employees.models import Employee
from console.orders.models import Order
from console.sims.models import Line
from console.spreadsheets import reading
from examples import roster
from jobs import bulk

DEFAULTS = {"payment": "集团统付"}


def upload(here: Place, content: bytes) -> int:
    with here.acting(), transaction():
        return actions.receive("office", here.user, "activate", "名单.xlsx", content, DEFAULTS).id


def check(here: Place, content: bytes) -> tuple[int, dict[str, float]]:
    """(batch, seconds by part). The parts are taken inside the real job; `other` is its leases and commits."""
    clock = timing.Clock()
    with clock.of("total"):
        with clock.of("take in"):
            batch = upload(here, content)
        with clock.inside(
            read=(reading, "read"),
            table=(asking, "table_of"),
            examine=(checking, "examine"),
            keep=(checking, "keep"),
        ):
            bulk.check_batch(here.company, batch)
    found = clock.seconds
    found["other"] = 2 * found["total"] - sum(found.values())
    return batch, found


def confirm(here: Place, batch: int) -> int:
    """How many rows; all that are ready."""
    with here.acting():
        shown = queries.shown(batch)
        with transaction():
            confirmed = actions.confirm("office", here.user, batch, shown)
    assert confirmed, "nothing was ready"
    return confirmed


def apply(here: Place, batch: int) -> None:
    """After every group the job makes way for others that wait, and here nobody takes those from the queue."""
    waiting = True
    while waiting:
        bulk.apply_batch(here.company, batch)
        with here.acting():
            waiting = bool(queries.tally(batch).of(RowState.CONFIRMED))


def order(here: Place, batch: int) -> tuple[int, float]:
    """(orders, seconds) from the press of the button to the last order stored."""
    clock = timing.Clock()
    with clock.of("total"):
        confirmed = confirm(here, batch)
        apply(here, batch)
    with here.acting():
        tally = queries.tally(batch)
    assert tally.of(RowState.ORDERED) == confirmed, "some rows got no order"
    return confirmed, clock.seconds["total"]


def floor_of_check(here: Place, content: bytes) -> dict[str, float]:
    return {
        "calamine": min(timing.once(lambda: floors.calamine(content)) for _ in range(3)),
        "openpyxl": timing.once(lambda: floors.openpyxl(content)),
        "insert": min(floors.insert_again(here.owner, BatchRow.__table__) for _ in range(3)),  # type: ignore[arg-type]
    }


def floor_of_order(here: Place) -> float:
    return sum(floors.insert_again(here.owner, model.__table__) for model in (Order, Line, Employee))  # type: ignore[arg-type,misc]


def figures(here: Place, database: str, count: int) -> Iterator[Figure]:
    part = f"{count:,} rows on {database}"
    pages = Pages(here, f"Pages with {count:,} rows on {database}")
    content = roster.make(count).xlsx()
    batch, took = check(here, content)
    yield from _of_check(part, took, floor_of_check(here, content))
    if database == "SQLite":
        yield from _memory(here, count)
    yield from pages.checked(batch)
    orders, seconds = order(here, batch)
    floor = floor_of_order(here)
    remark = f"{orders / seconds:,.0f} rows/s"
    yield Figure(
        part, "checked to all orders placed", seconds, "s", "executemany, three tables", floor, remark
    )
    yield from pages.ordered(batch)


def _of_check(part: str, took: dict[str, float], floor: dict[str, float]) -> Iterator[Figure]:
    yield Figure(part, "take in the file", took["take in"], "s")
    yield Figure(part, "read it", took["read"], "s", "calamine", floor["calamine"])
    yield Figure(part, "read it", took["read"], "s", "openpyxl read_only", floor["openpyxl"])
    yield Figure(part, "find the table", took["table"], "s")
    yield Figure(part, "examine: parse, look up, check, price", took["examine"], "s")
    yield Figure(part, "keep: seal and write", took["keep"], "s", "executemany", floor["insert"])
    yield Figure(part, "leases, commits, the rest", took["other"], "s")
    both = floor["calamine"] + floor["insert"]
    yield Figure(part, "upload to checked", took["total"], "s", "calamine + executemany", both)


def _memory(here: Place, count: int) -> Iterator[Figure]:
    content = roster.make(count, seed=2, faults=False, prefix="QM").xlsx()
    file = here.settings.data / "roster.xlsx"
    file.write_bytes(content)
    peak = memory.of("check", here.company, upload(here, content))
    floor = memory.of("calamine", file)
    yield Figure(
        "Memory", "reading and checking, above idle", peak.above, "MB", "calamine reading alone", floor.above
    )
