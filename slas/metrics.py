"""The arithmetic of the figures, one definition each (domain.md §12), on plain numbers.

Seconds in, seconds out. Refuses to leave open waits out of a quantile: the slowest answers are those still missing.
A figure without cases is None, never 0.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from math import ceil, inf

import msgspec

#: Shorter abandons are mis-dials and leave the offered calls; the exclusion is printed beside the figure.
SHORT_ABANDON_SECONDS = 5.0
REOPEN_WINDOW = timedelta(days=7)


class Quantile(msgspec.Struct, frozen=True):
    """`at_least` marks a lower bound: too many waits are still open to know the value."""

    seconds: float
    at_least: bool = False


class Waits(msgspec.Struct, frozen=True):
    """A set of waits with its number printed beside it."""

    count: int
    still_open: int
    median: Quantile | None
    p90: Quantile | None


class Rate(msgspec.Struct, frozen=True):
    """`part` of `whole`; `excluded` cases were left out of both."""

    part: int
    whole: int
    excluded: int = 0

    @property
    def share(self) -> float | None:
        """0…1, None without cases."""
        return self.part / self.whole if self.whole else None


def percentile(values: Iterable[float], share: float) -> float | None:
    """The nearest-rank percentile, `share` in 0…1: always a value that occurred."""
    ranked = sorted(values)
    return ranked[max(ceil(share * len(ranked)), 1) - 1] if ranked else None


def median(values: Iterable[float]) -> float | None:
    """The nearest-rank median."""
    return percentile(values, 0.5)


def p90(values: Iterable[float]) -> float | None:
    """The nearest-rank 90th percentile."""
    return percentile(values, 0.9)


def quantile(ended: Iterable[float], still_open: Iterable[float], share: float) -> Quantile | None:
    """The quantile of waits of which some still run, by the Kaplan–Meier product limit (JASA 1958, 53:457).

    `still_open` holds how long each open wait has run so far. With none open it is the nearest-rank percentile. When
    the curve does not reach `share` the longest wait seen is a lower bound.
    """
    return quantiles(sorted(ended), sorted(still_open), (share,))[0]


def quantiles(ended: Sequence[float], still_open: Sequence[float], shares: Sequence[float]) -> list[Quantile | None]:
    """Several quantiles of sorted waits; `shares` ascend."""
    if not ended and not still_open:
        return [None for _ in shares]
    found: list[Quantile | None] = []
    for place, following, waiting, at_risk in _stretches(ended, still_open):
        while len(found) < len(shares):
            # so many more must end until no more than this share waits; a hair's breadth is the arithmetic's own
            more = ceil(at_risk * (1 - (1 - shares[len(found)] + 1e-12) / waiting))
            if place + max(more, 1) > following:
                break
            found.append(Quantile(ended[place + max(more, 1) - 1]))
    longest = max(*ended[-1:], *still_open[-1:], 0.0)
    return found + [Quantile(longest, at_least=True)] * (len(shares) - len(found))


def _stretches(ended: Sequence[float], still_open: Sequence[float]) -> Iterator[tuple[int, int, float, int]]:
    """Runs of ended waits that no open one parts, by first place and the place behind: within one the curve falls by
    the same step each time. With the share that waits before it, and how many those are."""
    place, waiting = 0, 1.0
    for gone, one in enumerate([*still_open, inf]):
        following = bisect_right(ended, one)
        if following > place:
            at_risk = len(ended) - place + len(still_open) - gone
            yield place, following, waiting, at_risk
            waiting *= (at_risk - following + place) / at_risk
            place = following


def summarise_waits(ended: Sequence[float], still_open: Sequence[float] = ()) -> Waits:
    """First response, next response, time to read: median and p90, never a mean alone."""
    middle, slow = quantiles(sorted(ended), sorted(still_open), (0.5, 0.9))
    return Waits(count=len(ended) + len(still_open), still_open=len(still_open), median=middle, p90=slow)


def service_level(
    answered: Sequence[float],
    abandoned: Sequence[float],
    *,
    within: float,
    left: int = 0,
    short: float = SHORT_ABANDON_SECONDS,
) -> Rate:
    """Answered within `within` seconds of offered. Abandons up to `short` seconds are excluded, longer ones count, and
    so do those who `left` the queue another way: for voicemail or a call back."""
    offered = len(answered) + left + sum(wait > short for wait in abandoned)
    excluded = len(answered) + left + len(abandoned) - offered
    return Rate(sum(wait <= within for wait in answered), offered, excluded)


def abandonment(kept: int, abandoned: Sequence[float], *, short: float = SHORT_ABANDON_SECONDS) -> Rate:
    """Abandoned after more than `short` seconds, of offered; `kept` were answered, or left for voicemail or a call
    back."""
    lost = sum(wait > short for wait in abandoned)
    return Rate(lost, kept + lost, len(abandoned) - lost)


def mean(values: Sequence[float]) -> float | None:
    """Sum by number: the average speed of answer and the average handle time are defined so."""
    return sum(values) / len(values) if values else None


def covered(spans: Iterable[tuple[int, int]]) -> int:
    """How much time spans (start, end) cover together, each moment once."""
    total, reached = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
