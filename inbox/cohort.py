"""The conversations a report is about, with what happened to each by a moment: the raw material of every figure.

Times are microseconds since 1970, as stored. Refuses to know what happened after its moment: a period before is
compared as it stood at the same point of its own time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from inbox.actors import Actor
from inbox.store import metrics as store
from inbox.store.database import Reading
from inbox.store.metrics import Asked
from slas.hours import EPOCH, Calendar
from slas.openings import Openings

SECOND = 1_000_000
#: Nothing promised for a first answer runs longer than this, so today's deadlines started within it.
LONGEST_PROMISE = timedelta(days=14)
Pauses = tuple[tuple[int, int], ...]


class Case(msgspec.Struct, frozen=True, gc=False):
    """One conversation and a promise of it (its first response, or its first read); 0 for `who` is nobody known."""

    id: int
    channel: str
    reason: str
    team: str
    location: str | None
    owner_id: int | None
    priority: int
    state: str
    who: int
    opened: int
    closed: int | None
    started: int | None = None
    met: int | None = None
    stopped: int | None = None
    due: int | None = None
    breached: int | None = None


class Ending(msgspec.Struct, frozen=True, gc=False):
    """One closure; `reopened` None while it holds."""

    closed: int
    resolved: bool
    outcome: str
    confirmed: bool
    wall: int
    business: int
    reopened: int | None


class Promised(msgspec.Struct, frozen=True, gc=False):
    """Promises due and missed, and how often the patient wrote again after an answer."""

    due: int
    breached: int
    turns: int


NONE = Promised(0, 0, 0)


class Cohort(msgspec.Struct, frozen=True):
    """Everything the figures ask. `answers` are first-response promises given or due in the span, `closings` closures
    made in it, `backlog` all that is open (known for the present only); the rest is about the conversations opened in
    it. `known` keeps what was computed from them."""

    now: int
    openings: Openings
    cases: tuple[Case, ...]
    answers: tuple[Case, ...]
    reads: tuple[Case, ...]
    closings: tuple[tuple[Case, int], ...]
    backlog: tuple[Case, ...]
    promised: dict[int, Promised]
    endings: dict[int, tuple[Ending, ...]]
    pauses: dict[int, Pauses]
    moved: set[int]
    raised: set[int]
    later: dict[tuple[int, str], list[int]]
    scores: dict[int, list[int]]
    known: dict[str, Any]


def load(reading: Reading, actor: Actor, asked: Asked, calendar: Calendar) -> Cohort:
    """Reads the cohort: a dozen statements, however many conversations."""
    now = micros(asked.now)
    cases = _newest_promise(store.cases(reading, actor, asked))
    return Cohort(
        now=now,
        openings=Openings(calendar, micros(asked.since - LONGEST_PROMISE), now),
        cases=cases,
        answers=answers(reading, actor, asked),
        reads=reads(reading, actor, asked),
        closings=tuple((_case(row[:-1]), row[-1]) for row in store.closed(reading, actor, asked)),
        backlog=tuple(_case(row) for row in store.open_now(reading, actor, asked)) if asked.now == reading.now else (),
        promised={row[0]: _promised(row) for row in store.promises(reading, actor, asked)},
        endings=_endings(store.endings(reading, actor, asked), now),
        pauses=_pauses(store.pauses(reading, actor, asked), now),
        moved=store.moved(reading, actor, asked),
        raised=store.raised(reading, actor, asked),
        later=_later(cases, store.later(reading, asked)),
        scores=_scores(store.scores(reading, actor, asked)),
        known={},
    )


def answers(reading: Reading, actor: Actor, asked: Asked) -> tuple[Case, ...]:
    """First-response promises given or due in the span; board and report count the same ones."""
    found = store.answers(reading, actor, asked, started=asked.since - LONGEST_PROMISE)
    return tuple(_case(row) for row in found)


def reads(reading: Reading, actor: Actor, asked: Asked) -> tuple[Case, ...]:
    """The emergent and urgent ones of the cohort, each with its first read promise."""
    return tuple({row[0]: _case(row) for row in store.reads(reading, actor, asked)}.values())


def _case(row: Any) -> Case:
    return Case(*row)


def _promised(row: Any) -> Promised:
    return Promised(*row[1:])


def base(reason: str) -> str:
    """A reason without its sub-reason."""
    return reason.partition(".")[0]


def micros(at: datetime) -> int:
    """A moment as it is stored."""
    return (at - EPOCH) // timedelta(microseconds=1)


def _newest_promise(found: Iterable[Any]) -> tuple[Case, ...]:
    return tuple({row[0]: _case(row) for row in found}.values())


def _endings(found: Iterable[Any], now: int) -> dict[int, tuple[Ending, ...]]:
    made: dict[int, list[Ending]] = {}
    for row in found:
        conversation, closed, resolved, outcome, confirmation, wall, business, reopened = row
        again = reopened if reopened is not None and reopened <= now else None
        ending = Ending(closed, resolved, outcome, confirmation is not None, wall, business, again)
        made.setdefault(conversation, []).append(ending)
    return {conversation: tuple(several) for conversation, several in made.items()}


def _pauses(found: Iterable[Any], now: int) -> dict[int, Pauses]:
    made: dict[int, list[tuple[int, int]]] = {}
    for conversation, at, kind in found:
        spans = made.setdefault(conversation, [])
        if kind == "pause":
            spans.append((at, now))
        elif spans:
            spans[-1] = (spans[-1][0], at)
    return {conversation: tuple(spans) for conversation, spans in made.items()}


def _later(cases: Sequence[Case], after: Iterable[Any]) -> dict[tuple[int, str], list[int]]:
    """When each person wrote about each thing, in order."""
    made: dict[tuple[int, str], list[int]] = {}
    for case in cases:
        if case.who:
            made.setdefault((case.who, base(case.reason)), []).append(case.opened)
    for reason, who, opened in after:
        if who:
            made.setdefault((who, base(reason)), []).append(opened)
    return made


def _scores(found: Iterable[Any]) -> dict[int, list[int]]:
    made: dict[int, list[int]] = {}
    for conversation, score in found:
        made.setdefault(conversation, []).append(score)
    return made
