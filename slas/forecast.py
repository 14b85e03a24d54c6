"""Which promises will be missed in the next hour: the queue in order, who is there, how long such work takes.

Plain numbers in and out, seconds from now. Refuses to forecast what is late already: that is no forecast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import TypeVar

import msgspec

Kind = TypeVar("Kind")

HORIZON = 3600.0
#: What a conversation takes while nothing is known about its kind, and the least and most that is believed.
USUAL, LEAST, MOST = 300.0, 60.0, 1800.0
#: More urgent work will come in between: what is expected takes so many times as long. Chosen on made-up days, judged
#: on others (tests).
STRETCH = 1.25
#: Fewer cases than this say nothing about their kind.
ENOUGH = 5


class Waiting(msgspec.Struct, frozen=True):
    """Open work that owes an answer. `due` and `order` (what sorts before it in its queue) are plain numbers; `owner`
    None waits for anybody of the team; `takes` seconds of work."""

    id: int
    team: str
    owner: int | None
    order: tuple[float, ...]
    due: float
    takes: float


class Person(msgspec.Struct, frozen=True):
    """Someone available; `teams` whose unowned work they take."""

    id: int
    teams: frozenset[str]


class Miss(msgspec.Struct, frozen=True):
    """A promise that will be missed. `answer` seconds from now, None when nobody is there to give one; `ahead` pieces
    of work come first, shared by `people`, and it `takes` so many seconds itself."""

    id: int
    due: float
    answer: float | None
    ahead: int
    people: int
    takes: float


class Takes(msgspec.Struct, frozen=True):
    """Median seconds of work by (reason, channel), by channel and in all."""

    kinds: Mapping[tuple[str, str], float]
    channels: Mapping[str, float]
    all: float = USUAL

    def of(self, reason: str, channel: str) -> float:
        """The closest kind that enough cases speak for."""
        return self.kinds.get((reason, channel), self.channels.get(channel, self.all))


def learn(worked: Iterable[tuple[str, str, float]]) -> Takes:
    """From (reason, channel, seconds) of work that is done: medians, each within what is believed."""
    kinds: dict[tuple[str, str], list[float]] = {}
    channels: dict[str, list[float]] = {}
    every: list[float] = []
    for reason, channel, seconds in worked:
        for some in (kinds.setdefault((reason, channel), []), channels.setdefault(channel, []), every):
            some.append(seconds)
    return Takes(_medians(kinds), _medians(channels), _medians({"": every}).get("", USUAL))


def misses(waiting: Sequence[Waiting], people: Sequence[Person], *, horizon: float = HORIZON) -> tuple[Miss, ...]:
    """What will be missed within `horizon`, due first. Each person does one thing after the other: their own work and
    that of their teams, in its order."""
    found = [miss for miss in _play(waiting, people) if 0 < miss.due <= horizon and _too_late(miss)]
    return tuple(sorted(found, key=lambda miss: (miss.due, miss.id)))


def answers(waiting: Sequence[Waiting], people: Sequence[Person]) -> tuple[Miss, ...]:
    """When each may expect its answer, missed or not."""
    return tuple(_play(waiting, people))


def _too_late(miss: Miss) -> bool:
    return miss.answer is None or miss.answer > miss.due


def _play(waiting: Sequence[Waiting], people: Sequence[Person]) -> Iterable[Miss]:
    """Hands the work out in its order, always to whoever of those who may is free first."""
    free = {person.id: 0.0 for person in people}
    teams: dict[str, list[int]] = {}
    for person in people:
        for team in person.teams:
            teams.setdefault(team, []).append(person.id)
    done: dict[object, int] = {}
    for work in sorted(waiting, key=lambda one: one.order):
        alone = work.owner is not None and work.owner in free
        able = [work.owner] if alone and work.owner is not None else teams.get(work.team, [])
        place: object = work.owner if alone else work.team
        ahead = done.get(place, 0)
        done[place] = ahead + 1
        if not able:
            yield Miss(work.id, work.due, None, ahead, 0, work.takes)
            continue
        who = min(able, key=lambda one: (free[one], one))
        free[who] += work.takes
        yield Miss(work.id, work.due, free[who] * STRETCH, ahead, len(able), work.takes)


def _medians(groups: Mapping[Kind, list[float]]) -> dict[Kind, float]:
    known = {kind: median(seconds) for kind, seconds in groups.items() if len(seconds) >= ENOUGH}
    return {kind: min(max(seconds, LEAST), MOST) for kind, seconds in known.items()}
