"""What each event does to the promises of one conversation: the ledger lines it yields, metric by metric.

Pure: the newest clock of each metric goes in, lines come out, nothing is written here. Automatic messages have no
function: they meet nothing. A snooze has none either: it pauses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from slas.clocks import PRIORITY_RAISED, Clock, Entry, Kind, apply, overdue, start
from slas.hours import Calendar
from slas.policies import Chosen, Metric, Target, due

#: The newest clock of each metric, live or ended.
Clocks = Mapping[Metric, Clock]

#: What a person's word to the patient keeps.
BY_REPLY: tuple[Metric, ...] = ("first_response", "next_response", "update", "next_step")
#: What is promised within the same second.
AT_ONCE = Target("next_step", 1, calendar="always")


class Line(msgspec.Struct, frozen=True):
    """One ledger row to append to the newest clock of `metric`, or, when `opens`, the first of a new one."""

    metric: Metric
    entry: Entry
    opens: bool = False


class Started(msgspec.Struct, frozen=True):
    """A promise as it begins, with the policy that made it (`name/version`) and why."""

    metric: Metric
    target: Target
    due_at: datetime
    policy: str
    because: str


def open_clocks(metrics: Iterable[Metric], chosen: Chosen, calendar: Calendar, start: datetime) -> list[Started]:
    """The promises that begin at `start`, for those metrics that the policy names. Raises `NeverOpen`."""
    wanted = set(metrics)
    return [
        Started(target.metric, target, due(target, calendar, start), made_by, because)
        for target, made_by, because in zip(chosen.targets, chosen.made_by, chosen.because, strict=True)
        if target.metric in wanted
    ]


def advance(clocks: Clocks, lines: Iterable[Line], calendar: Calendar) -> dict[Metric, Clock]:
    """The newest clocks after the lines."""
    after = dict(clocks)
    for line in lines:
        if line.opens and line.entry.target is not None:
            after[line.metric] = start(line.entry, line.entry.target, calendar)
        else:
            after[line.metric] = apply(after[line.metric], line.entry, calendar)
    return after


def on_inbound(clocks: Clocks, chosen: Chosen, *, at: datetime, cause: str = "message.received") -> list[Line]:
    """A patient's message: *read* if nothing unread runs, *first_response* and *resolution* on the first message,
    *next_response* on the first unanswered one of a later turn. What waited runs on."""
    lines = [] if _is_live(clocks, "read") else _open("read", chosen, at, cause)
    first = _open("first_response", chosen, at, cause) + _open("resolution", chosen, at, cause)
    if first and "first_response" not in clocks and "resolution" not in clocks:
        return lines + first
    if not _is_live(clocks, "first_response") and not _is_live(clocks, "next_response"):
        lines += _open("next_response", chosen, at, cause)
    return lines + on_active(clocks, at=at, cause=cause)


def on_acknowledgement(clocks: Clocks, chosen: Chosen, *, at: datetime) -> list[Line]:
    """A bare "thanks": it is unread like any other but owes no answer. A question asked before it stays owed."""
    return [] if _is_live(clocks, "read") else _open("read", chosen, at, "message.acknowledged")


def on_read(clocks: Clocks, *, at: datetime) -> list[Line]:
    """The first human open with sight of the body."""
    return _end(clocks, ["read"], "meet", at, "conversation.read")


def on_reply(clocks: Clocks, *, at: datetime, cause: str = "reply.queued") -> list[Line]:
    """A human reply is queued: an answer, a word in between, and what was promised to be next."""
    return _end(clocks, BY_REPLY, "meet", at, cause)


def on_told(chosen: Chosen, *, at: datetime, cause: str = "reply.queued") -> list[Line]:
    """The patient heard from us: where the policy promises a word in between, the next one is owed from here."""
    return _open("update", chosen, at, cause)


def on_planned(*, at: datetime, due_at: datetime, cause: str = "next_step.planned") -> list[Line]:
    """Somebody says what happens next and by when ("we will call by 3 pm"): a promise like any other. The one before
    was met or stopped already."""
    seconds, rest = divmod(due_at - at, timedelta(seconds=1))
    target = Target("next_step", seconds, calendar="always", micros=rest.microseconds) if seconds else AT_ONCE
    return [Line("next_step", Entry(at, "start", cause, target), opens=True)]


def on_step_done(clocks: Clocks, *, at: datetime, cause: str = "next_step.done") -> list[Line]:
    """What was promised to be next was done, or gave way to another promise."""
    return _end(clocks, ["next_step"], "meet", at, cause)


def on_answered(clocks: Clocks, *, at: datetime) -> list[Line]:
    """A call is connected, theirs or ours: it answers whatever was owed an answer."""
    return _end(clocks, [*BY_REPLY, "callback"], "meet", at, "call.answered")


def on_reply_failed(clocks: Clocks, *, at: datetime, replied_at: datetime) -> list[Line]:
    """The reply queued at `replied_at` failed for good: what it met is owed again, from its original start."""
    met = [clocks[m] for m in BY_REPLY if m in clocks and clocks[m].met_at == replied_at]
    return [Line(clock.metric, Entry(at, "resume", "reply.failed")) for clock in met]


def on_reply_undone(clocks: Clocks, *, at: datetime, replied_at: datetime, cause: str = "reply.undone") -> list[Line]:
    """The reply queued at `replied_at` never left: what it met is owed again from its original start, and what it
    paused runs on."""
    met = [clocks[m] for m in BY_REPLY if m in clocks and clocks[m].met_at == replied_at]
    lines = [Line(clock.metric, Entry(at, "resume", cause)) for clock in met]
    update = clocks.get("update")
    if update is not None and update.live and update.started_at == replied_at:
        lines.append(Line("update", Entry(at, "stop", cause)))
    resolution = clocks.get("resolution")
    paused = resolution is not None and resolution.live and resolution.paused_at == replied_at
    return [*lines, Line("resolution", Entry(at, "resume", cause))] if paused else lines


def on_no_answer_owed(clocks: Clocks, *, at: datetime, cause: str = "answer.not_owed") -> list[Line]:
    """A person says that the last turn needs no answer."""
    return _end(clocks, ["next_response"], "stop", at, cause)


def on_waiting(clocks: Clocks, *, at: datetime, cause: str = "conversation.waiting") -> list[Line]:
    """The patient or a third party owes the next action: pauses *resolution* only, where its target says so."""
    clock = clocks.get("resolution")
    if clock is None or not clock.live or clock.paused_at is not None or not clock.target.pauses:
        return []
    return _lines(clock, Entry(at, "pause", cause))


def on_active(clocks: Clocks, *, at: datetime, cause: str = "conversation.opened") -> list[Line]:
    """The clinic owes the next action again."""
    clock = clocks.get("resolution")
    if clock is None or not clock.live or clock.paused_at is None:
        return []
    return [Line("resolution", Entry(at, "resume", cause))]


def on_close(clocks: Clocks, *, at: datetime, resolved: bool, cause: str = "conversation.closed") -> list[Line]:
    """A closure. Reply clocks stop: nobody answered. So does *callback*: a closure needs a confirmation or a waiver, so
    the patient was reached another way. An unread message stays unread."""
    stopped = _end(clocks, ["first_response", "next_response", "callback", "update"], "stop", at, cause)
    stopped += on_step_done(clocks, at=at, cause=cause)
    return stopped + _end(clocks, ["resolution"], "meet" if resolved else "stop", at, cause)


def on_reopen(clocks: Clocks, *, at: datetime, cause: str = "conversation.reopened") -> list[Line]:
    """*resolution* runs on; the closed time does not count. A message that reopens also goes to `on_inbound`."""
    clock = clocks.get("resolution")
    return [] if clock is None or clock.live else [Line("resolution", Entry(at, "resume", cause))]


def on_discard(clocks: Clocks, *, at: datetime, cause: str) -> list[Line]:
    """Spam, or merged into another conversation: nothing is owed here any more."""
    return _end(clocks, list(clocks), "stop", at, cause)


def on_missed_call(clocks: Clocks, chosen: Chosen, *, at: datetime, cause: str = "call.missed") -> list[Line]:
    """Missed, voicemail or abandoned: a callback is promised. While one is owed it keeps its earlier deadline, else a
    patient who calls again would wait longer."""
    return [] if _is_live(clocks, "callback") else _open("callback", chosen, at, cause)


def on_callback_tried(clocks: Clocks, tries: Sequence[datetime], *, timezone: str, at: datetime) -> list[Line]:
    """An unanswered try: the third at a third time of day keeps the promise."""
    return _end(clocks, ["callback"], "meet", at, "callback.tried") if tried_enough(tries, timezone) else []


def tried_enough(tries: Sequence[datetime], timezone: str) -> bool:
    """Whether three tries lie at least two hours of the local day apart from each other, on whatever dates."""
    zone = ZoneInfo(timezone)
    times = sorted(t.hour * 60 + t.minute for t in (moment.astimezone(zone) for moment in tries))
    apart: list[int] = []
    for minute in times:
        if not apart or minute - apart[-1] >= 120:
            apart.append(minute)
    return len(apart) >= 3


def on_priority_raised(clocks: Clocks, chosen: Chosen, *, at: datetime) -> list[Line]:
    """New targets from the original start; the deadline never moves later. Met and breached ones stand."""
    return _retarget(clocks, chosen, at, PRIORITY_RAISED)


def on_policy_changed(clocks: Clocks, chosen: Chosen, *, at: datetime, cause: str = "policy.changed") -> list[Line]:
    """Running clocks take the new targets from their original start, `priority.lowered` by a person too."""
    return _retarget(clocks, chosen, at, cause)


def on_time(clocks: Clocks, *, now: datetime) -> list[Line]:
    """The breaches that are due, each stamped with its deadline."""
    found = ((metric, overdue(clock, now)) for metric, clock in clocks.items())
    return [Line(metric, entry) for metric, entry in found if entry is not None]


def _is_live(clocks: Clocks, metric: Metric) -> bool:
    return metric in clocks and clocks[metric].live


def _open(metric: Metric, chosen: Chosen, at: datetime, cause: str) -> list[Line]:
    target = chosen.target(metric)
    return [] if target is None else [Line(metric, Entry(at, "start", cause, target), opens=True)]


def _end(clocks: Clocks, metrics: Sequence[Metric], kind: Kind, at: datetime, cause: str) -> list[Line]:
    live = [clocks[metric] for metric in metrics if _is_live(clocks, metric)]
    return [line for clock in live for line in _lines(clock, Entry(at, kind, cause))]


def _retarget(clocks: Clocks, chosen: Chosen, at: datetime, cause: str) -> list[Line]:
    lines: list[Line] = []
    for clock in clocks.values():
        target = chosen.target(clock.metric)
        if not clock.live or clock.breached_at is not None or target is None or target == clock.target:
            continue
        breach = overdue(clock, at)
        lines.append(Line(clock.metric, breach or Entry(at, "start", cause, target)))
    return lines


def _lines(clock: Clock, entry: Entry) -> list[Line]:
    """The entry, after the breach that nobody has written yet: lateness never depends on who looked first."""
    breach = overdue(clock, entry.at)
    earlier = [Line(clock.metric, breach)] if breach else []
    return [*earlier, Line(clock.metric, entry)]
