"""How often one stranger may knock: counts kept in this process, forgotten when it ends. Times are monotonic seconds.

Refuses by answering seconds to wait; what to tell the person is the door's own matter.
"""

from __future__ import annotations

from collections import deque

#: Above this many strangers, those who have been quiet for a whole window are forgotten.
MOST_KEYS = 10_000


class Window:
    """At most `count` acts in any `seconds`, for each key."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count, self._seconds = count, seconds
        self._acts: dict[str, deque[float]] = {}

    def wait(self, key: str, now: float) -> float:
        """0 and the act is counted, or the seconds until the next one is allowed."""
        acts = self._acts.setdefault(key, deque())
        while acts and acts[0] <= now - self._seconds:
            acts.popleft()
        if len(acts) >= self._count:
            return acts[0] + self._seconds - now
        acts.append(now)
        if len(self._acts) > MOST_KEYS:
            self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        self._acts = {key: acts for key, acts in self._acts.items() if acts and acts[-1] > now - self._seconds}


class Buckets:
    """For each key `burst` acts at once, then `rate` a second."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, burst
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, key: str, now: float) -> float:
        """0 and the act is counted, or the seconds until the next one is allowed."""
        left = self._full(key, now)
        if left < 1:
            return (1 - left) / self._rate
        self._left[key] = (left - 1, now)
        if len(self._left) > MOST_KEYS:
            self._left = {key: kept for key, kept in self._left.items() if self._full(key, now) < self._burst}
        return 0.0

    def _full(self, key: str, now: float) -> float:
        left, at = self._left.get(key, (float(self._burst), now))
        return min(float(self._burst), left + (now - at) * self._rate)


class Seats:
    """At most `count` at the same time, for each key."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken: dict[str, int] = {}

    def take(self, key: str) -> bool:
        """Whether there was room; then `leave` gives the seat back."""
        if self._taken.get(key, 0) >= self._count:
            return False
        self._taken[key] = self._taken.get(key, 0) + 1
        return True

    def leave(self, key: str) -> None:
        """Gives one seat back."""
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]
