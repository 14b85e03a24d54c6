"""Geometry of the charts: numbers in, SVG coordinates out. No colours, no words, no library."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


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


def plot(values: Sequence[float | None], *, width: int = 640, height: int = 196) -> Plot:
    """A plot with a slot per value and a round upper edge at or above the largest."""
    return Plot(width, height, len(values), ceiling(max((value for value in values if value is not None), default=0)))


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
