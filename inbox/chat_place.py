"""Where a chat stands in the line and how long that takes, from the work before it and the people who are there now.
Promises nothing while nobody is.
"""

from __future__ import annotations

import math

import msgspec

from inbox import outlook
from inbox.store import chat as store
from inbox.store.database import Reading
from slas.forecast import Person


class Place(msgspec.Struct, frozen=True):
    """`number` 1 comes next; `minutes` None when nobody is there to answer."""

    number: int
    minutes: int | None


def places(reading: Reading) -> dict[int, Place]:
    """By conversation, of all that wait for an answer."""
    teams: dict[int, set[str]] = {}
    for row in store.there(reading):
        teams.setdefault(row.id, set()).add(row.team)
    people = [Person(one, frozenset(theirs)) for one, theirs in teams.items()]
    found = outlook.places(reading, store.line(reading), people)
    return {one: Place(miss.ahead + 1, _minutes(miss.answer)) for one, miss in found.items()}


def is_attended(reading: Reading) -> bool:
    """Whether anybody is there to answer."""
    return bool(store.there(reading))


def _minutes(seconds: float | None) -> int | None:
    """Rounded up, and above ten to fives: nobody knows it better."""
    if seconds is None:
        return None
    minutes = max(1, math.ceil(seconds / 60))
    return minutes if minutes <= 10 else -(-minutes // 5) * 5
