"""Where the bars of a chart stand: numbers in, rectangles out; the template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 430.0, 34.0, 424.0, 22.0, 220.0
GAP = 1.0
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    part: int


@dataclass(frozen=True)
class Column:
    """One month: its bars from below, where its label and its sum are written."""

    bars: list[Bar]
    middle: float
    top: float


@dataclass(frozen=True)
class Chart:
    columns: list[Column]
    grid: list[tuple[float, float]]
    """(y, value) of each line of the grid; the first one is the axis."""


def stacked(values: Sequence[Sequence[int]]) -> Chart:
    """One column for each inner sequence, its parts one above the other; what is negative has no bar."""
    highest = max((sum(max(part, 0) for part in parts) for parts in values), default=0)
    step = _step(highest / 5 if highest > 0 else 1.0)
    top = step * -(-max(highest, 1) // step)
    scale = (BOTTOM - TOP) / top
    slot = (RIGHT - LEFT) / max(len(values), 1)
    width = min(slot * 0.56, 40.0)
    columns = []
    for place, parts in enumerate(values):
        x, y, bars = LEFT + slot * (place + 0.5) - width / 2, BOTTOM, []
        for part, value in enumerate(parts):
            height = max(value, 0) * scale
            if height > 0:
                y -= height
                bars.append(
                    Bar(round(x, 1), round(y, 1), round(width, 1), round(max(height - GAP, 0.5), 1), part)
                )
        columns.append(Column(bars, round(x + width / 2, 1), round(y, 1)))
    lines = round(top / step)
    return Chart(columns, [(round(BOTTOM - i * step * scale, 1), i * step) for i in range(lines + 1)])


def _step(least: float) -> float:
    """The next round number: 1, 2, 2.5 or 5 with noughts."""
    power = 1.0
    while power * 10 <= least:
        power *= 10
    return next(power * one for one in STEPS if power * one >= least)
