"""Who is there: each person of the board's queues with their declared state, their load and the room they have left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from inbox import worklist
from inbox.actors import Actor
from inbox.board_shape import Available, Member
from inbox.store import board as store
from inbox.store.database import Reading
from inbox.worklist import teams_of
from routing.assign import WEIGHTS
from slas import forecast

#: What a typical next conversation takes of a person's capacity, in percent.
TYPICAL = WEIGHTS["sms"]


class Person(msgspec.Struct, frozen=True):
    """Someone of the crew: their teams, and what is taken of their capacity in percent of an agent."""

    member: Member
    teams: tuple[str, ...]
    capacity: int
    taken: int

    @property
    def there(self) -> bool:
        return self.member.availability != "off"

    @property
    def available(self) -> bool:
        return self.member.availability == "available"

    @property
    def room(self) -> int:
        return max(self.capacity - self.taken, 0) // TYPICAL if self.available else 0


def crew_of(reading: Reading, actor: Actor) -> list[Person]:
    """Everybody of the queues this person sees."""
    people, loads = store.people(reading, teams_of(actor)), store.loads(reading, actor)
    counted: dict[int, int] = {}
    taken: dict[int, int] = {}
    for row in loads:
        counted[row.owner_id] = counted.get(row.owner_id, 0) + row.n
        taken[row.owner_id] = taken.get(row.owner_id, 0) + row.n * WEIGHTS.get(row.channel, TYPICAL)
    teams: dict[int, list[str]] = {}
    for row in people:
        teams.setdefault(row.id, []).append(row.team)
    once = {row.id: row for row in people}
    return [
        Person(_member(row, counted.get(row.id, 0)), tuple(teams[row.id]), row.capacity, taken.get(row.id, 0))
        for row in once.values()
    ]


def _member(row: Any, load: int) -> Member:
    known = worklist.person(row.id, row.name)
    assert known is not None
    return Member(row.id, row.name, known.initials, row.availability, row.availability_at, load)


def available(crew: Sequence[Person]) -> Available:
    """How many may take more, and how much."""
    free = [one for one in crew if one.available]
    load = sum(one.member.load for one in crew)
    return Available(len(free), sum(one.there for one in crew), load, sum(one.room for one in free))


def free(crew: Sequence[Person]) -> list[forecast.Person]:
    """Who may take more, as the forecast asks for them."""
    return [forecast.Person(one.member.id, frozenset(one.teams)) for one in crew if one.available]
