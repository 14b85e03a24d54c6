"""Where moments fall on the clinic's calendar: its days or weeks, its weekdays and hours. Knows zones, no database."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

Thing = TypeVar("Thing")
#: No zone's offset changes within a quarter of an hour, so one answer serves all its moments.
QUARTER = 900_000_000


class Places:
    """The local days of [since, until) up to `now`, or its weeks when there are more than `daily` of them."""

    def __init__(self, since: datetime, until: datetime, now: datetime, zone: ZoneInfo, daily: int) -> None:
        first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        self._zone, self._first = zone, first
        self._today = now.astimezone(zone).date()
        self._last = min(last, self._today + timedelta(days=1))
        length = (last - first).days
        self.step = 1 if length <= daily else 7
        self.days = tuple(first + timedelta(days=place) for place in range(0, length, self.step))
        self.days = tuple(day for day in self.days if day <= self._today)
        self._known: dict[int, tuple[date, int, int]] = {}
        ends = (*self.days, self.days[-1] + timedelta(days=self.step)) if self.days else ()
        self._bounds = [int(datetime.combine(day, time(), zone).timestamp()) * 1_000_000 for day in ends]

    def split(self, things: Sequence[Thing], at: Callable[[Thing], int]) -> list[list[Thing]]:
        """The things of each slot, in the order of time; those outside are left out."""
        ordered = sorted(things, key=at)
        moments = list(map(at, ordered))
        edges = [bisect_left(moments, bound) for bound in self._bounds]
        return [ordered[first:last] for first, last in pairwise(edges)]

    def hour(self, at: int) -> tuple[int, int]:
        """Weekday (0 is Monday) and hour."""
        return self._local(at // QUARTER)[1:]

    def weekdays(self) -> list[int]:
        """How often each weekday is among the days so far."""
        counts = [0] * 7
        for place in range((self._last - self._first).days):
            counts[(self._first + timedelta(days=place)).weekday()] += 1
        return counts

    def is_partial(self, place: int) -> bool:
        """Whether the slot still runs, or is cut short."""
        return self.days[place] + timedelta(days=self.step) > self._last or self._runs(place)

    def _runs(self, place: int) -> bool:
        return self.days[place] <= self._today < self.days[place] + timedelta(days=self.step)

    def _local(self, quarter: int) -> tuple[date, int, int]:
        found = self._known.get(quarter)
        if found is None:
            local = datetime.fromtimestamp(quarter * 900, UTC).astimezone(self._zone)
            found = self._known[quarter] = (local.date(), local.weekday(), local.hour)
        return found
