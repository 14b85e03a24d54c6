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

from inbox import metric_staffed
from inbox.actors import Actor
from inbox.cohort_shape import Call, Case, Cohort, Ending, Pauses, Promised, base
from inbox.store import metric_calls
from inbox.store import metrics as store
from inbox.store.database import Reading
from inbox.store.metrics import Asked
from slas.hours import EPOCH, Calendar
from slas.openings import Openings

#: Nothing promised for a first answer runs longer than this, so today's deadlines started within it.
LONGEST_PROMISE = timedelta(days=14)


def load(reading: Reading, actor: Actor, asked: Asked, calendar: Calendar) -> Cohort:
    """Reads the cohort: a dozen statements, however many conversations."""
    now = micros(asked.now)
    promised = [_case(row) for row in store.cases(reading, actor, asked)]
    cases = tuple({case.id: case for case in promised}.values())
    endings = _endings(store.endings(reading, actor, asked), now)
    calls = tuple(_call(row, now) for row in metric_calls.rung(reading, actor, asked))
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
        asked=_asked(store.scores(reading, actor, asked), now),
        calls=calls,
        staffed=metric_staffed.seconds(reading, actor, asked, calls),
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


def _asked(found: Iterable[Any], now: int) -> dict[int, list[int | None]]:
    made: dict[int, list[int | None]] = {}
    for conversation, score, answered in found:
        made.setdefault(conversation, []).append(score if answered is not None and answered <= now else None)
    return made


def _call(row: Any, now: int) -> Call:
    inbound, agent, ringing, queued, *later, result = row[-8:]
    answered, ended, wrapped = (at if at is not None and at <= now else None for at in later)
    over = result if ended is not None else ""
    return Call(Case(*row[:-8]), inbound == "in", agent, ringing, queued, answered, ended, wrapped, over)
