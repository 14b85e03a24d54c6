"""What a figure is: a pick of conversations, each with what it brings, and how they are folded into numbers.

A figure is the fold of its entries and nothing else, so the rows behind it recompute it. Refuses averages alone: waits
are told by median and slowest tenth, those still open counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Literal

import msgspec

from inbox.cohort_shape import Case, Cohort
from slas.metrics import Quantile, Rate, Waits, summarise_waits

Kind = Literal["waits", "share", "mean", "time", "count", "oldest"]
Better = Literal["down", "up", ""]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What one conversation brings to a figure: for waits `seconds` and whether they ended, for shares whether it is
    part. `at` is where it stands in time; `said` tells in words what became of it, where a number does not."""

    case: Case
    at: int
    counts: bool = True
    seconds: float = 0.0
    said: str = ""


class Measure(msgspec.Struct, frozen=True):
    """One definition. `better` says which direction is good; `means` defines it in words; `pick` the cases. A share is
    counted by `rate` where not simply those that count are part of it; a `time` is the entries' seconds of `whole`."""

    name: str
    label: str
    kind: Kind
    better: Better
    means: str
    pick: Callable[[Cohort], list[Entry]]
    rate: Callable[[Sequence[Entry]], Rate] = lambda entries: Rate(*share_of(entries))
    whole: Callable[[Cohort], float | None] = lambda _: None

    def entries(self, cohort: Cohort) -> list[Entry]:
        """What enters the figure, picked once for each cohort."""
        if self.name not in cohort.known:
            cohort.known[self.name] = self.pick(cohort)
        found: list[Entry] = cohort.known[self.name]
        return found


def waits_of(entries: Iterable[Entry]) -> Waits:
    """Median and slowest tenth, the running ones as censored."""
    every = list(entries)
    ended = [entry.seconds for entry in every if entry.counts]
    return summarise_waits(ended, [entry.seconds for entry in every if not entry.counts])


def share_of(entries: Sequence[Entry]) -> tuple[int, int]:
    """Part and whole."""
    return sum(map(_counts, entries)), len(entries)


_counts = attrgetter("counts")


def percent(part: int, whole: int) -> float | None:
    """One decimal, None without cases."""
    return round(100 * part / whole, 1) if whole else None


def seconds_of(found: Quantile | None) -> float | None:
    """The seconds of a quantile, None without cases."""
    return None if found is None else found.seconds
