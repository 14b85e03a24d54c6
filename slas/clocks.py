"""One promise as an append-only ledger: entries in, a clock out, and the lines that say why it is red.

The state is the fold of the entries and nothing else. A breach carries the deadline as its moment, never the moment
somebody noticed; a later meet does not undo it. Refuses a ledger that does not begin with a start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from slas.hours import Calendar, Pause, elapsed
from slas.policies import Metric, Target, due

Kind = Literal["start", "pause", "resume", "meet", "breach", "stop"]
State = Literal["running", "paused", "met", "breached", "stopped"]

#: The causes that a fold acts on; every other cause is only told.
PRIORITY_RAISED = "priority.raised"

#: Promises that time off pauses. The others count from their start even after a failed reply reopens them: the patient
#: waited all the while.
PAUSABLE: frozenset[Metric] = frozenset({"resolution", "callback"})


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One ledger row. A later `start` gives a running clock a new `target` from its original start."""

    at: datetime
    kind: Kind
    cause: str
    target: Target | None = None


class Clock(msgspec.Struct, frozen=True):
    """One promise now. `due_at` is None while paused: nobody can say yet. A breached clock stays `breached` when it is
    met later or stopped; `limits` are the targets that hold, the earliest deadline counts."""

    metric: Metric
    state: State
    started_at: datetime
    limits: tuple[Target, ...]
    due_at: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    paused_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()

    @property
    def target(self) -> Target:
        """The newest target."""
        return self.limits[-1]

    @property
    def live(self) -> bool:
        """Still owed: neither met nor stopped (breached or not)."""
        return self.met_at is None and self.stopped_at is None


class Elapsed(msgspec.Struct, frozen=True):
    """Seconds since the start: `wall` by the wall clock, `business` in open hours without pauses."""

    wall: int
    business: int


def fold(entries: Sequence[Entry], target: Target, calendar: Calendar) -> Clock:
    """The clock after all entries, in ledger order. `target` is the promise where a start entry carries none."""
    if not entries:
        raise ValueError("a ledger begins with a start")
    clock = start(entries[0], entries[0].target or target, calendar)
    for entry in entries[1:]:
        clock = apply(clock, entry, calendar)
    return clock


def start(entry: Entry, target: Target, calendar: Calendar) -> Clock:
    """The clock that a first entry begins. Raises `ValueError` for another kind, `NeverOpen` for closed calendars."""
    if entry.kind != "start":
        raise ValueError("a ledger begins with a start")
    clock = Clock(metric=target.metric, state="running", started_at=entry.at, limits=(target,))
    return _settle(clock, calendar)


def apply(clock: Clock, entry: Entry, calendar: Calendar) -> Clock:
    """The clock after one more entry. An entry that says what already holds changes nothing."""
    changed = _CHANGES[entry.kind](clock, entry)
    return clock if changed is clock else _settle(changed, calendar)


def overdue(clock: Clock, now: datetime) -> Entry | None:
    """The breach to write, stamped with the deadline: once, after the deadline, not on it, and only while owed."""
    if not clock.live or clock.breached_at is not None or clock.due_at is None or clock.due_at >= now:
        return None
    return Entry(clock.due_at, "breach", "deadline.passed")


def elapsed_of(clock: Clock, calendar: Calendar, until: datetime) -> Elapsed:
    """How long a clock has run until a moment. Time while waiting or closed counts in `wall` only."""
    pauses = clock.pauses
    if clock.paused_at is not None and clock.paused_at < until:
        pauses = (*pauses, (clock.paused_at, until))
    wall = elapsed(Calendar(always=True), clock.started_at, until)
    return Elapsed(wall=wall, business=elapsed(calendar, clock.started_at, until, pauses))


def trace(entries: Sequence[Entry], target: Target, calendar: Calendar, now: datetime) -> list[str]:
    """ "Why is this red?": a line for each entry with its cause and the deadline after it, then where it stands at
    `now`. Moments are in the calendar's zone."""
    lines = []
    for count, entry in enumerate(entries, 1):
        clock = fold(entries[:count], target, calendar)
        line = f"{_local(entry.at, calendar)} {entry.kind} ({entry.cause})"
        promise = f", {_promise(entry.target or target)}" if entry.kind == "start" else ""
        deadline = f", due {_local(clock.due_at, calendar)}" if clock.due_at else ", no deadline while paused"
        lines.append(line + promise + deadline)
    return [*lines, _standing(clock, now)] if entries else []


def _start_again(clock: Clock, entry: Entry) -> Clock:
    if entry.target is None or not clock.live or clock.breached_at is not None:
        return clock
    kept = clock.limits if entry.cause == PRIORITY_RAISED else ()
    return msgspec.structs.replace(clock, limits=(*kept, entry.target))


def _pause(clock: Clock, entry: Entry) -> Clock:
    if not clock.live or clock.paused_at is not None or clock.metric not in PAUSABLE:
        return clock
    return msgspec.structs.replace(clock, paused_at=entry.at)


def _resume(clock: Clock, entry: Entry) -> Clock:
    since = clock.paused_at or clock.met_at or clock.stopped_at
    if since is None:
        return clock
    pauses = (*clock.pauses, (since, max(since, entry.at))) if clock.metric in PAUSABLE else clock.pauses
    return msgspec.structs.replace(clock, met_at=None, stopped_at=None, paused_at=None, pauses=pauses)


def _meet(clock: Clock, entry: Entry) -> Clock:
    return msgspec.structs.replace(_end_pause(clock, entry), met_at=entry.at) if clock.live else clock


def _stop(clock: Clock, entry: Entry) -> Clock:
    return msgspec.structs.replace(_end_pause(clock, entry), stopped_at=entry.at) if clock.live else clock


def _breach(clock: Clock, entry: Entry) -> Clock:
    return clock if clock.breached_at else msgspec.structs.replace(clock, breached_at=entry.at)


def _end_pause(clock: Clock, entry: Entry) -> Clock:
    return _resume(clock, entry) if clock.paused_at else clock


_CHANGES = {
    "start": _start_again,
    "pause": _pause,
    "resume": _resume,
    "meet": _meet,
    "breach": _breach,
    "stop": _stop,
}


def _settle(clock: Clock, calendar: Calendar) -> Clock:
    """Deadline and state from what the entries said. An end after the deadline is late though nobody wrote it."""
    deadline = clock.breached_at or _deadline(clock, calendar)
    ended = clock.met_at or clock.stopped_at
    late = deadline if ended and deadline and ended > deadline else None
    settled = msgspec.structs.replace(clock, due_at=deadline, breached_at=clock.breached_at or late)
    return msgspec.structs.replace(settled, state=_state(settled))


def _deadline(clock: Clock, calendar: Calendar) -> datetime | None:
    if clock.paused_at is not None:
        return None
    return min(due(limit, calendar, clock.started_at, clock.pauses) for limit in clock.limits)


def _state(clock: Clock) -> State:
    if clock.breached_at is not None:
        return "breached"
    if clock.met_at is not None:
        return "met"
    if clock.stopped_at is not None:
        return "stopped"
    return "paused" if clock.paused_at is not None else "running"


def _local(moment: datetime | None, calendar: Calendar) -> str:
    return "" if moment is None else moment.astimezone(ZoneInfo(calendar.timezone)).isoformat(" ", "seconds")


def _promise(target: Target) -> str:
    amount = f"{target.business_days} business days" if target.business_days else f"{target.seconds} s"
    return f"{target.metric} within {amount}, {'around the clock' if target.calendar == 'always' else 'in open hours'}"


def _standing(clock: Clock, now: datetime) -> str:
    until = clock.met_at or clock.stopped_at or now.astimezone(UTC)
    word = "met" if clock.met_at else "stopped" if clock.stopped_at else "open"
    if clock.due_at is None:
        return f"{word}, paused"
    seconds = elapsed(Calendar(always=True), clock.due_at, until)
    return f"{word}, {seconds} s late" if seconds > 0 else f"{word}, {-seconds} s before the deadline"
