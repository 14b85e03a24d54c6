"""What changed promises would have meant for the requests of the last days, before anybody publishes them: how many
would have been answered late, or wait too long now. Leaves resolution out: it stands still while the patient owes the
next word, and its past pauses belong to the policy under which they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from inbox.actors import Actor
from inbox.cohort import micros
from inbox.effect import in_sight
from inbox.practice import Practice, calendar_of, policies_of
from inbox.store import policy as store
from inbox.store.database import Reading
from slas.hours import EPOCH, SECOND, Calendar
from slas.openings import Openings
from slas.policies import Policy, Target, choose, due

DAYS = timedelta(days=30)
#: No promise that still runs began longer ago than this.
LONGEST = timedelta(days=400)
#: So many that would be late are looked up, and so many named; all are counted.
MOST, LISTED = 500, 20


class Late(msgspec.Struct, frozen=True):
    """Of `total` conversations those late by the promises in force and by the proposed ones. `newly`: the newest that
    only the proposed ones make late, of those in sight."""

    total: int
    before: int
    after: int
    newly: tuple[int, ...] = ()


class Effect(msgspec.Struct, frozen=True):
    """Conversations opened in the last 30 days, and those open now whenever they began."""

    recent: Late
    open: Late


def effect(reading: Reading, clinic: Practice, proposed: Sequence[Policy], *, actor: Actor) -> Effect:
    """Both judged by the same rule from when each promise began, so that they differ by the change alone."""
    since = reading.now - DAYS
    promises = store.promised(reading, since)
    openings = Openings(calendar_of(clinic), micros(reading.now - LONGEST), micros(reading.now))
    before, after = (
        _late(promises, _Judge(policies, calendar_of(clinic), openings), micros(reading.now))
        for policies in (policies_of(clinic), proposed)
    )
    recent = {row.conversation_id for row in promises if row.opened_at >= micros(since)}
    still = {row.conversation_id for row in promises if row.state != "closed"}
    seen = in_sight(reading, actor, sorted(after - before, reverse=True)[:MOST])

    def late(some: set[int]) -> Late:
        newly = tuple(sorted(some & (after - before) & seen, reverse=True)[:LISTED])
        return Late(len(some), len(some & before), len(some & after), newly)

    return Effect(late(recent), late(still))


def _late(promises: Sequence[Any], judge: _Judge, now: int) -> set[int]:
    return {row.conversation_id for row in promises if judge.is_late(row, _end(row, now))}


def _end(row: Any, now: int) -> int:
    """When the patient's wait ended; `now` while it runs."""
    ended = [at for at in (row.met_at, row.stopped_at) if at is not None]
    return min(ended, default=now)


class _Judge:
    """Whether a wait was longer than these policies allow it."""

    def __init__(self, policies: Sequence[Policy], calendar: Calendar, openings: Openings) -> None:
        self._policies, self._calendar, self._openings = policies, calendar, openings
        self._targets: dict[tuple[Any, ...], Target | None] = {}

    def is_late(self, row: Any, end: int) -> bool:
        target = self._target(row)
        if target is None:
            return False
        if target.business_days:
            return end > micros(due(target, self._calendar, EPOCH + timedelta(microseconds=row.started_at)))
        took: Callable[[int, int], int] = self._openings.seconds if target.calendar == "hours" else _wall
        return took(row.started_at, end) > target.seconds

    def _target(self, row: Any) -> Target | None:
        key = (row.metric, row.reason, row.priority, row.channel)
        if key not in self._targets:
            chosen = choose(self._policies, reason=row.reason, priority=row.priority, channel=row.channel)
            self._targets[key] = chosen.target(row.metric)
        return self._targets[key]


def _wall(start: int, end: int) -> int:
    return (end - start) // SECOND
