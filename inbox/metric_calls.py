"""Which calls enter each figure of the phone, and with what (domain.md §12). A call counts on the day it rang.

A caller is offered once they are in the queue; whoever leaves it for voicemail or a call back was offered and not
answered. Those who hung up at once are left out, and how many is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from inbox.cohort_shape import SECOND, Call, Cohort
from inbox.measures import Entry
from slas.metrics import Rate, abandonment, service_level

#: A call is to be answered within so many seconds (domain.md §8: 80 % in 20 s).
WITHIN = 20.0
ANSWERED, HUNG_UP, WAITING = "answered", "hung up", "still waiting"
_LEFT = {"voicemail": "left for voicemail", "callback": "asked for a call back", "abandoned": HUNG_UP}
ON, WRITING = "still on the line", "not written up yet"


def offered(cohort: Cohort) -> list[Entry]:
    """Every caller who was in the queue: how long they waited, and what became of it."""
    return [_offered(call, cohort.now) for call in cohort.calls if call.inbound and (call.queued or call.answered)]


def _offered(call: Call, now: int) -> Entry:
    start = call.queued or call.ringing
    if call.answered is not None:
        return Entry(call.case, call.ringing, True, _seconds(start, call.answered), ANSWERED)
    said = WAITING if call.ended is None else _LEFT.get(call.result, HUNG_UP)
    return Entry(call.case, call.ringing, False, _seconds(start, call.ended or now), said)


def answered(cohort: Cohort) -> list[Entry]:
    """Those of them whom a person answered."""
    return [entry for entry in offered(cohort) if entry.counts]


def in_time(entries: Sequence[Entry]) -> Rate:
    """Answered within twenty seconds, of offered; who waits still counts once that is too late."""
    late = sum(entry.said == WAITING and entry.seconds > WITHIN for entry in entries)
    gone = late + _left(entries)
    return service_level(_waits(entries, ANSWERED), _waits(entries, HUNG_UP), within=WITHIN, left=gone)


def given_up(entries: Sequence[Entry]) -> Rate:
    """Hung up in the queue, of offered."""
    return abandonment(len(_waits(entries, ANSWERED)) + _left(entries), _waits(entries, HUNG_UP))


def _waits(entries: Sequence[Entry], said: str) -> list[float]:
    return [entry.seconds for entry in entries if entry.said == said]


def _left(entries: Sequence[Entry]) -> int:
    return sum(entry.said in (_LEFT["voicemail"], _LEFT["callback"]) for entry in entries)


def handled(cohort: Cohort) -> list[Entry]:
    """Every call on which we spoke with somebody, in or out: talk, hold and writing it up."""
    return [
        Entry(call.case, call.ringing, call.wrapped is not None, _handled(call, cohort.now), _said(call))
        for call in cohort.calls
        if call.answered is not None
    ]


def _handled(call: Call, now: int) -> float:
    return _seconds(call.answered or now, call.wrapped or now)


def _said(call: Call) -> str:
    return ON if call.ended is None else WRITING if call.wrapped is None else ""


def busy(cohort: Cohort) -> list[Entry]:
    """The same calls, each for as long as it kept its person busy in the span: one never written up until its end."""
    ends = ((call, call.wrapped or call.ended or cohort.now) for call in cohort.calls)
    return [
        Entry(call.case, call.ringing, True, _seconds(call.answered, end))
        for call, end in ends
        if call.answered is not None and call.agent is not None
    ]


def _seconds(start: int, end: int) -> float:
    return max(end - start, 0) / SECOND
