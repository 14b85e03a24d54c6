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


def apart(upper: float, lower: float, *, gap: float = 14, top: float = 12) -> tuple[float, float]:
    """The heights of two labels, moved so that their words do not meet: the upper gives way, but never above `top`."""
    upper = max(top, min(upper, lower - gap))
    return round(upper, 1), round(max(lower, upper + gap), 1)


def places(marks: Iterable[Any], now: datetime) -> list[tuple[float, bool]]:
    """Where each `inbox.board_shape.Mark` stands and whether it is drawn large."""
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


def scale(seconds: Iterable[float | None]) -> tuple[float, str]:
    """What to divide seconds by, and the unit's letter: minutes, or hours where most of three and more of them."""
    most = max((value for value in seconds if value is not None), default=0)
    return (3600.0, "h") if most > 3 * 3600 else (60.0, "m")


def divided(values: Iterable[float | None], by: float) -> list[float | None]:
    """Values in another unit, gaps kept."""
    return [None if value is None else value / by for value in values]


def area(plot: Plot, upper: Sequence[float | None], lower: Sequence[float | None]) -> str:
    """Path data of the room between two lines, in one piece for each stretch without gaps."""
    pieces: list[str] = []
    for stretch in _stretches(upper, lower):
        there = [f"{plot.x(place)} {plot.y(upper[place] or 0)}" for place in stretch]
        back = [f"{plot.x(place)} {plot.y(lower[place] or 0)}" for place in reversed(stretch)]
        pieces.append("M" + "L".join(there + back) + "Z")
    return "".join(pieces)


def _stretches(upper: Sequence[float | None], lower: Sequence[float | None]) -> list[list[int]]:
    found: list[list[int]] = [[]]
    for place, (one, other) in enumerate(zip(upper, lower, strict=True)):
        if one is None or other is None:
            found.append([])
        else:
            found[-1].append(place)
    return [stretch for stretch in found if len(stretch) > 1]


def spark(values: Sequence[float | None], *, width: float = 94.0, height: float = 22.0) -> tuple[str, str, str]:
    """A trend without axes: path data of its line, of the area under it, and "x y" of its last point; "" for fewer
    than two values."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return "", "", ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    step, room = width / max(1, len(values) - 1), (high - low) or 1
    points = [f"{place * step + 1:.1f} {2 + height * (1 - (value - low) / room):.1f}" for place, value in known]
    path = "M" + "L".join(points)
    return path, f"{path}L{points[-1].split()[0]} {height + 4:.0f}L{points[0].split()[0]} {height + 4:.0f}Z", points[-1]


def slot_of(days: Sequence[Any], day: str) -> int | None:
    """Which of `days` (each `on` a date) an ISO day falls in; None before the first and without any."""
    found = [place for place, one in enumerate(days) if one.on.isoformat() <= day]
    return found[-1] if found else None
