"""Why a clock is red and why a conversation is where it is: the ledger and the rules run again, told step by step.

Reads only; refuses a conversation out of scope, and leaves out the patient's words above the viewer's sight.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from inbox.actors import Actor
from inbox.conversation import target_words
from inbox.errors import Invalid, NotFound
from inbox.looking import look
from inbox.practice import Practice, calendar_of, policies_of
from inbox.store import conversation as store
from inbox.store import journal, promises
from inbox.store.database import Reading
from inbox.worklist import reason_label
from routing import rules
from slas.calendars import Calendar
from slas.clocks import Clock, Elapsed, Entry, elapsed_of, fold
from slas.policies import Condition, running_calendar

METRICS = ("read", "first_response", "next_response", "resolution", "callback", "next_step", "update")


class Step(msgspec.Struct, frozen=True):
    """A ledger line: `by` the person whose act it was, "" for a patient or a machine; `due_at` the deadline after it,
    None while paused; `target` in words where the line set one."""

    at: datetime
    kind: str
    cause: str
    by: str
    due_at: datetime | None
    target: str = ""


class Promise(msgspec.Struct, frozen=True):
    """One clock told. `because` says why its policy matched, "" when that policy is gone; `seconds` since the start by
    the wall clock and in open, unpaused time; `agrees`: the ledger run again gives the state that the screens show."""

    metric: str
    state: str
    policy: str
    because: str
    target: str
    around_the_clock: bool
    zone: str
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    seconds: Elapsed
    late_seconds: int
    steps: tuple[Step, ...]
    agrees: bool


class Tried(msgspec.Struct, frozen=True):
    """A rule: what it set, or the first condition that did not hold."""

    name: str
    set: tuple[str, ...]
    failed: str


class Place(msgspec.Struct, frozen=True):
    """Why a conversation is here. `words` are the patient's that matched, to be marked in `text`; `people` are names
    with why they did or did not get it; `stale`: the rules were published anew since."""

    patient_id: int | None
    because: tuple[str, ...]
    words: tuple[str, ...]
    text: str
    trace: tuple[str, ...]
    people: tuple[tuple[str, str], ...]
    tried: tuple[Tried, ...]
    stale: bool


def of_clock(reading: Reading, practice: Practice, *, actor: Actor, conversation_id: int, metric: str) -> Promise:
    """The newest clock of a metric. Raises NotFound out of scope or without such a clock, Invalid for no metric."""
    if metric not in METRICS:
        raise Invalid(fields={"of": f"one of {', '.join(METRICS)}"})
    head = _head(reading, actor, conversation_id)
    calendar = calendar_of(practice)
    kept = promises.newest(reading, head.id, calendar).get(metric)  # type: ignore[call-overload]  # one of METRICS
    if kept is None:
        raise NotFound("There is no such clock.")
    shown = next(row for row in store.promises(reading, head.id) if row.id == kept.id)
    return _promise(kept, shown, practice, _doers(reading, head.id), reading.now)


def of_place(reading: Reading, *, actor: Actor, conversation_id: int, at: rules.Rules | None = None) -> Place:
    """Reason, team and person of a conversation; `at` are the rules of now, those that ship unless told."""
    head = _head(reading, actor, conversation_id)
    seen = look(actor, head)
    known = at or rules.shipped()
    trace = [line for line in head.routed_because if not _PERSON.match(line)]
    found = [match for line in head.routed_because if (match := _PERSON.match(line))]
    names = store.names(reading, [int(match[1]) for match in found])
    people = [(names.get(int(match[1]), "somebody"), match[2]) for match in found]
    words = _matched(head) if seen.clinical.texts else ()
    return Place(
        patient_id=head.subject_patient_id if seen.sight.person else None,
        because=tuple(head.because) if seen.sight.texts else (),
        words=words,
        text=_first_text(reading, head.id) if words else "",
        trace=tuple(trace),
        people=tuple(people),
        tried=_tried(known, _facts(head)),
        stale=any(line.startswith("rules ") and not line.startswith(f"rules {known.version}:") for line in trace),
    )


_PERSON = re.compile(r"(\d+): (.*)")
_QUOTED = re.compile(r"'([^']+)'")


def _head(reading: Reading, actor: Actor, conversation_id: int) -> Any:
    head = store.head(reading, actor, conversation_id)
    if head is None:
        raise NotFound("There is no such conversation.")
    return head


def _promise(kept: promises.Kept, shown: Any, practice: Practice, doers: dict[datetime, str], now: datetime) -> Promise:
    clock, calendar = kept.clock, calendar_of(practice)
    ended_at = clock.met_at or clock.stopped_at
    runs = running_calendar(clock.target, calendar)
    until = ended_at or now
    late = int((until - clock.due_at).total_seconds()) if clock.due_at else 0
    return Promise(
        metric=clock.metric,
        state=clock.state,
        policy=kept.policy,
        because=_because(practice, kept.policy, clock.metric),
        target=target_words(msgspec.to_builtins(clock.target)),
        around_the_clock=clock.target.calendar == "always",
        zone=practice.zone,
        started_at=clock.started_at,
        due_at=clock.due_at,
        ended_at=ended_at,
        seconds=elapsed_of(clock, runs, until),
        late_seconds=max(0, late),
        steps=tuple(_steps(kept, calendar, doers)),
        agrees=_agrees(clock, shown),
    )


def _steps(kept: promises.Kept, calendar: Calendar, doers: dict[datetime, str]) -> list[Step]:
    first, steps = kept.entries[0].target or kept.clock.target, []
    for count, entry in enumerate(kept.entries, 1):
        after = fold(kept.entries[:count], first, calendar)
        steps.append(Step(entry.at, entry.kind, entry.cause, doers.get(entry.at, ""), after.due_at, _set(entry)))
    return steps


def _set(entry: Entry) -> str:
    return target_words(msgspec.to_builtins(entry.target)) if entry.target else ""


def _agrees(clock: Clock, shown: Any) -> bool:
    folded = (clock.state, clock.met_at, clock.breached_at, clock.stopped_at)
    stands = (shown.state, shown.met_at, shown.breached_at, shown.stopped_at)
    return folded == stands and clock.due_at in (None, shown.due_at)


def _because(practice: Practice, made_by: str, metric: str) -> str:
    for policy in policies_of(practice):
        if f"{policy.name}/{policy.version}" == made_by and any(one.metric == metric for one in policy.targets):
            return " and ".join(_said(condition) for condition in policy.conditions) or "it applies to everything"
    return ""


def _said(condition: Condition) -> str:
    return f"{condition.field} is {' or '.join(f'P{one}' if isinstance(one, int) else one for one in condition.values)}"


def _doers(reading: Reading, conversation_id: int) -> dict[datetime, str]:
    """Who acted at a moment: an act's ledger line and its journal line are of one transaction and bear one time."""
    lines = [line for line in journal.of_conversation(reading.connection, conversation_id) if line.actor_id]
    names = store.names(reading, [line.actor_id for line in lines])
    return {line.at: names.get(line.actor_id, "") for line in lines if line.actor_id}


def _facts(head: Any) -> rules.Facts:
    return rules.Facts(
        reason=head.reason,
        reasons=tuple(head.reasons),
        flags=tuple(flag["kind"] for flag in head.red_flags if flag.get("level") != "history"),
        marks=tuple(head.marks),
        channel=head.channel,
        line=head.line,
        location=head.location or "",
        language=head.language,
        priority=head.priority,
        unclassified="no rule knows these words" in head.because,
    )


def _tried(known: rules.Rules, facts: rules.Facts) -> tuple[Tried, ...]:
    return tuple(
        Tried(rule.name, _effects(rule) if rules.matches(rule.when, facts) else (), _obstacle(rule.when, facts))
        for rule in known.rule
    )


def _effects(rule: rules.Rule) -> tuple[str, ...]:
    raised = f"at least P{rule.raise_to}" if rule.raise_to is not None else ""
    return tuple(part for part in (rule.team, raised, *rule.skills) if part)


def _obstacle(when: rules.When, facts: rules.Facts) -> str:
    """The first condition that alone would have refused; "" when all hold."""
    for name in when.__struct_fields__:
        wanted = getattr(when, name)
        if wanted in ((), None) or rules.matches(rules.When(**{name: wanted}), facts):
            continue
        return f"{name} is not {_plain(name, wanted)}"
    return ""


def _plain(name: str, wanted: Any) -> str:
    if isinstance(wanted, bool):
        return "the case" if wanted else "excluded"
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return " or ".join(reason_label(one).lower() if name == "reason" else one.replace("*", "any") for one in wanted)
    return f"P{wanted} or more urgent" if name == "priority" else str(wanted)


def _matched(head: Any) -> tuple[str, ...]:
    """The patient's own words that a reason or a red flag was found in."""
    flags = [flag["matched"] for flag in head.red_flags if flag.get("matched")]
    said = [word for line in head.because for word in _QUOTED.findall(line)]
    return tuple(dict.fromkeys([*flags, *said]))


def _first_text(reading: Reading, conversation_id: int) -> str:
    found = store.first_inbound(reading, conversation_id)
    return "" if found is None else "\n".join(part for part in (found.subject, found.reply_text or found.body) if part)
