"""A new conversation with its first message, owner or queue, next step, promises and journal rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from inbox import assignment, thread, triage
from inbox.distribution import lease_of
from inbox.landing import Landed, add_message, journal_arrival
from inbox.practice import Practice
from inbox.promise import Ledger
from inbox.store import threads, work
from inbox.store.database import Transaction
from inbox.triage import Read
from routing import rules
from routing.assign import Need
from slas import promises

LOWEST = 4
#: Who comes again about the same within these days was not helped: one step sooner, never as an emergency.
REPEAT = timedelta(days=7)
#: Channels on which the patient chose one of our numbers.
DIALLED = frozenset({"sms", "whatsapp", "voice", "social"})


class Decided(msgspec.Struct, frozen=True):
    """Which team and person a new request goes to, and how urgent it is."""

    routed: rules.Routed
    place: assignment.Place
    priority: int


def begin(unit: Transaction, practice: Practice, read: Read, found: thread.Thread) -> Landed:
    """Opens the conversation; one that received at this address until now gives way."""
    conversation_id, message_id, step_id = unit.new_id(), unit.new_id(), unit.new_id()
    if found.takes_over is not None:
        threads.change(unit, found.takes_over, {"receiving": False})
    decided = _decide(unit, practice, read)
    ledger = Ledger(unit, practice, conversation_id, fresh=True)
    chosen = ledger.choose(reason=read.verdict.reason, priority=decided.priority, channel=read.inbound.channel)
    lines = promises.on_inbound({}, chosen, at=read.at)
    first = ledger.foresee(lines)
    begun = {"id": conversation_id, "next_step_id": step_id, "last_message_id": message_id, "last_sequence": 1}
    told = _who(read) | _what(read, decided) | _where(read) | _when(read)
    ties = {"marks": _marks(practice, read, found), "related_id": found.related_id}
    threads.add_conversation(unit, begun | told | ties | first.values())
    add_message(unit, read, conversation_id, message_id, sequence=1)
    _hand_on(unit, decided, conversation_id, step_id, due_at=first.due_at or read.at)
    ledger.record(lines, chosen=chosen, priority=decided.priority)
    team = decided.routed.team
    journal_arrival(unit, read, conversation_id, message_id, decided.priority, team, opened=True)
    return Landed("received", conversation_id, message_id)


def _decide(unit: Transaction, practice: Practice, read: Read) -> Decided:
    routed = triage.route(practice, read)
    priority = LOWEST if read.parked or read.owed_nothing else min(read.verdict.priority, routed.priority)
    if 1 < priority < LOWEST and (earlier := _asked_before(unit, read)) is not None:
        why = f"repeat: about the same within {REPEAT.days} days as {earlier}: one step more urgent"
        routed = msgspec.structs.replace(routed, trace=(*routed.trace, why))
        priority -= 1
    return Decided(routed, _place(unit, read, routed), priority)


def _asked_before(unit: Transaction, read: Read) -> int | None:
    """The request that was to settle it: of the same patient, or address while nobody knows the patient, on any
    channel, about the same (domain.md §3)."""
    contact = read.contact.id if read.contact is not None and not read.contact.fresh else None
    patient_id, since = read.subject.verdict.patient_id, unit.now - REPEAT
    return threads.asked_since(unit, patient_id, contact, read.verdict.reason, since)


def _place(unit: Transaction, read: Read, routed: rules.Routed) -> assignment.Place:
    if read.parked:
        return assignment.Place(None, ("parked: a machine wrote it",))
    known = read.contact is not None and not read.contact.fresh
    return assignment.place(
        unit,
        Need(
            team=routed.team,
            channel=read.inbound.channel,
            clinical=read.clinical,
            language=read.verdict.language,
            skills=frozenset(routed.skills),
        ),
        patient_id=read.subject.verdict.patient_id,
        contact_id=read.contact.id if read.contact and known else None,
    )


def _hand_on(unit: Transaction, decided: Decided, conversation_id: int, step_id: int, *, due_at: datetime) -> None:
    """Whoever takes it reads it first."""
    team, place = decided.routed.team, decided.place
    what = "Read and decide"
    threads.add_step(unit, step_id=step_id, conversation_id=conversation_id, what=what, team=team, due_at=due_at)
    lease_until = lease_of(unit.now, due_at) if place.actor_id is not None else None
    work.assign(
        unit,
        conversation_id=conversation_id,
        team=team,
        actor_id=place.actor_id,
        by_id=None,
        why=list(place.why),
        lease_until=lease_until,
    )


def _who(read: Read) -> dict[str, Any]:
    return {
        "subject_patient_id": read.subject.verdict.patient_id,
        "subject_certainty": read.subject.verdict.certainty,
        "sender_contact_id": read.contact.id if read.contact else None,
        "sender_proxy_id": read.subject.proxy_id,
        "sender_name": read.inbound.sender_name,
        "location": read.subject.location,
    }


def _what(read: Read, decided: Decided) -> dict[str, Any]:
    verdict, routed, place = read.verdict, decided.routed, decided.place
    return {
        "reason": verdict.reason,
        "reasons": list(verdict.reasons),
        "patient_choice": read.inbound.chosen_reason,
        "priority": decided.priority,
        "clinical": read.clinical,
        "red_flags": [msgspec.to_builtins(flag) for flag in verdict.red_flags],
        "flagged": read.flagged,
        "because": list(verdict.because),
        "routed_because": [*routed.trace, *place.why],
        "language": verdict.language,
        "skills": list(routed.skills),
        "team": routed.team,
        "owner_id": place.actor_id,
    }


def _where(read: Read) -> dict[str, Any]:
    inbound = read.inbound
    return {
        "account": inbound.account,
        "channel": inbound.channel,
        "line": inbound.line,
        "subject": inbound.subject,
        "receiving": inbound.channel in thread.RECEIVING and read.contact is not None,
        "arrival_id": read.arrival_id,
    }


def _when(read: Read) -> dict[str, Any]:
    return {"state": "open", "opened_at": read.at, "last_at": read.at, "last_inbound_at": read.at}


def _marks(practice: Practice, read: Read, found: thread.Thread) -> list[str]:
    marks = list(read.marks)
    is_ours = read.inbound.line in {"", practice.phone} or practice.line(read.inbound.line) is not None
    if read.inbound.channel in DIALLED and not is_ours:
        marks.append("unknown_line")
    if found.related_id is not None:
        marks.append("looks_related")
    if read.inbound.machine:
        marks.append(f"machine:{read.inbound.machine}")
    if read.keyword:
        marks.append(f"keyword:{read.keyword}")
    return sorted(marks)
