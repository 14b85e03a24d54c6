"""What an event does to a call and to its conversation. The call is the fold of its events
(`channels/voice_course.py`), so a repeat, a late hook or a restart changes nothing; consequences follow from what the
fold says is new.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from channels.voice_course import Course, Step, fold
from inbox import call_owner
from inbox.house import House
from inbox.promise import Ledger
from inbox.store import calls as store
from inbox.store import jobs, threads
from inbox.store.database import Transaction
from slas import promises

#: Whoever took a call and is not on the line by then has lost it again.
CONNECT_SECONDS = 40
#: After so long in the queue a call is shown also to those outside its team who may see it.
OVERFLOW_SECONDS = 60
#: What our people do that somebody must tell the provider.
_TOLD = frozenset({"held", "resumed", "handed", "hung_up"})
#: Ends of a call that owe the patient a call back.
OWED = frozenset({"voicemail", "callback", "abandoned", "missed"})


def course_of(unit: Any, call: Row[Any]) -> Course:
    """The call as its events say."""
    return fold(store.steps(unit, call.id), outbound=call.direction == "out")


def happen(unit: Transaction, house: House, call_id: int, step: Step, *, by: int | None = None) -> Course:
    """Adds one event and answers the call after it. A step of our people gets its place in their order here."""
    call = _held(unit, call_id)
    known = store.steps(unit, call_id)
    outbound = call.direction == "out"
    before = fold(known, outbound=outbound)
    if step.key in {one.key for one in known}:
        return before
    if step.n:
        step = msgspec.structs.replace(step, n=1 + max((one.n for one in known), default=0))
    after = fold([*known, step], outbound=outbound)
    event_id = store.append(unit, call_id, step)
    store.keep(unit, call_id, _columns(after))
    _follow(unit, house, call, step, before, after, by)
    for kind, wait in _errands(step, before, after, outbound):
        due_at = unit.now + timedelta(seconds=wait)
        jobs.add(unit, kind=f"call:{kind}", ref=event_id, queue="outbound", due_at=due_at)
    return after


def _held(unit: Transaction, call_id: int) -> Row[Any]:
    """The conversation first, as everybody else does who holds both."""
    found = store.get(unit, call_id)
    assert found is not None, f"no call {call_id}"
    threads.lock(unit, found.conversation_id)
    held = store.held(unit, call_id)
    assert held is not None
    return held


def _columns(after: Course) -> dict[str, Any]:
    """What the lists and screens ask of a call without reading its events."""
    agent = after.lead.actor_id if after.lead else None if after.live else after.last_actor_id
    recorded = {"recording_sid": after.recordings[0][0]} if after.recordings else {}
    return recorded | {
        "phase": after.phase,
        "queued_at": after.queued_at,
        "answered_at": after.answered_at,
        "ended_at": after.ended_at,
        "wrapped_at": after.wrapped_at,
        "agent_id": agent,
        "result": after.result,
        "outcome": after.outcome,
        "seconds": after.seconds,
        "recording_seconds": sum(seconds for _, seconds in after.recordings) if after.recordings else None,
    }


def _follow(
    unit: Transaction, house: House, call: Row[Any], step: Step, before: Course, after: Course, by: int | None
) -> None:
    """Clocks, owner, availability and the journal, each for what is new."""
    row = threads.lock(unit, call.conversation_id)
    values: dict[str, Any] = {}
    if after.answered_at and not before.answered_at:
        values |= _answer(unit, house, row, after)
    if after.answered_at and after.lead:
        values |= call_owner.follow_lead(unit, row, before, after.lead.actor_id)
    if after.result != before.result and call.direction == "in" and after.result in OWED:
        values |= _owe(unit, house, row, call, after)
    if after.result != before.result and call.direction == "out" and after.result not in ("", "answered"):
        values |= _tried(unit, house, row, call)
    call_owner.set_availability(unit, store.steps(unit, call.id), before, after)
    news = _news(step, before, after)
    if news or values:
        threads.change(unit, row, values)
    for verb in news:
        patient = {"conversation_id": row.id, "patient_id": row.subject_patient_id}
        unit.record(f"call.{verb}", actor_id=by, **patient, details={"call": call.id, **_named(step, verb)})


def _answer(unit: Transaction, house: House, row: Row[Any], after: Course) -> dict[str, Any]:
    """A person and the patient speak: whatever was owed an answer has it, and the call was looked at."""
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    ledger.act(promises.on_answered, at=after.answered_at)
    first = ledger.act(promises.on_read, at=after.answered_at)
    return {"needs_reply": False, "unread": False, **first.values()}


def _owe(unit: Transaction, house: House, row: Row[Any], call: Row[Any], after: Course) -> dict[str, Any]:
    """A call back is promised from the ring on; one that is owed already keeps its earlier deadline."""
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    chosen = ledger.choose(reason=row.reason, priority=row.priority, channel="voice")
    lines = promises.on_missed_call(ledger.clocks, chosen, at=call.ringing_at, cause=f"call.{after.result}")
    return ledger.record(lines, chosen=chosen, priority=row.priority).values()


def _tried(unit: Transaction, house: House, row: Row[Any], call: Row[Any]) -> dict[str, Any]:
    """We called in vain: three tries at three times of day keep the promise."""
    practice = house.configuration.practice()
    ledger = Ledger(unit, practice, row.id)
    owed = ledger.clocks.get("callback")
    if owed is None or not owed.live:
        return {}
    tries = [*store.tries(unit, row.id, owed.started_at), call.ringing_at]
    return ledger.act(promises.on_callback_tried, tries=tries, timezone=practice.zone, at=unit.now).values()


def _news(step: Step, before: Course, after: Course) -> list[str]:
    """What the journal says: our people's acts by their names, the provider's words by what they changed."""
    news = [step.kind] if step.n and step.kind != "hung_up" else []
    if after.phase == "waiting" and before.phase != "waiting" and not step.n:
        news.append("lost" if before.answered_at else "queued")
    if after.answered_at and not before.answered_at:
        news.append("connected")
    if after.result != before.result and after.result not in ("", "answered"):
        news.append(after.result)
    if after.ended_at and not before.ended_at and (after.answered_at or ("ended" not in news and not news)):
        news.append("ended")
    joined = step.kind in ("joined", "parted") and len(after.takes) + len(before.takes) > 2
    return news or (["people_changed"] if joined else [])


def _named(step: Step, verb: str) -> dict[str, Any]:
    """Whom a step names, where its journal line tells of them."""
    return {"to": step.actor_id} if verb in ("asked", "taken") and step.actor_id is not None else {}


def _errands(step: Step, before: Course, after: Course, outbound: bool) -> list[tuple[str, float]]:
    """What must be done at the provider, and in how many seconds."""
    if step.kind in _TOLD:
        return [(step.kind, 0)]
    if step.kind == "queued":
        return [("overflow", OVERFLOW_SECONDS)]
    if step.kind == "taken":
        return [("taken", 0), ("check", CONNECT_SECONDS)]
    if step.kind == "joined" and step.take and not after.answered_at and after.takes:
        return [("place" if outbound else "bridge", 0)]
    if step.kind == "parted" and before.answered_at and not after.takes and after.live:
        return [("requeue", 0)]
    return []
