"""One figure beside its floor, and the page on which all of them stand."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

HEADINGS = ["figure", "value", "floor or peer", "ratio", ""]


@dataclass(frozen=True)
class Figure:
    """`beside` is what it is held against, `floor` its value in the same unit; without one there is no ratio."""

    part: str
    name: str
    value: float
    unit: str
    beside: str = ""
    floor: float | None = None
    remark: str = ""

    @property
    def ratio(self) -> str:
        return f"{self.value / self.floor:.2f}" if self.floor else ""

    def told(self) -> list[str]:
        floor = f"{self.beside}: {plain(self.floor, self.unit)}" if self.floor else ""
        return [self.name, plain(self.value, self.unit), floor, self.ratio, self.remark]

    def row(self) -> dict[str, Any]:
        return asdict(self)


def plain(value: float, unit: str) -> str:
    digits = 3 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f} {unit}"


@dataclass(frozen=True)
class Grid:
    """Things beside each other that one figure a line does not show, such as the same work at several sizes."""

    part: str
    headings: list[str]
    lines: list[list[str]]
    remark: str = ""

    def row(self) -> dict[str, Any]:
        return asdict(self)


Found = Figure | Grid


def of_row(row: dict[str, Any]) -> Found:
    return Grid(**row) if "lines" in row else Figure(**row)


def sections(found: Iterable[Found]) -> list[tuple[str, str]]:
    """(heading, Markdown): the figures of one part are one table, wherever they were measured."""
    parts: dict[str, list[Found]] = {}
    for one in found:
        parts.setdefault(one.part, []).append(one)
    told = []
    for part, things in parts.items():
        figures = [one.told() for one in things if isinstance(one, Figure)]
        tables = [_table(HEADINGS, figures, "lrlrl")] if figures else []
        for grid in things:
            if isinstance(grid, Grid):
                tables.append(_table(grid.headings, grid.lines, "l" + "r" * len(grid.headings)))
                tables += [grid.remark] if grid.remark else []
        told.append((part, "\n\n".join(tables)))
    return told


def _table(headings: list[str], lines: list[list[str]], sides: str) -> str:
    rules = ["---:" if side == "r" else "---" for side in sides[: len(headings)]]
    return "\n".join("| " + " | ".join(line) + " |" for line in (headings, rules, *lines))
