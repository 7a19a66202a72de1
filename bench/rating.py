"""A month of many lines computed by ourselves, and the cheapest plans of a company, beside what cannot be saved.

The floor of a month is SQLite alone handing out the rows that it is computed from; of advice it is the rating that it consists
of, without the solver.
"""

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from bench.figures import Figure, Found
from console.expenses import advising, optimising
from console.expenses.advising import Subject
from console.expenses.metering import KB_OF_A_GB, KB_OF_A_MB, Data
from console.expenses.optimising import PoolOffer
from console.expenses.rated import Held, Month, Product, Usage, product
from console.expenses.rating import rate_month
from console.plans.catalogue import products

PART = "A month computed, and the cheapest plans"
MANY, COMPANY, TIMES = 50_000, 1_000, 3
MONTHS = ["2026-08", "2026-09", "2026-10"]
CODES = ("QQT5G059", "QQT5G089", "QQT5G129", "JT5G069", "SZX029")
SINCE = date(2026, 1, 1)


def figures() -> Iterator[Found]:
    sold = {row["code"]: product(row) for row in products()}
    months = [_month(number, sold) for number in range(MANY)]
    spent, charges = _spent(lambda: sum(len(rate_month(month).charges) for month in months))
    floor, _rows = _spent(_reading(months))
    yield Figure(
        PART, f"{MANY:,} lines rated", spent, "CPU s", "SQLite, the same rows read", floor,
        f"{MANY / spent:,.0f} lines/s, {charges:,} charges",
    )  # fmt: skip
    yield from _advice(sold)


def _advice(sold: dict[str, Product]) -> Iterator[Found]:
    main = [one for one in sold.values() if one.kind == "MAIN"]
    subjects = [_subject(number, sold, main) for number in range(COMPANY)]
    rated, options = _spent(
        lambda: {one.line: advising.options(one, MONTHS, {}, sold["POOL_MEMBER"]) for one in subjects}, 1
    )
    pools = [
        PoolOffer(one.code, one.fee_fen, one.data_mb * KB_OF_A_MB, one.gigabyte_fen or 0)
        for one in sold.values()
        if one.kind == "POOL"
    ]
    least = {"JT5G049": 20, "JT5G069": 20, "JT5G099": 20}
    optimising.optimise({}, {})
    solved, best = _spent(lambda: optimising.optimise(options, least, pools), 1)
    yield Figure(
        PART, f"{COMPANY:,} lines on {len(main)} plans, with pools", rated + solved, "CPU s", "rating alone", rated,
        f"solver {solved:.2f} s, {len(best.members)} in a pool, {'proven' if best.proven else 'not proven'}",
    )  # fmt: skip


def _month(number: int, sold: dict[str, Product]) -> Month:
    dice = random.Random(number)
    used = Usage(dice.randrange(600), 0, dice.randrange(50), Data(dice.randrange(60 * KB_OF_A_GB)))
    held = [Held(sold[CODES[number % len(CODES)]], SINCE), Held(sold["VNET_BASIC"], SINCE)]
    return Month("2026-10", held, used)


def _subject(number: int, sold: dict[str, Product], main: list[Product]) -> Subject:
    used = _month(number, sold).usage
    much = [replace(used, data=Data(used.data.general_kb * part // 10)) for part in (8, 10, 12)]
    may = [one for one in main if not one.code.startswith("DGDD")]
    return Subject(number, sold[CODES[number % len(CODES)]], (), dict(zip(MONTHS, much, strict=True)), may)


def _reading(months: list[Month]) -> Callable[[], int]:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE used (line, period, minutes, onnet, messages, kb, directed)")
    database.execute("CREATE TABLE had (line, since, plan, products, state)")
    database.executemany(
        "INSERT INTO used VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (line, one.period, one.usage.minutes, 0, one.usage.messages, one.usage.data.general_kb, "{}")
            for line, one in enumerate(months)
        ],
    )
    database.executemany(
        "INSERT INTO had VALUES (?, ?, ?, ?, ?)",
        [(line, "2026-01-01", line % 5, json.dumps(["VNET_BASIC"]), "active") for line in range(len(months))],
    )
    return lambda: sum(
        len(database.execute(f"SELECT * FROM {table} ORDER BY line").fetchall()) for table in ("used", "had")
    )


def _spent(work: Callable[[], Any], times: int = TIMES) -> tuple[float, Any]:
    """(CPU seconds, the middle of several; what came of it)."""
    found, result = [], None
    for _ in range(times):
        started = time.process_time()
        result = work()
        found.append(time.process_time() - started)
    return sorted(found)[len(found) // 2], result
