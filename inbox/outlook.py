"""Which promises the next hour will miss (N26): the open work in its order, who is there, how long such work takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from inbox.cohort_shape import base
from inbox.store import board as store
from inbox.store.database import Reading
from slas.forecast import Miss, Person, Takes, Waiting, answers, learn, misses

#: What was answered in this time tells how long work takes; the newest of it is enough.
MEMORY, CASES = timedelta(days=14), 2_000
#: Promises that an answer keeps. A resolution is due in days, and no hour tells of it.
ANSWERED = frozenset({"read", "first_response", "next_response", "callback"})


class Expected(msgspec.Struct, frozen=True):
    """A conversation that will miss its deadline: `answer_at` None when nobody is available; `ahead` others come first,
    shared by `people`, `takes` seconds is usual for its kind."""

    id: int
    team: str
    owner_id: int | None
    due_at: datetime
    answer_at: datetime | None
    ahead: int
    people: int
    takes: float


def expected(reading: Reading, marks: Sequence[Any], people: Iterable[Person]) -> tuple[Expected, ...]:
    """Of open work with a deadline (rows of `store.marks`), what will be late within the hour, due first."""
    owed = {row.id: row for row in marks if row.due_metric in ANSWERED}
    if not any(row.due_at > reading.now for row in owed.values()):
        return ()
    takes = _takes(reading)
    waiting = [_waiting(row, takes, reading.now) for row in owed.values()]
    return tuple(_expected(owed[miss.id], miss, reading.now) for miss in misses(waiting, list(people)))


def places(reading: Reading, owed: Sequence[Any], people: Iterable[Person]) -> dict[int, Miss]:
    """Where each piece of open work stands and when its answer may be expected, by conversation; rows as for
    `expected`."""
    takes = _takes(reading)
    waiting = [_waiting(row, takes, reading.now) for row in owed if row.due_metric in ANSWERED]
    return {one.id: one for one in answers(waiting, list(people))}


def _takes(reading: Reading) -> Takes:
    found = store.worked(reading, since=reading.now - MEMORY, limit=CASES)
    return learn((base(row.reason), row.channel, (row.answered_at - row.opened_at).total_seconds()) for row in found)


def _waiting(row: Any, takes: Takes, now: datetime) -> Waiting:
    due = (row.due_at - now).total_seconds()
    usual = takes.of(base(row.reason), row.channel)
    return Waiting(row.id, row.team, row.owner_id, (row.priority, due, row.id), due, usual)


def _expected(row: Any, miss: Miss, now: datetime) -> Expected:
    answer = None if miss.answer is None else now + timedelta(seconds=miss.answer)
    return Expected(row.id, row.team, row.owner_id, row.due_at, answer, miss.ahead, miss.people, miss.takes)
