"""Whether a figure really changed against the same length before, or only wavers as figures do.

Two-sided tests at five percent, normal approximations: Mann-Whitney for waits (Annals of Mathematical Statistics 1947,
18:50), two proportions for shares. Refuses to judge fewer than 20 cases on either side.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from math import erfc, sqrt

#: Fewer cases than this are no ground for a judgement.
ENOUGH = 20
#: A difference that chance brings more often than this is none.
CHANCE = 0.05


def waits_differ(now: Sequence[float], before: Sequence[float]) -> bool | None:
    """Whether one set of waits tends to be longer (Mann-Whitney, ties averaged); None for too few cases. Waits that
    still run enter with the time they have run."""
    if min(len(now), len(before)) < ENOUGH:
        return None
    ranks, ties = _ranks(now, before)
    n, m = len(now), len(before)
    both = n + m
    spread = n * m / 12 * ((both + 1) - ties / (both * (both - 1)))
    if spread <= 0:
        return False
    return chance((ranks - n * (both + 1) / 2) / sqrt(spread)) < CHANCE


def shares_differ(now: tuple[int, int], before: tuple[int, int]) -> bool | None:
    """Whether two shares (part, whole) differ (pooled z); None for too few cases."""
    (part, whole), (old_part, old_whole) = now, before
    if min(whole, old_whole) < ENOUGH:
        return None
    pooled = (part + old_part) / (whole + old_whole)
    spread = pooled * (1 - pooled) * (1 / whole + 1 / old_whole)
    return spread > 0 and chance((part / whole - old_part / old_whole) / sqrt(spread)) < CHANCE


def counts_differ(now: int, before: int) -> bool | None:
    """Whether two counts over the same length differ by more than arrivals by chance do (their difference against
    the root of their sum); None for too few cases."""
    if now + before < 2 * ENOUGH:
        return None
    return chance((now - before) / sqrt(now + before)) < CHANCE


def chance(z: float) -> float:
    """How often chance alone brings a standard normal value as far out, on either side."""
    return erfc(abs(z) / sqrt(2))


def _ranks(now: Sequence[float], before: Sequence[float]) -> tuple[float, int]:
    """The sum of the ranks of `now` among both, ties sharing the middle one; and the sum of t³ − t over ties of t."""
    every = sorted([*now, *before])
    total = sum(bisect_left(every, value) + bisect_right(every, value) + 1 for value in now) / 2
    return total, sum(size**3 - size for size in Counter(every).values())
