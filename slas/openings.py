"""Open hours of a period laid out once, so that the open seconds of many waits cost a look-up each.

Equal to `slas.hours.elapsed` to the second, which a test holds.
"""

from __future__ import annotations

from bisect import bisect_right

from slas.hours import SECOND, Calendar, spans


class Openings:
    """The opening hours of [since, until), microseconds since the epoch. Moments outside count as its edges."""

    def __init__(self, calendar: Calendar, since: int, until: int) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._before: list[int] = []
        total = 0
        for opens, closes in spans(calendar, since, until):
            self._starts.append(opens)
            self._ends.append(closes)
            self._before.append(total)
            total += closes - opens

    def seconds(self, start: int, end: int) -> int:
        """Open seconds from `start` to `end`, rounded half up; 0 when the end is not later."""
        return max(0, self._until(end) - self._until(start) + SECOND // 2) // SECOND

    def _until(self, at: int) -> int:
        place = bisect_right(self._starts, at) - 1
        return 0 if place < 0 else self._before[place] + min(at, self._ends[place]) - self._starts[place]
