"""A measured figure beside its bar, and the one table they are printed in."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from statistics import median, quantiles

import msgspec

_HOLDS = {"≥": operator.ge, "≤": operator.le}


class Figure(msgspec.Struct, frozen=True):
    """One line of the table. `sense` says on which side of the bar the figure must lie; `note` says what it is made
    of."""

    name: str
    storage: str
    value: float
    sense: str
    bar: float
    unit: str = ""
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bar is met."""
        return bool(_HOLDS[self.sense](self.value, self.bar))


def table(figures: Sequence[Figure]) -> str:
    """All figures as aligned text, `short` where a bar is missed."""
    cells = [("figure", "storage", "measured", "bar", "", "made of")]
    cells += [
        (
            figure.name,
            figure.storage,
            f"{_short(figure.value)} {figure.unit}".strip(),
            f"{figure.sense} {_short(figure.bar)}",
            "ok" if figure.holds else "SHORT",
            figure.note,
        )
        for figure in figures
    ]
    widths = [max(len(row[place]) for row in cells) for place in range(5)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]]).rstrip()
        for row in cells
    )


def percentiles(values: Iterable[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    known = sorted(values)
    return median(known), quantiles(known, n=100, method="inclusive")[98] if len(known) > 1 else known[0]


def _short(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
