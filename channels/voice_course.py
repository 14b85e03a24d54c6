"""The course of a phone call: its state as a fold of its events, whatever their order and number.

What the provider says are facts that only add up; what our people do has an order of its own (`n`). So a hook that
comes late, twice or after a restart changes nothing. Pure: no clock, no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

Phase = Literal["ringing", "menu", "waiting", "connecting", "talking", "held", "leaving", "wrapping", "over"]
Result = Literal["", "answered", "voicemail", "callback", "abandoned", "missed", "busy", "no_answer", "failed"]
#: How a queue lets go of a caller who is not connected: QueueResult (twilio.com/docs/voice/twiml/enqueue).
_LEFT = frozenset({"leave", "queue-full", "error", "system-error"})
_UNREACHED: dict[str, Result] = {"busy": "busy", "no-answer": "no_answer", "canceled": "no_answer"}


class Step(msgspec.Struct, frozen=True):
    """One event. `key` tells it from every other of its call; `n` orders what our people did; `take` names the *taken*
    step (its `n`) that a leg of ours belongs to, 0 the patient's leg; `ref` is a recording's id or the conference's."""

    key: str
    kind: str
    at: datetime
    n: int = 0
    actor_id: int | None = None
    take: int = 0
    leg: str = ""
    status: str = ""
    seconds: int | None = None
    ref: str = ""


class Take(msgspec.Struct, frozen=True):
    """A person on the call: since when, on which leg, and whether that leg is there yet."""

    n: int
    actor_id: int
    at: datetime
    leg: str = ""
    joined: bool = False


class Course(msgspec.Struct, frozen=True):
    """A call as it stands. `takes` are the people on it, the one who leads first; `asked` whom a colleague asks to take
    it over; `last_actor_id` who led last, also after the end; `seconds` as the provider counts the whole call; `legs`
    every leg of ours by its take."""

    phase: Phase
    result: Result
    takes: tuple[Take, ...] = ()
    asked: int | None = None
    declined: frozenset[int] = frozenset()
    last_actor_id: int | None = None
    ringing_at: datetime | None = None
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wrapped_at: datetime | None = None
    held_since: datetime | None = None
    seconds: int | None = None
    conference: str = ""
    outcome: str = ""
    recordings: tuple[tuple[str, int], ...] = ()
    legs: tuple[tuple[int, str], ...] = ()

    @property
    def lead(self) -> Take | None:
        """Who speaks with the patient; the next in line takes over when that person leaves."""
        return self.takes[0] if self.takes else None

    @property
    def live(self) -> bool:
        """Whether the patient is still there."""
        return self.phase not in ("wrapping", "over")


def fold(steps: Iterable[Step], *, outbound: bool = False) -> Course:
    """The state that these events make, each key counted once."""
    known = {step.key: step for step in steps}.values()
    ours = sorted((step for step in known if step.n), key=lambda step: step.n)
    facts = [step for step in known if not step.n]
    takes, last = _takes(ours, facts)
    answered_at = _answered(ours, facts)
    ended_at = _first(known, "ended", "hung_up")
    result = _result(facts, answered_at, ended_at, outbound)
    wrapped = next((step for step in reversed(ours) if step.kind == "wrapped"), None)
    return Course(
        phase=_phase(facts, ours, takes, answered_at, ended_at, wrapped, outbound),
        result=result,
        takes=() if ended_at else tuple(takes),
        asked=None if ended_at else _asked(ours, takes),
        declined=frozenset(step.actor_id for step in ours if step.kind == "declined" and step.actor_id is not None),
        last_actor_id=last,
        ringing_at=min((step.at for step in known), default=None),
        queued_at=_first(facts, "queued"),
        answered_at=answered_at,
        ended_at=ended_at,
        wrapped_at=wrapped.at if wrapped else None,
        held_since=None if ended_at else _held(ours, takes),
        seconds=max(
            (step.seconds for step in facts if step.kind == "ended" and step.seconds is not None), default=None
        ),
        conference=max((step.ref for step in facts if step.kind == "joined"), default=""),
        outcome=wrapped.status if wrapped else "",
        recordings=_recordings(facts),
        legs=tuple(sorted({(step.take, step.leg) for step in facts if step.kind == "joined" and step.take})),
    )


def _takes(ours: Sequence[Step], facts: Sequence[Step]) -> tuple[list[Take], int | None]:
    """The people on the call, who came first leading, and who led last. A leg that parted ends its take for good."""
    parted = {step.take for step in facts if step.kind == "parted" and step.take}
    legs = {step.take: step.leg for step in facts if step.kind == "joined" and step.take}
    let_go = {step.take for step in ours if step.kind in ("released", "handed")}
    taken = [step for step in ours if step.kind == "taken" and step.actor_id is not None]
    here = [step for step in taken if step.n not in parted | let_go]
    spoke = [step for step in taken if step.n in legs] or taken
    left = here or spoke[-1:]
    last = left[0].actor_id if left else None
    return [Take(step.n, int(step.actor_id or 0), step.at, legs.get(step.n, ""), step.n in legs) for step in here], last


def _answered(ours: Sequence[Step], facts: Sequence[Step]) -> datetime | None:
    """When the patient and one of our people were first both there."""
    known = {step.n for step in ours if step.kind == "taken"}
    patient = min((step.at for step in facts if step.kind == "joined" and not step.take), default=None)
    person = min((step.at for step in facts if step.kind == "joined" and step.take in known), default=None)
    return max(patient, person) if patient and person else None


def _result(facts: Sequence[Step], answered_at: datetime | None, ended_at: datetime | None, outbound: bool) -> Result:
    if answered_at:
        return "answered"
    kinds = {step.kind for step in facts}
    if kinds & {"voicemail", "recording", "transcription"}:
        return "voicemail"
    if any(step.kind == "left" and step.status == "leave" for step in facts):
        return "callback"
    if ended_at is None:
        return ""
    if outbound:
        said = {step.status for step in facts if step.kind == "ended"}
        return next((_UNREACHED[status] for status in sorted(said) if status in _UNREACHED), "failed")
    return "abandoned" if "queued" in kinds else "missed"


def _phase(
    facts: Sequence[Step],
    ours: Sequence[Step],
    takes: Sequence[Take],
    answered_at: datetime | None,
    ended_at: datetime | None,
    wrapped: Step | None,
    outbound: bool,
) -> Phase:
    if ended_at:
        return "wrapping" if (answered_at or outbound) and wrapped is None else "over"
    if takes:
        there = any(take.joined for take in takes) and answered_at
        return "connecting" if not there else "held" if _held(ours, takes) else "talking"
    kinds = {step.kind for step in facts}
    if any(step.kind == "left" and step.status in _LEFT for step in facts) or "voicemail" in kinds:
        return "leaving"
    if "queued" in kinds or answered_at:
        return "waiting"
    return "menu" if "menu" in kinds else "ringing"


def _held(ours: Sequence[Step], takes: Sequence[Take]) -> datetime | None:
    """Since when the patient hears music; whoever holds must be there to take it back."""
    last = next((step for step in reversed(ours) if step.kind in ("held", "resumed")), None)
    return last.at if last and last.kind == "held" and takes else None


def _asked(ours: Sequence[Step], takes: Sequence[Take]) -> int | None:
    """Whom a colleague asks, until they answer or the asking ends. `actor_id` of *asked* is the one who is asked."""
    asked: int | None = None
    for step in ours:
        if step.kind == "asked":
            asked = step.actor_id
        elif (step.kind in ("taken", "declined") and step.actor_id == asked) or step.kind in ("withdrawn", "handed"):
            asked = None
    return asked if takes else None


def _recordings(facts: Iterable[Step]) -> tuple[tuple[str, int], ...]:
    """Every recording once, by its id, with its seconds."""
    found: dict[str, int] = {}
    for step in facts:
        if step.kind == "recording" and step.ref:
            found[step.ref] = max(found.get(step.ref, 0), step.seconds or 0)
    return tuple(sorted(found.items()))


def _first(steps: Iterable[Step], *kinds: str) -> datetime | None:
    return min((step.at for step in steps if step.kind in kinds), default=None)
