"""What is not well around the work itself: channels that fell silent, arrivals nobody understands yet, dead jobs."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from inbox.actors import Actor
from inbox.store import board as store
from inbox.store import jobs, quarantine
from inbox.store.database import Reading

#: A channel is silent when the last two hours brought nothing where the same hours of the last four such weekdays
#: brought four on average: by chance that happens twice in a hundred.
WINDOW, WEEKS, USUAL = timedelta(hours=2), 4, 4.0


class Silent(msgspec.Struct, frozen=True):
    """A channel that brought nothing for two hours; `usual` messages in such hours."""

    channel: str
    usual: float


class Signals(msgspec.Struct, frozen=True):
    """Arrivals in quarantine, jobs given up, silent channels, and for how many seconds the oldest arrival waits to be
    understood: so old is what the board shows."""

    quarantined: int = 0
    dead_jobs: int = 0
    silent: tuple[Silent, ...] = ()
    behind_seconds: int = 0


def signals(reading: Reading, *, actor: Actor) -> Signals:
    """As of now."""
    return Signals(quarantine.count(reading, actor), store.dead_jobs(reading), silent(reading), _behind(reading))


def silent(reading: Reading) -> tuple[Silent, ...]:
    """The channels that brought nothing for two hours, though they usually do at this hour of the week."""
    ends = [reading.now - week * timedelta(weeks=1) for week in range(WEEKS + 1)]
    found = store.received(reading, [(end - WINDOW, end) for end in ends])
    usual = ((row.channel, (row.n - row.now) / WEEKS) for row in found if not row.now)
    return tuple(Silent(channel, round(mean, 1)) for channel, mean in sorted(usual) if mean >= USUAL)


def _behind(reading: Reading) -> int:
    oldest = jobs.oldest_due(reading, "inbound")
    return 0 if oldest is None else max(0, int((reading.now - oldest).total_seconds()))
