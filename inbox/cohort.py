"""The conversations a report is about, with what happened to each by a moment: the raw material of every figure.

Times are microseconds since 1970, as stored. Refuses to know what happened after its moment: a period before is
compared as it stood at the same point of its own time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
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
    later: list[tuple[int, str, int]]
    scores: dict[int, list[int]]
    known: dict[str, Any]


def load(reading: Reading, actor: Actor, asked: Asked, calendar: Calendar) -> Cohort:
    """Reads the cohort: a dozen statements, however many conversations."""
    now = micros(asked.now)
    promised = [_case(row) for row in store.cases(reading, actor, asked)]
    cases = tuple({case.id: case for case in promised}.values())
    endings = _endings(store.endings(reading, actor, asked), now)
    return Cohort(
        now=now,
        openings=Openings(calendar, micros(asked.since - LONGEST_PROMISE), now),
        cases=cases,
        answers=(*_answered(promised, asked), *_answers(reading, actor, asked, elsewhere=True)),
        reads=reads(reading, actor, asked),
        closings=(*_closings(cases, endings, asked), *_closed_elsewhere(reading, actor, asked)),
        backlog=tuple(_case(row) for row in store.open_now(reading, actor, asked)) if asked.now == reading.now else (),
        promised={row[0]: _promised(row) for row in store.promises(reading, actor, asked)},
        endings=endings,
        pauses=_pauses(store.pauses(reading, actor, asked), now),
        moved=store.moved(reading, actor, asked),
        raised=store.raised(reading, actor, asked),
        later=_later(cases, store.later(reading, asked)),
        scores=_scores(store.scores(reading, actor, asked)),
        known={},
    )


def answers(reading: Reading, actor: Actor, asked: Asked) -> tuple[Case, ...]:
    """First-response promises given or due in the span; board and report count the same ones."""
    return _answers(reading, actor, asked, elsewhere=False)


def _answers(reading: Reading, actor: Actor, asked: Asked, *, elsewhere: bool) -> tuple[Case, ...]:
    found = store.answers(reading, actor, asked, started=asked.since - LONGEST_PROMISE, elsewhere=elsewhere)
    return tuple(_case(row) for row in found)


def _answered(promised: Sequence[Case], asked: Asked) -> Iterator[Case]:
    """Those of the cohort's own promises that `store.answers` would find; read once, they are not read again."""
    since, until = micros(asked.since), micros(min(asked.until, asked.now))
    started = micros(asked.since - LONGEST_PROMISE)
    for case in promised:
        if case.started is None or case.started < started:
            continue
        if case.met is not None and case.met <= until:
            given = case.met >= since
        else:
            still = case.stopped is None or case.stopped > until
            given = still and case.due is not None and since <= case.due <= until
        if given:
            yield case


def _closings(
    cases: Sequence[Case], endings: dict[int, tuple[Ending, ...]], asked: Asked
) -> Iterator[tuple[Case, int]]:
    since, until = micros(asked.since), micros(asked.until)
    for case in cases:
        for ending in endings.get(case.id, ()):
            if since <= ending.closed < until:
                yield case, ending.closed


def _closed_elsewhere(reading: Reading, actor: Actor, asked: Asked) -> Iterator[tuple[Case, int]]:
    for row in store.closed_elsewhere(reading, actor, asked):
        yield _case(row[:-1]), row[-1]


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


def _endings(found: Iterable[Any], now: int) -> dict[int, tuple[Ending, ...]]:
    return {conversation: tuple(_ending(row, now) for row in rows) for conversation, rows in groupby(found, _first)}


def _ending(row: Any, now: int) -> Ending:
    _, closed, resolved, outcome, confirmation, wall, business, reopened = row
    again = reopened if reopened is not None and reopened <= now else None
    return Ending(closed, resolved, outcome, confirmation is not None, wall, business, again)


_first = itemgetter(0)


def _pauses(found: Iterable[Any], now: int) -> dict[int, Pauses]:
    made: dict[int, list[tuple[int, int]]] = {}
    for conversation, at, kind in found:
        spans = made.setdefault(conversation, [])
        if kind == "pause":
            spans.append((at, now))
        elif spans:
            spans[-1] = (spans[-1][0], at)
    return {conversation: tuple(spans) for conversation, spans in made.items()}


def _later(cases: Sequence[Case], after: Iterable[Any]) -> list[tuple[int, str, int]]:
    """Who wrote about what when, in order. One list of plain tuples: a list for each person would keep the collector
    of cycles busy for a quarter of the report's time."""
    made = [(case.who, base(case.reason), case.opened) for case in cases if case.who]
    made += [(who, base(reason), opened) for reason, who, opened in after if who]
    return sorted(made)


def _scores(found: Iterable[Any]) -> dict[int, list[int]]:
    made: dict[int, list[int]] = {}
    for conversation, score in found:
        made.setdefault(conversation, []).append(score)
    return made
