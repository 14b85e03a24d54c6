"""Geometry of the charts: numbers in, SVG coordinates out. No colours, no words, no library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ui import moments


class Plot(msgspec.Struct, frozen=True):
    """An area of `width` × `height` user units with room for the axes; `top` is the value at the upper edge."""

    width: int
    height: int
    count: int
    top: float
    left: int = 40
    foot: int = 24
    head: int = 10

    def x(self, index: float) -> float:
        """The middle of slot `index`."""
        return round(self.left + (index + 0.5) * self.slot, 1)

    def y(self, value: float) -> float:
        """The height of a value, which is cut at the upper edge."""
        room = self.height - self.head - self.foot
        return round(self.head + room * (1 - min(value, self.top) / self.top), 1)

    @property
    def slot(self) -> float:
        """The width of one slot."""
        return (self.width - self.left - 8) / max(1, self.count)

    @property
    def ticks(self) -> list[float]:
        """Three or four round values from zero to the upper edge."""
        step = self.top / (4 if self.top % 4 == 0 else 3)
        return [step * index for index in range(round(self.top / step) + 1)]


def plot(values: Iterable[float | None], *, width: int, height: int, count: int) -> Plot:
    """A plot with `count` slots and a round upper edge at or above the largest value."""
    return Plot(width, height, count, ceiling(max((value for value in values if value is not None), default=0)))


def ceiling(value: float) -> float:
    """The next of 4, 6, 8, 12, 16, 20, 40, 60 … that holds `value`."""
    power = 1.0
    while True:
        for base in (4, 6, 8, 12, 16, 20, 28):
            if base * power >= value:
                return base * power
        power *= 10


def line(plot: Plot, values: Sequence[float | None]) -> str:
    """Path data through the values; None breaks the line, and a lone value is a dot."""
    pieces: list[str] = []
    pen_down = False
    for index, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        pieces.append(f"{'L' if pen_down else 'M'}{plot.x(index)} {plot.y(value)}" + ("" if pen_down else "h0"))
        pen_down = True
    return "".join(pieces)


def minutes(seconds: Iterable[float | None]) -> list[float | None]:
    """Seconds as minutes, gaps kept."""
    return [None if value is None else value / 60 for value in seconds]


def places(marks: Iterable[Any], now: datetime) -> list[tuple[float, bool]]:
    """Where each `inbox.board.Mark` stands and whether it is drawn large."""
    return [(moments.runway(mark.due_at, now), mark.state in ("late", "risk")) for mark in marks]


def spread(offsets: Sequence[tuple[float, bool]], *, width: float = 740.0) -> list[int]:
    """Vertical shifts for marks at `offsets` (percent along the lane, whether large), so that they rarely overlap."""
    placed: list[tuple[float, int, float]] = []
    shifts: list[int] = []
    for percent, large in offsets:
        x, radius = percent / 100 * width, 12.0 if large else 4.5
        shift = next((dy for dy in _SHIFTS if all(_apart(x, dy, radius, other) for other in placed)), 0)
        placed.append((x, shift, radius))
        shifts.append(shift)
    return shifts


_SHIFTS = (0, -12, 12, -22, 22, -6, 6, -17, 17)


def _apart(x: float, dy: int, radius: float, other: tuple[float, int, float]) -> bool:
    return bool((x - other[0]) ** 2 + (dy - other[1]) ** 2 >= (radius + other[2] + 1.6) ** 2)
