"""Server time of pages and of mending a cell with a large batch, through the WSGI application, with their SQL."""

import re
from collections.abc import Callable, Iterator
from statistics import quantiles
from typing import Any

from flask import jsonify

from bench import ten_columns, timing
from bench.figures import Figure
from bench.place import Place, place
from bench.repair import checked
from console.bulk import queries
from console.core.db import engine

TIMES = 15
LOOKS = 100
FLOOR = "JSON view"
PLANS = ("QQT5G059", "QQT5G089")


def full_of_problems(count: int) -> Iterator[Figure]:
    """The check page of a batch in which every row is wrong."""
    with place("sqlite", 10) as here:
        pages = Pages(here, f"Check page, {count:,} rows with {count:,} problems, on SQLite")
        batch = checked(here, ten_columns.all_wrong(count).xlsx(), count)
        for name, path in (
            ("first page", ""),
            ("page 100 of the wrong rows", "?tab=wrong&page=100"),
            ("one group of problems", "?tab=wrong&code=E_PHONE_FORMAT"),
        ):
            yield from pages.spread(name, f"/bulk/{batch}/check{path}")


class Pages:
    """Made before the first request: the floor is a page of the same application."""

    def __init__(self, here: Place, part: str) -> None:
        self.here, self.part = here, part
        here.app.add_url_rule("/floor", "floor", lambda: jsonify(ok=True))
        self.client = here.client()
        self.floor, _sent = self._median(lambda: self._get("/floor"))

    def checked(self, batch: int) -> Iterator[Figure]:
        yield self._page("check page", f"/bulk/{batch}/check")
        yield self._page("check page, last page of the ready rows", f"/bulk/{batch}/check?tab=ready&page=199")
        yield self._fixing(batch)

    def ordered(self, batch: int) -> Iterator[Figure]:
        yield self._page("home page", "/")
        yield self._page("batch page", f"/bulk/{batch}")
        yield self._page("progress of the batch page", f"/bulk/{batch}/progress")
        yield self._page("list of batches", "/bulk/")
        yield self._page("list of employees", "/employees/")
        yield self._page("list of lines", "/lines/")

    def spread(self, name: str, path: str) -> Iterator[Figure]:
        self._get(path)
        cuts = quantiles([timing.once(lambda: self._get(path)) for _ in range(LOOKS)], n=100)
        remark = f"p50 {1000 * cuts[49]:.0f} ms, p99 {1000 * cuts[98]:.0f} ms of {LOOKS}"
        yield Figure(self.part, name, 1000 * cuts[49], "ms", FLOOR, 1000 * self.floor, remark)

    def _page(self, name: str, path: str) -> Figure:
        return self._figure(name, lambda: self._get(path))

    def _fixing(self, batch: int) -> Figure:
        """The plan of a row from one to another and back, each time checked, priced and shown again."""
        with self.here.acting():
            row = queries.rows(batch, "ready", 1)[1][0].id
        page = self.client.get(f"/bulk/{batch}/check").get_data(as_text=True)
        found = re.search(r'"X-CSRFToken":\s*"([^"]+)"', page)
        assert found, "the page has no token"
        turns = iter(range(10_000))

        def fix() -> None:
            form = {"plan": PLANS[next(turns) % 2], "csrf_token": found[1]}
            answer = self.client.post(f"/bulk/{batch}/rows/{row}", data=form, headers={"HX-Request": "true"})
            assert answer.status_code == 200, answer.status

        return self._figure("fixing one cell", fix)

    def _get(self, path: str) -> None:
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        answer.get_data()

    def _figure(self, name: str, work: Callable[[], Any]) -> Figure:
        seconds, sent = self._median(work)
        remark = f"{sent} SQL statements"
        return Figure(self.part, name, 1000 * seconds, "ms", FLOOR, 1000 * self.floor, remark)

    def _median(self, work: Callable[[], Any]) -> tuple[float, int]:
        seconds = timing.middle(work, TIMES)
        with timing.statements(engine()) as sent:
            work()
        return seconds, len(sent)
