"""A conversation's events run through its promises again: what was due when, what was met, what is due next.

The same functions that the live system uses, so that a replay is the state. Refuses events out of order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from slas import promises
from slas.clocks import Clock, elapsed_of
from slas.hours import Calendar
from slas.policies import Chosen, Metric, Target, running_calendar
from slas.promises import Line

EventKind = Literal["inbound", "reply", "closed", "pause", "resume"]
Promised = Literal["first_response", "next_response", "resolution"]


class Event(msgspec.Struct, frozen=True):
    """What happened. `closed` is resolved; `pause` and `resume` are waiting for the patient and its end."""

    at: datetime
    kind: EventKind


class Replayed(msgspec.Struct, frozen=True):
    """One clock: `seconds` of open, unpaused time from its start until it was met, None while it is not."""

    metric: Metric
    due_at: datetime | None
    met_at: datetime | None
    seconds: int | None


class Replay(msgspec.Struct, frozen=True):
    """Every clock in the order of its start, and the earliest deadline still owed."""

    clocks: list[Replayed]
    next_due: datetime | None


def replay(calendar: Calendar, policy: Mapping[Promised, int], events: Sequence[Event]) -> Replay:
    """Run the events of one conversation; `policy` gives seconds of open time. Raises `ValueError` when an event is
    earlier than the one before it, `NeverOpen` when a deadline cannot be found.
    """
    chosen = promised(policy)
    newest: dict[Metric, Clock] = {}
    ended: list[Clock] = []
    for number, event in enumerate(events):
        if number and event.at < events[number - 1].at:
            raise ValueError(f"events[{number}]: earlier than the event before it")
        for line in _lines(newest, chosen, event):
            if line.opens and line.metric in newest:
                ended.append(newest[line.metric])
            newest = promises.advance(newest, [line], calendar)
    return _told([*ended, *newest.values()], calendar)


def promised(policy: Mapping[Promised, int]) -> Chosen:
    """A policy of plain seconds as targets in open hours."""
    targets = tuple(Target(metric, seconds) for metric, seconds in policy.items())
    return Chosen(targets=targets, made_by=("replay/1",) * len(targets), because=("as given",) * len(targets))


def _lines(clocks: Mapping[Metric, Clock], chosen: Chosen, event: Event) -> list[Line]:
    if event.kind == "inbound":
        reopened = promises.on_reopen(clocks, at=event.at)
        return reopened + promises.on_inbound(clocks, chosen, at=event.at)
    if event.kind == "reply":
        return promises.on_reply(clocks, at=event.at)
    if event.kind == "closed":
        return promises.on_close(clocks, at=event.at, resolved=True)
    if event.kind == "pause":
        return promises.on_waiting(clocks, at=event.at)
    return promises.on_active(clocks, at=event.at)


def _told(clocks: Sequence[Clock], calendar: Calendar) -> Replay:
    ordered = sorted(clocks, key=lambda clock: clock.started_at)
    owed = [clock.due_at for clock in ordered if clock.live and clock.due_at is not None]
    return Replay([_replayed(clock, calendar) for clock in ordered], min(owed, default=None))


def _replayed(clock: Clock, calendar: Calendar) -> Replayed:
    seconds = None
    if clock.met_at is not None:
        seconds = elapsed_of(clock, running_calendar(clock.target, calendar), clock.met_at).business
    return Replayed(clock.metric, clock.due_at, clock.met_at, seconds)
