"""One figure beside its floor, and the page on which all of them stand."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


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


HEADINGS = ["figure", "value", "floor or peer", "ratio", ""]


def table(figures: Iterable[Figure]) -> str:
    lines = [HEADINGS, ["---", "---:", "---", "---:", "---"], *(figure.told() for figure in figures)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def by_part(figures: Iterable[Figure]) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.part, []).append(figure)
    return found
